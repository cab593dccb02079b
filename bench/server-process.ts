import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PRELOAD = new URL('./preload.mjs', import.meta.url);
const START_LIMIT_MS = 60_000;

/** A production server in a process of its own that says what it spends. */
export interface ServerProcess {
  readonly origin: string;
  /** CPU time that the process has spent so far, in microseconds. */
  cpu(): Promise<number>;
  /** What it holds once its garbage is collected, in bytes. */
  memory(): Promise<{ readonly heapUsed: number; readonly rss: number }>;
  /** The V8 CPU profile of what happens meanwhile. */
  profile(meanwhile: () => Promise<unknown>): Promise<Profiler.Profile>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts the Next app in a folder: by its own `serve.mjs` where it has one, else by `next start`. */
export async function startServer(
  folder: string,
  port: number,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const own = join(folder, 'serve.mjs');
  const next = fileURLToPath(import.meta.resolve('next/dist/bin/next'));
  const [script, args] = existsSync(own)
    ? [own, []]
    : [next, ['start', '--hostname', 'localhost', '--port', String(port)]];
  const child = fork(script, args, {
    cwd: folder,
    execArgv: ['--enable-source-maps=false', '--expose-gc', '--import', PRELOAD.href],
    env: {
      ...process.env,
      ...env,
      NODE_ENV: 'production',
      PORT: String(port),
      HOST: 'localhost',
      NEXT_TELEMETRY_DISABLED: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said = (said + chunk).slice(-4000);
    });
  }
  const origin = `http://localhost:${port}`;
  const ask = asker(child);
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(origin))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill();
      throw new Error(`The server in ${folder} did not start.\n${said}`);
    }
    await wait(100);
  }
  return {
    origin,
    cpu: async () => (await ask('cpu')) as number,
    memory: async () => (await ask('memory')) as { heapUsed: number; rss: number },
    profile: async (meanwhile) => {
      await ask('profile');
      await meanwhile();
      return (await ask('profiled')) as Profiler.Profile;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

async function answers(origin: string): Promise<boolean> {
  try {
    await fetch(origin, { redirect: 'manual' });
    return true;
  } catch {
    return false;
  }
}

function asker(child: ChildProcess): (ask: 'cpu' | 'memory' | 'profile' | 'profiled') => Promise<unknown> {
  const waiting = new Map<number, (answer: unknown) => void>();
  let last = 0;
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  return (ask) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, resolve);
      child.send({ id: last, ask }, (error) => error && reject(error));
    });
}
