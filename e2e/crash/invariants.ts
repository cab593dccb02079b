/**
 * What is true of every store at every moment, whoever was killed when: no change without its event, no event without its
 * change, nothing half there, nothing single-use used twice. Each statement finds what breaks its sentence.
 */
import type { House } from '../house.ts';
import { inStore } from './store.ts';

/** The things of a column that successful events of these codes are about. */
const reported = (codes: string, column: string) =>
  `(SELECT e."${column}" FROM "Event" e
    WHERE e."outcome" = 'success' AND e."code" IN (${codes}) AND e."${column}" IS NOT NULL)`;
/** How many of them each thing has, to be joined: a subquery for each row would take the square of the time. */
const counted = (codes: string, column: string) =>
  `(SELECT e."${column}" AS "of", COUNT(*) AS "n" FROM "Event" e
    WHERE e."outcome" = 'success' AND e."code" IN (${codes}) GROUP BY e."${column}")`;
const each = (table: string, column: string) =>
  `(SELECT t."${column}" AS "of", COUNT(*) AS "n" FROM "${table}" t GROUP BY t."${column}")`;
const n = (name: string) => `COALESCE(${name}."n", 0)`;

const BEGINNINGS = "'sign_in', 'pass_redeemed', 'password_sign_in', 'federated_sign_in'";
const PROVEN = `${BEGINNINGS}, 'unlock', 'unlock_factor', 'step_up'`;
const KEY_MADE = "'key_registered', 'passkey_registered'";

/**
 * Whether a thing is disabled exactly when one more event says so than says the opposite. A device that was reported lost
 * may have been disabled before; its event says.
 */
const disabledByEvents = (table: string, column: string, what: string) => `
  SELECT t."id" FROM "${table}" t
    LEFT JOIN (SELECT e."${column}" AS "of", COUNT(*) AS "n" FROM "Event" e WHERE e."outcome" = 'success'
      AND (e."code" = '${what}_disabled' OR (e."code" = '${what}_reported_lost' AND e."detail" LIKE '%"disabled":true%'))
      GROUP BY e."${column}") off ON off."of" = t."id"
    LEFT JOIN ${counted(`'${what}_enabled'`, column)} back ON back."of" = t."id"
    WHERE CASE WHEN t."disabledAt" IS NULL THEN 0 ELSE 1 END <> ${n('off')} - ${n('back')}`;

export const invariants: Readonly<Record<string, string>> = {
  'only the clock of a demo tenant is moved, and what it returns to is kept exactly while it is': `
    SELECT t."id" FROM "Tenant" t WHERE t."clockMinutes" < 0 OR (t."clockMinutes" > 0 AND NOT t."demo")
      OR CASE WHEN t."clockMinutes" > 0 THEN 1 ELSE 0 END
        <> (SELECT COUNT(*) FROM "TenantSnapshot" k WHERE k."name" = 'present')`,
  'no more devices follow a presentation than may': `
    SELECT v."showId" FROM "ShowViewer" v GROUP BY v."showId" HAVING COUNT(*) > 5`,
  'every key has the event of its registration': `
    SELECT c."id" FROM "Credential" c WHERE c."id" NOT IN ${reported(KEY_MADE, 'credentialId')}`,
  'every registration of a key has its key': `
    SELECT v."id" FROM "Event" v WHERE v."outcome" = 'success' AND v."code" IN (${KEY_MADE})
      AND v."credentialId" NOT IN (SELECT c."id" FROM "Credential" c)`,
  'every Hello key has its device': `
    SELECT c."id" FROM "Credential" c WHERE c."kind" = 'hello' AND c."deviceId" IS NULL`,
  'every session has the event of its beginning': `
    SELECT s."id" FROM "Session" s WHERE s."id" NOT IN ${reported(BEGINNINGS, 'sessionId')}`,
  'every beginning has its session': `
    SELECT v."id" FROM "Event" v WHERE v."outcome" = 'success' AND v."code" IN (${BEGINNINGS}) AND NOT v."sample"
      AND v."sessionId" NOT IN (SELECT s."id" FROM "Session" s)`,
  'every proof of a session has its event, and every event its proof': `
    SELECT s."id" FROM "Session" s
      LEFT JOIN ${each('Proof', 'sessionId')} given ON given."of" = s."id"
      LEFT JOIN ${counted(PROVEN, 'sessionId')} told ON told."of" = s."id"
      WHERE ${n('given')} <> ${n('told')}`,
  'every session has a proof': `
    SELECT s."id" FROM "Session" s WHERE s."id" NOT IN (SELECT p."sessionId" FROM "Proof" p)`,
  'every device has the event of its registration': `
    SELECT d."id" FROM "Device" d WHERE d."id" NOT IN ${reported("'device_registered'", 'deviceId')}`,
  'every registration of a device has its device': `
    SELECT v."id" FROM "Event" v WHERE v."outcome" = 'success' AND v."code" = 'device_registered'
      AND v."deviceId" NOT IN (SELECT d."id" FROM "Device" d)`,
  'every browser profile of a device has its event, and every event its profile': `
    SELECT d."id" FROM "Device" d
      LEFT JOIN ${each('DeviceProfile', 'deviceId')} made ON made."of" = d."id"
      LEFT JOIN ${counted("'device_registered', 'device_profile_added'", 'deviceId')} told ON told."of" = d."id"
      WHERE d."deletedAt" IS NULL AND ${n('made')} <> ${n('told')}`,
  'a deleted device keeps no profile and no working key': `
    SELECT d."id" FROM "Device" d WHERE d."deletedAt" IS NOT NULL
      AND (d."id" IN (SELECT p."deviceId" FROM "DeviceProfile" p)
      OR d."id" IN (SELECT c."deviceId" FROM "Credential" c WHERE c."revokedAt" IS NULL)
      OR d."id" NOT IN ${reported("'device_deleted'", 'deviceId')})`,
  'a device is disabled as often as its events say': disabledByEvents('Device', 'deviceId', 'device'),
  'a person is disabled as often as their events say': disabledByEvents('User', 'userId', 'user'),
  'every revoked key was revoked by somebody, or with its device': `
    SELECT c."id" FROM "Credential" c LEFT JOIN "Device" d ON d."id" = c."deviceId"
      WHERE c."revokedAt" IS NOT NULL AND d."deletedAt" IS NULL
      AND (c."deviceId" IS NULL OR c."deviceId" NOT IN ${reported("'device_reported_lost'", 'deviceId')})
      AND c."id" NOT IN ${reported("'credential_revoked'", 'credentialId')}`,
  'every phone was registered, and every registration of a phone has its phone or its removal': `
    SELECT p."id" FROM "AuthenticatorPhone" p WHERE p."id" NOT IN ${reported("'phone_registered'", 'credentialId')}
    UNION ALL
    SELECT v."id" FROM "Event" v WHERE v."outcome" = 'success' AND v."code" = 'phone_registered'
      AND v."credentialId" NOT IN (SELECT p."id" FROM "AuthenticatorPhone" p)
      AND v."credentialId" NOT IN ${reported("'phone_removed'", 'credentialId')}`,
  'a person has one open request to their phones, and only while it is pending': `
    SELECT r."id" FROM "ApprovalRequest" r
      WHERE (r."state" = 'pending' AND r."userId" IS NOT NULL AND (r."pendingFor" IS NULL OR r."pendingFor" <> r."userId"))
      OR (r."state" <> 'pending' AND r."pendingFor" IS NOT NULL)`,
  'an approval that was taken was answered by a phone': `
    SELECT r."id" FROM "ApprovalRequest" r WHERE r."state" IN ('approved', 'taken')
      AND (r."answeredAt" IS NULL OR r."phoneId" IS NULL OR r."answeredAt" >= r."expiresAt")`,
  'every pass was issued': `
    SELECT p."id" FROM "TemporaryAccessPass" p WHERE p."userId" NOT IN ${reported("'pass_issued'", 'userId')}`,
  'a one-time pass opens one session': `
    SELECT s."passId" FROM "Session" s JOIN "TemporaryAccessPass" p ON p."id" = s."passId"
      WHERE p."oneTime" GROUP BY s."passId" HAVING COUNT(*) > 1`,
  'a pass that opened a session is used': `
    SELECT p."id" FROM "TemporaryAccessPass" p WHERE p."usedAt" IS NULL
      AND p."id" IN (SELECT s."passId" FROM "Session" s)`,
  'every value of a policy has its event': `
    SELECT v."name" FROM "PolicyValue" v WHERE v."source" <> 'service' AND NOT EXISTS (SELECT 1 FROM "Event" e
      WHERE e."outcome" = 'success' AND e."code" = 'policy_changed'
      AND e."detail" LIKE '%"name":"' || v."name" || '","value":"' || v."value" || '"%')`,
  'a registration with the PIN reset service has its event': `
    SELECT v."name" FROM "PolicyValue" v WHERE v."source" = 'service' AND NOT EXISTS (SELECT 1 FROM "Event" e
      WHERE e."outcome" = 'success' AND e."code" = 'pin_reset_service_registered')`,
  'every subject of a provider was linked, and its person is of its domain': `
    SELECT i."id" FROM "FederatedIdentity" i JOIN "FederatedDomain" d ON d."id" = i."domainId"
      JOIN "User" u ON u."id" = i."userId"
      WHERE i."issuer" <> d."issuer" OR u."upn" NOT LIKE '%@' || d."domain"
      OR i."userId" NOT IN ${reported("'federated_identity_linked'", 'userId')}`,
  'every federated domain was added': `
    SELECT d."id" FROM "FederatedDomain" d WHERE NOT EXISTS (SELECT 1 FROM "Event" e
      WHERE e."outcome" = 'success' AND e."code" = 'federation_added'
      AND e."detail" LIKE '%"domain":"' || d."domain" || '"%')`,
  'whoever gets no reminders switched them off': `
    SELECT s."userId" FROM "StoppedReminders" s WHERE s."userId" NOT IN ${reported("'reminders_stopped'", 'userId')}`,
  'every message of a ring has its event': `
    SELECT m."userId" FROM "SentMessage" m WHERE NOT EXISTS (
      SELECT 1 FROM "Event" e WHERE e."code" = 'communication_sent'
        AND e."detail" LIKE '%"ringId":"' || m."ringId" || '"%')`,
  'every container with a key has the event of its making': `
    SELECT c."id" FROM "KeyContainer" c WHERE c."credentialId" IS NOT NULL
      AND c."credentialId" NOT IN ${reported("'container_created'", 'credentialId')}`,
  'a key that a browser keeps has one PIN that counts': `
    SELECT c."id" FROM "KeyContainer" c LEFT JOIN (SELECT p."containerId" AS "of", COUNT(*) AS "n"
      FROM "PinProtector" p WHERE p."committedAt" IS NOT NULL GROUP BY p."containerId") q ON q."of" = c."id"
      WHERE c."credentialId" IS NOT NULL AND c."retiredAt" IS NULL AND ${n('q')} <> 1`,
  'a container that was retired keeps no half of a PIN, and its key is revoked': `
    SELECT c."id" FROM "KeyContainer" c LEFT JOIN "Credential" k ON k."id" = c."credentialId"
      WHERE c."retiredAt" IS NOT NULL AND (c."historyKey" IS NOT NULL OR k."revokedAt" IS NULL
        OR c."id" IN (SELECT p."containerId" FROM "PinProtector" p))`,
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
