/** What a person sees while the store is full, locked, away or hanging, and that it heals without a restart. */
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { brokenInvariants } from './crash/invariants.ts';
import { inStore, openSqlite } from './crash/store.ts';
import { expect, test } from './fixtures.ts';
import { type House, withHouse } from './house.ts';
import { newPerson } from './people.ts';
import { ownPostgresql } from './postgresql.mjs';
import { type Answer, enrolled, type Visitor, visitor } from './visitor.ts';

test.beforeEach(() => test.setTimeout(300_000));

/** A door says so as a problem, with the time after which asking again is worth it. */
function expectUnavailable(answer: Answer): void {
  expect(answer.json).toMatchObject({ status: 503, code: 'store_unavailable' });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

/** A sign-in from the start, whichever of its two doors refuses first. */
async function tryToSignIn(person: Visitor): Promise<Answer> {
  const asked = await person.post('/api/authentication/options', { purpose: 'sign-in' });
  return asked.status === 200 ? await person.signInOver(asked) : asked;
}

const health = async (house: House) => (await visitor(house).send('/api/health')).status;
const heals = (house: House) => expect.poll(() => health(house), { timeout: 60_000 }).toBe(200);

/** The server is the one that was started, and nothing in it broke beside what it said. */
function expectUnharmed(house: House, pid: number | undefined): void {
  expect(house.process().pid).toBe(pid);
  expect(house.process().exitCode).toBeNull();
  expect(house.log()).not.toMatch(/unhandled|uncaught/i);
}

/** A real full disk where the system lets us mount one, else a limit on the size of files. */
type SmallDisk = {
  how: string;
  launch?: (words: string[]) => string[];
  fill: (house: House) => Promise<void>;
  empty: (house: House) => void;
};

const MOUNT = `stage=$(mktemp -d) && cp -a "$DATA_DIR/." "$stage" && mount -t tmpfs -o size=6m tmpfs "$DATA_DIR" &&
  cp -a "$stage/." "$DATA_DIR" && rm -rf "$stage" && exec "$@"`;

function smallDisk(): SmallDisk | undefined {
  if (process.platform !== 'linux') return undefined;
  const runs = (command: string, ...words: string[]) => spawnSync(command, words).status === 0;
  for (const apart of [['--mount'], ['--user', '--map-root-user', '--mount']]) {
    if (!runs('unshare', ...apart, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir())) continue;
    const filler = (house: House) => join(`/proc/${house.process().pid}/root`, house.dataDir, 'filler');
    return {
      how: `a tmpfs of its own (unshare ${apart.join(' ')})`,
      launch: (words) => ['unshare', ...apart, 'sh', '-c', MOUNT, 'sh', process.execPath, ...words],
      fill: async (house) => {
        for (const size of [65_536, 512, 1]) {
          for (let full = false; !full; ) {
            await appendFile(filler(house), Buffer.alloc(size)).catch((error) => {
              expect(error.code).toBe('ENOSPC');
              full = true;
            });
          }
        }
      },
      empty: (house) => rmSync(filler(house)),
    };
  }
  if (!runs('prlimit', '--version')) return undefined;
  const limit = (house: House, bytes: string) =>
    expect(runs('prlimit', '--pid', String(house.process().pid), `--fsize=${bytes}:`)).toBe(true);
  return {
    how: 'a limit on the size of files (prlimit --fsize)',
    fill: async (house) => limit(house, String(statSync(join(house.dataDir, 'latchkey.db-wal')).size)),
    empty: (house) => limit(house, 'unlimited'),
  };
}

test('a full disk is a 503 that writes nothing, people go on reading, and space heals it', async () => {
  const disk = smallDisk();
  test.skip(disk === undefined, 'neither unshare nor prlimit is to be had here');
  if (disk === undefined) return;
  test.info().annotations.push({ type: 'disk', description: disk.how });
  const { launch, fill, empty } = disk;
  await withHouse({ demo: false, engine: 'sqlite', ...(launch && { launch }) }, async (mounted) => {
    const inside = launch ? join(`/proc/${mounted.process().pid}/root`, mounted.dataDir) : mounted.dataDir;
    // The command line is not in the disk's namespace: what it would do is done through the doors.
    const house: House = { ...mounted, databaseUrl: `file:${join(inside, 'latchkey.db')}` };
    const { pid } = house.process();
    const [upn = '', pass = ''] = await firstPass(house);
    const person = visitor(house);
    expect(await person.redeemPass(upn, pass)).toMatchObject({ ok: true });
    await person.registerDevice('FULL-01');
    expect((await person.registerKey('hello')).status).toBe(200);
    expect((await person.signIn()).status).toBe(200);

    await fill(house);
    let last = await tryToSignIn(person);
    for (let tries = 0; last.status === 200 && tries < 500; tries += 1) last = await tryToSignIn(person);
    expectUnavailable(last);
    expectUnavailable(await tryToSignIn(person));
    expect(await person.act('(sign-in)#lockAction', {})).toMatchObject({
      problem: { code: 'store_unavailable' },
    });
    expect(await health(house)).toBe(503);
    expect((await person.send('/')).status, 'reading goes on').toBe(200);
    expect(house.log()).toContain('The store is unavailable');

    empty(house);
    expect((await person.signIn()).status).toBe(200);
    expect(await health(house)).toBe(200);
    expect(await brokenInvariants(house)).toEqual([]);
    expectUnharmed(house, pid);
  });
});

/** Name and pass of the first administrator, as the first start announces them. */
async function firstPass(house: House): Promise<string[]> {
  const text = await readFile(join(house.dataDir, 'announcement'), 'utf8');
  const [, fragment = ''] = /\/sign-in\/pass#(\S+)/.exec(text) ?? [];
  const words = new URLSearchParams(fragment);
  return [words.get('upn') ?? '', words.get('pass') ?? ''];
}

test('a lock that another process holds makes writers wait, and keeps nobody from reading', async () => {
  await withHouse({ demo: false, engine: 'sqlite' }, async (house) => {
    const { pid } = house.process();
    const person = await enrolled(house, await newPerson(house), 'LOCK-01');
    const [body, refused] = [await person.assertion(), await person.assertion()];
    const other = openSqlite(house);
    other.exec('BEGIN EXCLUSIVE');
    const answered: string[] = [];
    const waiting = person.verify(body).then((answer) => {
      answered.push('writer');
      return answer;
    });
    for (let reads = 0; reads < 3; reads += 1) expect(await health(house)).toBe(200);
    expect((await person.send('/')).status).toBe(200);
    expect(answered).toEqual([]);
    other.exec('COMMIT');
    expect((await waiting).status).toBe(200);

    other.exec('BEGIN EXCLUSIVE');
    const [first, second] = await Promise.all([
      person.verify(refused),
      visitor(house).redeemPass('nobody@tidewater.example', 'ABCD2345'),
    ]);
    expectUnavailable(first);
    expect(second).toMatchObject({ problem: { code: 'store_unavailable' } });
    other.exec('ROLLBACK');
    other.close();
    expect((await person.verify(refused)).status, 'the challenge was not used up').toBe(200);
    expect(await health(house)).toBe(200);
    expectUnharmed(house, pid);
  });
});

/** A house on a PostgreSQL server of its own, which may be stopped. */
async function withOwnPostgresql(
  use: (house: House, server: NonNullable<Awaited<ReturnType<typeof ownPostgresql>>>) => Promise<void>,
): Promise<void> {
  const server = await ownPostgresql();
  test.skip(server === undefined, 'PostgreSQL is not installed here');
  if (server === undefined) return;
  try {
    await withHouse({ demo: false, engine: 'postgresql', databaseUrl: server.url }, (house) =>
      use(house, server),
    );
  } finally {
    server.signalAll('SIGCONT');
    await server.stop('SIGQUIT');
    server.remove();
  }
}

async function expectAway(house: House, person: Visitor): Promise<void> {
  expect(await health(house)).toBe(503);
  expectUnavailable(await person.post('/api/authentication/options', { purpose: 'sign-in' }));
  expect(await visitor(house).redeemPass('mia@tidewater.example', 'ABCD2345')).toMatchObject({
    problem: { code: 'store_unavailable' },
  });
}

test('a database that goes away is a 503 until it is back, whether it said goodbye or not', async ({
  browser,
}) => {
  await withOwnPostgresql(async (house, server) => {
    const { pid } = house.process();
    const person = await enrolled(house, await newPerson(house), 'AWAY-01');
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      const body = await person.assertion();
      await server.stop(signal);
      await expectAway(house, person);
      expectUnavailable(await person.verify(body));

      const answer = await person.send('/');
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      const context = await browser.newContext({ baseURL: house.origin });
      await person.enterBrowser(context);
      const page = await context.newPage();
      await page.goto('/');
      await expect(page.getByRole('heading')).toHaveText('Latchkey cannot reach its store right now');

      await server.start();
      await heals(house);
      expect((await person.signIn()).status).toBe(200);
      await page.getByRole('button', { name: 'Try again' }).click();
      await expect(page.getByRole('heading', { level: 1 })).not.toContainText('cannot reach');
      await context.close();
    }
    expect(await brokenInvariants(house)).toEqual([]);
    expectUnharmed(house, pid);
  });
});

test('connections cut in the middle of requests cost these requests only, and no place in the pool', async () => {
  await withOwnPostgresql(async (house, server) => {
    const { pid } = house.process();
    const people: Visitor[] = [];
    for (let n = 0; n < 4; n += 1) people.push(await enrolled(house, await newPerson(house), `CUT-0${n}`));
    const knife = new Client(server.url);
    await knife.connect();
    let accepted = 0;
    let cut = 0;
    const working = people.map(async (person) => {
      while (cut < 40) {
        const answer = await tryToSignIn(person);
        if (answer.status === 200) accepted += 1;
        // A challenge that was used up before the cut is 409; a session whose new token was lost is nobody's.
        else expectUnavailable(answer);
      }
    });
    while (cut < 40) {
      const { rowCount } = await knife.query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND datname = current_database()`);
      cut += rowCount ?? 0;
    }
    await Promise.all(working);
    await knife.end();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => visitor(house).redeemPass('nobody@tidewater.example', 'ABCD2345')),
    );
    for (const answer of answers) expect(answer.problem?.code).not.toBe('store_unavailable');
    for (const person of people) expect((await person.signIn()).status).toBe(200);
    const [row] = await inStore(house, ({ rows }) =>
      rows(`SELECT COUNT(*) AS n FROM "Event" WHERE "code" = 'sign_in' AND "outcome" = 'success'`),
    );
    expect(Number(row?.n)).toBeGreaterThanOrEqual(accepted);
    expect(await brokenInvariants(house)).toEqual([]);
    expectUnharmed(house, pid);
  });
});

test('a database that hangs is a 503 after a while, and its connections are not waited for', async () => {
  await withOwnPostgresql(async (house, server) => {
    const { pid } = house.process();
    const person = await enrolled(house, await newPerson(house), 'HANG-01');
    const body = await person.assertion();
    server.signalAll('SIGSTOP');
    // More than the pool has connections: nobody waits behind one that hangs.
    const answers = await Promise.all([
      person.verify(body),
      ...Array.from({ length: 14 }, () => person.post('/api/authentication/options', { purpose: 'sign-in' })),
    ]);
    for (const answer of answers) expectUnavailable(answer);
    expect(await health(house)).toBe(503);
    server.signalAll('SIGCONT');
    await heals(house);
    expect((await person.signIn()).status).toBe(200);
    expect(await brokenInvariants(house)).toEqual([]);
    expectUnharmed(house, pid);
  });
});
