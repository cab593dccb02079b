import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One place of the product that is another way without what is measured. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Builds the product as it would be without something: a copy of its files in a folder of its own, changed where `changes` say.
 * Nothing of that is in the product. It is built once for each text of the product. Returns the folder.
 */
export function buildFloor(root: string, changes: readonly Change[]): string {
  const folder = join(root, '.bootstrap', 'bench', 'floor');
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  }).stdout.split('\n');
  const parts = /^(?:app|bootstrap|domain|prisma|public|server)\/|^[^/]+$/;
  const files = listed.filter((file) => parts.test(file) && !/\.test\./.test(file));
  const hash = createHash('sha256').update(JSON.stringify(changes));
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  const [stamp, text] = [join(folder, 'built'), hash.digest('hex')];
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return folder;
  rmSync(folder, { recursive: true, force: true });
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  cpSync(join(root, 'prisma', 'generated'), join(folder, 'prisma', 'generated'), { recursive: true });
  for (const { file, from, to } of changes) {
    const said = readFileSync(join(folder, file), 'utf8');
    if (said.split(from).length !== 2) throw new Error(`${file} does not say “${from}” once.`);
    writeFileSync(join(folder, file), said.replace(from, to));
  }
  // Packages are found above the folder, where the product has them.
  const config = join(folder, 'next.config.ts');
  const above = `turbopack: { root: ${JSON.stringify(root)} }, typescript: { ignoreBuildErrors: true }, poweredByHeader`;
  writeFileSync(config, readFileSync(config, 'utf8').replace('poweredByHeader', above));
  const next = fileURLToPath(import.meta.resolve('next/dist/bin/next'));
  const built = spawnSync(process.execPath, [next, 'build'], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`The floor did not build.\n${built.stdout}${built.stderr}`);
  writeFileSync(stamp, text);
  return folder;
}
