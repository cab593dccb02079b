import { readdirSync } from 'node:fs';
import { defineConfig } from 'prisma/config';

// `prisma generate` only asks whether a schema engine exists; it never runs it. Where the engine's download host is
// out of reach any existing file answers that question, so a fresh clone needs nothing but the npm registry.
const nativeEngine = readdirSync('node_modules/@prisma/engines').some((file) =>
  file.startsWith('schema-engine'),
);
if (!nativeEngine) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

// The second engine's folder is derived from the first's by prisma/engines.ts.
const folder = process.env.LATCHKEY_ENGINE === 'postgresql' ? 'prisma/postgresql' : 'prisma';

export default defineConfig({
  schema: `${folder}/schema.prisma`,
  migrations: { path: `${folder}/migrations` },
});
