import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** What two route handlers cost in the same Next before they do anything: JSON in, JSON and a cookie out. */
const app: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'no-op', private: true, type: 'module' }),
  'next.config.mjs': `export default { poweredByHeader: false, turbopack: { root: ROOT } };\n`,
  // Turbopack would look for these two above this folder, and find the product's own.
  'instrumentation.js': 'export function register() {}\n',
  'proxy.js': "export function proxy() {}\nexport const config = { matcher: ['/nowhere'] };\n",
  'app/options/route.js': `import { NextResponse } from 'next/server';
export async function POST(request) {
  const { purpose } = await request.json();
  const response = NextResponse.json({ purpose, challenge: CHALLENGE, allowCredentials: [], userVerification: 'required', timeout: 270000 });
  response.cookies.set({ name: 'browser', value: CHALLENGE, httpOnly: true, sameSite: 'lax', path: '/' });
  return response;
}
const CHALLENGE = 'A'.repeat(83);
`,
  'app/verification/route.js': `import { NextResponse } from 'next/server';
export async function POST(request) {
  const { response: { id } } = await request.json();
  const response = NextResponse.json({ id, kind: 'hello', upn: 'mia@example.org', displayName: 'Mia' });
  response.cookies.set({ name: 'session', value: id, httpOnly: true, sameSite: 'lax', path: '/' });
  return response;
}
`,
};

/**
 * Generates and builds a Next app that is nothing but those two handlers, once for each version of Next and of the text
 * above. It is a neighbour of the product, so that the product has no door that does nothing. Returns its folder.
 */
export function buildNoOp(root: string): string {
  const { version } = require('next/package.json') as { version: string };
  const folder = join(root, '.bootstrap', 'bench', `no-op-${version}`);
  const stamp = join(folder, 'built');
  const text = JSON.stringify(app);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return folder;
  rmSync(folder, { recursive: true, force: true });
  for (const [path, content] of Object.entries(app)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content.replace('ROOT', JSON.stringify(root)));
  }
  const next = fileURLToPath(import.meta.resolve('next/dist/bin/next'));
  const built = spawnSync(process.execPath, [next, 'build'], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`The no-op app did not build.\n${built.stdout}${built.stderr}`);
  writeFileSync(stamp, text);
  return folder;
}
