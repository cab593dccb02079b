import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launchChromium } from './chromium.ts';
import { buildFloor } from './floor.ts';
import { describeMachine, openStore, runProgram, say, setUpDesks, table } from './house.ts';
import { type Reading, spread, underLoad } from './readings.ts';
import { startServer } from './server-process.ts';

/**
 * What the live ceremony costs a sign-in: the product while the organisation does not allow it, while it does and nobody looks, and
 * while somebody does, against the same product without it: another build, whose doors never look whether they are watched. They take
 * turns in who begins. The floor runs twice: what its two readings differ by is what this machine cannot tell.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WARM_UP_SECONDS = 8;
const AT_ONCE = 8;
/** The aim: nobody looks, and a sign-in costs at most so much of the floor. */
const MOST = 1.03;
const { values: given } = parseArgs({
  options: { readings: { type: 'string', default: '12' }, seconds: { type: 'string', default: '3' } },
});
const READINGS = Number(given.readings);
const SECONDS = Number(given.seconds);

const WITHOUT = [
  {
    file: 'server/endpoint.ts',
    from: 'const watched = request.headers.has(WATCH_HEADER);',
    to: 'const watched: boolean = false;',
  },
];

const cases = [
  { name: 'floor: without it', floor: true, allowed: false, watched: false },
  { name: 'floor, once more', floor: true, allowed: false, watched: false },
  { name: 'off', floor: false, allowed: false, watched: false },
  { name: 'on, nobody looks', floor: false, allowed: true, watched: false },
  { name: 'on, and watched', floor: false, allowed: true, watched: true },
] as const;

/** A store, its server and people who sign in there. */
async function openHouse(folder: string, running: (() => Promise<void>)[]) {
  const store = await openStore(ROOT, 'sqlite');
  running.unshift(store.remove);
  const server = await startServer(folder, store.port, store.env);
  running.unshift(server.stop);
  const desks = (await setUpDesks(ROOT, store, [server])).slice(0, AT_ONCE);
  const signIns = desks.map((desk) => () => desk.signIn());
  await underLoad(signIns, WARM_UP_SECONDS, server.cpu);
  return {
    origin: `http://localhost:${store.port}`,
    load: async (allowed: boolean, watched: boolean): Promise<Reading> => {
      const policy = ['server/command-line.ts', 'policy', 'set', 'LiveCeremony.state', String(allowed)];
      runProgram(ROOT, store.env, ...policy);
      for (const { browser } of desks) browser.watched = watched;
      return await underLoad(signIns, SECONDS, server.cpu);
    },
    close: () => {
      for (const { browser } of desks) browser.close();
    },
  };
}

/** Microseconds of one look whether a live view is open, which is all that a browser does while none is. */
async function lookInBrowser(origin: string): Promise<number> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${origin}/sign-in`);
    return await page.evaluate(() => {
      const looks = 20_000;
      const began = performance.now();
      for (let look = 0; look < looks; look += 1) localStorage.getItem('latchkey-live-ceremony');
      return ((performance.now() - began) * 1000) / looks;
    });
  } finally {
    await browser.close();
  }
}

const running: (() => Promise<void>)[] = [];
try {
  describeMachine();
  const floor = await openHouse(buildFloor(ROOT, WITHOUT), running);
  const product = await openHouse(ROOT, running);
  say(`${READINGS} readings of ${SECONDS} s each, ${AT_ONCE} at once, load ${loadavg()[0]?.toFixed(1)}`);

  const readings = cases.map((): Reading[] => []);
  for (let reading = 0; reading < READINGS; reading += 1)
    for (let turn = 0; turn < cases.length; turn += 1) {
      const index = (reading + turn) % cases.length;
      const { floor: isFloor, allowed, watched } = cases[index] ?? cases[0];
      readings[index]?.push(await (isFloor ? floor : product).load(allowed, watched));
    }

  say('\nmin - median - max; CPU time is the server’s alone, in ms\n');
  const base = readings[0] ?? [];
  const ratios = readings.map((own) => own.map(({ cpuMs }, at) => cpuMs / (base[at]?.cpuMs ?? Number.NaN)));
  const cpu = readings.map((own) => own.map(({ cpuMs }) => cpuMs));
  table(
    ['live ceremony', 'CPU ms a sign-in', ': floor'],
    cases.map(({ name }, index) => [name, spread(cpu[index] ?? [], 2), spread(ratios[index] ?? [], 3)]),
  );
  const look = await lookInBrowser(product.origin);
  say(
    `\nIn the browser, while no view is open: ${look.toFixed(2)} µs a look, one for each step and request.`,
  );
  for (const house of [floor, product]) house.close();

  const off =
    [...(ratios[2] ?? [])].sort((one, other) => one - other)[Math.floor(READINGS / 2)] ?? Number.NaN;
  if (!(off <= MOST)) {
    say(`\nOff, it costs ${off.toFixed(3)} of the floor; the aim is ${MOST}.`);
    process.exitCode = 1;
  }
} finally {
  for (const stop of running) await stop();
}
