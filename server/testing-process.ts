import 'server-only';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MASTER_KEY, ORIGIN } from './testing.ts';

/**
 * A process of its own, as the running product and the command line are to each other. Two connections to one SQLite file
 * within one process would wait for each other for ever: the driver waits without letting anything else run.
 */
export interface Elsewhere {
  readonly child: ChildProcess;
  /** What it said, once it has ended; throws when it did not end well. */
  readonly ended: Promise<string>;
}

/** Kills the process that it is loaded into at a statement. */
export const CRASH_AT = pathToFileURL(join(process.cwd(), 'e2e/crash/crash-at.mjs')).href;

const SERVER_SCRIPT = ['--conditions=react-server', '--import', 'tsx'];

/** Runs a script as a module; `server('db')` imports one of this room's files, and `words` are what it is given. */
export function elsewhere(script: string, ...words: string[]): Elsewhere {
  const room = pathToFileURL(join(process.cwd(), 'server/')).href;
  const whole = `const server = (noun) => import('${room}' + noun + '.ts');
    const [, ...words] = process.argv;
    ${script}`;
  return started([...SERVER_SCRIPT, '--input-type=module', '--eval', whole, ...words], {});
}

/**
 * Runs a command of the command line on a store; with `blocks`, no file that it writes grows beyond as many of 512 bytes, and with
 * `crash` it ends in the middle.
 */
export function commandLine(
  env: {
    readonly dataDir: string;
    readonly databaseUrl: string;
    readonly secretKey?: string;
    readonly blocks?: number;
    /** Where it is killed, as `e2e/crash/crash-at.mjs` takes it. */
    readonly crash?: object;
  },
  ...words: string[]
): Elsewhere {
  const crash = env.crash === undefined ? [] : ['--import', CRASH_AT];
  const args = [...SERVER_SCRIPT, ...crash, join('server', 'command-line.ts'), ...words];
  const settings = {
    DATA_DIR: env.dataDir,
    DATABASE_URL: env.databaseUrl,
    SECRET_KEY: env.secretKey ?? MASTER_KEY,
    ORIGIN,
    ...(env.crash === undefined ? {} : { CRASH_AT: JSON.stringify(env.crash) }),
  };
  if (env.blocks === undefined) return started(args, settings);
  const limited = ['-c', `ulimit -f ${env.blocks}; exec "$0" "$@"`, process.execPath, ...args];
  return started(limited, settings, 'sh');
}

function started(args: string[], settings: Record<string, string>, program = process.execPath): Elsewhere {
  // biome-ignore lint/style/noProcessEnv: a child of a test finds its programs where the test does
  const env = { ...process.env, ...settings };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const said = { out: '', error: '' };
  child.stdout?.on('data', (chunk) => {
    said.out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    said.error += String(chunk);
  });
  const ended = once(child, 'close').then(([code]) => {
    if (code !== 0) throw Object.assign(new Error(said.error), { code: code as number | null });
    return said.out;
  });
  // Whoever kills it does not wait for a good end.
  ended.catch(() => {});
  return { child, ended };
}

/** Somebody who goes on writing people, each with the event of it, through the product's own use case. */
export async function aBusyWriter(databaseUrl: string): Promise<{
  /** Waits until somebody was written who was begun after this was asked. */
  goesOn(): Promise<void>;
  /** How many there are in the end. */
  stop(): Promise<number>;
}> {
  const { child, ended } = elsewhere(
    `const { openRuntime } = await server('product');
    const { createUser } = await server('identity');
    const runtime = await openRuntime({ mail: null, push: null, ...JSON.parse(words[0]) });
    let stopping = false;
    let asked = false;
    process.on('message', (word) => { stopping ||= word === 'stop'; asked ||= word === 'goes on?'; });
    let written = 0;
    for (; !stopping; written += 1) {
      const answers = asked || written === 5;
      asked = false;
      await createUser(runtime, { upn: 'p' + written + '@tidewater.example', displayName: 'P' });
      if (answers) process.send('it does');
      // The driver never waits: without this no message would arrive.
      await new Promise(setImmediate);
    }
    await runtime.db.$disconnect();
    process.disconnect();
    process.stdout.write(String(written));`,
    JSON.stringify({
      databaseUrl,
      dataDir: '',
      origin: ORIGIN,
      relyingPartyId: 'localhost',
      secretKey: MASTER_KEY,
      demo: false,
      // Nobody asks the service anything here.
      pinResetService: { folder: join(tmpdir(), 'latchkey-no-service'), remote: null },
    }),
  );
  const goesOn = async () => {
    await Promise.race([once(child, 'message'), ended]);
  };
  await goesOn();
  return {
    goesOn: () => {
      child.send('goes on?');
      return goesOn();
    },
    stop: async () => {
      child.send('stop');
      return Number(await ended);
    },
  };
}
