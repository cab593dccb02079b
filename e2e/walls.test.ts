import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

type Plant = { file: string; code: string };
type Offence = Plant & { says: RegExp };

const offences: Offence[] = [
  { file: 'domain/a.ts', code: "import '#server/session';", says: /Domain is pure/ },
  { file: 'domain/b.ts', code: "import 'node:fs';", says: /Domain is pure/ },
  { file: 'domain/c.ts', code: "import { headers } from 'next/headers';", says: /Domain is pure/ },
  { file: 'domain/d.ts', code: "import '../server/session';", says: /nothing below it/ },
  { file: 'domain/e.ts', code: 'export const now = Date.now();', says: /Time is an argument/ },
  { file: 'domain/f.ts', code: 'export const dice = Math.random();', says: /Randomness is an argument/ },
  { file: 'domain/g.test.ts', code: "import '#server/session';", says: /domain test is pure too/ },
  { file: 'domain/h.ts', code: 'export const port = process.env.PORT;', says: /process\.env/ },

  { file: 'server/a.ts', code: "import '../app/page';", says: /No other room imports app/ },
  { file: 'server/b.ts', code: "import '#ui/button';", says: /No other room imports app/ },
  { file: 'server/c.ts', code: "import '../e2e/fixtures';", says: /What ships never imports/ },
  {
    file: 'server/d.ts',
    code: "import { PrismaClient } from '../prisma/generated/client';",
    says: /server\/db\.ts/,
  },
  { file: 'server/e.ts', code: "const client = await import('@prisma/client');", says: /server\/db\.ts/ },
  { file: 'server/f.ts', code: "import type Database from 'better-sqlite3';", says: /server\/db\.ts/ },
  {
    file: 'server/g.ts',
    code: "export { verify } from '@simplewebauthn/server';",
    says: /server\/relying-party\.ts/,
  },
  {
    file: 'server/h.ts',
    code: "import '@simplewebauthn/server/esm/helpers';",
    says: /server\/relying-party\.ts/,
  },
  { file: 'server/i.ts', code: "import '@simplewebauthn/browser';", says: /app\/_device alone/ },
  { file: 'server/j.ts', code: 'export const dataDir = process.env.DATA_DIR;', says: /process\.env/ },
  { file: 'server/k.ts', code: "import { env } from 'node:process';", says: /server\/env\.ts/ },
  { file: 'server/l.ts', code: 'export const now = new Date();', says: /Time is an argument/ },
  { file: 'server/m.ts', code: 'export const clock = Date.now;', says: /Time is an argument/ },
  {
    file: 'server/n.ts',
    code: "import { randomBytes } from 'node:crypto';",
    says: /Randomness is an argument/,
  },
  {
    file: 'server/o.ts',
    code: 'export const id = globalThis.crypto.randomUUID();',
    says: /Randomness is an argument/,
  },
  {
    file: 'server/p.ts',
    code: 'crypto.getRandomValues(new Uint8Array(16));',
    says: /Randomness is an argument/,
  },

  { file: 'app/a/page.tsx', code: "import '../../e2e/fixtures';", says: /What ships never imports/ },
  { file: 'app/b/page.tsx', code: 'export const now = new Date();', says: /Time is an argument/ },
  { file: 'app/c/page.tsx', code: "import '@simplewebauthn/browser';", says: /app\/_device alone/ },
  {
    file: 'app/d/form.tsx',
    code: "'use client';\nimport '#server/session';",
    says: /client file never imports the server/,
  },
  {
    file: 'app/e/form.tsx',
    code: "'use client';\nimport '../../server/session';",
    says: /client file never imports/,
  },
  { file: 'app/_ui/a.tsx', code: "import '#server/session';", says: /browser side never imports the server/ },
  {
    file: 'app/_device/a.ts',
    code: "import '#server/session';",
    says: /browser side never imports the server/,
  },
  { file: 'server/z-upstream.ts', code: "import 'openid-client';", says: /server\/upstream\.ts/ },
  { file: 'app/_device/b.ts', code: "import '@simplewebauthn/server';", says: /server\/relying-party\.ts/ },

  { file: 'prisma/seed.ts', code: "import '../app/page';", says: /No other room imports app/ },
  { file: 'e2e/a.spec.ts', code: "import '#server/session';", says: /public doors/ },
  { file: 'e2e/b.spec.ts', code: "import '../app/page';", says: /No other room imports app/ },
  { file: 'e2e/tpm/a.ts', code: "import '@simplewebauthn/server';", says: /server\/relying-party\.ts/ },
  { file: 'bench/a.ts', code: "import '../domain/challenge';", says: /public doors/ },
];

const allowed: Plant[] = [
  {
    file: 'domain/z.ts',
    code: "import 'zod';\nimport '@noble/curves/nist.js';\nimport '#domain/a';\nimport './z/b';",
  },
  {
    file: 'domain/z/b.ts',
    code: "import '@levischuck/tiny-cbor';\nexport const at = (ms: number) => new Date(ms);",
  },
  { file: 'domain/z.test.ts', code: "import 'vitest';\nimport 'fast-check';\nimport '#domain/z';" },
  {
    file: 'server/db.ts',
    code: "import '@prisma/adapter-better-sqlite3';\nimport '../prisma/generated/client';",
  },
  { file: 'server/upstream.ts', code: "import 'openid-client';" },
  { file: 'server/relying-party.ts', code: "import '@simplewebauthn/server';\nimport '#domain/z';" },
  { file: 'server/env.ts', code: 'export const port = process.env.PORT;' },
  {
    file: 'server/runtime.ts',
    code: "import { randomBytes } from 'node:crypto';\nexport const now = () => new Date();",
  },
  {
    file: 'server/z.ts',
    code: "import { createHash } from 'node:crypto';\nimport '#server/db';\nimport '#domain/z';",
  },
  { file: 'app/z/page.tsx', code: "import '#server/session';\nimport '#domain/z';\nimport '#ui/button';" },
  { file: 'app/z/form.tsx', code: "'use client';\nimport './actions';\nexport const now = Date.now();" },
  { file: 'app/_ui/z.tsx', code: "import '#domain/z';\nimport '#ui/button';" },
  {
    file: 'app/_device/z.ts',
    code: "import '@simplewebauthn/browser';\ncrypto.getRandomValues(new Uint8Array(1));",
  },
  { file: 'prisma/z.ts', code: "import '#server/session';\nimport '#domain/z';" },
  // The TPM authenticator stands alone, and is held against the library itself.
  { file: 'e2e/tpm/z.test.ts', code: "import '@simplewebauthn/server';" },
  {
    file: 'e2e/z.spec.ts',
    code: "import '@playwright/test';\nimport './fixtures';\nexport const ci = process.env.CI;",
  },
];

const WALLS = /^(plugin|lint\/style\/(noRestrictedImports|noProcessEnv))$/;

type Diagnostic = { category: string; message: string; location: { path: string | { file: string } } };

/** What the linter, with the project's own configuration, says about walls: its sentences by file. */
async function lint(plants: Plant[]): Promise<Map<string, string[]>> {
  const house = await mkdtemp(join(tmpdir(), 'walls-'));
  try {
    await Promise.all(
      ['biome.json', '.biome', '.gitignore'].map((name) => cp(name, join(house, name), { recursive: true })),
    );
    for (const { file, code } of plants) {
      await mkdir(dirname(join(house, file)), { recursive: true });
      await writeFile(join(house, file), `${code}\n`);
    }
    const biome = [
      resolve('node_modules/@biomejs/biome/bin/biome'),
      'lint',
      '--reporter=json',
      '--max-diagnostics=none',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, biome, { cwd: house }).catch(
      (error) => error,
    );
    const said = new Map<string, string[]>();
    for (const { category, message, location } of JSON.parse(stdout).diagnostics as Diagnostic[]) {
      const path = typeof location.path === 'string' ? location.path : location.path.file;
      const file = path.replaceAll('\\', '/');
      if (WALLS.test(category)) said.set(file, [...(said.get(file) ?? []), message]);
    }
    return said;
  } finally {
    await rm(house, { recursive: true });
  }
}

describe('the walls between rooms', () => {
  let said: Map<string, string[]>;
  beforeAll(async () => {
    said = await lint([...offences, ...allowed]);
  }, 30_000);

  test.each(offences)('$file is refused: $code', ({ file, says }) => {
    expect(said.get(file)?.join('\n') ?? 'nothing').toMatch(says);
  });

  test.each(allowed)('$file is let through: $code', ({ file }) => {
    expect(said.get(file) ?? []).toEqual([]);
  });
});
