/** A house of its own for a test worker: its data directory, its port, its production server, its command line. */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const SERVER_SCRIPT = ['--conditions=react-server', '--import', 'tsx'];
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 12_000;

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
function settings(dataDir: string, demo: boolean, port?: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    DATA_DIR: dataDir,
    DATABASE_URL: '',
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

/** Makes a store in an empty directory, as the first start does. What it announces goes to `announcement`. */
export async function seed({ dataDir, demo }: { dataDir: string; demo: boolean }): Promise<void> {
  const env = { ...settings(dataDir, demo), LATCHKEY_ANNOUNCE: join(dataDir, 'announcement') };
  await run([...SERVER_SCRIPT, join('prisma', 'seed.ts')], env);
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

/** Opens a house on a free port, lends it to `use`, then stops its server gracefully and removes its data. */
export async function withHouse(
  { demo }: { demo: boolean },
  use: (house: House) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const template = process.env.TEMPLATE_DATA_DIR;
  if (demo && template) await cp(template, dataDir, { recursive: true });
  else await seed({ dataDir, demo });

  const port = await freePort();
  const env = settings(dataDir, demo, port);
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
