/** A house of its own for a test worker: its data directory, its port, its production server, its command line. */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

const SERVER_SCRIPT = ['--conditions=react-server', '--import', 'tsx'];
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 12_000;

export type Engine = 'sqlite' | 'postgresql';

export type House = {
  /** `http://localhost:<port>`: the only origin that the server accepts. */
  origin: string;
  dataDir: string;
  /** Runs one command of the administrators' command line on this house's store and resolves to what it prints. */
  admin: (args: string[]) => Promise<string>;
  /** What the server has printed so far. */
  log: () => string;
};

/** Settings for a child: everything of ours is set, so that neither the shell nor an .env file leaks into a test. */
function settings(dataDir: string, databaseUrl: string, demo: boolean, port?: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    DEMO: demo ? '1' : '0',
    HOST: '127.0.0.1',
    ORIGIN: port ? `http://localhost:${port}` : '',
    PORT: port ? String(port) : '',
    RP_ID: 'localhost',
    SECRET_KEY: '',
    TRUSTED_PROXY_HOPS: '',
  };
}

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    throw new Error(`node ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Makes a store, as the first start does. What it announces goes to `announcement`. */
export async function seed(given: { dataDir: string; databaseUrl?: string; demo: boolean }): Promise<void> {
  const { dataDir, databaseUrl = '', demo } = given;
  const env = { ...settings(dataDir, databaseUrl, demo), LATCHKEY_ANNOUNCE: join(dataDir, 'announcement') };
  await run([...SERVER_SCRIPT, join('prisma', 'seed.ts')], env);
}

/** Runs one statement on the PostgreSQL server of this run: making and dropping databases. */
export async function onServer(statement: string): Promise<void> {
  const client = new Client(process.env.TEST_DATABASE_URL);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The address of a database on the PostgreSQL server of this run. */
export function databaseOn(name: string): string {
  const url = new URL(process.env.TEST_DATABASE_URL ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

/** A database as a copy of another one; the name says whose it is. */
async function copyDatabase(template: string): Promise<{ databaseUrl: string; drop: () => Promise<void> }> {
  const name = `latchkey_${randomUUID().replaceAll('-', '')}`;
  await onServer(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  return {
    databaseUrl: databaseOn(name),
    drop: () => onServer(`DROP DATABASE "${name}" WITH (FORCE)`),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

type Template = { dataDir: string; database?: string };

/** The seeded demo tenants that a worker copies, made once a run by `template.setup.ts`. */
function templates(): Partial<Record<Engine, Template>> {
  return JSON.parse(process.env.TEMPLATES ?? '{}');
}

/** Opens a house on a free port, lends it to `use`, then stops its server gracefully and removes its data. */
export async function withHouse(
  { demo, engine }: { demo: boolean; engine: Engine },
  use: (house: House) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const template = demo ? templates()[engine] : undefined;
  if (template) await cp(template.dataDir, dataDir, { recursive: true });
  const store = engine === 'postgresql' ? await copyDatabase(template?.database ?? 'template0') : undefined;
  const databaseUrl = store?.databaseUrl ?? '';
  if (!template) await seed({ dataDir, databaseUrl, demo });

  const port = await freePort();
  const env = settings(dataDir, databaseUrl, demo, port);
  const origin = `http://localhost:${port}`;
  let printed = '';
  const server = spawn(process.execPath, ['serve.mjs'], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const ended = new Promise<number | null>((resolve) => server.once('exit', resolve));
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (chunk) => {
      printed += chunk;
    });
  }

  try {
    await untilHealthy(origin, ended, () => printed);
    await use({
      origin,
      dataDir,
      admin: (args) => run([...SERVER_SCRIPT, join('server', 'command-line.ts'), ...args], env),
      log: () => printed,
    });
  } finally {
    if (server.connected) server.send('stop');
    const killed = setTimeout(() => server.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(killed);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    await store?.drop();
  }
}

async function untilHealthy(origin: string, ended: Promise<unknown>, log: () => string): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline && !over; await delay(50)) {
    const answer = await fetch(`${origin}/api/health`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    if (answer?.ok) return;
  }
  throw new Error(`The server ${over ? 'ended' : 'did not get healthy'}:\n${log()}`);
}
