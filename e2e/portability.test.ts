import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type LockedPackage = {
  version?: string;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};

const locked: Record<string, LockedPackage> = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts;

const PLATFORMS = [
  { os: 'win32', cpu: 'x64' },
  { os: 'darwin', cpu: 'arm64' },
  { os: 'linux', cpu: 'x64' },
];

/** The entry that node's resolution finds for `name` from the package at `path`. */
function resolveLocked(path: string, name: string): LockedPackage | undefined {
  for (let folder = path; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    const found = locked[`${folder}${folder && '/'}node_modules/${name}`];
    if (found || folder === '') return found;
  }
}

const runsOn = ({ os, cpu, libc }: LockedPackage, platform: { os: string; cpu: string }) =>
  (os === undefined || os.includes(platform.os)) &&
  (cpu === undefined || cpu.includes(platform.cpu)) &&
  (libc === undefined || platform.os !== 'linux' || libc.includes('glibc'));

/** Packages that bring their native code as optional packages, one for each platform. */
const families = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) => {
  const members = Object.keys(optionalDependencies).map((name) => ({
    name,
    entry: resolveLocked(path, name),
  }));
  const native = members.filter(
    ({ entry, name }) => entry?.cpu !== undefined || /(win32|darwin|linux)/.test(name),
  );
  return path !== '' && native.length > 2 ? [{ path, members: native }] : [];
});

describe('a fresh clone installs on every platform', () => {
  test('native families are found at all', () => {
    const names = families.map(({ path }) => path.replace(/^.*node_modules\//, ''));
    expect(names).toEqual(expect.arrayContaining(['next', '@biomejs/biome', '@node-rs/argon2', 'esbuild']));
  });

  // npm leaves packages of other platforms out of a lock file when it finds node_modules filled, or when the registry
  // does not have them; the clone then fails only on the machine of somebody else.
  test.each(families)('the lock file holds every build of $path', ({ members }) => {
    expect(members.filter(({ entry }) => entry === undefined).map(({ name }) => name)).toEqual([]);
  });

  test.each(families)('$path has a build for Windows, macOS and Linux', ({ members }) => {
    const missing = PLATFORMS.filter(
      (platform) => !members.some(({ entry }) => entry && runsOn(entry, platform)),
    );
    expect(missing).toEqual([]);
  });

  test.each(Object.entries(scripts))('the script "%s" needs no shell', (_name, command) => {
    expect(command).toMatch(/^node [\w./-]+( [\w./-]+)*$/);
  });
});
