/** One preparation of a clone at a time. */
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { STATE, Stop, say, stopping } from './process.mjs';

const LOCK_BEAT_MS = 2_000;
const LOCK_SILENCE_MS = 30_000;

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
export async function withLock(work) {
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
