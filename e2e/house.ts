/** A house of its own for a test worker: its data directory, its port, its production server, its command line. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';

const SERVER_SCRIPT = ['--conditions=react-server', '--import', 'tsx'];
const START_LIMIT_MS = 60_000;
/** Longer than the server gives those whom it has accepted. */
const STOP_LIMIT_MS = 35_000;

export type Engine = 'sqlite' | 'postgresql';

export type House = {
  /** `http://localhost:<port>`: the only origin that the server accepts. */
  origin: string;
  dataDir: string;
  engine: Engine;
  /** The address of the store, for a look into it past the product. */
  databaseUrl: string;
  /**
   * Runs one command of the administrators' command line on this house's store and resolves to what it prints. With a
   * crash, its process kills itself there, and the promise rejects.
   */
  admin: (args: string[], crash?: Crash) => Promise<string>;
  /** Its master key, as it lies in its folder. */
  masterKey: () => Promise<string>;
  /** What the server has printed so far, in all its lives. */
  log: () => string;
  /** The server of this moment. */
  process: () => ChildProcess;
  /** SIGKILL: nothing is finished, nothing is flushed. */
  kill: () => Promise<void>;
  /** Starts the server again on the same store and port, and waits until it is healthy. */
  start: () => Promise<void>;
  /** The graceful end; resolves to the exit code. */
  stop: () => Promise<number | null>;
  /** Makes the server of this moment kill itself at a step; a `crashable` house only. Resolves once it is armed. */
  crashAt: (crash: Crash) => Promise<void>;
  /** Resolves when the server of this moment is gone. */
  gone: () => Promise<number | null>;
};

/** A step of the product as the store sees it, see `crash/crash-at.mjs`. */
export type Crash = { when: 'before' | 'after'; path: string[]; count?: number };

type Given = {
  demo: boolean;
  engine: Engine;
  /** Whether the server can be told to kill itself at a step. */
  crashable?: boolean;
  /** A database that is there and empty, where the run's own PostgreSQL server will not do. */
  databaseUrl?: string;
  /** Settings of the server beside the usual ones. */
  env?: Record<string, string>;
  /** By how many milliseconds its clock is moved. Its store is made by that clock, too, and no other house's. */
  clockMovedByMs?: number;
  /** What to start in place of this `node` with these words. */
  launch?: (words: string[]) => string[];
};

const clockMoved = (ms: number | undefined): Record<string, string> =>
  ms === undefined
    ? {}
    : {
        NODE_OPTIONS: `--import ${pathToFileURL(join(process.cwd(), 'e2e', 'tour', 'clock.mjs')).href}`,
        CLOCK_MOVED_BY_MS: String(ms),
      };

const CRASH_AT = pathToFileURL(join(process.cwd(), 'e2e', 'crash', 'crash-at.mjs')).href;

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

/** A command line that stays: each command costs what it does, and no process of its own. */
function openCommandLine(env: NodeJS.ProcessEnv, print: (piece: Buffer) => void) {
  const host = spawn(process.execPath, [...SERVER_SCRIPT, join('server', 'testing-command-line.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [host.stdout, host.stderr]) stream?.on('data', print);
  type Answer = { id: number; code: number; stdout: string; stderr: string };
  const waiting = new Map<number, { done: (answer: Answer) => void; failed: (error: Error) => void }>();
  host.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.done(answer);
    waiting.delete(answer.id);
  });
  host.once('exit', (code) => {
    for (const { failed } of waiting.values()) failed(new Error(`The command line ended with ${code}`));
  });
  let asked = 0;
  return {
    run: async (args: string[]): Promise<string> => {
      const id = ++asked;
      const { code, stdout, stderr } = await new Promise<Answer>((done, failed) => {
        waiting.set(id, { done, failed });
        host.send({ id, args });
      });
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
      return stdout;
    },
    close: () => {
      if (host.connected) host.disconnect();
    },
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
export async function seed(given: {
  dataDir: string;
  databaseUrl?: string;
  demo: boolean;
  env?: Record<string, string>;
}): Promise<void> {
  const { dataDir, databaseUrl = '', demo } = given;
  const env = {
    ...settings(dataDir, databaseUrl, demo),
    ...given.env,
    LATCHKEY_ANNOUNCE: join(dataDir, 'announcement'),
  };
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
export async function copyDatabase(
  template: string,
): Promise<{ databaseUrl: string; drop: () => Promise<void> }> {
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
export async function withHouse(given: Given, use: (house: House) => Promise<void>): Promise<void> {
  const { demo, engine, clockMovedByMs } = given;
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const copies = demo && !given.databaseUrl && clockMovedByMs === undefined;
  const template = copies ? templates()[engine] : undefined;
  if (template) await cp(template.dataDir, dataDir, { recursive: true });
  const store =
    engine === 'postgresql' && !given.databaseUrl
      ? await copyDatabase(template?.database ?? 'template0')
      : undefined;
  const databaseUrl = given.databaseUrl ?? store?.databaseUrl ?? '';
  if (!template) await seed({ dataDir, databaseUrl, demo, env: clockMoved(clockMovedByMs) });
  try {
    await withServer({ dataDir, databaseUrl }, use, given);
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    await store?.drop();
  }
}

/** A store and the folder of its master key. The address is empty for the SQLite file in that folder. */
export type Store = { dataDir: string; databaseUrl: string };

/** Runs one command of the administrators' command line on a store. */
export function admin({ dataDir, databaseUrl }: Store, args: string[]): Promise<string> {
  const env = settings(dataDir, databaseUrl, true);
  return run([...SERVER_SCRIPT, join('server', 'command-line.ts'), ...args], env);
}

/** Serves a store on a free port, lends that to `use`, then stops the server gracefully. The store stays. */
export async function withServer(
  { dataDir, databaseUrl }: Store,
  use: (house: House) => Promise<void>,
  given: Partial<Given> = {},
): Promise<void> {
  const { demo = true, crashable = false, launch = (words) => [process.execPath, ...words] } = given;
  const port = await freePort();
  const env = {
    ...settings(dataDir, databaseUrl, demo, port),
    ...clockMoved(given.clockMovedByMs),
    ...given.env,
  };
  const origin = `http://localhost:${port}`;
  const [command = '', ...words] = launch([...(crashable ? ['--import', CRASH_AT] : []), 'serve.mjs']);
  let printed = '';
  let commandLine: ReturnType<typeof openCommandLine> | undefined;
  let server: ChildProcess;
  let ended: Promise<number | null>;

  const start = async () => {
    server = spawn(command, words, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    ended = new Promise((resolve) => server.once('exit', resolve));
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on('data', (chunk) => {
        printed += chunk;
      });
    }
    await untilHealthy(origin, ended, () => printed);
  };
  const stop = async () => {
    if (server.connected) server.send('stop');
    const killed = setTimeout(() => server.kill('SIGKILL'), STOP_LIMIT_MS);
    const code = await ended;
    clearTimeout(killed);
    return code;
  };

  try {
    await start();
    await use({
      origin,
      dataDir,
      engine: databaseUrl.startsWith('postgres') ? 'postgresql' : 'sqlite',
      databaseUrl: databaseUrl || `file:${join(dataDir, 'latchkey.db')}`,
      admin: (args, crash) => {
        if (crash === undefined) {
          commandLine ??= openCommandLine(env, (piece) => {
            printed += piece;
          });
          return commandLine.run(args);
        }
        const words = ['--import', CRASH_AT, ...SERVER_SCRIPT, join('server', 'command-line.ts'), ...args];
        return run(words, { ...env, CRASH_AT: JSON.stringify(crash) });
      },
      masterKey: () => readFile(join(dataDir, 'master.key'), 'utf8'),
      log: () => printed,
      process: () => server,
      kill: async () => {
        server.kill('SIGKILL');
        await ended;
      },
      start,
      stop,
      crashAt: (crash) =>
        new Promise((resolve, reject) => {
          server.once('message', resolve);
          server.send({ crashAt: crash }, (error) => error && reject(error));
        }),
      gone: () => ended,
    });
  } finally {
    commandLine?.close();
    await stop();
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
