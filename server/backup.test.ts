import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StoreRefusal, type StoreRefusalCode } from '#domain/backup';
import { HOUR_MS } from '#domain/time';
import { type Outside, restoreBackup, writeBackup } from './backup.ts';
import { openBackupFile, writeBackupFile } from './backup-file.ts';
import { engineOf, migrate, migrationNames, openStore } from './db.ts';
import { readSchema, readTables, writeRows } from './db-rows.ts';
import { beginPinChange } from './pin-change.ts';
import { findSession } from './session.ts';
import { fillStore, readingStore } from './store-content.ts';
import { copyStore } from './store-copy.ts';
import { issueTemporaryAccessPass } from './temporary-access-pass.ts';
import { checkTenant, createTenant } from './tenant.ts';
import {
  aFolder,
  aPersonWithHelloKey,
  aRuntime,
  aStore,
  done,
  lastEvent,
  outcome,
  START,
  signedInAt,
  signIn,
  type TestRuntime,
} from './testing.ts';
import { aPersonWithSoftwareKey, signedInWithPin, signInWithPin, tryPin } from './testing-container.ts';
import { aBusyWriter, commandLine } from './testing-process.ts';
import { anyRows, everything } from './testing-rows.ts';

const organisation = { name: 'Tidewater Studio', domain: 'tidewater.example' };

/** An organisation in a store of its own. */
async function anOrganisation(given?: Parameters<typeof aRuntime>[0]): Promise<TestRuntime> {
  const runtime = await aRuntime(given);
  await createTenant(runtime, organisation);
  return runtime;
}
const outside = (runtime: TestRuntime): Outside => ({ ...runtime, keyPlace: 'SECRET_KEY' });

async function backUp(runtime: TestRuntime, file = join(aFolder(), 'one.backup')): Promise<string> {
  const { databaseUrl } = runtime;
  return (await writeBackup(outside(runtime), { databaseUrl, file })).file;
}

/** Restores into a store of its own, not opened before, and opens that. */
async function restored(runtime: TestRuntime, file: string) {
  const databaseUrl = await aStore({ migrated: false });
  const report = await restoreBackup(outside(runtime), { databaseUrl, file });
  return { report, other: await aRuntime({ databaseUrl }) };
}

async function refused(work: Promise<unknown>): Promise<StoreRefusalCode | 'ok'> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (!(error instanceof StoreRefusal)) throw error;
    expect(error.message).toMatch(/^[^\n]+\.$/);
    return error.code;
  }
}

const isEmpty = async (databaseUrl: string) =>
  Object.values(await everything(databaseUrl)).every((rows) => rows.length === 0);

const sqliteStore = () => `file:${join(aFolder(), 'latchkey.db')}`;

describe('a backup', { timeout: 30_000 }, () => {
  test('restored elsewhere lets people sign in with the keys they had', async () => {
    const runtime = await anOrganisation();
    const desk = await aPersonWithHelloKey(runtime);
    const { report, other } = await restored(runtime, await backUp(runtime));
    expect(report.createdAt).toEqual(START);
    await checkTenant(other);
    expect(outcome(await signIn(other, desk))).toBe('ok');
    expect(outcome(await signIn(other, desk))).toBe('ok');
  });

  test.each(['this engine', 'SQLite'])('is restored on %s, row for row', async (which) => {
    const runtime = await anOrganisation();
    await aPersonWithHelloKey(runtime, 'mia', ['global_administrator']);
    await runtime.db.mail.updateMany({ data: { sentAt: START } });
    const before = await everything(runtime.db);
    const file = await backUp(runtime);
    const databaseUrl = which === 'SQLite' ? sqliteStore() : await aStore({ migrated: false });
    await restoreBackup(outside(runtime), { databaseUrl, file });
    const after = await everything(databaseUrl);
    // The restoring itself is one more event; nothing here was for a rule to change.
    expect(after.Event).toHaveLength((before.Event?.length ?? 0) + 1);
    expect(after.Event).toEqual(expect.arrayContaining(before.Event ?? []));
    expect({ ...after, Event: [] }).toEqual({ ...before, Event: [] });
  });

  test('keeps any row of any model as it is, through file and engines and back', async () => {
    const source = await aRuntime();
    const tables = await readTables(source.db, engineOf(source.databaseUrl));
    await fc.assert(
      fc.asyncProperty(anyRows(tables), async (rows) => {
        const from = sqliteStore();
        const db = await openStore(from);
        await migrate(db);
        for (const table of tables)
          await writeRows(db, table.name, table.columns, rows.get(table.name) ?? []);
        const before = await everything(db);
        await db.$disconnect();

        const file = join(aFolder(), 'any.backup');
        await readingStore(from, async (content) => {
          const { engine, schema } = content;
          const header = {
            product: '0',
            createdAt: START,
            engine,
            schema,
            relyingPartyId: 'x',
            keyCheck: 'x',
          };
          await writeBackupFile(file, { ...header, salt: 'A'.repeat(43) }, source.keys, content);
        });
        const middle = await aStore({ migrated: false });
        await fillStore(middle, await (await openBackupFile(file)).content(source.keys));
        expect(await everything(middle)).toEqual(before);

        const end = sqliteStore();
        await copyStore({ from: middle, to: end });
        expect(await everything(end)).toEqual(before);
      }),
      // Shrinking would make three stores for each attempt.
      { numRuns: 6, endOnFailure: true },
    );
  }, 120_000);

  test('is one moment of a store that is written meanwhile', async () => {
    const runtime = await anOrganisation();
    const crowd = Array.from({ length: 3000 }, (_, n) => ({ id: `g${n}`, name: `Group ${n}` }));
    await runtime.db.group.createMany({ data: crowd });
    const writer = await aBusyWriter(runtime.databaseUrl);
    const folder = aFolder();
    const files: string[] = [];
    let written = 0;
    try {
      for (const name of ['a', 'b', 'c']) {
        files.push(await backUp(runtime, join(folder, name)));
        await writer.goesOn();
      }
    } finally {
      written = await writer.stop();
    }

    const people: number[] = [];
    for (const file of files) {
      const { other } = await restored(runtime, file);
      const users = await other.db.user.findMany();
      const events = await other.db.event.findMany({ where: { code: 'user_created' } });
      expect(new Set(events.map(({ userId }) => userId))).toEqual(new Set(users.map(({ id }) => id)));
      // Of one writer, a moment has everything up to some person and nobody after.
      const numbers = users.map(({ upn }) => Number(/\d+/.exec(upn)?.[0])).sort((a, b) => a - b);
      expect(numbers).toEqual(numbers.map((_, n) => n));
      people.push(users.length);
    }
    expect(people).toEqual([...people].sort((a, b) => a - b));
    expect(people[0]).toBeGreaterThan(3);
    expect(people.at(-1)).toBeGreaterThan(people[0] ?? 0);
    expect(people.at(-1)).toBeLessThanOrEqual(written);
  }, 60_000);

  test('holds neither the master key nor a name in clear, and only its owner may read it', async () => {
    const runtime = await anOrganisation();
    await aPersonWithHelloKey(runtime, 'mia');
    const file = await backUp(runtime);
    const bytes = readFileSync(file);
    for (const secret of ['mia@', 'Tidewater', '5e5e5e5e', 'argon2'])
      expect(bytes.includes(secret), secret).toBe(false);
    expect(bytes.includes(Buffer.alloc(16, 0x5e))).toBe(false);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is logged in the store that was backed up', async () => {
    const runtime = await anOrganisation();
    await backUp(runtime);
    const { code, detail } = await lastEvent(runtime);
    expect({ code, detail }).toEqual({ code: 'backup_written', detail: { rows: 1 } });
  });

  test('takes its name from the organisation and the time, in a folder that is named', async () => {
    const runtime = await anOrganisation();
    const folder = aFolder();
    await backUp(runtime, folder);
    expect(readdirSync(folder)).toEqual(['latchkey-tidewater-example-20260302T090000Z.backup']);
  });

  test('of an empty store, of none, and with another key is not written', async () => {
    const empty = await aRuntime();
    const file = join(aFolder(), 'none.backup');
    expect(await refused(backUp(empty, file))).toBe('empty_store');
    const bare = await aStore({ migrated: false });
    expect(await refused(writeBackup(outside(empty), { databaseUrl: bare, file }))).toBe('no_store');
    const databaseUrl = `file:${join(aFolder(), 'nowhere.db')}`;
    expect(await refused(writeBackup(outside(empty), { databaseUrl, file }))).toBe('no_store');
    const { databaseUrl: store } = await anOrganisation();
    const stranger = await aRuntime({ databaseUrl: store, masterKey: 'ab'.repeat(32) });
    expect(await refused(backUp(stranger, file))).toBe('wrong_key');
    expect(readdirSync(join(file, '..'))).toEqual([]);
  });
});

describe('a backup that cannot be written', { timeout: 30_000 }, () => {
  test('never takes the place of a file, also of one that is a link to nowhere', async () => {
    const runtime = await anOrganisation();
    const folder = aFolder();
    const file = join(folder, 'taken');
    writeFileSync(file, 'mine');
    expect(await refused(backUp(runtime, file))).toBe('file_exists');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    const link = join(folder, 'link');
    symlinkSync(join(folder, 'nowhere'), link);
    expect(await refused(backUp(runtime, link))).toBe('file_exists');
    expect(readdirSync(folder).sort()).toEqual(['link', 'taken']);
  });

  test('to one name twice at once is written once', async () => {
    const runtime = await anOrganisation();
    const file = join(aFolder(), 'one');
    const outcomes = await Promise.all([1, 2, 3].map(() => refused(backUp(runtime, file))));
    expect(outcomes.sort()).toEqual(['file_exists', 'file_exists', 'ok']);
    expect(readdirSync(join(file, '..'))).toEqual(['one']);
    await restored(runtime, file);
  });

  test.each(['nowhere/one', 'file/one'])('says so of %j and leaves nothing', async (path) => {
    const runtime = await anOrganisation();
    const folder = aFolder();
    writeFileSync(join(folder, 'file'), '');
    expect(await refused(backUp(runtime, join(folder, path)))).toBe('file_unwritable');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test.skipIf(process.platform === 'win32')(
    'because the disk is full leaves no half file',
    async () => {
      const dataDir = aFolder();
      const databaseUrl = `file:${join(dataDir, 'latchkey.db')}`;
      const db = await openStore(databaseUrl);
      await migrate(db);
      await db.$disconnect();
      const runtime = await anOrganisation({ databaseUrl });
      // More than fits, however well it is packed.
      const data = Array.from({ length: 400 }, (_, n) => ({
        id: `g${n}`,
        name: Buffer.from(runtime.random.bytes(1000)).toString('base64'),
      }));
      await runtime.db.group.createMany({ data });
      const file = join(aFolder(), 'too-large.backup');
      // No file of this process grows beyond 128 KiB.
      const { ended } = commandLine({ dataDir, databaseUrl, blocks: 256 }, 'backup', file);
      await expect(ended).rejects.toMatchObject({
        code: 2,
        message: expect.stringContaining('could not be written (it would be too large). Nothing was left'),
      });
      expect(readdirSync(join(file, '..'))).toEqual([]);
    },
    60_000,
  );
});

describe('restoring', { timeout: 30_000 }, () => {
  test('closes sessions, drops open passes and leases, keeps what was used up, and says how many', async () => {
    const runtime = await anOrganisation();
    const desk = await aPersonWithHelloKey(runtime);
    const { token } = await signedInAt(runtime, desk);
    done(await issueTemporaryAccessPass(runtime, null, { userId: desk.person.id, reason: 'a test' }));
    const { db } = runtime;
    await db.lease.create({ data: { name: 'sweep', holder: 'x', expiresAt: START } });
    const consumed = await db.consumedChallenge.count();
    const { report, other } = await restored(runtime, await backUp(runtime));
    expect(report.judged).toEqual({ Session: 1, TemporaryAccessPass: 1, Mail: 2, Lease: 1 });
    expect(await findSession(other, token)).toBeNull();
    expect(await other.db.session.count({ where: { endedAt: null } })).toBe(0);
    expect(await other.db.temporaryAccessPass.count()).toBe(0);
    expect(await other.db.lease.count()).toBe(0);
    expect(await other.db.consumedChallenge.count()).toBe(consumed);
    expect(await lastEvent(other)).toMatchObject({
      code: 'store_restored',
      detail: { backupAt: START.toISOString(), sessionsClosed: 1, passesDropped: 1 },
    });
    // The store that was backed up goes on as before.
    expect(await findSession(runtime, token)).not.toBeNull();
  });

  test('keeps the PINs of software keys with their tries, and drops open tries and PINs in the making', async () => {
    const runtime = await anOrganisation();
    const desk = await aPersonWithSoftwareKey(runtime);
    const session = await signedInWithPin(runtime, desk);
    done(await beginPinChange(runtime, session, { container: desk.container.id }));
    await tryPin(runtime, desk.browser, desk.container, 'wrong');
    const { report, other } = await restored(runtime, await backUp(runtime));
    expect(report.judged).toMatchObject({ PinProtector: 1, PinTry: await runtime.db.pinTry.count() });
    expect(await other.db.pinTry.count()).toBe(0);
    expect(await other.db.pinProtector.findMany()).toMatchObject([{ tries: 1, wrong: 1 }]);
    const again = await signInWithPin(other, { ...desk.browser, session: null }, desk.container);
    if (again === 'wrong') throw new Error('wrong');
    expect(outcome(again)).toBe('ok');
  });

  test('refuses the master key of another organisation, and touches nothing', async () => {
    const runtime = await anOrganisation();
    const file = await backUp(runtime);
    const stranger = await anOrganisation({ masterKey: 'ab'.repeat(32) });
    const databaseUrl = `file:${join(aFolder(), 'new', 'latchkey.db')}`;
    expect(await refused(restoreBackup(outside(stranger), { databaseUrl, file }))).toBe('wrong_key');
    expect(() => statSync(databaseUrl.slice('file:'.length))).toThrow('ENOENT');
    // Claiming the other's key in the header helps nobody.
    const { keyCheck } = (await openBackupFile(await backUp(stranger))).header;
    const mine = (await openBackupFile(file)).header.keyCheck;
    const forged = join(aFolder(), 'forged');
    writeFileSync(forged, Buffer.from(readFileSync(file, 'latin1').replace(mine, keyCheck), 'latin1'));
    expect(await refused(restoreBackup(outside(stranger), { databaseUrl, file: forged }))).toBe(
      'changed_file',
    );
  });

  test('refuses a store that holds anything, and leaves it as it is', async () => {
    const runtime = await anOrganisation();
    const file = await backUp(runtime);
    const before = await everything(runtime.db);
    const input = { databaseUrl: runtime.databaseUrl, file };
    await expect(restoreBackup(outside(runtime), input)).rejects.toThrow(/not empty \(Tenant: 1\)/);
    expect(await everything(runtime.db)).toEqual(before);
    const half = await aRuntime();
    await half.db.group.create({ data: { id: 'g', name: 'G' } });
    expect(await refused(restoreBackup(outside(half), { databaseUrl: half.databaseUrl, file }))).toBe(
      'not_empty',
    );
    expect(await half.db.tenant.count()).toBe(0);
  });

  test('twice at once into one store restores once', async () => {
    const runtime = await anOrganisation();
    const file = await backUp(runtime);
    const databaseUrl = await aStore({ migrated: false });
    const restores = [1, 2].map(() =>
      commandLine({ dataDir: aFolder(), databaseUrl }, 'restore', file).ended.then(
        () => 'restored',
        ({ code, message }) => [code, /The store at .+ is not empty/.test(message)],
      ),
    );
    expect(await Promise.all(restores)).toEqual(expect.arrayContaining(['restored', [2, true]]));
    expect((await everything(databaseUrl)).Tenant).toHaveLength(1);
  }, 60_000);

  test('of a file with any bit changed is refused before or without a trace', async () => {
    const runtime = await anOrganisation();
    await aPersonWithHelloKey(runtime);
    const file = await backUp(runtime);
    const bytes = readFileSync(file);
    const changed = join(aFolder(), 'changed');
    const databaseUrl = await aStore();
    const headerEnd = bytes.indexOf('\n');
    // As often in the header as in the rest.
    const places = fc.oneof(fc.nat(headerEnd), fc.integer({ min: headerEnd + 1, max: bytes.length - 1 }));
    await fc.assert(
      fc.asyncProperty(places, fc.nat(7), async (at, bit) => {
        const copy = Buffer.from(bytes);
        copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at);
        writeFileSync(changed, copy);
        const code = await refused(restoreBackup(outside(runtime), { databaseUrl, file: changed }));
        expect(['not_a_backup', 'newer_format', 'newer_schema', 'wrong_key', 'changed_file']).toContain(code);
      }),
      { numRuns: 60 },
    );
    expect(await isEmpty(databaseUrl)).toBe(true);
  }, 60_000);

  test('of a file cut short, longer than it was, or of two halves is refused and leaves the store empty', async () => {
    const runtime = await anOrganisation();
    const name = () => Buffer.from(runtime.random.bytes(1500)).toString('base64');
    await runtime.db.group.createMany({
      data: Array.from({ length: 400 }, (_, n) => ({ id: `g${n}`, name: name() })),
    });
    const file = await backUp(runtime);
    const { size } = statSync(file);
    expect(size).toBeGreaterThan(3 * 65_536);
    const databaseUrl = await aStore();
    const attempt = (given: string) => refused(restoreBackup(outside(runtime), { databaseUrl, file: given }));
    const body = readFileSync(file).indexOf('\n') + 1;
    for (const length of [0, 10, body - 1, body, body + 40, body + 65_552, size - 17, size - 1]) {
      const cut = join(aFolder(), 'cut');
      cpSync(file, cut);
      truncateSync(cut, length);
      expect(await attempt(cut), String(length)).toBe(length < body ? 'not_a_backup' : 'changed_file');
    }
    const longer = join(aFolder(), 'longer');
    cpSync(file, longer);
    appendFileSync(longer, 'x');
    expect(await attempt(longer)).toBe('changed_file');
    // The header of one backup over the body of another, with the same key.
    const other = readFileSync(await backUp(runtime));
    const mixed = join(aFolder(), 'mixed');
    writeFileSync(
      mixed,
      Buffer.concat([readFileSync(file).subarray(0, body), other.subarray(other.indexOf('\n') + 1)]),
    );
    expect(await attempt(mixed)).toBe('changed_file');
    expect(await isEmpty(databaseUrl)).toBe(true);
    expect(await attempt(file)).toBe('ok');
  }, 60_000);

  test('of what is no backup says so, and of a folder or a device too', async () => {
    const runtime = await anOrganisation();
    const databaseUrl = sqliteStore();
    const folder = aFolder();
    const attempt = (file: string) => refused(restoreBackup(outside(runtime), { databaseUrl, file }));
    writeFileSync(join(folder, 'long'), 'x'.repeat(10_000));
    writeFileSync(join(folder, 'line'), '{"format":"latchkey-backup"}\n');
    for (const file of [folder, '/dev/null', join(folder, 'long'), join(folder, 'line'), 'package.json'])
      if (file !== '/dev/null' || process.platform !== 'win32')
        expect(await attempt(file), file).toBe('not_a_backup');
    expect(await attempt(join(folder, 'nowhere'))).toBe('file_unreadable');
  });

  test('refuses a newer format and a newer schema, each with who can read it', async () => {
    const runtime = await anOrganisation();
    const databaseUrl = await aStore();
    const file = join(aFolder(), 'newer');
    const line = { format: 'latchkey-backup', formatVersion: 2, product: '9.1.0', whatever: true };
    writeFileSync(file, `${JSON.stringify(line)}\nsealed in a way of its own`);
    await expect(restoreBackup(outside(runtime), { databaseUrl, file })).rejects.toThrow(
      /newer Latchkey \(9\.1\.0\)/,
    );

    await runtime.db
      .$executeRaw`INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name",
      "started_at", "applied_steps_count") VALUES ('x', 'x', current_timestamp, '29990101000000_tomorrow', current_timestamp, 1)`;
    expect(await refused(backUp(runtime))).toBe('newer_schema');
    const tomorrow = await aBackupOf(runtime, '29990101000000_tomorrow');
    expect(await refused(restoreBackup(outside(runtime), { databaseUrl, file: tomorrow }))).toBe(
      'newer_schema',
    );
    expect(await isEmpty(databaseUrl)).toBe(true);
  });

  test('of an older schema gives the store the schema of that time, the rows, and the migrations since', async () => {
    const runtime = await anOrganisation();
    const engine = engineOf(runtime.databaseUrl);
    const [oldest = ''] = migrationNames('sqlite');
    // A store as the first version left it.
    const databaseUrl = sqliteStore();
    const db = await openStore(databaseUrl);
    await migrate(db, undefined, oldest);
    expect(await readSchema(db, 'sqlite')).toBe(oldest);
    await db.$executeRaw`INSERT INTO "Tenant" SELECT * FROM (SELECT 't' AS a, 'T' AS b, 't.example' AS c, 'localhost' AS d,
      ${(await runtime.db.tenant.findFirstOrThrow()).masterKeyCheck} AS e, ${START} AS f)`;
    await db.$executeRaw`INSERT INTO "User" ("id", "upn", "displayName", "userHandle", "createdAt")
      VALUES ('u', 'u@t.example', 'U', 'h', ${START})`;
    await db.$disconnect();
    const file = join(aFolder(), 'old.backup');
    await writeBackup(outside(runtime), { databaseUrl, file });
    // Backing up changed nothing in it.
    const again = await openStore(databaseUrl);
    expect(await readSchema(again, 'sqlite')).toBe(oldest);
    await again.$disconnect();

    for (const migrated of [false, true]) {
      const target = await aStore({ migrated });
      await restoreBackup(outside(runtime), { databaseUrl: target, file });
      const other = await aRuntime({ databaseUrl: target });
      expect(await readSchema(other.db, engine)).toBe(migrationNames(engine).at(-1));
      // Columns that came later have their defaults.
      expect(await other.db.user.findMany()).toMatchObject([
        { id: 'u', passwordChangeRequired: false, passwordChangedAt: null },
      ]);
      await checkTenant(other);
    }
  });

  test.each([
    ['a table', 'INSERT INTO "Lost" VALUES (1)', { name: 'Lost', column: 'id' }],
    ['a column', '', { name: 'Group', column: 'colour' }],
  ])('refuses %s that this product no longer has', async (_what, _statement, { name, column }) => {
    const runtime = await anOrganisation();
    const databaseUrl = await aStore();
    const file = await aBackupOf(runtime, migrationNames(engineOf(runtime.databaseUrl)).at(-1), {
      name,
      columns: [{ name: column, type: 'String' }],
      rows: 0,
    });
    const words = new RegExp(name === 'Lost' ? 'nothing called Lost:' : 'nothing called Group\\.colour:');
    await expect(restoreBackup(outside(runtime), { databaseUrl, file })).rejects.toThrow(words);
    expect(await isEmpty(databaseUrl)).toBe(true);
  });

  test('that fails in its middle leaves an empty store, and goes well after that', async () => {
    const runtime = await anOrganisation();
    await runtime.db.group.createMany({
      data: Array.from({ length: 1200 }, (_, n) => ({ id: `g${n}`, name: `${n}` })),
    });
    const file = await backUp(runtime);
    const databaseUrl = await aStore();
    for (const step of ['written', 'compared']) {
      const onProgress = (progress: { step: string; done: number }) => {
        if (progress.step === step && progress.done >= 1000) throw new Error('pulled out');
      };
      await expect(restoreBackup(outside(runtime), { databaseUrl, file, onProgress })).rejects.toThrow(
        'pulled out',
      );
      expect(await isEmpty(databaseUrl)).toBe(true);
    }
    await restoreBackup(outside(runtime), { databaseUrl, file });
    expect((await everything(databaseUrl)).Group).toHaveLength(1200);
  });

  test('is not a way to come back in time: passes and sessions of before do not come alive later either', async () => {
    const runtime = await anOrganisation();
    const desk = await aPersonWithHelloKey(runtime);
    const { token } = await signedInAt(runtime, desk);
    const file = await backUp(runtime);
    runtime.pass(10 * HOUR_MS);
    const { other } = await restored(runtime, file);
    // A clock behind: to it, the session would still be young.
    expect(await findSession(other, token)).toBeNull();
  });
});

/** A backup made by somebody who has the key, of a schema or with a table that no store here has. */
async function aBackupOf(
  runtime: TestRuntime,
  schema = '',
  table?: { name: string; columns: { name: string; type: 'String' }[]; rows: number },
): Promise<string> {
  const file = join(aFolder(), 'made');
  mkdirSync(join(file, '..'), { recursive: true });
  const { masterKeyCheck } = await runtime.db.tenant.findFirstOrThrow();
  const tables = table ? [table] : [];
  const engine = engineOf(runtime.databaseUrl);
  const header = { product: '9.1.0', createdAt: START, engine, schema, relyingPartyId: 'localhost' };
  const salt = 'B'.repeat(43);
  await writeBackupFile(file, { ...header, keyCheck: masterKeyCheck, salt }, runtime.keys, {
    engine,
    schema,
    tables,
    async *pages() {},
  });
  return file;
}
