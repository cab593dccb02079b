import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seed } from './house.ts';

/**
 * Seeds the demo tenant once; every worker copies the outcome. This works because the store keeps the RP ID, which is
 * `localhost` for all, and not the origin, which differs by port.
 */
export default async function prepareTemplate(): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-template-'));
  await seed({ dataDir, demo: true });
  process.env.TEMPLATE_DATA_DIR = dataDir;
  return () => rm(dataDir, { recursive: true, force: true });
}
