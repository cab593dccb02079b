import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser as Chromium, Page } from '@playwright/test';
import { virtualAuthenticator } from '../e2e/fixtures.ts';
import { chooseNewPin, enterPin, redeemPass, signOut } from '../e2e/people.ts';
import { Browser } from './browser.ts';
import { launchChromium, marksOf, type Took, watchScripts } from './chromium.ts';
import { describeMachine, issuePass, openStore, type Store, say, table } from './house.ts';
import { gzipOf } from './page-weight.ts';
import { spread } from './readings.ts';
import { startServer } from './server-process.ts';
import { type Cost, OWASP, openStretching, PBKDF2_ITERATIONS, type StretchReading } from './stretching.ts';
import { PARTS, type Part, partsOf, type Unlock } from './unlock-parts.ts';

/**
 * What it takes to open a Hello container in a real Chromium: from the typed PIN to the assertion that is handed in, by the
 * product's own pages, without what the server and the way to it take; argon2id with each of OWASP's sets; and the JavaScript
 * that pages load for it.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PIN = '48213907';
const DEVICE = 'BENCH-KEPT';
const SIGNED_IN = `on ${DEVICE}. Software key`;
const { values: given } = parseArgs({ options: { readings: { type: 'string', default: '7' } } });
const READINGS = Number(given.readings);
/** The aim: what is not argon2id costs less than half of it. */
const MOST = 1.5;
/** By these words the scripts are known that open a container: the engine's labels, and RFC 9497's. */
const ENGINE = ['latchkey-container-v1', 'latchkey-pin-v1', 'HashToGroup-'];

/** An administrator, who sees every page: from a pass to where a key is made, on a device of that name. */
async function comeToTheKey(page: Page, store: Store, name: string): Promise<void> {
  const upn = `${name.toLowerCase()}@latchkey.example`;
  const { pass } = issuePass(ROOT, store, upn, name, '--role', 'global_administrator');
  await redeemPass(page, upn, pass);
  await page.getByRole('link', { name: 'OK', exact: true }).click();
  await page.getByLabel('Name of this device').fill(name);
  await page.getByRole('button', { name: 'Register this device' }).click();
  await page.getByRole('link', { name: /^Continue/ }).click();
}

async function lock(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
}

/** Unlocks on a page that was just loaded, where nothing of it is compiled yet. */
async function readUnlock(browser: Chromium, page: Page): Promise<Unlock> {
  await lock(page);
  await page.reload();
  await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
  await page.getByRole('dialog').waitFor();
  const marks = await marksOf(browser, async () => {
    await enterPin(page, PIN);
    await page.getByText(SIGNED_IN).waitFor();
  });
  return partsOf(marks);
}

/** The cost that the product has given a container, from what the browser keeps. */
async function costOf(page: Page): Promise<Cost> {
  return await page.evaluate<Cost>(`new Promise((resolve, reject) => {
    const request = indexedDB.open('latchkey-container');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const all = request.result.transaction('containers').objectStore('containers').getAll();
      all.onsuccess = () => resolve(all.result[0].container.protectors[0].argon2);
    };
  })`);
}

const medianOf = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

const named = ({ m, t }: Cost) => `m=${m}, t=${t}`;

function sayUnlocks(unlocks: readonly Unlock[]): void {
  const row = (name: string, pick: (unlock: Unlock) => Took) => [
    name,
    spread(
      unlocks.map((unlock) => pick(unlock).cpu),
      1,
    ),
    spread(
      unlocks.map((unlock) => pick(unlock).elapsed),
      1,
    ),
    spread(
      unlocks.map((unlock) => pick(unlock).cpu / unlock.parts.stretch.cpu),
      2,
    ),
  ];
  table(
    ['', 'CPU ms', 'elapsed ms', ': argon2id, CPU'],
    [
      row('typed PIN to signed assertion', ({ total }) => total),
      ...(Object.keys(PARTS) as Part[]).map((part) => row(PARTS[part], ({ parts }) => parts[part])),
    ],
  );
}

function sayStretching(readings: readonly StretchReading[], used: Cost): void {
  const standing = OWASP.findIndex(({ m, t }) => m === used.m && t === used.t);
  const of = (pick: (reading: StretchReading) => number | undefined, digits: number) =>
    spread(
      readings.map((reading) => pick(reading) ?? Number.NaN),
      digits,
    );
  table(
    ['argon2id, p=1', 'CPU ms', 'elapsed ms', ': default', ': PBKDF2'],
    OWASP.map((cost, at) => {
      const cpu = ({ inPage }: StretchReading) => inPage[at]?.cpu ?? Number.NaN;
      return [
        `${named(cost)}${at === standing ? ', default' : ''}`,
        of(cpu, 0),
        of(({ inPage }) => inPage[at]?.elapsed, 0),
        of((reading) => cpu(reading) / (reading.inPage[standing]?.cpu ?? Number.NaN), 2),
        of((reading) => cpu(reading) / reading.pbkdf2, 1),
      ];
    }),
  );
  say(
    `\nPBKDF2-HMAC-SHA256 with ${PBKDF2_ITERATIONS} iterations by WebCrypto: ${of(({ pbkdf2 }) => pbkdf2, 0)} ms CPU`,
  );
}

/** Scripts by what they weigh compressed, each fetched once. */
function scales(origin: string) {
  const fetched = new Map<string, Promise<string>>();
  const client = new Browser(origin);
  const textOf = (path: string) => {
    const text = fetched.get(path) ?? client.get(path).then((answer) => answer.text);
    fetched.set(path, text);
    return text;
  };
  return {
    weigh: async (paths: readonly string[]) => {
      let gzip = 0;
      for (const path of paths) gzip += gzipOf(await textOf(path));
      return `${(gzip / 1000).toFixed(1)} kB, ${paths.length} files`;
    },
    hasEngine: async (paths: readonly string[]) => {
      const texts = await Promise.all(paths.map(textOf));
      return texts.some((text) => ENGINE.some((word) => text.includes(word)));
    },
    close: () => client.close(),
  };
}

interface Loaded {
  readonly what: string;
  readonly scripts: readonly string[];
  /** Whether this may bring what opens a container. */
  readonly asks: boolean;
}

const PAGES = ['/', '/security-info', '/devices', '/admin', '/admin/people'];

/** Somebody with a key of another home, in a browser that keeps none. */
async function withoutContainer(browser: Chromium, store: Store, origin: string): Promise<Loaded[]> {
  const context = await browser.newContext({ baseURL: origin });
  const page = await context.newPage();
  const taken = watchScripts(page);
  await page.goto('/sign-in', { waitUntil: 'networkidle' });
  const loaded: Loaded[] = [{ what: '/sign-in', scripts: taken(), asks: false }];
  await virtualAuthenticator(page);
  await comeToTheKey(page, store, 'BENCH-NONE');
  await page.getByRole('button', { name: 'Create my key' }).click();
  await page.getByText('Signed in with Windows Hello').waitFor();
  const noteReloaded = async (what: string) => {
    taken();
    await page.reload({ waitUntil: 'networkidle' });
    loaded.push({ what, scripts: taken(), asks: false });
  };
  for (const path of PAGES) {
    await page.goto(path, { waitUntil: 'networkidle' });
    await noteReloaded(path);
  }
  await lock(page);
  await noteReloaded('/locked');
  await context.close();
  return loaded;
}

/** Somebody who makes a key that this browser keeps, signs out and signs in; they are left signed in. */
async function withContainer(page: Page, store: Store): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  const taken = watchScripts(page);
  const note = (what: string, asks = false) => loaded.push({ what, scripts: taken(), asks });
  const noteReloaded = async (what: string) => {
    taken();
    await page.reload({ waitUntil: 'networkidle' });
    note(what);
  };
  await comeToTheKey(page, store, DEVICE);
  await page.getByLabel('New PIN').waitFor();
  await noteReloaded('where a PIN is made');
  await chooseNewPin(page, PIN);
  await page.getByRole('button', { name: 'Create my PIN and key' }).click();
  await page.getByRole('dialog').waitFor();
  note('+ making a PIN and a key', true);
  await enterPin(page, PIN);
  await page.getByText(SIGNED_IN).waitFor();
  await page.goto('/', { waitUntil: 'networkidle' });
  await noteReloaded('/, with a container');
  await signOut(page);
  await noteReloaded('/sign-in, with a container');
  await page.getByRole('button', { name: /^Sign in as .* with your PIN$/ }).click();
  await page.getByRole('dialog').waitFor();
  note('+ asking for the PIN', true);
  const handedIn = page.waitForRequest('**/api/authentication/verification');
  await enterPin(page, PIN);
  await handedIn;
  note('+ opening and signing', true);
  await page.getByText(SIGNED_IN).waitFor();
  return loaded;
}

const running: (() => Promise<void>)[] = [];
try {
  describeMachine();
  const store = await openStore(ROOT, 'sqlite');
  running.unshift(store.remove);
  const server = await startServer(ROOT, store.port, store.env);
  running.unshift(server.stop);
  const browser = await launchChromium();
  running.unshift(() => browser.close());
  say(`Chromium ${browser.version()}, ${READINGS} readings, load ${loadavg()[0]?.toFixed(1)}`);
  say("min - median - max; CPU is that of the page's main thread, in ms\n");

  const context = await browser.newContext({ baseURL: server.origin });
  const page = await context.newPage();
  const loaded = [
    ...(await withoutContainer(browser, store, server.origin)),
    ...(await withContainer(page, store)),
  ];
  await page.addInitScript({ path: fileURLToPath(new URL('unlock-marks.mjs', import.meta.url)) });
  const used = await costOf(page);
  const stretch = await openStretching(browser);
  const unlocks: Unlock[] = [];
  const stretched: StretchReading[] = [];
  for (let reading = 0; reading < READINGS; reading += 1) {
    unlocks.push(await readUnlock(browser, page));
    stretched.push(await stretch(reading));
  }
  sayUnlocks(unlocks);
  const ratio = medianOf(unlocks.map(({ total, parts }) => total.cpu / parts.stretch.cpu));
  if (ratio > MOST) {
    process.exitCode = 1;
    say(`An unlock costs ${ratio.toFixed(2)} of argon2id alone, above the aim of ${MOST}.`);
  }
  say();
  sayStretching(stretched, used);
  say();

  const { weigh, hasEngine, close } = scales(server.origin);
  const rows: string[][] = [];
  for (const { what, scripts, asks } of loaded) {
    const engine = await hasEngine(scripts);
    rows.push([what, await weigh(scripts), engine ? 'yes' : 'no']);
    if (engine && !asks) {
      process.exitCode = 1;
      say(`${what} loads what opens a container, and asks for no PIN.`);
    }
  }
  close();
  table(['page', 'JavaScript, gzip', 'what opens a container'], rows);
  if (!rows.some(([, , engine]) => engine === 'yes')) throw new Error('No script opens a container.');
} finally {
  for (const stop of running) await stop();
}
