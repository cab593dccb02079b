import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { breakdown } from './breakdown.ts';
import { Browser } from './browser.ts';
import { type Desk, redeemPass, setUpDesk } from './desk.ts';
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
const PEOPLE = 4;
const DESKS_EACH = 8;
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

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Runs one of the product's own programs (its seed, its command line) on the store of this run. */
function runProgram(env: Readonly<Record<string, string>>, ...words: readonly string[]): string {
  const ran = spawnSync(process.execPath, ['--conditions=react-server', '--import', 'tsx', ...words], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (ran.status !== 0) throw new Error(`${words.join(' ')} failed.\n${ran.stdout}${ran.stderr}`);
  return ran.stdout.trim();
}

/** People with passes from the command line; their devices and keys through the product's HTTP doors. */
async function setUpDesks(origin: string, env: Readonly<Record<string, string>>): Promise<Desk[]> {
  const desks: Desk[] = [];
  for (let person = 1; person <= PEOPLE; person += 1) {
    const upn = `bench${person}@latchkey.example`;
    runProgram(env, 'server/command-line.ts', 'user', 'add', upn, `Bench ${person}`);
    const issued = runProgram(env, 'server/command-line.ts', 'tap', 'issue', upn, '--json');
    const { pass } = JSON.parse(issued) as { pass: string };
    for (let desk = 1; desk <= DESKS_EACH; desk += 1) {
      const browser = new Browser(origin);
      await redeemPass(browser, upn, pass);
      desks.push(await setUpDesk(browser, `BENCH-${person}${desk}`));
    }
  }
  return desks;
}

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

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    say(`| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  line(head);
  line(widths.map((width) => '-'.repeat(width)));
  for (const row of rows) line(row);
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

mkdirSync(join(ROOT, '.bootstrap', 'bench'), { recursive: true });
const dataDir = mkdtempSync(join(ROOT, '.bootstrap', 'bench', 'data-'));
const running: ServerProcess[] = [];
try {
  const port = await freePort();
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: '',
    DEMO: '0',
    ORIGIN: `http://localhost:${port}`,
    RP_ID: '',
    SECRET_KEY: '',
    TRUSTED_PROXY_HOPS: '',
  };
  say(
    `Node ${process.version} on ${process.platform}-${process.arch}, ${availableParallelism()} cores, ${cpus()[0]?.model.trim()}`,
  );
  say('Building two handlers that do nothing ...');
  const noOpFolder = buildNoOp(ROOT);
  say('Starting both, making 32 devices with a Hello key each ...');
  runProgram(env, 'prisma/seed.ts');
  const product = await startServer(ROOT, port, env);
  running.push(product);
  const noOp = await startServer(noOpFolder, await freePort(), {});
  running.push(noOp);
  const desks = await setUpDesks(product.origin, env);
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
  await Promise.all(running.map((server) => server.stop()));
  rmSync(dataDir, { recursive: true, force: true });
}
