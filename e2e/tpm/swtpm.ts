/**
 * A software TPM (swtpm, libtpms) of one's own: one process on a UNIX socket in a folder of its own, which goes with it.
 * It needs no privilege, no /dev/tpm and no D-Bus.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectTpm, type Tpm } from './tpm.ts';

const START_LIMIT_MS = 30_000;
/** `sun_path` of a UNIX socket holds 104 bytes on macOS and 108 on Linux. */
const SOCKET_PATH_LIMIT = 100;

/** How to get it, for those who skip. */
export const SWTPM_ADVICE = 'install swtpm (Debian: apt-get install swtpm; macOS: brew install swtpm)';

/** The program, or undefined. It needs UNIX sockets, so Windows has none. */
export function findSwtpm(): string | undefined {
  if (process.platform === 'win32') return undefined;
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'swtpm'))
    .find(existsSync);
}

export type Swtpm = {
  /** The TPM's commands. After `reboot` and `crash` the same object goes on; what was loaded is gone. */
  tpm: Tpm;
  /** Where its state lies. */
  folder: string;
  /** Power off and on again in good order: TPM2_Shutdown, a new process on the same state, TPM2_Startup. */
  reboot: () => Promise<void>;
  /** The same without a warning (SIGKILL): a TPM counts that against whoever guesses PINs. */
  crash: () => Promise<void>;
  /** Ends the process and throws the state away. */
  stop: () => Promise<void>;
};

type Running = { child: ChildProcess; socket: Socket; ended: Promise<void> };

/** Makes a new TPM, with seeds that no other one has, and starts it. */
export async function startSwtpm(program = findSwtpm()): Promise<Swtpm> {
  if (program === undefined) throw new Error(`There is no swtpm: ${SWTPM_ADVICE}.`);
  const folder = await temporaryFolder();
  let running = await launch(program, folder);
  const tpm = connectTpm((command) => exchange(running.socket, command));

  const end = async (signal: NodeJS.Signals) => {
    running.socket.destroy();
    running.child.kill(signal);
    await running.ended;
  };
  const on = async () => {
    running = await launch(program, folder);
    await tpm.startup();
  };
  const stop = async () => {
    await end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await tpm.startup();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    tpm,
    folder,
    reboot: async () => {
      await tpm.shutdown();
      await end('SIGTERM');
      await on();
    },
    crash: async () => {
      await end('SIGKILL');
      await on();
    },
    stop,
  };
}

async function temporaryFolder(): Promise<string> {
  const folder = join(tmpdir(), 'swtpm-');
  return await mkdtemp(folder.length + 'XXXXXX/tpm'.length < SOCKET_PATH_LIMIT ? folder : '/tmp/swtpm-');
}

/** Starts the process and connects. `--terminate` ends it with the connection, so that nobody's death leaves it behind. */
async function launch(program: string, folder: string): Promise<Running> {
  const path = join(folder, 'tpm');
  await rm(path, { force: true });
  const words = ['socket', '--tpm2', '--tpmstate', `dir=${folder}`, '--server', `type=unixio,path=${path}`];
  const child = spawn(program, [...words, '--flags', 'not-need-init', '--terminate'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let over = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      resolve();
    });
    child.once('exit', () => resolve());
  }).then(() => {
    over = true;
  });
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline && !over; await delay(5)) {
    const socket = await open(path);
    if (socket) return { child, socket, ended };
  }
  child.kill('SIGKILL');
  await ended;
  await rm(folder, { recursive: true, force: true });
  throw new Error(`swtpm did not start:\n${said}`);
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(undefined));
  });
}

/** One command and its response, whose header says how long it is (TPM 2.0 Part 1, 18.2). */
function exchange(socket: Socket, command: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0);
    const done = (finish: () => void) => {
      socket.off('data', hear).off('close', lost).off('error', lost);
      finish();
    };
    const lost = () => done(() => reject(new Error('The TPM is gone: its connection was closed.')));
    const hear = (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      if (heard.length < 6 || heard.length < heard.readUInt32BE(2)) return;
      done(() => resolve(heard));
    };
    if (socket.destroyed) {
      lost();
      return;
    }
    socket.on('data', hear).once('close', lost).once('error', lost).write(command);
  });
}
