/**
 * From a fresh clone to a running, tested or measured house: `npm start`, `npm test` and their kin all come here.
 *
 * Only `node:` imports, since this file runs before anything is installed, and never a shell, since it also runs on
 * Windows. Each step is skipped when its stamp in `.bootstrap/` says that nothing it depends on has changed; a lock
 * keeps two preparations apart. What cannot be done ends in one sentence that names the way on.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { withLock } from './bootstrap/lock.mjs';
import { findBrowser, withPostgresql } from './bootstrap/peers.mjs';
import { build, prepare, unstamp } from './bootstrap/preparation.mjs';
import {
  CI,
  children,
  followParent,
  node,
  ROOT,
  SERVER_SCRIPT,
  STATE,
  Stop,
  say,
  sayOnStandardError,
  stopOnSignals,
  stopping,
  tool,
} from './bootstrap/process.mjs';
import { check, ENGINES, parts, test } from './bootstrap/suites.mjs';

const HELP = `Usage: npm start | npm test | npm run <command>

  start                   prepare, build when something changed, serve on PORT (default 3000)
  run dev                 the same without a build, reloading as files change
  test                    everything CI runs: check, unit, e2e
  test -- check           format, lint, import walls and types only
  test -- unit [...]      the vitest part only; what follows goes to vitest
  test -- e2e [...]       the Playwright part only, on a production build; what follows goes to Playwright
  run check               as "test -- check", with the portability of the lock file and the scripts
  run test:crash [-- ...] the longer run of killing the server: 10,000 acknowledged writes; --seed repeats one
  run screenshots         walks the tour (docs/tour.md) and renews the pictures of the documentation
  run bench               sign-in ceremonies against a production build
  run bench -- scale      both engines, many people, two instances, memory
  run bench -- attestation  one TPM registration, against SimpleWebAuthn alone
  run bench -- oprf       one try at a PIN, against a multiplication on the curve
  run bench -- unlock     a typed PIN to a signed assertion in Chromium, argon2id, and the scripts that it adds
  run bench -- approval   how soon the waiting page turns after the answer of a phone
  run bench -- live-ceremony  what the live ceremony costs a sign-in that nobody watches, and one that is watched
  run bench -- policy     resolution and what-if with many sources and people, and sign-ins with and without
  run bench -- presentation  a chapter of a presentation set up, against nothing but writing its rows
  run models -- <command> the second engine's schema and both engines' migrations (prisma/engines.ts)
  run admin -- <command>  the administrators' command line
  run pin-reset-service   the PIN reset service in its own process

Settings stand in .env.example. For tests: CHROMIUM_PATH names a browser and TEST_DATABASE_URL a PostgreSQL server where
databases may be made, CI=true makes every skip a failure, NO_SYSTEM_INSTALL=1 forbids installing system packages.`;

/** Says before the long build, rather than after it, that nobody could listen. */
async function refuseBusyPort() {
  const port = Number(process.env.PORT || 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return;
  const asked = process.env.HOST && !['0.0.0.0', '::'].includes(process.env.HOST) ? [process.env.HOST] : [];
  // The browser tries both loopback addresses: a stranger on either would get our visitors.
  const answers = ['127.0.0.1', '::1', ...asked].map(
    (host) =>
      new Promise((resolve) => {
        const socket = connect({ host, port, timeout: 500 });
        const end = (busy) => {
          socket.destroy();
          resolve(busy);
        };
        socket
          .on('connect', () => end(true))
          .on('error', () => end(false))
          .on('timeout', () => end(false));
      }),
  );
  if ((await Promise.all(answers)).includes(true)) {
    throw new Stop(`Port ${port} is busy: stop the program that uses it, or choose another one with PORT.`);
  }
}

async function start({ dev }) {
  const letGo = stopOnSignals(() => 0);
  process.env.NODE_ENV = dev ? 'development' : 'production';
  const announcement = join(STATE, `announce-${process.pid}`);
  await refuseBusyPort();
  try {
    await withLock(async () => {
      await prepare();
      say('Checking the settings and preparing the store');
      const { code } = await node([...SERVER_SCRIPT, join('prisma', 'seed.ts')], {
        env: { LATCHKEY_ANNOUNCE: announcement },
      });
      if (code !== 0) throw new Stop('', code);
      if (!dev) await build();
    });
    if (stopping) throw new Stop('');
  } catch (error) {
    // The store says such things once: what it had to say must not be lost with a failed build.
    if (existsSync(announcement)) process.stdout.write(`\n${readFileSync(announcement, 'utf8').trim()}\n\n`);
    rmSync(announcement, { force: true });
    throw error;
  }
  letGo();
  process.env.LATCHKEY_ANNOUNCE = announcement;
  process.env.NEXT_TELEMETRY_DISABLED = '1';
  process.once('exit', () => rmSync(announcement, { force: true }));
  const { serve } = await import('./serve.mjs');
  await serve({ dev });
}

async function models(args) {
  await withLock(prepare);
  if (args[0] === 'derive') {
    const { code } = await node([...SERVER_SCRIPT, ENGINES, ...args]);
    unstamp('generated');
    if (code !== 0) throw new Stop('', code);
    return;
  }
  await withPostgresql(async (advice) => {
    if (advice) throw new Stop(`There is no PostgreSQL: ${advice}.`);
    const { code } = await node([...SERVER_SCRIPT, ENGINES, ...args, process.env.TEST_DATABASE_URL]);
    if (code !== 0) throw new Stop('', code);
  });
}

/** What is measured without a server. */
const INSIDE = ['attestation', 'oprf', 'presentation'];

async function bench(args) {
  const [part, ...words] = args;
  const measure = async (script, given, flags = [], options = {}) => {
    const { code } = await node([...flags, '--import', 'tsx', join('bench', script), ...given], options);
    if (code !== 0) throw new Stop('', code);
  };
  await withLock(async () => {
    await prepare();
    if (!INSIDE.includes(part)) await build();
  });
  // Measured from the inside: `server-only` lets it in under this condition.
  if (INSIDE.includes(part)) return await measure(`${part}.ts`, words, ['--conditions=react-server']);
  if (part === 'policy') return await measure('policy.ts', words);
  if (['unlock', 'approval', 'live-ceremony'].includes(part)) {
    const { env, advice } = await findBrowser();
    if (!env) throw new Stop(`There is no browser: ${advice}.`);
    return await measure(`${part}.ts`, words, [], { env });
  }
  if (part !== 'scale') return await measure('sign-in.ts', args);
  await withPostgresql(async (advice) => {
    if (advice) throw new Stop(`There is no PostgreSQL: ${advice}.`);
    await measure('scale.ts', words);
  });
}

/** Walks the tour of the documentation and takes its pictures anew. */
async function screenshots() {
  await withLock(async () => {
    await prepare();
    await build();
  });
  const { env, advice } = await findBrowser();
  if (!env) throw new Stop(`There is no browser: ${advice}.`);
  const { code } = await tool(
    '@playwright/test/cli.js',
    ['test', 'e2e/tour.spec.ts', '--project', 'desktop'],
    { env: { ...env, RENEW_PICTURES: '1' } },
  );
  if (code !== 0) throw new Stop('', code);
}

/** The longer run of the harness that kills the server; its short one is part of the browser tests. */
async function crash(args) {
  await withLock(async () => {
    await prepare();
    await build();
  });
  await withPostgresql(async (advice) => {
    if (advice && CI) throw new Stop(`There is no PostgreSQL: ${advice}.`);
    if (advice) say(`SQLite alone, because there is no PostgreSQL: ${advice}`);
    const { code } = await node(['--import', 'tsx', join('e2e', 'crash', 'run.ts'), ...args]);
    if (code !== 0) throw new Stop('', code);
  });
}

const admin = (args) => run(join('server', 'command-line.ts'), args);
const pinResetService = () => run(join('server', 'pin-reset-service', 'process.ts'), []);

/** Runs a script of the server in the foreground, and ends as it does. */
async function run(script, args) {
  await withLock(prepare);
  const child = spawn(process.execPath, [...SERVER_SCRIPT, script, ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  children.add(child);
  const code = await new Promise((resolve) => {
    child.on('close', (exitCode) => resolve(exitCode ?? 1));
    child.on('error', () => resolve(126));
  });
  children.delete(child);
  if (code !== 0) throw new Stop('', code);
}

async function main([command, ...args]) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Stop(
      `This needs Node.js 20.19 or newer, and this is ${process.version}: install a current one from https://nodejs.org.`,
    );
  }
  if (command === 'admin') sayOnStandardError();
  else if (!command || [command, ...args].some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  process.chdir(ROOT);
  followParent();
  const commands = {
    start: () => start({ dev: false }),
    dev: () => start({ dev: true }),
    test,
    check,
    bench,
    crash,
    screenshots,
    models,
    admin,
    'pin-reset-service': pinResetService,
  };
  if (!Object.hasOwn(commands, command)) throw new Stop(`There is no command "${command}".\n\n${HELP}`, 64);
  if (command === 'test' && args[0] !== undefined && !parts.includes(args[0]))
    throw new Stop(`There is no part "${args[0]}".\n\n${HELP}`, 64);
  // Tests and checks are the same for everyone; only what serves a person reads that person's settings.
  if (['start', 'dev', 'admin', 'pin-reset-service'].includes(command) && existsSync('.env'))
    process.loadEnvFile('.env');
  if (!['start', 'dev'].includes(command)) stopOnSignals((signal) => (signal === 'SIGINT' ? 130 : 143));
  await commands[command](args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const serving = ['start', 'dev'].includes(process.argv[2]);
  if (!(error instanceof Stop)) console.error(error);
  else if (error.message && !stopping) process.stderr.write(`${error.message}\n`);
  process.exitCode = stopping ? (serving ? 0 : 130) : (error.exitCode ?? 1);
}
