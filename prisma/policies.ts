import { policySettings, type Setting, type SettingName, settingText } from '#domain/policy/settings';
import {
  emptyDocument,
  type PolicyDocument,
  type SourceKind,
  scopesOf,
  settingsOf,
} from '#domain/policy/source';
import { engineOfStore, sql } from '../server/db.ts';
import { readEnvironment } from '../server/env.ts';
import { publishSource } from '../server/policy-publish.ts';
import { createSource } from '../server/policy-source.ts';
import { openRuntime } from '../server/product.ts';

/**
 * Fills a store with groups and published sources of policy for measurements: `policies.ts <sources> <groups>`. Everybody
 * who is there is in three of the groups, and so is every device; every device was told nothing so far. A source is for five
 * groups and has six values; every tenth is for everybody.
 */
const GROUPS_EACH = 3;
const VALUES_EACH = 6;
const kinds: readonly SourceKind[] = [
  'settings_catalog',
  'settings_catalog',
  'custom_profile',
  'account_protection',
  'group_policy',
];

const [sources, groups] = process.argv.slice(2).map(Number);
if (!Number.isInteger(sources) || !Number.isInteger(groups))
  throw new Error('policies.ts <sources> <groups>');

const idOf = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const groupIds = Array.from({ length: groups ?? 0 }, (_, index) => idOf(index));
const at = (list: readonly string[], index: number) => list[index % list.length] as string;

function someValue(name: SettingName, turn: number): string {
  const setting: Setting = policySettings[name];
  if (setting.type === 'boolean') return String(turn % 2 === 0);
  if (setting.type === 'integer') return String(Math.min(setting.maximum, setting.minimum + (turn % 7)));
  if (setting.type === 'choice') return at(setting.choices, turn);
  return settingText(setting.default);
}

function documentOf(index: number, kind: SourceKind): PolicyDocument {
  const scope = at(scopesOf(kind), index) as 'device' | 'user';
  // What would keep a person from a key, or ask for hardware that nobody here has, would measure something else.
  const names = settingsOf(kind, scope).filter(
    (name) =>
      !['UsePassportForWork', 'RequireSecurityDevice'].includes(name) &&
      !name.startsWith('DeviceUnlock/') &&
      !name.startsWith('PINComplexity/M'),
  );
  const chosen = new Set(
    Array.from({ length: VALUES_EACH }, (_, n) => at(names, index * 7 + n * 5) as SettingName),
  );
  return {
    ...emptyDocument,
    name: `Source ${index}`,
    include:
      index % 10 === 0
        ? ['all_users']
        : [...new Set(Array.from({ length: 5 }, (_, n) => at(groupIds, index * 31 + n * 97)))],
    values: [...chosen]
      .map((name) => ({
        scope,
        name,
        value:
          name.startsWith('PINComplexity/') && name !== 'PINComplexity/History'
            ? 'allow'
            : someValue(name, index),
      }))
      .filter(({ name }) => name !== 'PINComplexity/Expiration'),
  };
}

const runtime = await openRuntime(readEnvironment());
await runtime.db.group.createMany({
  data: groupIds.map((id, index) => ({ id, name: `Bench group ${index}`, description: '' })),
});
// Spread by numbers that have nothing in common, so that people differ.
const spread = sql`WITH g AS (SELECT "id", ROW_NUMBER() OVER (ORDER BY "id") - 1 AS n FROM "Group" WHERE "name" LIKE ${'Bench group %'})`;
await runtime.db.$transaction(
  async (tx) => {
    for (let turn = 0; turn < GROUPS_EACH; turn += 1) {
      const pick = sql`(m.n * ${7919 + turn * 104_729} + ${turn * 13}) % ${groups}`;
      await tx.$executeRaw`INSERT INTO "GroupMember" ("groupId", "userId") ${spread}
        SELECT g."id", m."id" FROM (SELECT "id", ROW_NUMBER() OVER (ORDER BY "id") AS n FROM "User") m
          JOIN g ON g.n = ${pick} WHERE TRUE ON CONFLICT DO NOTHING`;
      await tx.$executeRaw`INSERT INTO "GroupDevice" ("groupId", "deviceId") ${spread}
        SELECT g."id", m."id" FROM (SELECT "id", ROW_NUMBER() OVER (ORDER BY "id") AS n FROM "Device") m
          JOIN g ON g.n = ${pick} WHERE TRUE ON CONFLICT DO NOTHING`;
    }
    await tx.$executeRaw`INSERT INTO "DevicePolicy" ("deviceId", "enrolled", "delivered", "refreshedAt")
      SELECT "id", '[]', '[]', "createdAt" FROM "Device" WHERE TRUE ON CONFLICT DO NOTHING`;
  },
  { timeout: 600_000 },
);
for (let index = 0; index < (sources ?? 0); index += 1) {
  const kind = kinds[index % kinds.length] as SourceKind;
  const made = await createSource(runtime, null, { kind, document: documentOf(index, kind) });
  const published = made.ok ? await publishSource(runtime, null, { id: made.value.id, revision: 1 }) : made;
  if (!published.ok) throw new Error(`Source ${index}: ${JSON.stringify(published.problem)}`);
}
// PostgreSQL would do this itself, a minute later.
if (engineOfStore(runtime.db) === 'postgresql') await runtime.db.$executeRaw`ANALYZE`;
// For whoever asks about them: some people with a device, and two sources, one for some and one for everybody.
const places = await runtime.db.device.findMany({ take: 40, select: { id: true, userId: true } });
const names = ['Source 5', 'Source 10'];
const named = await runtime.db.policySource.findMany({
  where: { OR: names.map((name) => ({ published: { contains: `"name":"${name}"` } })) },
  select: { id: true },
});
process.stdout.write(JSON.stringify({ places, sources: named.map(({ id }) => id) }));
await runtime.db.$disconnect();
