import 'server-only';
import type { z } from 'zod';
import { csvRow } from '#domain/csv';
import { closure } from '#domain/group';
import {
  isLockedOut,
  lockedOutReadinesses,
  type passwordlessExportQuery,
  passwordProofs,
  type Readiness,
  readinesses,
  readinessOf,
  readinessWords,
  type Scope,
  scopeOf,
  scopeWords,
} from '#domain/passwordless';
import type { Result } from '#domain/result';
import type { SignedIn } from './caller.ts';
import { type CredentialWhere, containing, type PeopleWhere, type Tx } from './db.ts';
import { downloadCsv } from './dry-run-export.ts';
import type { Streamed } from './endpoint.ts';
import { findGroups, peopleInGroups, readMemberships, readNestings } from './group.ts';
import { holdsUsablePass, readPassPolicy } from './pass-policy.ts';
import { passwordlessPolicy, peopleInScope, type Targets } from './passwordless-policy.ts';
import type { Runtime } from './runtime.ts';
import { countLiveSessions } from './session.ts';
import { readPolicyVersion } from './tenant.ts';
import { readKeyRules, refusedKeys, usableKeys, workingKey } from './usable-key.ts';

const held: CredentialWhere = { revokedAt: null };
const setAside: CredentialWhere = { revokedAt: null, quarantinedAt: { not: null } };

interface Conditions {
  /** Those whom refusing passwords would lock out; the same judgement as `isLockedOut`. */
  readonly lockedOut: PeopleWhere;
  /** People of each readiness; the same judgement as `readinessOf`. */
  readonly of: Readonly<Record<Readiness, PeopleWhere>>;
}

/** The judgement on people as conditions on them, as policy is now. */
async function conditionsOn(tx: Tx, runtime: Runtime): Promise<Conditions> {
  const usable = await usableKeys(tx);
  const passOpen = await holdsUsablePass(tx, await readPassPolicy(tx), runtime.clock.now());
  const lockedOut = lockedOutBy(usable);
  const without = (...and: PeopleWhere[]): PeopleWhere => ({ AND: [lockedOut, { NOT: passOpen }, ...and] });
  const noneAside = { credentials: { none: setAside } };
  const none = { credentials: { none: held } };
  return {
    lockedOut,
    of: {
      ready: { disabledAt: null, credentials: { some: usable } },
      pass_open: { AND: [lockedOut, passOpen] },
      key_quarantined: without({ credentials: { some: setAside } }),
      key_refused: without(noneAside, { credentials: { some: workingKey } }),
      device_disabled: without(noneAside, { credentials: { none: workingKey, some: held } }),
      password_and_code: without(none, { OR: [{ totpSecrets: { some: {} } }, { phones: { some: {} } }] }),
      password_only: without(none, { totpSecrets: { none: {} }, phones: { none: {} } }),
      no_password: { disabledAt: null, passwordHash: null, credentials: { none: usable } },
      disabled: { disabledAt: { not: null } },
    },
  };
}

const lockedOutBy = (usable: CredentialWhere): PeopleWhere => ({
  disabledAt: null,
  passwordHash: { not: null },
  credentials: { none: usable },
});

const scopeCondition = (tx: Tx, targets: Targets) => peopleInScope(tx, passwordlessPolicy('refuse', targets));

/** How many people in scope refusing passwords would lock out now. */
export async function countLockedOut(tx: Tx, targets: Targets): Promise<number> {
  return await tx.user.count({
    where: { AND: [await scopeCondition(tx, targets), lockedOutBy(await usableKeys(tx))] },
  });
}

export interface GroupReadiness {
  /** null: people who are in no group. */
  readonly id: string | null;
  readonly name: string;
  readonly ready: number;
  readonly lockedOut: number;
  readonly notStarted: number;
}

export interface DryRun {
  /** The version of policy that it was made at; the switch is refused at another. */
  readonly policyVersion: number;
  /** People in scope by how ready they are. */
  readonly counts: Readonly<Record<Readiness, number>>;
  /** Those whom refusing would lock out. */
  readonly lockedOut: number;
  /** Enabled accounts in scope that sign in with something: the ready and the locked out. */
  readonly concerned: number;
  /** Live sessions of people in scope that began with a password or with no more than one: refusing ends them. */
  readonly passwordSessions: number;
  /** Who keeps the password, and why. */
  readonly kept: { readonly breakGlass: number; readonly excluded: number; readonly notIncluded: number };
  readonly groups: readonly GroupReadiness[];
}

/** What the switch would do with these targets: who is ready, who would be locked out, by group. Nothing is changed. */
export async function dryRun(runtime: Runtime, targets: Targets): Promise<DryRun> {
  const { db } = runtime;
  const policyVersion = await readPolicyVersion(db);
  const scope = await scopeCondition(db, targets);
  const conditions = await conditionsOn(db, runtime);
  const counts = Object.fromEntries(
    await Promise.all(
      readinesses.map(async (each) => [
        each,
        await db.user.count({ where: { AND: [scope, conditions.of[each]] } }),
      ]),
    ),
  ) as Record<Readiness, number>;
  const total = lockedOutReadinesses.reduce((sum, each) => sum + counts[each], 0);
  const everybody = await db.user.count();
  const breakGlass = await db.user.count({ where: { breakGlass: true } });
  const excluded = await db.user.count({
    where: { breakGlass: false, AND: await peopleInGroups(db, targets.exclude) },
  });
  const inScope = readinesses.reduce((sum, each) => sum + counts[each], 0);
  return {
    policyVersion,
    counts,
    lockedOut: total,
    concerned: counts.ready + total,
    passwordSessions: await countLiveSessions(db, runtime, {
      user: scope,
      method: { in: [...passwordProofs] },
    }),
    kept: { breakGlass, excluded, notIncluded: everybody - breakGlass - excluded - inScope },
    groups: await groupsOf(runtime, scope, conditions),
  };
}

/** By group, those in it through groups in groups included: somebody in two groups counts in both, and once in each. */
async function groupsOf(
  { db }: Runtime,
  scope: PeopleWhere,
  conditions: Conditions,
): Promise<GroupReadiness[]> {
  const { people, nestings } = await readMemberships(db);
  const outerOf = closure(nestings);
  const direct = new Map<string, string[]>();
  for (const { userId, groupId } of people) {
    const known = direct.get(userId);
    if (known === undefined) direct.set(userId, [groupId]);
    else known.push(groupId);
  }
  const counts = new Map<string | null, Record<'ready' | 'lockedOut' | 'notStarted', number>>();
  const parts = {
    ready: conditions.of.ready,
    lockedOut: conditions.lockedOut,
    notStarted: conditions.of.no_password,
  };
  for (const [part, where] of Object.entries(parts) as [keyof typeof parts, PeopleWhere][]) {
    for (const { id } of await db.user.findMany({ where: { AND: [scope, where] }, select: { id: true } })) {
      const groups = direct.get(id);
      for (const group of groups === undefined ? [null] : outerOf(groups)) {
        const count = counts.get(group) ?? { ready: 0, lockedOut: 0, notStarted: 0 };
        count[part] += 1;
        counts.set(group, count);
      }
    }
  }
  const groups = await findGroups(db, { ids: [...counts.keys()].filter((id) => id !== null) });
  return [...groups, { id: null, name: 'In no group' }].flatMap((group) => {
    const count = counts.get(group.id);
    return count === undefined ? [] : [{ ...group, ...count }];
  });
}

export interface PersonReadiness {
  readonly id: string;
  readonly upn: string;
  readonly displayName: string;
  readonly groups: readonly string[];
  readonly scope: Scope;
  readonly readiness: Readiness;
}

export interface ReadinessFilter {
  /** One readiness; all that would be locked out where left out. */
  readonly readiness?: Readiness | undefined;
  readonly search?: string | undefined;
  readonly skip: number;
  readonly take: number;
}

/** People in scope of one readiness by name, a page of them, with how many there are. */
export async function listReadiness(
  runtime: Runtime,
  targets: Targets,
  { readiness, search, skip, take }: ReadinessFilter,
): Promise<{ readonly people: readonly PersonReadiness[]; readonly total: number }> {
  const conditions = await conditionsOn(runtime.db, runtime);
  const typed = search?.trim().slice(0, 100);
  const where: PeopleWhere = {
    AND: [
      await scopeCondition(runtime.db, targets),
      readiness === undefined ? conditions.lockedOut : conditions.of[readiness],
    ],
    ...(typed
      ? { OR: [{ displayName: containing(runtime.db, typed) }, { upn: { contains: typed.toLowerCase() } }] }
      : {}),
  };
  const [total, people] = await Promise.all([
    runtime.db.user.count({ where }),
    readPeople(runtime, targets, where, { skip, take }, closure(await readNestings(runtime.db))),
  ]);
  return { people, total };
}

/** A page of people by name, each judged. */
async function readPeople(
  runtime: Runtime,
  targets: Targets,
  where: PeopleWhere,
  page: { readonly skip?: number; readonly take: number; readonly cursor?: { id: string } },
  outerOf: ReturnType<typeof closure>,
): Promise<PersonReadiness[]> {
  const { db } = runtime;
  const policy = passwordlessPolicy('refuse', targets);
  const rows = await db.user.findMany({
    where,
    ...page,
    orderBy: [{ displayName: 'asc' }, { id: 'asc' }],
    select: {
      id: true,
      upn: true,
      displayName: true,
      breakGlass: true,
      disabledAt: true,
      passwordHash: true,
      groups: { select: { groupId: true, group: { select: { name: true } } } },
      credentials: {
        where: held,
        select: {
          id: true,
          quarantinedAt: true,
          device: { select: { disabledAt: true, deletedAt: true } },
        },
      },
      _count: { select: { totpSecrets: true, phones: true } },
    },
  });
  const passOpen = await holdsUsablePass(db, await readPassPolicy(db), runtime.clock.now());
  const ids = rows.map(({ id }) => id);
  const open = await db.user.findMany({
    where: { AND: [{ id: { in: ids } }, passOpen] },
    select: { id: true },
  });
  const holders = new Set(open.map(({ id }) => id));
  const refused = await db.credential.findMany({
    where: { AND: [{ userId: { in: ids } }, refusedKeys(await readKeyRules(db))] },
    select: { id: true },
  });
  const refusedIds = new Set(refused.map(({ id }) => id));
  return rows.map((row) => ({
    id: row.id,
    upn: row.upn,
    displayName: row.displayName,
    groups: row.groups.map(({ group }) => group.name).sort(),
    scope: scopeOf(policy, {
      breakGlass: row.breakGlass,
      groupIds: [...outerOf(row.groups.map(({ groupId }) => groupId))],
    }),
    readiness: readinessOf({
      disabled: row.disabledAt !== null,
      credentials: row.credentials.map(({ id, quarantinedAt, device }) => ({
        refused: refusedIds.has(id),
        quarantined: quarantinedAt !== null,
        deviceGone: device !== null && (device.disabledAt !== null || device.deletedAt !== null),
      })),
      hasPassword: row.passwordHash !== null,
      hasAuthenticatorApp: row._count.totpSecrets + row._count.phones > 0,
      passOpen: holders.has(row.id),
    }),
  }));
}

const columns = [
  'upn',
  'displayName',
  'groups',
  'inScope',
  'because',
  'readiness',
  'lockedOut',
  'why',
  'whatToDo',
] as const;

const PAGE = 500;

/** The dry run as a CSV file with everybody in it, a page of people at a time. */
export async function* exportDryRun(runtime: Runtime, targets: Targets): AsyncGenerator<string, void> {
  yield csvRow(columns);
  const outerOf = closure(await readNestings(runtime.db));
  let cursor: { id: string } | undefined;
  for (;;) {
    const people = await readPeople(
      runtime,
      targets,
      {},
      cursor === undefined ? { take: PAGE } : { take: PAGE, skip: 1, cursor },
      outerOf,
    );
    const lines = people.map(({ upn, displayName, groups, scope, readiness }) => {
      const { title, why, next } = readinessWords[readiness];
      return csvRow([
        upn,
        displayName,
        groups.join('; '),
        scope.inScope,
        scopeWords[scope.because],
        title,
        scope.inScope && isLockedOut(readiness),
        why,
        next,
      ]);
    });
    if (lines.length > 0) yield lines.join('');
    const last = people.at(-1);
    if (last === undefined || people.length < PAGE) return;
    cursor = { id: last.id };
  }
}

/** The dry run as a download. That it was made is an event, with how many people it names. */
export async function downloadDryRun(
  runtime: Runtime,
  caller: SignedIn,
  query: z.output<typeof passwordlessExportQuery>,
): Promise<Result<Streamed>> {
  return downloadCsv(runtime, caller, {
    name: 'passwordless',
    event: async () => ({
      code: 'passwordless_exported',
      detail: { people: await runtime.db.user.count(), format: 'csv' },
    }),
    lines: () => exportDryRun(runtime, query),
  });
}
