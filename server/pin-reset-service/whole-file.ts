import 'server-only';
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file that was begun and never put in its place begins so; whoever lists a folder leaves it out. */
export const DRAFT = '.draft-';

/**
 * Makes a file that only its owner reads, on the disk before it is there: whoever finds it finds it whole, after a power
 * cut too. False where there is one already; of several who make it at once, one does. `name` keeps drafts apart.
 */
export async function createFile(path: string, text: string, name: string): Promise<boolean> {
  const draft = await writeDraft(path, text, name);
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await settle(dirname(path));
  return true;
}

/** The same in place of what is there. */
export async function replaceFile(path: string, text: string, name: string): Promise<void> {
  await rename(await writeDraft(path, text, name), path);
  await settle(dirname(path));
}

async function writeDraft(path: string, text: string, name: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = join(dirname(path), `${DRAFT}${name}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

/** The names in a folder, sorted; none where there is no folder. */
export async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith(DRAFT)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Puts the folder's own entries on the disk; Windows has no such thing. */
async function settle(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const entries = await open(folder, 'r');
  try {
    await entries.sync();
  } finally {
    await entries.close();
  }
}
