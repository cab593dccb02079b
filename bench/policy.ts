import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Browser } from './browser.ts';
import { type Desk, redeemPass, setUpDesk } from './desk.ts';
import {
  describeMachine,
  type Engine,
  issuePass,
  openStore,
  runProgram,
  type Store,
  say,
  setUpDesks,
  table,
} from './house.ts';
import { type Reading, spread, underLoad } from './readings.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/**
 * What policy costs: one resolution with few and with many sources and groups, a what-if over few and many people, and a
 * sign-in with 200 sources against one with none. What is compared is measured in turn, in one run.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SIZES = [
  { sources: 20, groups: 100 },
  { sources: 200, groups: 1000 },
] as const;
const FULL = SIZES[1];
/** A sign-in may cost so much more with 200 sources. */
const LIMIT = 1.05;

const { values: given } = parseArgs({
  options: {
    people: { type: 'string', default: '100000' },
    readings: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    engine: { type: 'string', default: 'sqlite' },
  },
});
const PEOPLE = Number(given.people);
const READINGS = Number(given.readings);
const SECONDS = Number(given.seconds);
const ENGINE = given.engine as Engine;

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** What `prisma/policies.ts` says of what it made. */
interface Made {
  readonly places: readonly { readonly id: string; readonly userId: string }[];
  readonly sources: readonly string[];
}

function addPolicies(store: Store, sources: number, groups: number): Made {
  return JSON.parse(
    runProgram(ROOT, store.env, 'prisma/policies.ts', String(sources), String(groups)),
  ) as Made;
}

interface House {
  readonly server: ServerProcess;
  readonly made: Made;
  /** An administrator's browser. */
  readonly browser: Browser;
  close(): Promise<void>;
}

/** A house with a crowd, groups and sources, and somebody signed in who may look. */
async function openHouse(people: number, { sources, groups }: (typeof SIZES)[number]): Promise<House> {
  const store = await openStore(ROOT, ENGINE, { crowd: people });
  const made = addPolicies(store, sources, groups);
  const server = await startServer(ROOT, store.port, store.env);
  const browser = new Browser(`http://localhost:${store.port}`, server.origin);
  const { upn, pass } = issuePass(
    ROOT,
    store,
    'reader@latchkey.example',
    'Reader',
    '--role',
    'global_reader',
  );
  await redeemPass(browser, upn, pass);
  const desk = await setUpDesk(browser, 'BENCH-READER');
  await desk.comeIn();
  return {
    server,
    made,
    browser,
    close: async () => {
      browser.close();
      await server.stop();
      await store.remove();
    },
  };
}

async function ask<T>(browser: Browser, path: string): Promise<T> {
  const { status, text } = await browser.get(path);
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text.slice(0, 400)}`);
  return JSON.parse(text) as T;
}

/** Milliseconds of the server's CPU, and of time, that some requests take. */
async function timed(
  server: ServerProcess,
  work: () => Promise<unknown>,
): Promise<{ readonly cpu: number; readonly elapsed: number }> {
  const [before, start] = [await server.cpu(), performance.now()];
  await work();
  const elapsed = performance.now() - start;
  return { cpu: ((await server.cpu()) - before) / 1000, elapsed };
}

async function compareResolutions(): Promise<void> {
  say('\nOne resolution, of all settings, with every reason (GET /api/policy/resultant) ...');
  const measured: (House & { readonly readings: number[] })[] = [];
  try {
    for (const size of SIZES) measured.push({ ...(await openHouse(200, size)), readings: [] });
    for (let reading = 0; reading <= READINGS; reading += 1)
      for (const { server, browser, made, readings } of measured) {
        const { cpu } = await timed(server, async () => {
          for (const { id, userId } of made.places)
            await ask(browser, `/api/policy/resultant?user=${userId}&device=${id}`);
        });
        // The first warms up.
        if (reading > 0) readings.push(cpu / made.places.length);
      }
    const first = median(measured[0]?.readings ?? []);
    table(
      ['sources', 'groups', 'CPU ms a resolution', ': few'],
      measured.map(({ readings }, index) => [
        String(SIZES[index]?.sources),
        String(SIZES[index]?.groups),
        spread(readings, 2),
        (median(readings) / first).toFixed(2),
      ]),
    );
  } finally {
    for (const house of measured) await house.close();
  }
}

async function compareWhatIfs(): Promise<void> {
  const sizes = [PEOPLE / 100, PEOPLE / 10, PEOPLE].map(Math.round).filter((people) => people >= 1);
  say(`\nA what-if (GET /api/policy/effect) with ${FULL.sources} sources, ${FULL.groups} groups ...`);
  const rows: string[][] = [];
  let first = Number.NaN;
  for (const people of sizes) {
    const { server, browser, made, close } = await openHouse(people, FULL);
    try {
      const readings: { cpu: number; elapsed: number }[] = [];
      let answer: { computations: number; people: { changed: number } } | undefined;
      for (let reading = 0; reading <= Math.min(READINGS, 5); reading += 1) {
        const spent = await timed(server, async () => {
          answer = await ask(browser, `/api/policy/effect?off=${made.sources.join()}`);
        });
        if (reading > 0) readings.push(spent);
      }
      const elapsed = readings.map((reading) => reading.elapsed);
      if (Number.isNaN(first)) first = median(elapsed);
      rows.push([
        String(people),
        spread(elapsed, 0),
        spread(
          readings.map(({ cpu }) => cpu),
          0,
        ),
        (median(elapsed) / first).toFixed(1),
        String(answer?.computations),
        String(answer?.people.changed),
      ]);
    } finally {
      await close();
    }
  }
  table(['people', 'elapsed ms', 'CPU ms', ': fewest', 'resolutions', 'people changed'], rows);
}

interface Served {
  readonly store: Store;
  readonly server: ServerProcess;
  readonly desks: readonly Desk[];
  readonly readings: Reading[];
}

async function serve(sources: number): Promise<Served> {
  const store = await openStore(ROOT, ENGINE);
  const server = await startServer(ROOT, store.port, store.env);
  const desks = await setUpDesks(ROOT, store, [server]);
  if (sources > 0) addPolicies(store, sources, FULL.groups);
  return { store, server, desks, readings: [] };
}

async function compareSignIns(): Promise<void> {
  say(`\nSign-ins with no source and with ${FULL.sources}, one at a time and in turn ...`);
  const houses: Served[] = [];
  try {
    for (const sources of [0, FULL.sources]) houses.push(await serve(sources));
    const read = ({ desks, server }: Served) =>
      underLoad(
        desks.slice(0, 8).map((desk) => () => desk.signIn()),
        SECONDS,
        server.cpu,
      );
    for (const house of houses) await read(house);
    for (let reading = 1; reading <= READINGS; reading += 1) {
      say(`Reading ${reading} of ${READINGS} ... (load ${loadavg()[0]?.toFixed(1)})`);
      // Whoever is first is first in every other turn.
      for (const house of reading % 2 === 0 ? houses : [...houses].reverse())
        house.readings.push(await read(house));
    }
    const cpu = ({ readings }: Served) => readings.map(({ cpuMs }) => cpuMs);
    const [none, full] = houses.map(cpu);
    const ratio = median((full ?? []).map((each, at) => each / (none?.[at] ?? Number.NaN)));
    table(
      ['sources', 'CPU ms a sign-in', ': none'],
      [
        ['0', spread(none ?? [], 2), '1.00'],
        [String(FULL.sources), spread(full ?? [], 2), ratio.toFixed(2)],
      ],
    );
    if (ratio > LIMIT) {
      say(`More than ${LIMIT} times as much.`);
      process.exitCode = 1;
    }
  } finally {
    for (const { desks, server, store } of houses) {
      for (const desk of desks) desk.browser.close();
      await server.stop();
      await store.remove();
    }
  }
}

describeMachine();
say(`${ENGINE}; min - median - max of ${READINGS} readings`);
await compareResolutions();
await compareWhatIfs();
await compareSignIns();
