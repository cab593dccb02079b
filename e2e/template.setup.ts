import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FullConfig } from '@playwright/test';
import { databaseOn, onServer, seed } from './house.ts';

/**
 * Seeds the demo tenant once for each engine that the run is about; every worker copies the outcome. This works because
 * the store keeps the RP ID, which is `localhost` for all, and not the origin, which differs by port.
 */
export default async function prepareTemplates(config: FullConfig): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-template-'));
  const sqlite = { dataDir: join(folder, 'sqlite') };
  await seed({ ...sqlite, demo: true });
  const postgresql = { dataDir: join(folder, 'postgresql'), database: `latchkey_demo_${process.pid}` };
  const both = config.projects.some(({ name }) => name === 'postgresql');
  if (both) {
    await onServer(`CREATE DATABASE "${postgresql.database}"`);
    await seed({ ...postgresql, databaseUrl: databaseOn(postgresql.database), demo: true });
  }
  process.env.TEMPLATES = JSON.stringify(both ? { sqlite, postgresql } : { sqlite });
  return async () => {
    await rm(folder, { recursive: true, force: true });
    if (both) await onServer(`DROP DATABASE "${postgresql.database}" WITH (FORCE)`);
  };
}
