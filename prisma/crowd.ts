import { DAY_MS, later } from '#domain/time';
import { engineOfStore, sql } from '../server/db.ts';
import { readEnvironment } from '../server/env.ts';
import { openRuntime } from '../server/product.ts';

/**
 * Fills a store with people for measurements, labelled sample data: `crowd.ts <people>`. Each has a device, a key that
 * nobody holds and a few events. The store makes the rows itself, on either engine: a hundred thousand ceremonies would
 * take an hour and measure nothing.
 */
const EVENTS_EACH = 3;

const count = Number(process.argv[2]);
if (!Number.isInteger(count) || count < 1) throw new Error('crowd.ts <people>');

/** 1 to `count`, each with a name that lies anywhere among the others, as random ones do (Knuth's multiplicative hash). */
const crowd = sql`WITH RECURSIVE n(i) AS (
    SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < ${count}
  ), crowd AS (SELECT i, CAST((i * 2654435761) % 4294967296 AS TEXT) || '-' || CAST(i AS TEXT) AS word FROM n)`;

const runtime = await openRuntime(readEnvironment());
const at = later(runtime.clock.now(), -DAY_MS);
const blob = new Uint8Array(runtime.random.bytes(200));
await runtime.db.$transaction(
  async (tx) => {
    await tx.$executeRaw`INSERT INTO "User" ("id", "upn", "displayName", "userHandle", "createdAt", "sample") ${crowd}
      SELECT 'u' || word, 'crowd' || word || '@latchkey.example', 'Crowd ' || word, word, ${at}, ${true} FROM crowd`;
    await tx.$executeRaw`INSERT INTO "Device"
      ("id", "userId", "name", "joinType", "os", "browser", "createdAt", "lastSeenAt", "sample") ${crowd}
      SELECT 'd' || word, 'u' || word, 'CROWD-' || word, 'joined', 'Windows', 'Edge', ${at}, ${at}, ${true} FROM crowd`;
    await tx.$executeRaw`INSERT INTO "DeviceProfile"
      ("id", "deviceId", "publicKey", "thumbprint", "browser", "createdAt") ${crowd}
      SELECT 'p' || word, 'd' || word, word, word, 'Edge', ${at} FROM crowd`;
    await tx.$executeRaw`INSERT INTO "Credential"
      ("id", "credentialId", "userId", "deviceId", "kind", "name", "publicKey", "algorithm", "counter", "transports", "aaguid",
        "attestationFormat", "attestationObject", "clientDataJson", "backupEligible", "backedUp", "createdAt", "sample") ${crowd}
      SELECT 'c' || word, word, 'u' || word, 'd' || word, 'hello', 'Windows Hello', ${blob}, -7, 1, '["internal"]', '',
        'none', ${blob}, ${blob}, ${false}, ${false}, ${at}, ${true} FROM crowd`;
    for (let event = 1; event <= EVENTS_EACH; event += 1) {
      await tx.$executeRaw`INSERT INTO "Event"
        ("id", "at", "code", "outcome", "userId", "deviceId", "credentialId", "detail", "sample") ${crowd}
        SELECT 'e' || ${String(event)} || word, ${later(at, event)}, 'sign_in', 'success', 'u' || word, 'd' || word,
          'c' || word, '{"method":"hello"}', ${true} FROM crowd`;
    }
  },
  { timeout: 600_000 },
);
// PostgreSQL would do this itself, a minute later.
if (engineOfStore(runtime.db) === 'postgresql') await runtime.db.$executeRaw`ANALYZE`;
await runtime.db.$disconnect();
