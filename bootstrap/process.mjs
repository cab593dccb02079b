/** Programs that are run, what is said of them, and how all of it stops. Only `node:` imports, and never a shell. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where the bootstrap keeps what it knows of this clone. */
export const STATE = join(ROOT, '.bootstrap');
export const WINDOWS = process.platform === 'win32';
export const CI = /^(1|true)$/i.test(process.env.CI ?? '');
const PARENT_WATCH_MS = 500;
/** Conditions and loader under which the server's own TypeScript runs outside Next. */
export const SERVER_SCRIPT = ['--conditions=react-server', '--import', 'tsx'];

/** Ends the run. An empty sentence means that whoever failed has already spoken. */
export class Stop extends Error {
  constructor(sentence, exitCode = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

export let progress = process.stdout;
/** For commands whose answer alone goes to standard output. */
export function sayOnStandardError() {
  progress = process.stderr;
}
export const say = (line) => progress.write(`› ${line}\n`);

export const children = new Set();
/** Whether somebody asked everything to stop. */
export let stopping = false;

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
export function run(
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

export const node = (args, options) => run(process.execPath, args, options);
export const tool = (path, args, options) =>
  node([join('node_modules', ...path.split('/')), ...args], options);

/** Stops the children and then ends. Impatience (a second signal after a moment) ends them at once. */
export function stopOnSignals(exitCodeFor) {
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
export function followParent() {
  const parent = process.ppid;
  if (WINDOWS || !process.env.npm_lifecycle_event) return;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_WATCH_MS).unref();
}
