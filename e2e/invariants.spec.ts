/** What the crash tests look for in a store: each sentence is broken on purpose here, to see that it notices. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokenInvariants, invariants } from './crash/invariants.ts';
import { openSqlite } from './crash/store.ts';
import { expect, test } from './fixtures.ts';
import { withHouse } from './house.ts';
import { newPerson } from './people.ts';
import { withSoftwareKey } from './software-key.ts';
import { enrolled } from './visitor.ts';

const ONE_TIME = '(SELECT "id" FROM "TemporaryAccessPass" WHERE "oneTime")';
const forget = (code: string) => `DELETE FROM "Event" WHERE "code" = '${code}'`;

/** A question to somebody's phones that nobody answered and that holds nobody. */
const request = (state: string) => `
  INSERT INTO "ApprovalRequest" ("id", "userId", "purpose", "number", "state", "browserHash", "browser", "address",
    "createdAt", "expiresAt")
  SELECT 'request', "id", 'confirm', 42, '${state}', 'hash', 'browser', 'address', 'now', 'now' FROM "User" LIMIT 1`;

/** What has to happen to a sound store for each sentence to be broken. */
const damage: Readonly<Record<keyof typeof invariants, string>> = {
  'only the clock of a demo tenant is moved, and what it returns to is kept exactly while it is':
    'UPDATE "Tenant" SET "clockMinutes" = 31',
  'no more devices follow a presentation than may': `
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6)
    INSERT INTO "ShowViewer" ("id", "showId", "browserHash", "browser", "joinedAt")
    SELECT i, 'show', i, 'browser', 'now' FROM n`,
  'every key has the event of its registration': forget('key_registered'),
  'every registration of a key has its key': 'DELETE FROM "Credential"',
  'every Hello key has its device': 'UPDATE "Credential" SET "deviceId" = NULL',
  'every session has the event of its beginning': forget('sign_in'),
  'every beginning has its session': 'DELETE FROM "Session"',
  'every proof of a session has its event, and every event its proof': forget('pass_redeemed'),
  'every session has a proof': 'DELETE FROM "Proof"',
  'every device has the event of its registration': forget('device_registered'),
  'every registration of a device has its device': 'DELETE FROM "Device"',
  'every browser profile of a device has its event, and every event its profile':
    'DELETE FROM "DeviceProfile"',
  'a deleted device keeps no profile and no working key': `UPDATE "Device" SET "deletedAt" = 'now'`,
  'a device is disabled as often as its events say': `UPDATE "Device" SET "disabledAt" = 'now'`,
  'a person is disabled as often as their events say': `UPDATE "User" SET "disabledAt" = 'now'`,
  'every revoked key was revoked by somebody, or with its device': `UPDATE "Credential" SET "revokedAt" = 'now'`,
  'every phone was registered, and every registration of a phone has its phone or its removal': `
    INSERT INTO "AuthenticatorPhone" ("id", "userId", "name", "publicKey", "thumbprint", "createdAt")
    SELECT 'phone', "id", 'Phone', 'key', 'print', 'now' FROM "User" LIMIT 1`,
  'a person has one open request to their phones, and only while it is pending': request('pending'),
  'an approval that was taken was answered by a phone': request('taken'),
  'every pass was issued': forget('pass_issued'),
  'a one-time pass opens one session': `UPDATE "Session" SET "passId" = ${ONE_TIME}`,
  'a pass that opened a session is used': `UPDATE "Session" SET "passId" = ${ONE_TIME}`,
  'every value of a policy has its event': `UPDATE "PolicyValue" SET "value" = '8'`,
  'a registration with the PIN reset service has its event': forget('pin_reset_service_registered'),
  'every subject of a provider was linked, and its person is of its domain': `
    INSERT INTO "FederatedIdentity" ("id", "domainId", "issuer", "subject", "userId", "linkedAt")
    SELECT 'forged', d."id", d."issuer", 'subject', u."id", 'now' FROM "FederatedDomain" d, "User" u LIMIT 1`,
  'every federated domain was added': forget('federation_added'),
  'whoever gets no reminders switched them off': `
    INSERT INTO "StoppedReminders" ("userId", "at") SELECT "id", 'now' FROM "User" LIMIT 1`,
  'every message of a ring has its event': `
    INSERT INTO "SentMessage" ("ringId", "template", "userId", "at") SELECT 'ring', 'reminder', "id", 'now' FROM "User" LIMIT 1`,
  'every container with a key has the event of its making': forget('container_created'),
  'a key that a browser keeps has one PIN that counts': 'DELETE FROM "PinProtector"',
  'a container that was retired keeps no half of a PIN, and its key is revoked': `UPDATE "KeyContainer" SET "retiredAt" = 'now'`,
};

test('each invariant notices what breaks it', async () => {
  const engine = 'sqlite' as const;
  expect(Object.keys(damage)).toEqual(Object.keys(invariants));
  await withHouse({ demo: false, engine }, async (house) => {
    const upn = await newPerson(house);
    await enrolled(house, upn, 'SOUND-01');
    await house.admin(['policy', 'set', 'DeviceLimitPerUser', '9']);
    await house.admin(['policy', 'set', 'SoftwareKeys', 'choice']);
    await withSoftwareKey(house, await newPerson(house), 'SOUND-02');
    await house.admin(['pin-reset-service', 'register']);
    const secret = join(house.dataDir, 'client-secret');
    await writeFile(secret, 'secret');
    const client = ['https://sts.tidewater.example', 'latchkey', '--secret-file', secret];
    await house.admin(['federation', 'add', 'tidewater.example', ...client]);
    await house.admin(['tap', 'issue', upn, '--one-time', '--reason', 'A test']);
    await house.stop();
    expect(await brokenInvariants(house)).toEqual([]);
    for (const [sentence, statement] of Object.entries(damage)) {
      const file = join(house.dataDir, 'damaged.db');
      await cp(join(house.dataDir, 'latchkey.db'), file);
      const damaged = { engine, databaseUrl: `file:${file}` };
      const store = openSqlite(damaged);
      store.exec('PRAGMA journal_mode = DELETE; PRAGMA foreign_keys = OFF');
      store.exec(statement);
      store.close();
      expect((await brokenInvariants(damaged)).join('\n')).toContain(`${sentence}: not so`);
    }
  });
});
