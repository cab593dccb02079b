/**
 * The second engine's schema and both engines' migrations, made from `schema.prisma`.
 *
 *   npm run models -- derive             writes prisma/postgresql/schema.prisma
 *   npm run models -- migration <name>   writes what the models ask for beyond the migrations there are, for both engines
 *   npm run models -- check              fails unless models, derived schema and migrations of both engines agree
 *
 * The last argument is the address of a PostgreSQL server on which a database may be made: `npm run models` gives it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';

const require = createRequire(import.meta.url);
const SOURCE = 'prisma/schema.prisma';
const DERIVED = 'prisma/postgresql/schema.prisma';
/** What the engine prints when nothing differs. It prints nothing, and reports success, when it could not compare. */
const NO_DIFFERENCE = 'No difference detected';

function derive(source: string): string {
  return source
    .replace(/^(?:\/\/ .*\n)+/, '// Derived from ../schema.prisma by ../engines.ts: never edited by hand.\n')
    .replace('"generated/sqlite"', '"../generated/postgresql"')
    .replace('provider = "sqlite"', 'provider = "postgresql"');
}

/** PostgreSQL's one-byte "char" and its text. */
const CHAR_OID = 18;
const TEXT_OID = 25;

/** The schema engine reads catalogue columns of a type that the adapter does not know: it gets them as text. */
class CatalogueReader extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    const pool = adapter.underlyingDriver();
    const query = pool.query.bind(pool) as (
      ...given: unknown[]
    ) => Promise<{ fields: { dataTypeID: number }[] }>;
    const reading = async (...given: unknown[]) => {
      const result = await query(...given);
      for (const field of result.fields) if (field.dataTypeID === CHAR_OID) field.dataTypeID = TEXT_OID;
      return result;
    };
    Object.assign(pool, { query: reading });
    return adapter;
  }
}

type AdapterFactory = PrismaBetterSqlite3 | PrismaPg;

/** The schema engine as WebAssembly. The package is made for bundlers, so it is put together here, once. */
async function loadEngine() {
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm'));
  const glue = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href);
  const module = new WebAssembly.Module(readFileSync(join(folder, 'schema_engine_bg.wasm')));
  const instance = new WebAssembly.Instance(module, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return glue;
}
const loading = loadEngine();

/** The schema engine on one database. It connects here. */
async function openEngine(factory: AdapterFactory, schema: string): Promise<SchemaEngine> {
  const glue = await loading;
  const adapterPackage = createRequire(require.resolve('@prisma/adapter-pg'));
  const { bindMigrationAwareSqlAdapterFactory } = adapterPackage('@prisma/driver-adapter-utils');
  return await glue.SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory),
  );
}

/** What separates a database from the models: a script, or a sentence for people. */
async function difference(url: string, schema: string, script: boolean): Promise<string> {
  const factory = url.startsWith('file:') ? new PrismaBetterSqlite3({ url }) : new CatalogueReader(url);
  const engine = await openEngine(factory, schema);
  const files = [{ path: 'schema.prisma', content: schema }];
  const { stdout } = await engine.diff({
    from: { tag: 'schemaDatasource', files, configDir: '' },
    to: { tag: 'schemaDatamodel', files },
    script,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  engine.free();
  return stdout ?? '';
}

/** Lends an empty database of each engine with every migration applied. */
async function onMigrated(
  server: string,
  use: (engine: string, url: string, schema: string) => Promise<void>,
): Promise<void> {
  // Its client is generated from what is derived here: deriving must do without it.
  const { migrate, openStore } = await import('../server/db.ts');
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-engines-'));
  const scratch = new URL(server);
  scratch.pathname = `/latchkey_engines_${process.pid}`;
  const admin = await openStore(server);
  try {
    await admin.$executeRawUnsafe(`CREATE DATABASE "${scratch.pathname.slice(1)}"`);
    const source = readFileSync(SOURCE, 'utf8');
    for (const [url, schema] of [
      [`file:${join(folder, 'empty.db')}`, source],
      [scratch.href, derive(source)],
    ] as const) {
      const db = await openStore(url);
      await migrate(db);
      await db.$disconnect();
      await use(url.startsWith('file:') ? 'SQLite' : 'PostgreSQL', url, schema);
    }
  } finally {
    await admin.$executeRawUnsafe(`DROP DATABASE IF EXISTS "${scratch.pathname.slice(1)}" WITH (FORCE)`);
    await admin.$disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

const commands: Record<string, (...words: string[]) => Promise<void>> = {
  derive: async () => {
    mkdirSync(dirname(DERIVED), { recursive: true });
    writeFileSync(DERIVED, derive(readFileSync(SOURCE, 'utf8')));
  },
  migration: async (name = '', server = '') => {
    if (!/^\d{14}_[a-z_]+$/.test(name)) throw new Error('A name such as 20261122000000_groups is needed.');
    await commands.derive?.();
    await onMigrated(server, async (engine, url, schema) => {
      const script = await difference(url, schema, true);
      if (script.trim() === '' || script.includes('This is an empty migration')) return;
      const folder = join(dirname(url.startsWith('file:') ? SOURCE : DERIVED), 'migrations', name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'migration.sql'), script);
      process.stdout.write(`${engine}: ${folder}\n`);
    });
  },
  check: async (server = '') => {
    if (derive(readFileSync(SOURCE, 'utf8')) !== readFileSync(DERIVED, 'utf8'))
      throw new Error(`${DERIVED} is not what ${SOURCE} says: npm run models -- derive`);
    await onMigrated(server, async (engine, url, schema) => {
      const words = await difference(url, schema, false);
      if (!words.includes(NO_DIFFERENCE))
        throw new Error(`${engine}: migrations and models differ, or could not be compared.\n${words}`);
      process.stdout.write(`${engine}: ${NO_DIFFERENCE}.\n`);
    });
  },
};

const [command = '', ...words] = process.argv.slice(2);
const chosen = Object.hasOwn(commands, command) ? commands[command] : undefined;
if (chosen === undefined) throw new Error(`derive, migration <name> or check, not "${command}".`);
await chosen(...words);
