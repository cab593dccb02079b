/**
 * A PostgreSQL server for tests and measurements: the one that TEST_DATABASE_URL names, else one of our own in a folder of
 * its own, started here and gone afterwards. Only `node:` imports, because the bootstrap uses it before anything else.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const WINDOWS = process.platform === 'win32';
const SUFFIX = WINDOWS ? '.exe' : '';
/** Where Debian and its kin keep it, off the PATH. */
const DEBIAN = '/usr/lib/postgresql';

/** The folder with initdb and postgres, or undefined. */
function findPrograms() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
  ].find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name + SUFFIX))));
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody`. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const idOf = (user, which) => Number(spawnSync('id', [which, user], { encoding: 'utf8' }).stdout);
  const user = ['postgres', 'nobody'].find((name) => spawnSync('id', ['-u', name]).status === 0);
  if (user === undefined) throw new Error('PostgreSQL needs an unprivileged user, and there is none.');
  return { uid: idOf(user, '-u'), gid: idOf(user, '-g') };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Resolves once the server says that it is ready; rejects with what it said when it ends before. */
function ready(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
      if (said.includes('ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}:\n${said}`)));
  });
}

/**
 * A server of one's own in a folder of its own: `start`, `stop` and start again on the same port and data, until `remove`.
 * It forgets a power cut on purpose (`fsync=off`): what is tested is the product, which is killed, and not the machine.
 */
async function makeServer(programs) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-postgresql-'));
  const as = unprivileged();
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (as.uid !== undefined) for (const path of [folder, passwordFile]) chownSync(path, as.uid, as.gid);
  const options = { ...as, cwd: folder, env: { ...process.env, LC_ALL: 'C' }, windowsHide: true };
  const data = join(folder, 'data');
  const words = ['-D', data, '-U', 'latchkey', '-E', 'UTF8', '--locale=C', '--auth=scram-sha-256'];
  const initdb = spawnSync(
    join(programs, `initdb${SUFFIX}`),
    [...words, `--pwfile=${passwordFile}`],
    options,
  );
  if (initdb.status !== 0) throw new Error(`initdb failed:\n${initdb.stderr ?? initdb.error}`);

  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: WINDOWS ? '' : folder,
    fsync: 'off',
    max_connections: 300,
  };
  let server;
  let ended = Promise.resolve();
  const own = {
    url: `postgresql://latchkey:${password}@127.0.0.1:${port}/postgres`,
    start: async () => {
      server = spawn(
        join(programs, `postgres${SUFFIX}`),
        ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        { ...options, stdio: ['ignore', 'ignore', 'pipe'], detached: !WINDOWS },
      );
      ended = new Promise((resolve) => server.once('exit', resolve));
      await ready(server);
      return server;
    },
    /** "Fast shutdown" ends open connections, `SIGQUIT` ("immediate") leaves everything as it lies. */
    stop: async (signal = 'SIGINT') => {
      server?.kill(signal);
      await ended;
    },
    /** SIGSTOP and SIGCONT for the server and everything that it forked. */
    signalAll: (signal) => {
      const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)], { encoding: 'utf8' });
      const pids = [server.pid, ...children.stdout.split('\n').map(Number).filter(Boolean)];
      for (const pid of pids) {
        try {
          process.kill(pid, signal);
        } catch {
          // It ended meanwhile.
        }
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  return own;
}

/** A server that a test may stop, hang and start again; undefined where PostgreSQL is not installed. */
export async function ownPostgresql() {
  const programs = findPrograms();
  if (programs === undefined) return undefined;
  const own = await makeServer(programs);
  await own.start();
  return own;
}

/**
 * A server, or the advice how to get one. `install` is called where none is found and may bring one (or say that it
 * cannot). The process, if it is ours, is handed to `onStart`, so that an interrupted run can end it.
 */
export async function lendPostgresql({ install = async () => false, onStart = () => {} } = {}) {
  const named = process.env.TEST_DATABASE_URL;
  if (named) return { url: named, stop: async () => {} };
  let programs = findPrograms();
  if (programs === undefined && (await install())) programs = findPrograms();
  if (programs === undefined)
    return { advice: 'install PostgreSQL (its initdb and postgres), or set TEST_DATABASE_URL to a server' };
  const own = await makeServer(programs);
  const stop = async () => {
    await own.stop();
    own.remove();
  };
  try {
    onStart(await own.start());
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: own.url, stop };
}
