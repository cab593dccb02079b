import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Browser } from './browser.ts';
import { type Desk, redeemPass, setUpDesk } from './desk.ts';
import { freePort, type ServerProcess } from './server-process.ts';

/** What measurements have in common: a store of their own, people with keys in it, and how numbers are said. */
const PEOPLE = 4;
const DESKS_EACH = 8;

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function describeMachine(): void {
  say(
    `Node ${process.version} on ${process.platform}-${process.arch}, ${availableParallelism()} cores, ${cpus()[0]?.model.trim()}`,
  );
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    say(`| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  line(head);
  line(widths.map((width) => '-'.repeat(width)));
  for (const row of rows) line(row);
}

/** Runs one of the product's own programs (its seed, its command line) on the store of this run. */
export function runProgram(
  root: string,
  env: Readonly<Record<string, string>>,
  ...words: readonly string[]
): string {
  const ran = spawnSync(process.execPath, ['--conditions=react-server', '--import', 'tsx', ...words], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (ran.status !== 0) throw new Error(`${words.join(' ')} failed.\n${ran.stdout}${ran.stderr}`);
  return ran.stdout.trim();
}

export type Engine = 'sqlite' | 'postgresql';

export interface Store {
  /** The first instance's port, which is the origin's. */
  readonly port: number;
  /** The settings of every instance and program on this store. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

async function onServer(statement: string): Promise<void> {
  const client = new Client(process.env.TEST_DATABASE_URL);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** A new store of an engine with one administrator in it and, when asked for, a crowd; or the demo tenant. */
export async function openStore(
  root: string,
  engine: Engine,
  { crowd = 0, demo = false } = {},
): Promise<Store> {
  mkdirSync(join(root, '.bootstrap', 'bench'), { recursive: true });
  const dataDir = mkdtempSync(join(root, '.bootstrap', 'bench', 'data-'));
  const port = await freePort();
  const name = `latchkey_bench_${randomUUID().replaceAll('-', '')}`;
  const address = engine === 'postgresql' ? new URL(process.env.TEST_DATABASE_URL ?? '') : undefined;
  if (address) {
    await onServer(`CREATE DATABASE "${name}"`);
    address.pathname = `/${name}`;
  }
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: address?.href ?? '',
    DEMO: demo ? '1' : '0',
    ORIGIN: `http://localhost:${port}`,
    RP_ID: '',
    SECRET_KEY: '',
    // Every desk comes from an address of its own, as people do.
    TRUSTED_PROXY_HOPS: '1',
    LATCHKEY_ANNOUNCE: join(dataDir, 'announcement'),
  };
  runProgram(root, env, 'prisma/seed.ts');
  if (crowd > 0) runProgram(root, env, 'prisma/crowd.ts', String(crowd));
  return {
    port,
    env,
    remove: async () => {
      rmSync(dataDir, { recursive: true, force: true });
      if (address) await onServer(`DROP DATABASE "${name}" WITH (FORCE)`);
    },
  };
}

/** A person with a pass, from the command line. */
export function issuePass(
  root: string,
  store: Store,
  upn: string,
  name: string,
  ...more: readonly string[]
): { upn: string; pass: string } {
  runProgram(root, store.env, 'server/command-line.ts', 'user', 'add', upn, name, ...more);
  const issued = runProgram(
    root,
    store.env,
    'server/command-line.ts',
    'tap',
    'issue',
    upn,
    '--json',
    '--reason',
    'benchmark',
  );
  return { upn, pass: (JSON.parse(issued) as { pass: string }).pass };
}

/** People with devices and keys, made through the HTTP doors of the instances in turn. */
export async function setUpDesks(
  root: string,
  store: Store,
  instances: readonly ServerProcess[],
): Promise<Desk[]> {
  const origin = `http://localhost:${store.port}`;
  const desks: Desk[] = [];
  for (let person = 1; person <= PEOPLE; person += 1) {
    const { upn, pass } = issuePass(root, store, `bench${person}@latchkey.example`, `Bench ${person}`);
    for (let desk = 1; desk <= DESKS_EACH; desk += 1) {
      const instance = instances[desks.length % instances.length];
      const browser = new Browser(origin, instance?.origin, `192.0.2.${desks.length + 1}`);
      await redeemPass(browser, upn, pass);
      desks.push(await setUpDesk(browser, `BENCH-${person}${desk}`));
    }
  }
  return desks;
}
