/** Packages, database clients and the build: each is made when what it depends on has changed. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { node, ROOT, STATE, Stop, say, stopping, tool, WINDOWS } from './process.mjs';
import { aptInstall, compilerAdvice, hasCompiler, mayInstallWithApt, onPath } from './system.mjs';

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

const textOf = (path) => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '');
const stampOf = (name) => textOf(join('.bootstrap', name));
const stamp = (name, value) => writeFileSync(join(STATE, name), value);
export const unstamp = (name) => rmSync(join(STATE, name), { force: true });

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
export async function build() {
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

export async function prepare() {
  await install();
  await generate();
}
