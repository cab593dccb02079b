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
  type Store,
  say,
  setUpDesks,
  table,
} from './house.ts';
import { type Reading, spread, underLoad } from './readings.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';

/**
 * What grows and what does not: both engines, few people against many, one instance against two, and memory. Everything
 * that is compared runs in the same minute, reading by reading in turn.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENGINES: readonly Engine[] = ['sqlite', 'postgresql'];
const FEW = 1_000;
const REGISTRATIONS_A_READING = 6;

const { values: given } = parseArgs({
  options: {
    people: { type: 'string', default: '100000' },
    readings: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
  },
});
const MANY = Number(given.people);
const READINGS = Number(given.readings);
const SECONDS = Number(given.seconds);

interface House {
  readonly store: Store;
  readonly instances: readonly ServerProcess[];
  readonly desks: readonly Desk[];
  close(): Promise<void>;
}

async function openHouse(engine: Engine, crowd: number, count = 1): Promise<House> {
  const store = await openStore(ROOT, engine, { crowd });
  const instances: ServerProcess[] = [];
  for (let instance = 0; instance < count; instance += 1) {
    const port = instance === 0 ? store.port : await freePort();
    instances.push(await startServer(ROOT, port, store.env));
  }
  const desks = await setUpDesks(ROOT, store, instances);
  return {
    store,
    instances,
    desks,
    close: async () => {
      for (const desk of desks) desk.browser.close();
      for (const instance of instances) await instance.stop();
      await store.remove();
    },
  };
}

const cpuOf = (instances: readonly ServerProcess[]) => async () => {
  const spent = await Promise.all(instances.map((instance) => instance.cpu()));
  return spent.reduce((sum, microseconds) => sum + microseconds, 0);
};

const signIns = ({ instances, desks }: House, atOnce: number) =>
  underLoad(
    desks.slice(0, atOnce).map((desk) => () => desk.signIn()),
    SECONDS,
    cpuOf(instances),
  );

/** Devices with a Hello key each, one after the other; the pass is redeemed before the clock starts. */
async function registrations(
  { store, instances }: House,
  pass: { upn: string; pass: string },
): Promise<Reading> {
  const [instance] = instances;
  if (instance === undefined) throw new Error('no instance');
  const browsers: Browser[] = [];
  for (let n = 0; n < REGISTRATIONS_A_READING; n += 1) {
    const browser = new Browser(`http://localhost:${store.port}`, instance.origin, `198.51.100.${n + 1}`);
    await redeemPass(browser, pass.upn, pass.pass);
    browsers.push(browser);
  }
  const cpuBefore = await instance.cpu();
  const start = performance.now();
  for (const browser of browsers) await setUpDesk(browser, 'BENCH-REG');
  const elapsedMs = performance.now() - start;
  const cpuMs = ((await instance.cpu()) - cpuBefore) / 1000 / browsers.length;
  for (const browser of browsers) browser.close();
  return { perSecond: (1000 * browsers.length) / elapsedMs, cpuMs };
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const cpu = (readings: readonly Reading[]) => readings.map(({ cpuMs }) => cpuMs);
const elapsed = (readings: readonly Reading[]) => readings.map(({ perSecond }) => 1000 / perSecond);

async function compareSizes(engine: Engine): Promise<string[][]> {
  say(`\n${engine}: making ${FEW} and ${MANY} people ...`);
  const houses = [await openHouse(engine, FEW), await openHouse(engine, MANY)];
  try {
    const measured = await Promise.all(
      houses.map(async (house, index) => ({
        house,
        people: index === 0 ? FEW : MANY,
        pass: issuePass(ROOT, house.store, 'registrar@latchkey.example', 'Registrar'),
        alone: [] as Reading[],
        together: [] as Reading[],
        registered: [] as Reading[],
      })),
    );
    for (const { house } of measured) await signIns(house, 8);
    for (let reading = 1; reading <= READINGS; reading += 1) {
      say(`Reading ${reading} of ${READINGS} ... (load ${loadavg()[0]?.toFixed(1)})`);
      for (const of of measured) {
        of.alone.push(await signIns(of.house, 1));
        of.together.push(await signIns(of.house, 8));
        of.registered.push(await registrations(of.house, of.pass));
      }
    }
    const few = measured[0];
    return measured.map((of) => {
      const against = (
        what: (readings: readonly Reading[]) => number[],
        which: 'alone' | 'together' | 'registered',
      ) => (median(what(of[which])) / median(what(few?.[which] ?? []))).toFixed(2);
      return [
        engine,
        String(of.people),
        spread(elapsed(of.alone), 2),
        against(elapsed, 'alone'),
        spread(cpu(of.together), 2),
        against(cpu, 'together'),
        spread(cpu(of.registered), 2),
        against(cpu, 'registered'),
      ];
    });
  } finally {
    for (const house of houses) await house.close();
  }
}

/** One instance, then two, on one PostgreSQL store; the client and the database want their share of the machine too. */
async function compareInstances(): Promise<string[][]> {
  say('\nOne instance against two on one PostgreSQL store ...');
  const house = await openHouse('postgresql', FEW, 2);
  try {
    // Desks were dealt out in turn: every second one goes to the first instance.
    const halves = [0, 1].map((which) => house.desks.filter((_, index) => index % 2 === which));
    const [first = [], second = []] = halves;
    const load = (desks: readonly Desk[], instances: readonly ServerProcess[]) =>
      underLoad(
        desks.map((desk) => () => desk.signIn()),
        SECONDS,
        cpuOf(instances),
      );
    const one: Reading[] = [];
    const two: Reading[] = [];
    await load(house.desks.slice(0, 16), house.instances);
    for (let reading = 1; reading <= READINGS; reading += 1) {
      one.push(await load(first, house.instances.slice(0, 1)));
      two.push(await load([...first.slice(0, 8), ...second.slice(0, 8)], house.instances));
    }
    const row = (name: string, readings: readonly Reading[]) => [
      name,
      spread(
        readings.map(({ perSecond }) => perSecond),
        0,
      ),
      (
        median(readings.map(({ perSecond }) => perSecond)) / median(one.map(({ perSecond }) => perSecond))
      ).toFixed(2),
      spread(cpu(readings), 2),
      (median(cpu(readings)) / median(cpu(one))).toFixed(2),
    ];
    return [row('one', one), row('two', two)];
  } finally {
    await house.close();
  }
}

/** What the process holds on to after its garbage is collected. */
async function readMemory(): Promise<string[][]> {
  say('\nMemory ...');
  const house = await openHouse('sqlite', 0);
  const [instance] = house.instances;
  try {
    const rows: string[][] = [];
    let count = 0;
    for (const stage of [0, 1, 2]) {
      if (stage > 0) {
        const { perSecond } = await underLoad(
          house.desks.slice(0, 8).map((desk) => () => desk.signIn()),
          SECONDS * 5,
          cpuOf(house.instances),
        );
        count += Math.round(perSecond * SECONDS * 5);
      }
      const { heapUsed, rss } = (await instance?.memory()) ?? { heapUsed: Number.NaN, rss: Number.NaN };
      rows.push([
        stage === 0 ? '32 devices registered' : `after about ${count} sign-ins`,
        mib(heapUsed),
        mib(rss),
      ]);
    }
    return rows;
  } finally {
    await house.close();
  }
}

const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);

describeMachine();
say(
  `min - median - max of ${READINGS} readings of ${SECONDS} s; CPU is the server's own, without the database server's`,
);
for (const engine of ENGINES) {
  const rows = await compareSizes(engine);
  say();
  table(
    [
      'engine',
      'people',
      'sign-in, elapsed ms, alone',
      ': few',
      'sign-in, CPU ms, 8 at once',
      ': few',
      'device and key, CPU ms',
      ': few',
    ],
    rows,
  );
}
const instances = await compareInstances();
say();
table(['instances', 'sign-ins/s, 16 at once', ': one', 'CPU ms a sign-in', ': one'], instances);
const memory = await readMemory();
say();
table(['memory', 'heap MiB', 'RSS MiB'], memory);
