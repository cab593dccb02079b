/** What the machine has, and what may be brought to it. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say, WINDOWS } from './process.mjs';

export function onPath(...names) {
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

export const mayInstallWithApt = () =>
  process.getuid?.() === 0 &&
  Boolean(onPath('apt-get')) &&
  !/^(1|true)$/i.test(process.env.NO_SYSTEM_INSTALL ?? '');

export async function aptInstall(...packages) {
  say(`Installing system packages with apt-get: ${packages.join(', ')} (NO_SYSTEM_INSTALL=1 forbids it)`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // A failed update (one stale source) need not keep a package from being found.
  await run('apt-get', ['update', '-qq'], { env });
  const { code } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
  });
  return code === 0;
}

export function compilerAdvice() {
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

export const hasCompiler = () =>
  Boolean(onPath('python3', 'python')) &&
  Boolean(onPath('make', 'gmake')) &&
  Boolean(onPath('g++', 'c++', 'clang++'));
