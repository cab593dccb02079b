/**
 * What is true of every store at every moment, whoever was killed when: no change without its event, no event without its
 * change, nothing half there, nothing single-use used twice. Each statement finds what breaks its sentence.
 */
import type { House } from '../house.ts';
import { inStore } from './store.ts';

const succeeded = (code: string, on: string) =>
  `SELECT 1 FROM "Event" e WHERE e."outcome" = 'success' AND e."code" IN (${code}) AND ${on}`;
const count = (code: string, on: string) => succeeded(code, on).replace('SELECT 1', 'SELECT COUNT(*)');

const BEGINNINGS = "'sign_in', 'pass_redeemed', 'password_sign_in'";
const PROVEN = `${BEGINNINGS}, 'unlock', 'step_up'`;
const KEY_MADE = "'key_registered', 'passkey_registered'";

export const invariants: Readonly<Record<string, string>> = {
  'every key has the event of its registration': `
    SELECT c."id" FROM "Credential" c WHERE NOT EXISTS (${succeeded(KEY_MADE, 'e."credentialId" = c."id"')})`,
  'every registration of a key has its key': `
    SELECT v."id" FROM "Event" v WHERE v."outcome" = 'success' AND v."code" IN (${KEY_MADE})
      AND NOT EXISTS (SELECT 1 FROM "Credential" c WHERE c."id" = v."credentialId")`,
  'every Hello key has its device': `
    SELECT c."id" FROM "Credential" c WHERE c."kind" = 'hello' AND c."deviceId" IS NULL`,
  'every session has the event of its beginning': `
    SELECT s."id" FROM "Session" s WHERE NOT EXISTS (${succeeded(BEGINNINGS, 'e."sessionId" = s."id"')})`,
  'every beginning has its session': `
    SELECT v."id" FROM "Event" v WHERE v."outcome" = 'success' AND v."code" IN (${BEGINNINGS}) AND NOT v."sample"
      AND NOT EXISTS (SELECT 1 FROM "Session" s WHERE s."id" = v."sessionId")`,
  'every proof of a session has its event, and every event its proof': `
    SELECT s."id" FROM "Session" s WHERE
      (SELECT COUNT(*) FROM "Proof" p WHERE p."sessionId" = s."id")
      <> (${count(PROVEN, 'e."sessionId" = s."id"')})`,
  'every session has a proof': `
    SELECT s."id" FROM "Session" s WHERE NOT EXISTS (SELECT 1 FROM "Proof" p WHERE p."sessionId" = s."id")`,
  'every device has the event of its registration': `
    SELECT d."id" FROM "Device" d WHERE NOT EXISTS (${succeeded("'device_registered'", 'e."deviceId" = d."id"')})`,
  'every registration of a device has its device': `
    SELECT v."id" FROM "Event" v WHERE v."outcome" = 'success' AND v."code" = 'device_registered'
      AND NOT EXISTS (SELECT 1 FROM "Device" d WHERE d."id" = v."deviceId")`,
  'every browser profile of a device has its event, and every event its profile': `
    SELECT d."id" FROM "Device" d WHERE d."deletedAt" IS NULL AND
      (SELECT COUNT(*) FROM "DeviceProfile" p WHERE p."deviceId" = d."id")
      <> (${count("'device_registered', 'device_profile_added'", 'e."deviceId" = d."id"')})`,
  'a deleted device keeps no profile and no working key': `
    SELECT d."id" FROM "Device" d WHERE d."deletedAt" IS NOT NULL AND
      (EXISTS (SELECT 1 FROM "DeviceProfile" p WHERE p."deviceId" = d."id")
      OR EXISTS (SELECT 1 FROM "Credential" c WHERE c."deviceId" = d."id" AND c."revokedAt" IS NULL)
      OR NOT EXISTS (${succeeded("'device_deleted'", 'e."deviceId" = d."id"')}))`,
  'a device is disabled as often as its events say': `
    SELECT d."id" FROM "Device" d WHERE CASE WHEN d."disabledAt" IS NULL THEN 0 ELSE 1 END
      <> (${count("'device_disabled'", 'e."deviceId" = d."id"')})
      - (${count("'device_enabled'", 'e."deviceId" = d."id"')})`,
  'a person is disabled as often as their events say': `
    SELECT u."id" FROM "User" u WHERE CASE WHEN u."disabledAt" IS NULL THEN 0 ELSE 1 END
      <> (${count("'user_disabled'", 'e."userId" = u."id"')})
      - (${count("'user_enabled'", 'e."userId" = u."id"')})`,
  'every revoked key was revoked by somebody, or with its device': `
    SELECT c."id" FROM "Credential" c WHERE c."revokedAt" IS NOT NULL
      AND NOT EXISTS (${succeeded("'credential_revoked'", 'e."credentialId" = c."id"')})
      AND NOT EXISTS (SELECT 1 FROM "Device" d WHERE d."id" = c."deviceId" AND d."deletedAt" IS NOT NULL)`,
  'every pass was issued': `
    SELECT p."id" FROM "TemporaryAccessPass" p
      WHERE NOT EXISTS (${succeeded("'pass_issued'", 'e."userId" = p."userId"')})`,
  'a one-time pass opens one session': `
    SELECT s."passId" FROM "Session" s JOIN "TemporaryAccessPass" p ON p."id" = s."passId"
      WHERE p."oneTime" GROUP BY s."passId" HAVING COUNT(*) > 1`,
  'a pass that opened a session is used': `
    SELECT p."id" FROM "TemporaryAccessPass" p WHERE p."usedAt" IS NULL
      AND EXISTS (SELECT 1 FROM "Session" s WHERE s."passId" = p."id")`,
  'every value of a policy has its event': `
    SELECT v."name" FROM "PolicyValue" v WHERE NOT EXISTS (${succeeded(
      "'policy_changed'",
      `e."detail" LIKE '%"name":"' || v."name" || '","value":"' || v."value" || '"%'`,
    )})`,
};

/** What is broken in the store of a house, one line each; empty when nothing is. */
export async function brokenInvariants(house: Pick<House, 'engine' | 'databaseUrl'>): Promise<string[]> {
  return await inStore(house, async ({ rows }) => {
    const broken: string[] = [];
    for (const [sentence, sql] of Object.entries(invariants)) {
      const found = await rows(sql);
      if (found.length > 0) broken.push(`${sentence}: not so for ${JSON.stringify(found.slice(0, 5))}`);
    }
    if (house.engine === 'sqlite') {
      for (const check of ['integrity_check', 'foreign_key_check']) {
        const said = (await rows(`PRAGMA ${check}`)).filter((row) => row.integrity_check !== 'ok');
        if (said.length > 0) broken.push(`${check}: ${JSON.stringify(said)}`);
      }
    }
    return broken;
  });
}
