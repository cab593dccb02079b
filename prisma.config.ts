import { readdirSync } from 'node:fs';
import { defineConfig } from 'prisma/config';

// `prisma generate` only asks whether a schema engine exists; it never runs it. Where the engine's download host is
// out of reach any existing file answers that question, so a fresh clone needs nothing but the npm registry.
const nativeEngine = readdirSync('node_modules/@prisma/engines').some((file) =>
  file.startsWith('schema-engine'),
);
if (!nativeEngine) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
