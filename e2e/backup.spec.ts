import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';
import { admin, copyDatabase, type House, type Store, withServer } from './house.ts';
import { newPerson } from './people.ts';
import { enrolled, type Visitor, visitor } from './visitor.ts';

test.describe.configure({ timeout: 180_000 });

/** The same person with the same key and device, at another server and without a session. */
function arrivedAt(house: House, person: Visitor): Visitor {
  const arrived = visitor(house);
  Object.assign(arrived.own, person.own);
  return arrived;
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-backup-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A place with the master key of a house and nothing else, on SQLite or in a database of its own. */
async function withEmptyStore(
  house: House,
  engine: 'sqlite' | 'postgresql',
  use: (store: Store) => Promise<void>,
): Promise<void> {
  await withFolder(async (dataDir) => {
    const database = engine === 'postgresql' ? await copyDatabase('template0') : undefined;
    try {
      await writeFile(join(dataDir, 'master.key'), await house.masterKey(), { mode: 0o600 });
      await use({ dataDir, databaseUrl: database?.databaseUrl ?? '' });
    } finally {
      await database?.drop();
    }
  });
}

const engines = ['sqlite', ...(process.env.TEST_DATABASE_URL ? (['postgresql'] as const) : [])] as const;

for (const engine of engines) {
  test(`a backup of the running server is restored into ${engine}, and people sign in there with their keys`, async ({
    server,
  }) => {
    const upn = await newPerson(server);
    const person = await enrolled(server, upn, 'KEEP-01');
    await withFolder(async (folder) => {
      const file = join(folder, 'now.backup');
      // Somebody signs in all the while.
      let going = true;
      const signingIn = (async () => {
        let times = 0;
        for (; going; times += 1) expect((await person.signIn()).status).toBe(200);
        return times;
      })();
      const said = await server.admin(['backup', file]).finally(() => {
        going = false;
      });
      expect(await signingIn).toBeGreaterThan(0);
      expect(said).toContain('The master key is not in it.');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toEqual(['now.backup']);

      const cookies = new Map(person.jar);
      await withEmptyStore(server, engine, async (store) => {
        expect(await admin(store, ['restore', file])).toMatch(/Sessions closed: \d+/);
        await withServer(store, async (house) => {
          const arrived = arrivedAt(house, person);
          expect((await arrived.signIn()).status).toBe(200);
          // A cookie of before is nobody's.
          const old = visitor(house);
          for (const [name, value] of cookies) old.jar.set(name, value);
          expect((await old.send('/')).headers.get('location')).toContain('/sign-in');
          const events = await house.admin(['events', 'list', '--code', 'store_restored']);
          expect(JSON.parse(events)).toMatchObject({ code: 'store_restored' });
        });
      });
    });
  });
}

test('a store is copied to the other engine and back while the product stands still', async ({ server }) => {
  test.skip(!process.env.TEST_DATABASE_URL, 'needs a PostgreSQL server');
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'MOVE-01');
  await withEmptyStore(server, 'postgresql', async (middle) => {
    const from = `file:${join(server.dataDir, 'latchkey.db')}`;
    const there = ['db', 'copy', '--from', from, '--to', middle.databaseUrl];
    expect(await admin(middle, there)).toContain('Copied and compared row by row');
    await expect(admin(middle, there)).rejects.toThrow(
      /ended with 2:\nThe store at .* is not empty \(Tenant: 1\)/,
    );
    await withServer(middle, async (house) => {
      const arrived = arrivedAt(house, person);
      expect((await arrived.signIn()).status).toBe(200);
      Object.assign(person.own, arrived.own);
    });
    await withEmptyStore(server, 'sqlite', async (end) => {
      const to = `file:${join(end.dataDir, 'latchkey.db')}`;
      await admin(end, ['db', 'copy', '--from', middle.databaseUrl, '--to', to]);
      await withServer(end, async (house) => {
        expect((await arrivedAt(house, person).signIn()).status).toBe(200);
      });
    });
  });
});

test('a backup is refused with another master key, in a sentence, and nothing is made', async ({
  server,
}) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'now.backup');
    await server.admin(['backup', file]);
    await withFolder(async (dataDir) => {
      const store = { dataDir, databaseUrl: '' };
      await expect(admin(store, ['restore', file])).rejects.toThrow(
        /ended with 2:\nThere is no master key here\./,
      );
      await writeFile(join(dataDir, 'master.key'), 'ab'.repeat(32));
      await expect(admin(store, ['restore', file])).rejects.toThrow(
        /ended with 2:\nThe master key here \(.*master\.key\) is not the one that belongs to it\./,
      );
      expect(await readdir(dataDir)).toEqual(['master.key']);
    });
    // And over itself never.
    await expect(server.admin(['restore', file])).rejects.toThrow(
      /ended with 2:\nThe store at .* is not empty/,
    );
    await expect(server.admin(['backup', file])).rejects.toThrow(/ended with 2:\n.* is there already/);
  });
});
