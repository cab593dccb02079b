import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { breakdown } from './breakdown.ts';
import { Browser } from './browser.ts';
import type { Desk } from './desk.ts';
import { describeMachine, openStore, say, setUpDesks, table } from './house.ts';
import { buildNoOp } from './no-op.ts';
import { weighPage } from './page-weight.ts';
import { type Reading, spread, underLoad } from './readings.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';

/**
 * What a sign-in costs: whole ceremonies against the production build, beside a pair of route handlers that do nothing in
 * the same Next and beside one raw P-256 verification, all in one run. Only the server's CPU time counts.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONCURRENCY = [1, 8, 32] as const;
const WARM_UP_SECONDS = 8;
const VERIFICATIONS = 4000;

const { values: given } = parseArgs({
  options: {
    readings: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    profile: { type: 'string' },
  },
});
const READINGS = Number(given.readings);
const SECONDS = Number(given.seconds);

/** CPU milliseconds of one P-256 verification with a key that is parsed already. */
function rawVerification(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const message = randomBytes(69);
  const signature = sign('sha256', message, privateKey);
  const before = process.cpuUsage();
  for (let n = 0; n < VERIFICATIONS; n += 1) verify('sha256', message, publicKey, signature);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / VERIFICATIONS;
}

/** The same two requests to the handlers that do nothing, with bodies of the same size. */
function noOpPair(origin: string): () => Promise<unknown> {
  const browser = new Browser(origin);
  const text = (bytes: number) => randomBytes(bytes).toString('base64url');
  const id = text(32);
  const answer = {
    response: {
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: text(180),
        authenticatorData: text(37),
        signature: text(71),
        userHandle: text(32),
      },
    },
    device: { id: '5dd7b2f0-6d9b-4b83-a3a5-1c3bd2d7a111', signature: text(64) },
  };
  return async () => {
    await browser.post('/options', { purpose: 'sign-in' });
    await browser.post('/verification', answer);
  };
}

async function measure(product: ServerProcess, noOp: ServerProcess, desks: readonly Desk[]): Promise<void> {
  const signIns = desks.map((desk) => () => desk.signIn());
  const pairs = desks.map(() => noOpPair(noOp.origin));
  say('Warming up ...');
  await underLoad(signIns.slice(0, 8), WARM_UP_SECONDS, product.cpu);
  await underLoad(pairs.slice(0, 8), WARM_UP_SECONDS, noOp.cpu);
  rawVerification();

  const readings = CONCURRENCY.map((concurrency) => ({
    concurrency,
    ceremonies: [] as Reading[],
    pairs: [] as Reading[],
  }));
  const raw: number[] = [];
  for (let reading = 1; reading <= READINGS; reading += 1) {
    say(`Reading ${reading} of ${READINGS} ... (load ${loadavg()[0]?.toFixed(1)})`);
    raw.push(rawVerification());
    for (const { concurrency, ceremonies, pairs: noOps } of readings) {
      ceremonies.push(await underLoad(signIns.slice(0, concurrency), SECONDS, product.cpu));
      noOps.push(await underLoad(pairs.slice(0, concurrency), SECONDS, noOp.cpu));
    }
  }

  say(
    `\nmin - median - max of ${READINGS} readings of ${SECONDS} s; CPU time is the server's alone, in ms\n`,
  );
  table(
    [
      'at once',
      'sign-ins/s',
      'CPU ms a sign-in',
      'no-op pairs/s',
      'CPU ms a no-op pair',
      'sign-in : no-op pair',
      'sign-in : verification',
    ],
    readings.map(({ concurrency, ceremonies, pairs: noOps }) => [
      String(concurrency),
      spread(
        ceremonies.map(({ perSecond }) => perSecond),
        0,
      ),
      spread(
        ceremonies.map(({ cpuMs }) => cpuMs),
        2,
      ),
      spread(
        noOps.map(({ perSecond }) => perSecond),
        0,
      ),
      spread(
        noOps.map(({ cpuMs }) => cpuMs),
        2,
      ),
      spread(
        ceremonies.map(({ cpuMs }, index) => cpuMs / (noOps[index]?.cpuMs ?? Number.NaN)),
        2,
      ),
      spread(
        ceremonies.map(({ cpuMs }, index) => cpuMs / (raw[index] ?? Number.NaN)),
        1,
      ),
    ]),
  );
  say(`\nraw P-256 verification with a kept key: ${spread(raw, 3)} ms CPU`);
}

async function explain(product: ServerProcess, desks: readonly Desk[]): Promise<void> {
  const signIns = desks.slice(0, 8).map((desk) => () => desk.signIn());
  let count = 0;
  const counted = signIns.map((signIn) => async () => {
    await signIn();
    count += 1;
  });
  const profile = await product.profile(() => underLoad(counted, SECONDS * 2, product.cpu));
  if (given.profile !== undefined) writeFileSync(given.profile, JSON.stringify(profile));
  const { parts, functions } = breakdown(profile, ROOT);
  const total = parts.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const row = ({ part, microseconds }: (typeof parts)[number]) => [
    part,
    `${((100 * microseconds) / total).toFixed(1)} %`,
    (microseconds / 1000 / count).toFixed(3),
  ];
  say(`\nWhere it goes: self time on the main thread, 8 at once, ${count} sign-ins under the profiler\n`);
  table(
    ['part', 'share', 'ms a sign-in'],
    parts.filter(({ microseconds }) => microseconds > total / 200).map(row),
  );
  say();
  table(['function', 'share', 'ms a sign-in'], functions.slice(0, 12).map(row));
}

const running: { stop(): Promise<void> }[] = [];
try {
  describeMachine();
  say('Building two handlers that do nothing ...');
  const noOpFolder = buildNoOp(ROOT);
  say('Starting both, making 32 devices with a Hello key each ...');
  const store = await openStore(ROOT, 'sqlite');
  running.unshift({ stop: store.remove });
  const product = await startServer(ROOT, store.port, store.env);
  running.unshift(product);
  const noOp = await startServer(noOpFolder, await freePort(), {});
  running.unshift(noOp);
  const desks = await setUpDesks(ROOT, store, [product]);
  await measure(product, noOp, desks);
  await explain(product, desks);
  const { gzip, scripts, foreign } = await weighPage(new Browser(product.origin), '/sign-in');
  say(`\nThe sign-in page loads ${(gzip / 1000).toFixed(1)} kB of JavaScript (gzip, ${scripts} files).`);
  say(
    foreign.length === 0
      ? 'Nothing on it comes from another origin.'
      : `From other origins: ${foreign.join(', ')}`,
  );
  if (foreign.length > 0) process.exitCode = 1;
  for (const desk of desks) desk.browser.close();
} finally {
  for (const { stop } of running) await stop();
}
