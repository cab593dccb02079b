import 'server-only';
import { modelWords } from '#domain/attestation/aaguids';
import type { CredentialKind } from '#domain/authentication';
import { credentialWords, type Protection, protectionOf, protectionWords } from '#domain/credential';
import { csvRow } from '#domain/csv';
import {
  draftedRules,
  judgeKey,
  type KeyRules,
  type KeyRulesDraft,
  type RuleCode,
  registrationRules,
  ruleCodes,
  ruleTable,
  signInRules,
} from '#domain/key-rules';
import type { Result } from '#domain/result';
import type { SignedIn } from './caller.ts';
import { manufacturerOf } from './credential.ts';
import { type CredentialWhere, containing, type PeopleWhere, type Tx } from './db.ts';
import { downloadCsv } from './dry-run-export.ts';
import type { Streamed } from './endpoint.ts';
import { keysForSignIn } from './methods-policy.ts';
import { peopleInScope, readPasswordlessPolicy } from './passwordless-policy.ts';
import type { Runtime } from './runtime.ts';
import { readPolicyVersion } from './tenant.ts';
import { breakingAny, keyFacts, readKeyRules, refusedKeys, usableUnder } from './usable-key.ts';

const held: CredentialWhere = { revokedAt: null };

/** The rules with every set that is on at its strictest: what enforcing them would do. */
export function enforced({ hello, passkey }: KeyRules): KeyRules {
  const strict = <R extends KeyRules['hello'] | KeyRules['passkey']>(set: R): R =>
    set.mode === 'off' ? set : { ...set, mode: 'enforce' };
  return { hello: strict(hello), passkey: strict(passkey) };
}

/** People whom a change from some rules to others takes the last key that gets them in. */
function strandedBy(applied: KeyRules, wanted: KeyRules): PeopleWhere {
  return {
    disabledAt: null,
    credentials: { some: usableUnder(applied), none: usableUnder(wanted) },
  };
}

/** How many people a change would leave without a key that gets them in. */
export async function countStranded(tx: Tx, applied: KeyRules, wanted: KeyRules): Promise<number> {
  return await tx.user.count({ where: strandedBy(applied, wanted) });
}

/** Global Administrators who can sign in under these rules. */
export async function countAdministratorsIn(tx: Tx, rules: KeyRules): Promise<number> {
  return await tx.user.count({ where: await administratorsIn(tx, rules) });
}

/** The same as a condition on people: with a key that the rules let in, or with a password that counts. */
export async function administratorsIn(tx: Tx, rules: KeyRules): Promise<PeopleWhere> {
  const passwordless = await readPasswordlessPolicy(tx);
  const refused: PeopleWhere =
    passwordless.mode === 'refuse' ? await peopleInScope(tx, passwordless) : { id: { in: [] } };
  return {
    disabledAt: null,
    roles: { some: { role: 'global_administrator' } },
    OR: [
      { credentials: { some: { AND: [usableUnder(rules), await keysForSignIn(tx)] } } },
      { AND: [{ passwordHash: { not: null } }, { NOT: refused }] },
    ],
  };
}

export interface KeyRulesDryRun {
  /** The version of policy that it was made at; the change is refused at another. */
  readonly policyVersion: number;
  /** Keys that are not revoked. */
  readonly keys: number;
  /** Keys by each rule that they break while its set is on; a key may break several. */
  readonly counts: Readonly<Record<RuleCode, number>>;
  /** Keys that fall at sign-in once the rules are enforced, and those of them that are refused in these modes. */
  readonly falling: number;
  readonly refused: number;
  /** Keys that go on working and would not be accepted if they were made today. */
  readonly notToday: number;
  /** People whom this change leaves without a key that gets them in, and whom enforcing it would. */
  readonly stranded: number;
  readonly wouldStrand: number;
  /** Those of the first who can still sign in with a password. */
  readonly strandedWithPassword: number;
}

/** What rules would do to the keys that there are. Nothing is changed. */
export async function dryRunKeyRules(runtime: Runtime, wanted: KeyRules): Promise<KeyRulesDryRun> {
  const { db } = runtime;
  const policyVersion = await readPolicyVersion(db);
  const applied = await readKeyRules(db);
  const count = (where: CredentialWhere) => db.credential.count({ where: { AND: [held, where] } });
  const counts = await Promise.all(
    ruleCodes.map(async (code) => [code, await count(breakingAny(wanted, [code]))] as const),
  );
  const [keys, falling, refused, notToday, stranded, strandedWithPassword, wouldStrand] = await Promise.all([
    count({}),
    count(breakingAny(wanted, signInRules)),
    count(refusedKeys(wanted)),
    count(notTodayKeys(wanted)),
    countStranded(db, applied, wanted),
    db.user.count({ where: { AND: [strandedBy(applied, wanted), { passwordHash: { not: null } }] } }),
    countStranded(db, applied, enforced(wanted)),
  ]);
  return {
    policyVersion,
    keys,
    counts: Object.fromEntries(counts) as Record<RuleCode, number>,
    falling,
    refused,
    notToday,
    stranded,
    strandedWithPassword,
    wouldStrand,
  };
}

function notTodayKeys(rules: KeyRules): CredentialWhere {
  return { AND: [breakingAny(rules, registrationRules), { NOT: breakingAny(rules, signInRules) }] };
}

/** What the list can show: keys that fall, those of one rule, those of people left without a key, those not accepted today. */
export const keyListings = ['falling', 'stranded', 'not_today', ...ruleCodes] as const;
export type KeyListing = (typeof keyListings)[number];

function listed(listing: KeyListing, applied: KeyRules, wanted: KeyRules): CredentialWhere {
  switch (listing) {
    case 'falling':
      return breakingAny(wanted, signInRules);
    case 'stranded':
      return { AND: [breakingAny(wanted, signInRules), { user: strandedBy(applied, enforced(wanted)) }] };
    case 'not_today':
      return notTodayKeys(wanted);
    default:
      return breakingAny(wanted, [listing]);
  }
}

export interface JudgedKey {
  readonly id: string;
  readonly name: string;
  readonly kind: CredentialKind;
  readonly words: string;
  readonly protection: Protection;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly findings: readonly RuleCode[];
  /** Whether it stops at sign-in once the rules are enforced. */
  readonly falls: boolean;
  /** Whether its person is left without a key then. */
  readonly strands: boolean;
  readonly person: { readonly id: string; readonly upn: string; readonly displayName: string };
  readonly breakGlass: boolean;
  readonly lastUsedAt: Date | null;
}

export interface KeyListingFilter {
  readonly show: KeyListing;
  readonly search?: string | undefined;
  readonly skip: number;
  readonly take: number;
}

/** A page of the keys that a listing shows, by their people's names, with how many there are. */
export async function listJudgedKeys(
  runtime: Runtime,
  wanted: KeyRules,
  { show, search, skip, take }: KeyListingFilter,
): Promise<{ readonly keys: readonly JudgedKey[]; readonly total: number }> {
  const applied = await readKeyRules(runtime.db);
  const typed = search?.trim().slice(0, 100);
  const where: CredentialWhere = {
    AND: [
      held,
      listed(show, applied, wanted),
      typed
        ? {
            user: {
              OR: [
                { displayName: containing(runtime.db, typed) },
                { upn: { contains: typed.toLowerCase() } },
              ],
            },
          }
        : {},
    ],
  };
  const [total, keys] = await Promise.all([
    runtime.db.credential.count({ where }),
    readKeys(runtime, applied, wanted, where, { skip, take }),
  ]);
  return { keys, total };
}

async function readKeys(
  { db }: Runtime,
  applied: KeyRules,
  wanted: KeyRules,
  where: CredentialWhere,
  page: { readonly skip?: number; readonly take: number; readonly cursor?: { id: string } },
): Promise<JudgedKey[]> {
  const rows = await db.credential.findMany({
    where,
    ...page,
    orderBy: [{ user: { displayName: 'asc' } }, { userId: 'asc' }, { id: 'asc' }],
    select: {
      id: true,
      name: true,
      kind: true,
      protection: true,
      aaguid: true,
      verdict: true,
      compromised: true,
      backupEligible: true,
      transports: true,
      lastUsedAt: true,
      device: { select: { name: true } },
      user: { select: { id: true, upn: true, displayName: true, breakGlass: true } },
    },
  });
  const strict = enforced(wanted);
  const owners = [...new Set(rows.map(({ user }) => user.id))];
  const out = await db.user.findMany({
    where: { AND: [{ id: { in: owners } }, strandedBy(applied, strict)] },
    select: { id: true },
  });
  const stranded = new Set(out.map(({ id }) => id));
  return rows.map((row) => {
    const facts = keyFacts(row);
    const { findings } = judgeKey(strict, facts, 'registration');
    const falls = findings.some((code) => ruleTable[code].atSignIn);
    const { user } = row;
    return {
      id: row.id,
      name: row.device?.name ?? row.name,
      kind: facts.kind,
      words: credentialWords({
        kind: facts.kind,
        backupEligible: row.backupEligible,
        transports: JSON.parse(row.transports) as string[],
        aaguid: row.aaguid,
      }),
      protection: protectionOf(row.protection),
      manufacturer: manufacturerOf(row.verdict),
      model: modelWords({ aaguid: row.aaguid, proven: facts.modelProven }),
      findings,
      falls,
      strands: falls && stranded.has(user.id),
      person: { id: user.id, upn: user.upn, displayName: user.displayName },
      breakGlass: user.breakGlass,
      lastUsedAt: row.lastUsedAt,
    };
  });
}

const columns = [
  'upn',
  'displayName',
  'breakGlass',
  'key',
  'kind',
  'protection',
  'model',
  'rules',
  'fallsAtSignIn',
  'leavesWithoutKey',
  'lastUsedAt',
] as const;

const PAGE = 500;

/** The dry run as a CSV file with every key that breaks a rule, a page of keys at a time. */
export async function* exportKeyRules(runtime: Runtime, wanted: KeyRules): AsyncGenerator<string, void> {
  const applied = await readKeyRules(runtime.db);
  yield csvRow(columns);
  const where: CredentialWhere = { AND: [held, breakingAny(wanted)] };
  let cursor: { id: string } | undefined;
  for (;;) {
    const from = cursor === undefined ? { take: PAGE } : { take: PAGE, skip: 1, cursor };
    const keys = await readKeys(runtime, applied, wanted, where, from);
    const lines = keys.map((key) =>
      csvRow([
        key.person.upn,
        key.person.displayName,
        key.breakGlass,
        key.name,
        key.words,
        protectionWords[key.protection],
        key.model ?? '',
        key.findings.map((code) => ruleTable[code].title).join('; '),
        key.falls,
        key.strands,
        key.lastUsedAt?.toISOString() ?? '',
      ]),
    );
    if (lines.length > 0) yield lines.join('');
    const last = keys.at(-1);
    if (last === undefined || keys.length < PAGE) return;
    cursor = { id: last.id };
  }
}

/** The dry run as a download. That it was made is an event, with how many keys it names. */
export async function downloadKeyRules(
  runtime: Runtime,
  caller: SignedIn,
  draft: KeyRulesDraft,
): Promise<Result<Streamed>> {
  const wanted = draftedRules(draft, await readKeyRules(runtime.db));
  return downloadCsv(runtime, caller, {
    name: 'key-rules',
    event: async () => {
      const keys = await runtime.db.credential.count({ where: { AND: [held, breakingAny(wanted)] } });
      return { code: 'key_rules_exported', detail: { keys, format: 'csv' } };
    },
    lines: () => exportKeyRules(runtime, wanted),
  });
}
