import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ChapterId, chapters } from '../domain/presentation/chapters.ts';
import type { Result } from '../domain/result.ts';
import type { SignedIn } from '../server/caller.ts';
import { readEnvironment } from '../server/env.ts';
import { findUser } from '../server/identity.ts';
import { beginPresentation, setUpChapter } from '../server/presentation.ts';
import { openRuntime } from '../server/product.ts';
import type { Runtime } from '../server/runtime.ts';
import { findSession, openSession } from '../server/session.ts';
import { goesBack } from '../server/tenant-snapshot.ts';
import { describeMachine, openStore, say, table } from './house.ts';
import { spread } from './readings.ts';

/**
 * How long an audience waits for a chapter: setting the whole demo tenant of `npm start` up, on SQLite, against nothing but
 * taking the same rows out of the same file and putting them back by prepared statements, which cannot be avoided.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { values: given } = parseArgs({
  options: { readings: { type: 'string', default: '9' }, chapter: { type: 'string', default: 'kept-key' } },
});
const READINGS = Number(given.readings);
const CHAPTER = chapters.find(({ id }) => id === given.chapter)?.id;

/** As much of better-sqlite3 as is used here; it comes without types. */
interface Statement {
  all(): Record<string, unknown>[];
  run(...values: unknown[]): void;
}
interface Sqlite {
  prepare(statement: string): Statement;
  exec(statements: string): void;
  close(): void;
}
const Database = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => Sqlite;

function done<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.problem.code}`);
  return result.value;
}

/** Ada, as if she had signed in with a passkey. */
async function presenter(runtime: Runtime): Promise<SignedIn> {
  const ada = await findUser(runtime, 'ada@tidewater.example');
  if (ada === null) throw new Error('Nobody presents here.');
  const caller = { browser: 'bench', session: null, address: '192.0.2.7', userAgent: 'Bench' };
  const { token } = await runtime.db.$transaction((tx) =>
    openSession(tx, runtime, caller, {
      userId: ada.id,
      kind: 'ordinary',
      method: 'passkey',
      deviceId: null,
    }),
  );
  const session = await findSession(runtime, token);
  if (session === null) throw new Error('The session is dead.');
  return { ...caller, session };
}

async function timed(work: () => Promise<unknown> | unknown): Promise<{ ms: number; cpuMs: number }> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1000 };
}

/** The floor, on a copy of the store: what it does to all rows that go back, in one durable transaction. */
function openFloor(file: string): { rows: number; rewrite: () => void; close: () => void } {
  const store = new Database(file);
  store.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF');
  const tables = store
    .prepare(`SELECT "name" FROM sqlite_schema WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite%'`)
    .all()
    .map(({ name }) => ({ name: String(name) }))
    .filter((each) => each.name !== '_prisma_migrations' && goesBack(each))
    .map(({ name }) => ({ name, rows: store.prepare(`SELECT * FROM "${name}"`).all() }));
  return {
    rows: tables.reduce((sum, { rows }) => sum + rows.length, 0),
    rewrite: () => {
      store.exec('BEGIN IMMEDIATE');
      for (const { name, rows } of tables) {
        store.exec(`DELETE FROM "${name}"`);
        const columns = Object.keys(rows[0] ?? {});
        if (columns.length === 0) continue;
        const names = columns.map((column) => `"${column}"`).join();
        const places = columns.map(() => '?').join();
        const insert = store.prepare(`INSERT INTO "${name}" (${names}) VALUES (${places})`);
        for (const row of rows) insert.run(...columns.map((column) => row[column]));
      }
      store.exec('COMMIT');
    },
    close: () => store.close(),
  };
}

if (CHAPTER === undefined) throw new Error(`There is no chapter ${given.chapter}.`);
const chapter: ChapterId = CHAPTER;
describeMachine();
const store = await openStore(ROOT, 'sqlite', { demo: true });
try {
  Object.assign(process.env, store.env);
  const env = readEnvironment();
  const runtime = await openRuntime(env);
  const ada = await presenter(runtime);
  const keeping = await timed(async () => done(await beginPresentation(runtime, ada)));
  await runtime.db.$queryRawUnsafe('PRAGMA wal_checkpoint(TRUNCATE)');
  const copy = join(env.dataDir, 'floor.db');
  copyFileSync(env.databaseUrl.slice('file:'.length), copy);
  const floor = openFloor(copy);
  say(`${floor.rows} rows, ${READINGS} readings in turn, load ${loadavg()[0]?.toFixed(1)}`);

  const readings: { whole: { ms: number; cpuMs: number }; floor: { ms: number; cpuMs: number } }[] = [];
  for (let reading = 0; reading <= READINGS; reading += 1) {
    const whole = await timed(async () => done(await setUpChapter(runtime, ada, { chapter })));
    const least = await timed(floor.rewrite);
    // The first is not counted: nothing is compiled yet.
    if (reading > 0) readings.push({ whole, floor: least });
  }
  floor.close();
  await runtime.db.$disconnect();

  say('\nmin - median - max\n');
  const row = (name: string, of: 'whole' | 'floor') => [
    name,
    spread(
      readings.map((each) => each[of].ms),
      0,
    ),
    spread(
      readings.map((each) => each[of].cpuMs),
      0,
    ),
    spread(
      readings.map((each) => each[of].cpuMs / each.floor.cpuMs),
      2,
    ),
  ];
  table(
    ['', 'elapsed ms', 'CPU ms', ': floor, CPU'],
    [row(`setting “${chapter}” up`, 'whole'), row('the same rows, taken out and put back', 'floor')],
  );
  say(`\nKeeping the beginning took ${keeping.ms.toFixed(0)} ms.`);
} finally {
  await store.remove();
}
