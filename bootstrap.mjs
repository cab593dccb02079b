/**
 * From a fresh clone to a running, tested or measured house: `npm start`, `npm test` and their kin all come here.
 *
 * Only `node:` imports, since this file runs before anything is installed, and never a shell, since it also runs on
 * Windows. Each step is skipped when its stamp in `.bootstrap/` says that nothing it depends on has changed; a lock
 * keeps two preparations apart. What cannot be done ends in one sentence that names the way on.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { basename, delimiter, dirname, join, relative, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lendPostgresql } from './e2e/postgresql.mjs';

const HELP = `Usage: npm start | npm test | npm run <command>

  start                   prepare, build when something changed, serve on PORT (default 3000)
  run dev                 the same without a build, reloading as files change
  test                    everything CI runs: check, unit, e2e
  test -- check           format, lint, import walls and types only
  test -- unit [...]      the vitest part only; what follows goes to vitest
  test -- e2e [...]       the Playwright part only, on a production build; what follows goes to Playwright
  run check               as "test -- check", with the portability of the lock file and the scripts
  run test:crash [-- ...] the longer run of killing the server: 10,000 acknowledged writes; --seed repeats one
  run bench               sign-in ceremonies against a production build
  run bench -- scale      both engines, many people, two instances, memory
  run models -- <command> the second engine's schema and both engines' migrations (prisma/engines.ts)
  run admin -- <command>  the administrators' command line

Settings stand in .env.example. For tests: CHROMIUM_PATH names a browser and TEST_DATABASE_URL a PostgreSQL server where
databases may be made, CI=true makes every skip a failure, NO_SYSTEM_INSTALL=1 forbids installing system packages.`;

const ROOT = dirname(fileURLToPath(import.meta.url));
const STATE = join(ROOT, '.bootstrap');
const WINDOWS = process.platform === 'win32';
const CI = /^(1|true)$/i.test(process.env.CI ?? '');
const BROWSER_DOWNLOAD_START_LIMIT_MS = 90_000;
const BROWSER_DOWNLOAD_LIMIT_MS = 600_000;
const PARENT_WATCH_MS = 500;
const LOCK_BEAT_MS = 2_000;
const LOCK_SILENCE_MS = 30_000;
/** Conditions and loader under which the server's own TypeScript runs outside Next. */
const SERVER_SCRIPT = ['--conditions=react-server', '--import', 'tsx'];
const ENGINES = join('prisma', 'engines.ts');

/** Ends the run. An empty sentence means that whoever failed has already spoken. */
class Stop extends Error {
  constructor(sentence, exitCode = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

let progress = process.stdout;
const say = (line) => progress.write(`› ${line}\n`);

const children = new Set();
let stopping = false;

/** A POSIX child leads its own process group, so that one signal reaches it and everything that it started. */
function signalTree(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null || !child.pid) return;
  if (WINDOWS) {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => child.kill(),
    );
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/**
 * Runs a program to its end. Resolves to its exit code and, with `capture`, to what it printed. `limitMs` kills the whole
 * tree; `extend(text)` may give a program that shows signs of life the longer `extendedMs`.
 */
function run(
  command,
  args,
  { env = {}, capture = false, stdin = 'ignore', limitMs, extend, extendedMs } = {},
) {
  if (stopping) return Promise.reject(new Stop(''));
  return new Promise((resolve) => {
    const out = progress === process.stderr ? 2 : 'inherit';
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: [stdin, capture ? 'pipe' : out, capture ? 'pipe' : 'inherit'],
      detached: !WINDOWS && stdin === 'ignore',
      windowsHide: true,
    });
    children.add(child);
    let output = '';
    let timer = limitMs && setTimeout(() => signalTree(child, 'SIGKILL'), limitMs);
    const hear = (chunk) => {
      output += chunk;
      if (extend?.(String(chunk))) {
        clearTimeout(timer);
        timer = setTimeout(() => signalTree(child, 'SIGKILL'), extendedMs);
        extend = undefined;
      }
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    const end = (code) => {
      clearTimeout(timer);
      children.delete(child);
      resolve({ code, output });
    };
    child.on('error', (error) => end(error.code === 'ENOENT' ? 127 : 126));
    child.on('close', (code) => end(code ?? 1));
  });
}

const node = (args, options) => run(process.execPath, args, options);
const tool = (path, args, options) => node([join('node_modules', ...path.split('/')), ...args], options);

/** Stops the children and then ends. Impatience (a second signal after a moment) ends them at once. */
function stopOnSignals(exitCodeFor) {
  let firstAt;
  const onSignal = (signal) => {
    firstAt ??= Date.now();
    // npm passes on the Ctrl+C that the terminal has already sent to everyone, so an echo is not impatience.
    const impatient = stopping && Date.now() - firstAt > 1_000;
    if (stopping && !impatient) return;
    stopping = true;
    for (const child of children) signalTree(child, impatient ? 'SIGKILL' : signal);
    if (children.size === 0 || impatient) process.exit(exitCodeFor(signal));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}

/**
 * A SIGTERM for `npm start` ends npm and its `sh`, and would leave this process to nobody: when the one that started it
 * is gone, it takes the signal as its own.
 */
function followParent() {
  const parent = process.ppid;
  if (WINDOWS || !process.env.npm_lifecycle_event) return;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_WATCH_MS).unref();
}

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};
const textOf = (path) => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '');
const stampOf = (name) => textOf(join('.bootstrap', name));
const stamp = (name, value) => writeFileSync(join(STATE, name), value);
const unstamp = (name) => rmSync(join(STATE, name), { force: true });

/** Every file below a path, tests left out, as `name + content`: what a build depends on. */
function contentOf(path) {
  const full = join(ROOT, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) {
    return /\.test\.tsx?$/.test(path) ? [] : [`${path.split(sep).join('/')}\0${sha256(readFileSync(full))}`];
  }
  return readdirSync(full)
    .sort()
    .flatMap((name) => contentOf(join(path, name)));
}

function lockHolder(path) {
  try {
    const { pid, host } = JSON.parse(readFileSync(path, 'utf8'));
    return { pid, host, beatAt: statSync(path).mtimeMs };
  } catch {
    return undefined;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Runs `work` while no other preparation of this clone runs. The holder touches its lock; one whose process is gone, or
 * that was not touched for half a minute (another container, a reused pid), is taken over.
 */
async function withLock(work) {
  mkdirSync(STATE, { recursive: true });
  const lock = join(STATE, 'lock');
  let announced = false;
  let seen = { beatAt: 0, at: Date.now() };
  for (;;) {
    try {
      writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = lockHolder(lock);
    if (holder && holder.beatAt !== seen.beatAt) seen = { beatAt: holder.beatAt, at: Date.now() };
    const dead = holder?.host === hostname() && (holder.pid === process.pid || !isRunning(holder.pid));
    if (dead || Date.now() - seen.at > LOCK_SILENCE_MS) {
      takeAway(lock, holder);
      continue;
    }
    if (!announced && holder)
      say(`Another preparation of this folder is running (process ${holder.pid}); waiting for it.`);
    announced ||= Boolean(holder);
    await delay(250);
    if (stopping) throw new Stop('');
  }
  const beat = setInterval(
    () => existsSync(lock) && utimesSync(lock, new Date(), new Date()),
    LOCK_BEAT_MS,
  ).unref();
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

/** Renaming is atomic: of two that see the same dead lock one gets it; a live lock taken by mistake goes back. */
function takeAway(lock, judged) {
  const moved = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, moved);
    if (lockHolder(moved)?.pid === judged?.pid) rmSync(moved);
    else renameSync(moved, lock);
  } catch {
    // Somebody else took it away first.
  }
}

function onPath(...names) {
  const suffixes = WINDOWS ? ['.exe', '.cmd', '.bat'] : [''];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      for (const suffix of suffixes) {
        const file = join(folder, name + suffix);
        if (folder && existsSync(file)) return file;
      }
    }
  }
  return undefined;
}

const mayInstallWithApt = () =>
  process.getuid?.() === 0 &&
  Boolean(onPath('apt-get')) &&
  !/^(1|true)$/i.test(process.env.NO_SYSTEM_INSTALL ?? '');

async function aptInstall(...packages) {
  say(`Installing system packages with apt-get: ${packages.join(', ')} (NO_SYSTEM_INSTALL=1 forbids it)`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // A failed update (one stale source) need not keep a package from being found.
  await run('apt-get', ['update', '-qq'], { env });
  const { code } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
  });
  return code === 0;
}

/** npm as a file that node can run: a `.cmd` would need a shell. */
function npmProgram() {
  const beside = dirname(realpathSync(process.execPath));
  const candidates = [
    basename(process.env.npm_execpath ?? '') === 'npm-cli.js' ? process.env.npm_execpath : undefined,
    join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(beside), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    WINDOWS ? undefined : onPath('npm'),
  ];
  const found = candidates.find((file) => file && existsSync(file));
  if (!found)
    throw new Stop(
      'npm was not found beside node: install Node.js with npm (https://nodejs.org), then start again.',
    );
  return realpathSync(found);
}

/** Where node's headers lie beside it, node-gyp need not download them. */
function headersBesideNode() {
  const beside = dirname(realpathSync(process.execPath));
  return [dirname(beside), beside].find((prefix) => existsSync(join(prefix, 'include', 'node', 'node.h')));
}

function compilerAdvice() {
  const managers = [
    ['apt-get', 'apt-get install -y python3 make g++'],
    ['dnf', 'dnf install -y python3 make gcc-c++'],
    ['apk', 'apk add python3 make g++'],
    ['pacman', 'pacman -S --needed python make gcc'],
    ['zypper', 'zypper install -y python3 make gcc-c++'],
  ];
  if (WINDOWS)
    return 'install the Visual Studio Build Tools with "Desktop development with C++" and Python 3';
  if (process.platform === 'darwin') return 'run "xcode-select --install"';
  const found = managers.find(([manager]) => onPath(manager));
  return found ? `run "${found[1]}" as root` : 'install python3, make and a C++ compiler';
}

const hasCompiler = () =>
  Boolean(onPath('python3', 'python')) &&
  Boolean(onPath('make', 'gmake')) &&
  Boolean(onPath('g++', 'c++', 'clang++'));

/** True when node_modules already holds what the lock file asks for, whoever installed it. */
function lockFileIsInstalled() {
  const wanted = JSON.parse(textOf('package-lock.json')).packages;
  const installed = JSON.parse(textOf('node_modules/.package-lock.json') || '{}').packages ?? {};
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (installed[path] ? installed[path].version === version : optional),
  );
}

const sqliteLoads = async () =>
  (
    await node(
      [
        '--input-type=commonjs',
        '-e',
        "new (require('better-sqlite3'))(':memory:').close(); require.resolve('@prisma/adapter-better-sqlite3')",
      ],
      { capture: true },
    )
  ).code === 0;

async function npmCi() {
  const nodedir = headersBesideNode();
  const started = Date.now();
  const watch = setInterval(() => {
    // node-gyp writes this file when it configures; a prebuilt binary comes without it.
    if (!existsSync(join(ROOT, 'node_modules', 'better-sqlite3', 'build', 'config.gypi'))) return;
    clearInterval(watch);
    say('No prebuilt binary of better-sqlite3 could be had: compiling it, which takes 1 to 3 minutes.');
  }, 1_000);
  const { code } = await node(
    [npmProgram(), 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      env: nodedir ? { npm_config_nodedir: nodedir } : {},
    },
  );
  clearInterval(watch);
  if (stopping) throw new Stop('');
  if (code !== 0)
    throw new Stop(
      'npm could not install the packages: see its message above; most often the registry is out of reach.',
    );
  say(`Packages installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

async function install() {
  const wanted = `${sha256(textOf('package-lock.json'))} ${process.platform}-${process.arch}-${process.versions.modules}`;
  const present = existsSync(join(ROOT, 'node_modules', '.package-lock.json'));
  const before = stampOf('installed');
  if (present && before === wanted) return;

  const needsSqlite = !process.env.DATABASE_URL || process.env.DATABASE_URL.startsWith('file:');
  const adopted =
    present && before === '' && lockFileIsInstalled() && (!needsSqlite || (await sqliteLoads()));
  if (!adopted) {
    unstamp('installed');
    say('Installing packages (npm ci)');
    await npmCi();
    if (needsSqlite && !(await sqliteLoads())) {
      if (!hasCompiler() && mayInstallWithApt() && (await aptInstall('python3', 'make', 'g++'))) {
        say('Installing packages once more, now with a compiler');
        await npmCi();
      }
      if (!(await sqliteLoads())) {
        throw new Stop(
          hasCompiler()
            ? 'better-sqlite3 could neither be downloaded nor compiled: run "npm install better-sqlite3 --foreground-scripts" to see why.'
            : `The store needs better-sqlite3, which has no prebuilt binary here and could not be compiled: ${compilerAdvice()}, then start again.`,
        );
      }
    }
  }
  stamp('installed', wanted);
}

async function generate() {
  const engines = [
    ['sqlite', 'prisma/schema.prisma'],
    ['postgresql', 'prisma/postgresql/schema.prisma'],
  ];
  const wanted = sha256(
    ...engines.map(([, schema]) => textOf(schema)),
    textOf('prisma.config.ts'),
    textOf('package-lock.json'),
  );
  if (stampOf('generated') === wanted && existsSync(join(ROOT, 'prisma', 'generated'))) return;
  unstamp('generated');
  say('Generating the database clients (prisma generate)');
  for (const [engine] of engines) {
    const { code, output } = await tool('prisma/build/index.js', ['generate', '--no-hints'], {
      capture: true,
      env: { CHECKPOINT_DISABLE: '1', LATCHKEY_ENGINE: engine },
    });
    if (stopping) throw new Stop('');
    if (code !== 0) throw new Stop(`${output.trim()}\nprisma generate failed: see its message above.`);
  }
  stamp('generated', wanted);
}

/** The production build of exactly these sources; `.next` and its stamp name each other by the build's id. */
async function build() {
  const sources = [
    'app',
    'domain',
    'server',
    'public',
    'prisma/schema.prisma',
    'prisma/postgresql/schema.prisma',
    'next.config.ts',
    'postcss.config.mjs',
    'proxy.ts',
    'instrumentation.ts',
  ];
  const content = [...sources, 'tsconfig.json', 'package.json', 'package-lock.json'].flatMap(contentOf);
  const wanted = sha256(process.version, ...content);
  if (stampOf('built') === `${wanted} ${textOf('.next/BUILD_ID')}`) return;
  unstamp('built');
  say('Building (next build, up to a minute or two)');
  const { code } = await tool('next/dist/bin/next', ['build'], {
    env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
  if (stopping) throw new Stop('');
  if (code !== 0) throw new Stop('The build failed: see its message above.');
  stamp('built', `${wanted} ${textOf('.next/BUILD_ID')}`);
}

async function prepare() {
  await install();
  await generate();
}

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

/** Each gate is run even when one before it fails, so that one run tells everything. */
async function checkStages() {
  const stages = [];
  const stage = async (name, action) => {
    say(name);
    const { code } = await action();
    if (stopping) throw new Stop('');
    stages.push({ name, failed: code !== 0 });
  };
  await stage('Format, lint and import walls (biome)', () =>
    tool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings']),
  );
  await stage('Types (next typegen, tsc)', async () => {
    const typegen = await tool('next/dist/bin/next', ['typegen'], {
      capture: true,
      env: { NEXT_TELEMETRY_DISABLED: '1' },
    });
    if (typegen.code !== 0) progress.write(typegen.output);
    return typegen.code === 0 ? tool('typescript/bin/tsc', ['--noEmit']) : typegen;
  });
  return stages;
}

async function check() {
  await withLock(prepare);
  const stages = await checkStages();
  say('Lock file and scripts on every platform');
  const { code } = await tool('vitest/vitest.mjs', ['run', 'e2e/portability.test.ts']);
  stages.push({ name: 'Lock file and scripts', failed: code !== 0 });
  const failed = stages.filter((stage) => stage.failed);
  if (failed.length > 0) throw new Stop(`Failed: ${failed.map(({ name }) => name).join('; ')}.`);
}

const reportFile = (name) => {
  const file = join(STATE, `${name}.json`);
  rmSync(file, { force: true });
  return file;
};
const readReport = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

async function unitTests(args) {
  say('Unit tests (vitest)');
  const file = reportFile('vitest');
  const { code } = await tool('vitest/vitest.mjs', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...args,
  ]);
  const tests = (readReport(file)?.testResults ?? []).flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({
      name: `${relative(ROOT, name)}: ${fullName}`,
      status,
    })),
  );
  return {
    name: 'Unit tests',
    broken: code !== 0,
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length,
    skipped: tests.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ name }) => name),
  };
}

/** One line per Playwright test: its title path, its outcome and, for a skipped one, the reason that it gives. */
function playwrightTests(suites, path = []) {
  return (suites ?? []).flatMap((suite) => {
    const here = suite.title ? [...path, suite.title] : path;
    const own = (suite.specs ?? []).flatMap(({ title, tests }) =>
      tests.map(({ status, annotations }) => {
        const reason = annotations?.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
        return { name: `${[...here, title].join(' › ')}${reason ? ` (${reason})` : ''}`, status };
      }),
    );
    return [...own, ...playwrightTests(suite.suites, here)];
  });
}

/** Whether Chromium really starts that way: it may be there and lack a system library. */
async function launches(browser) {
  const probe = `
    import { chromium } from '@playwright/test';
    const browser = await chromium.launch({ ...${JSON.stringify(browser)}, args: ['--no-sandbox'], timeout: 30000 });
    await browser.close();`;
  return (await node(['--input-type=module', '-e', probe], { capture: true, limitMs: 45_000 })).code === 0;
}

/** The environment that hands a working browser to Playwright, or undefined with the way to get one. */
async function findBrowser() {
  const asEnv = ({ channel, executablePath }) =>
    channel ? { PLAYWRIGHT_CHANNEL: channel } : { CHROMIUM_PATH: executablePath };
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (await launches({ executablePath: named })) return { env: { CHROMIUM_PATH: named } };
    throw new Stop(
      `CHROMIUM_PATH is ${named}, which does not start as a browser: correct it or leave it out.`,
    );
  }
  const own = { channel: 'chromium' };
  const standing = () => [
    own,
    { channel: 'chrome' },
    { channel: 'msedge' },
    { executablePath: onPath('chromium', 'chromium-browser') },
  ];
  const firstOf = async (candidates) => {
    for (const candidate of candidates) {
      if (stopping) throw new Stop('');
      if ((candidate.channel || candidate.executablePath) && (await launches(candidate)))
        return { env: asEnv(candidate) };
    }
    return undefined;
  };
  const found = await firstOf(standing());
  if (found) return found;

  say('No browser found: downloading Chromium with Playwright');
  const playwright = (args, options) => tool('@playwright/test/cli.js', args, options);
  const download = await playwright(['install', '--no-shell', 'chromium'], {
    capture: true,
    env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000' },
    // It may hang where its host is out of reach; a download that has begun may take its time.
    limitMs: BROWSER_DOWNLOAD_START_LIMIT_MS,
    extend: (text) => /\d%/.test(text),
    extendedMs: BROWSER_DOWNLOAD_LIMIT_MS,
  });
  if (download.code === 0) {
    if (await launches(own)) return { env: asEnv(own) };
    if (mayInstallWithApt()) {
      say('Installing the system libraries of Chromium with apt-get (NO_SYSTEM_INSTALL=1 forbids it)');
      await playwright(['install-deps', 'chromium']);
      if (await launches(own)) return { env: asEnv(own) };
    }
  }
  if (stopping) throw new Stop('');
  if (mayInstallWithApt()) {
    say('Playwright could not provide a browser.');
    await aptInstall('chromium');
    const installed = await firstOf(standing());
    if (installed) return installed;
  }
  return {
    advice:
      'install Chrome, Edge or Chromium, or run "npx playwright install --with-deps chromium", or set CHROMIUM_PATH',
  };
}

async function browserTests(args) {
  say('Looking for a browser');
  const { env, advice } = await findBrowser();
  if (!env) {
    const { output } = await tool('@playwright/test/cli.js', ['test', '--list', '--reporter=json', ...args], {
      capture: true,
    });
    let listed = [];
    try {
      listed = playwrightTests(JSON.parse(output).suites);
    } catch {}
    const missing = `every browser test: no browser was found; ${advice}`;
    const skipped = listed.length > 0 ? listed.map(({ name }) => name) : [missing];
    return { name: 'Browser tests', broken: false, passed: 0, failed: 0, skipped, instead: missing };
  }
  say(`Browser tests (Playwright, ${Object.values(env)[0]})`);
  const file = reportFile('playwright');
  const { code } = await tool('@playwright/test/cli.js', ['test', '--reporter=list,json', ...args], {
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  });
  const tests = playwrightTests(readReport(file)?.suites);
  return {
    name: 'Browser tests',
    broken: code !== 0,
    passed: tests.filter(({ status }) => status === 'expected').length,
    failed: tests.filter(({ status }) => status === 'unexpected' || status === 'flaky').length,
    skipped: tests.filter(({ status }) => status === 'skipped').map(({ name }) => name),
  };
}

/** Runs `work` with a PostgreSQL server, or with the advice how to get one. */
async function withPostgresql(work) {
  say('Looking for PostgreSQL');
  let server;
  const { url, advice, stop } = await lendPostgresql({
    install: async () => mayInstallWithApt() && (await aptInstall('postgresql')),
    onStart: (child) => {
      server = child;
      children.add(child);
    },
  });
  if (url) process.env.TEST_DATABASE_URL = url;
  try {
    return await work(advice);
  } finally {
    children.delete(server);
    await stop?.();
  }
}

/** Tests on a TPM skip themselves where there is no swtpm: it is looked for, and brought where it may be, before they run. */
async function findTpm() {
  say('Looking for a software TPM (swtpm)');
  // It is spoken to through UNIX sockets.
  if (WINDOWS) return { advice: 'there is none for Windows; run the tests on Linux, macOS or in WSL' };
  if (onPath('swtpm')) return {};
  if (mayInstallWithApt() && (await aptInstall('swtpm')) && onPath('swtpm')) return {};
  return { advice: 'install swtpm (Debian: apt-get install swtpm; macOS: brew install swtpm)' };
}

/** Samba reads what we write for group policy. Its tests skip themselves where it is missing, as those on a TPM do. */
async function findSamba() {
  say('Looking for Samba, which reads registry files and Registry.pol (samba-common-bin, some 10 MB)');
  const found = () =>
    process.platform === 'linux' && ['/usr/bin/net', '/usr/bin/python3'].every((file) => existsSync(file));
  if (found()) return {};
  if (mayInstallWithApt() && (await aptInstall('samba-common-bin')) && found()) return {};
  return { advice: 'install it (Debian: apt-get install samba-common-bin); it is looked for on Linux only' };
}

/** Models, derived schema and migrations of both engines agree. */
const modelsStage = async () => ({
  name: 'Models and migrations',
  broken: (await node([...SERVER_SCRIPT, ENGINES, 'check', process.env.TEST_DATABASE_URL])).code !== 0,
});

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

async function test([part, ...args]) {
  if (part !== undefined && !['check', 'unit', 'e2e'].includes(part))
    throw new Stop(`There is no part "${part}".\n\n${HELP}`, 64);
  const wants = (name) => part === undefined || part === name;
  await withLock(prepare);

  const stages = [];
  const add = (stage) => {
    if (stopping) throw new Stop('');
    stages.push({ passed: 0, failed: 0, skipped: [], ...stage });
  };
  if (wants('check')) for (const { name, failed } of await checkStages()) add({ name, broken: failed });
  if (wants('unit') || wants('e2e')) {
    const { advice: tpmAdvice } = await findTpm();
    if (tpmAdvice) add({ name: 'TPM', skipped: [`every test on a TPM: ${tpmAdvice}`] });
    if (wants('unit')) {
      const { advice: sambaAdvice } = await findSamba();
      if (sambaAdvice) add({ name: 'Samba', skipped: [`every test with Samba's parsers: ${sambaAdvice}`] });
    }
    await withPostgresql(async (advice) => {
      if (advice) add({ name: 'PostgreSQL', skipped: [`every test on PostgreSQL: ${advice}`] });
      else if (wants('unit')) add(await modelsStage());
      if (wants('unit')) add(await unitTests(args));
      if (!wants('e2e')) return;
      const built = await withLock(build).then(
        () => true,
        (error) => {
          if (!(error instanceof Stop) || stopping) throw error;
          progress.write(`${error.message}\n`);
          return false;
        },
      );
      add(built ? await browserTests(args) : { name: 'Build', broken: true });
    });
  }

  const sum = (count) => stages.reduce((total, stage) => total + count(stage), 0);
  // A stage that fails without a failed test to show for it (lint, types, a file that does not load) counts as one.
  const failed = sum((stage) => stage.failed || Number(stage.broken));
  const skipped = sum((stage) => stage.skipped.length);
  const lines = stages.filter((stage) => stage.broken).map(({ name }) => `Failed: ${name}`);
  if (skipped > 0) {
    lines.push(CI ? 'Skipped, which CI=true makes a failure:' : 'Skipped:');
    lines.push(
      ...stages
        .flatMap(({ skipped: names, instead }) => (instead ? [instead] : names))
        .map((name) => `  - ${name}`),
    );
  }
  progress.write(
    `\n${[...lines, `${sum((stage) => stage.passed)} passed, ${failed} failed, ${skipped} skipped`].join('\n')}\n`,
  );
  if (failed > 0 || (CI && skipped > 0)) throw new Stop('');
}

async function bench(args) {
  await withLock(async () => {
    await prepare();
    await build();
  });
  const measure = async (script, words) => {
    const { code } = await node(['--import', 'tsx', join('bench', script), ...words]);
    if (code !== 0) throw new Stop('', code);
  };
  const [part, ...words] = args;
  if (part !== 'scale') return await measure('sign-in.ts', args);
  await withPostgresql(async (advice) => {
    if (advice) throw new Stop(`There is no PostgreSQL: ${advice}.`);
    await measure('scale.ts', words);
  });
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

async function admin(args) {
  await withLock(prepare);
  const child = spawn(process.execPath, [...SERVER_SCRIPT, join('server', 'command-line.ts'), ...args], {
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
  if (command === 'admin') progress = process.stderr;
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
    models,
    admin,
  };
  if (!Object.hasOwn(commands, command)) throw new Stop(`There is no command "${command}".\n\n${HELP}`, 64);
  // Tests and checks are the same for everyone; only what serves a person reads that person's settings.
  if (['start', 'dev', 'admin'].includes(command) && existsSync('.env')) process.loadEnvFile('.env');
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
