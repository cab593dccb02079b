import 'server-only';
import type { z } from 'zod';
import { csvRow } from '#domain/csv';
import { type MethodName, methodNames } from '#domain/methods';
import {
  type RegistrationEvent,
  type RegistrationEventLine,
  type RegistrationReport,
  type ReportWindow,
  type registrationDetailsQuery,
  registrationEventCodes,
  registrationEvents,
  type registrationEventsQuery,
  type registrationQuery,
  reportWindows,
  type UserRegistrationDetails,
} from '#domain/methods-report';
import { ALL_USERS } from '#domain/policy/settings';
import { ok, type Result } from '#domain/result';
import { later } from '#domain/time';
import type { SignedIn } from './caller.ts';
import { containing, joinSql, type PeopleWhere, sql, type Tx } from './db.ts';
import { downloadReport } from './dry-run-export.ts';
import { oneJson, type Streamed } from './endpoint.ts';
import { registered as registeredBy, registeredWays } from './methods-dry-run.ts';
import { methodPoliciesOf, peopleWith } from './methods-policy.ts';
import { holdsUsablePass, readPassPolicy } from './pass-policy.ts';
import { readPasswordless } from './passwordless.ts';
import { peopleInScope, readPasswordlessPolicy } from './passwordless-policy.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { usableKeys } from './usable-key.ts';

/** Everything in these reports is about people with an enabled account. */
const ENABLED: PeopleWhere = { disabledAt: null };
const HELLO: PeopleWhere = { credentials: { some: { kind: 'hello', revokedAt: null } } };

/** People who have each method, whatever policy says. */
const registeredAt = (now: Date): Readonly<Record<MethodName, PeopleWhere>> => ({
  windowsHelloForBusiness: HELLO,
  ...registeredBy,
  // One that has run out or was spent is no method any more.
  temporaryAccessPass: { pass: { expiresAt: { gt: now }, OR: [{ oneTime: false }, { usedAt: null }] } },
  password: { passwordHash: { not: null } },
  federated: { federatedIdentity: { isNot: null } },
});
const mfaRegistered: PeopleWhere = {
  OR: [HELLO, registeredBy.fido2, registeredBy.authenticator, registeredBy.softwareOath],
};
const passwordlessRegistered: PeopleWhere = { OR: [HELLO, registeredBy.fido2] };

interface Capable {
  readonly of: Readonly<Record<MethodName, PeopleWhere>>;
  readonly mfa: PeopleWhere;
  readonly passwordless: PeopleWhere;
}

/** People who have each method and whom policy lets use it, as conditions on people. */
async function readCapable(tx: Tx, now: Date): Promise<Capable> {
  const registered = registeredAt(now);
  const policies = methodPoliciesOf(await readPolicy(tx));
  const usable = await usableKeys(tx);
  const enabled = async (name: 'authenticator' | 'softwareOath'): Promise<PeopleWhere> => ({
    AND: [registered[name], await peopleWith(tx, policies[name], 'unlock')],
  });
  const passwordless = await readPasswordlessPolicy(tx);
  const refused: PeopleWhere =
    passwordless.mode === 'refuse' ? await peopleInScope(tx, passwordless) : { id: { in: [] } };
  const of: Record<MethodName, PeopleWhere> = {
    windowsHelloForBusiness: { credentials: { some: { AND: [usable, { kind: 'hello' }] } } },
    fido2: { AND: [registered.fido2, { credentials: { some: { AND: [usable, { kind: 'passkey' }] } } }] },
    authenticator: await enabled('authenticator'),
    softwareOath: await enabled('softwareOath'),
    temporaryAccessPass: await holdsUsablePass(tx, await readPassPolicy(tx), now),
    password: { AND: [registered.password, { NOT: refused }] },
    federated: registered.federated,
  };
  return { of, ...(await registeredWays(tx)) };
}

/** Registrations since a time by method, in one statement. */
async function countRegistrations(runtime: Runtime, since: Date) {
  const rows = await runtime.db.$queryRaw<
    { code: string; outcome: string; count: number | bigint }[]
  >(sql`SELECT e."code" AS "code", e."outcome" AS "outcome", COUNT(*) AS "count" FROM "Event" e
    WHERE e."code" IN (${joinSql([...registrationEventCodes])}) AND e."at" >= ${since}
    GROUP BY e."code", e."outcome"`);
  return (method: MethodName, outcome: string) =>
    rows
      .filter(
        (row) => registrationEvents[row.code as RegistrationEvent] === method && row.outcome === outcome,
      )
      .reduce((sum, row) => sum + Number(row.count), 0);
}

/** How many people have what and may use it, and what was registered lately; as many statements however many people there are. */
export async function readRegistrationReport(
  runtime: Runtime,
  window: ReportWindow,
): Promise<RegistrationReport> {
  const { db, clock } = runtime;
  const now = clock.now();
  const registered = registeredAt(now);
  const capable = await readCapable(db, now);
  const count = (where: PeopleWhere) => db.user.count({ where: { AND: [ENABLED, where] } });
  const lately = await countRegistrations(runtime, later(now, -reportWindows[window].lengthMs));
  const methods = await Promise.all(
    methodNames.map(async (method) => ({
      method,
      registered: await count(registered[method]),
      capable: await count(capable.of[method]),
      succeeded: lately(method, 'success'),
      failed: lately(method, 'failure'),
    })),
  );
  return {
    lastUpdatedDateTime: now.toISOString(),
    users: await count({}),
    mfaRegistered: await count(mfaRegistered),
    mfaCapable: await count(capable.mfa),
    passwordlessRegistered: await count(passwordlessRegistered),
    passwordlessCapable: await count(capable.passwordless),
    window,
    methods,
  };
}

export interface DetailsFilter {
  readonly search?: string | undefined;
  readonly skip?: number;
  readonly take: number;
  readonly after?: string | undefined;
}

/** A page of people by name with what each has registered and may use. */
export async function listRegistrationDetails(
  runtime: Runtime,
  { search, skip, take, after }: DetailsFilter,
): Promise<{ readonly people: readonly UserRegistrationDetails[]; readonly where: PeopleWhere }> {
  const { db, clock } = runtime;
  const typed = search?.trim().slice(0, 100);
  const where: PeopleWhere = {
    AND: [
      ENABLED,
      typed
        ? { OR: [{ displayName: containing(db, typed) }, { upn: { contains: typed.toLowerCase() } }] }
        : {},
    ],
  };
  const rows = await db.user.findMany({
    where,
    ...(after === undefined ? { skip: skip ?? 0 } : { cursor: { id: after }, skip: 1 }),
    take,
    orderBy: [{ displayName: 'asc' }, { id: 'asc' }],
    select: { id: true, upn: true, displayName: true, _count: { select: { roles: true } } },
  });
  const ids = rows.map(({ id }) => id);
  const among = async (condition: PeopleWhere) => {
    const found = await db.user.findMany({
      where: { AND: [{ id: { in: ids } }, condition] },
      select: { id: true },
    });
    return new Set(found.map(({ id }) => id));
  };
  const now = clock.now();
  const registered = registeredAt(now);
  const capable = await readCapable(db, now);
  const [mfa, mfaCan, passwordless, ...has] = await Promise.all(
    [mfaRegistered, capable.mfa, capable.passwordless, ...methodNames.map((name) => registered[name])].map(
      among,
    ),
  );
  const made = now.toISOString();
  const people = rows.map(({ id, upn, displayName, _count }) => ({
    id,
    userPrincipalName: upn,
    userDisplayName: displayName,
    isAdmin: _count.roles > 0,
    isMfaRegistered: mfa?.has(id) === true,
    isMfaCapable: mfaCan?.has(id) === true,
    isPasswordlessCapable: passwordless?.has(id) === true,
    methodsRegistered: methodNames.filter((_name, at) => has[at]?.has(id) === true),
    lastUpdatedDateTime: made,
  }));
  return { people, where };
}

/** How many people a list of details has. */
export async function countDetails({ db }: Runtime, where: PeopleWhere): Promise<number> {
  return await db.user.count({ where });
}

/** A page of registrations, the latest first, that happened or failed since a time. */
export async function listRegistrationEvents(
  { db }: Runtime,
  since: Date,
  { take, after }: { readonly take: number; readonly after?: string | undefined },
): Promise<RegistrationEventLine[]> {
  const rows = await db.event.findMany({
    where: { code: { in: [...registrationEventCodes] }, at: { gte: since } },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    ...(after === undefined ? {} : { cursor: { id: after }, skip: 1 }),
    take,
  });
  const ids = [...new Set(rows.flatMap(({ userId }) => userId ?? []))];
  const people = await db.user.findMany({
    where: { id: { in: ids } },
    select: { id: true, upn: true, displayName: true },
  });
  const named = new Map(people.map((person) => [person.id, person]));
  return rows.map(({ id, at, code, outcome, userId, detail }) => {
    const person = named.get(userId ?? '');
    const { cause } = JSON.parse(detail) as { cause?: unknown };
    return {
      id,
      activityDateTime: at.toISOString(),
      userPrincipalName: person?.upn ?? null,
      userDisplayName: person?.displayName ?? null,
      feature: 'registration',
      method: registrationEvents[code as RegistrationEvent],
      isSuccess: outcome === 'success',
      reason: typeof cause === 'string' ? cause : null,
    };
  });
}

const PAGE = 500;

/** Page after page, by the ID of the last line of each. */
async function* pages<T extends { readonly id: string }>(
  read: (after: string | undefined) => Promise<readonly T[]>,
): AsyncGenerator<readonly T[], void> {
  let after: string | undefined;
  for (;;) {
    const page = await read(after);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}

/** Lines as they leave: CSV with their names on top, or one JSON object of the shape that Microsoft Graph lists have. */
async function* written<T extends object>(
  format: 'csv' | 'json',
  columns: readonly (keyof T & string)[],
  lines: AsyncGenerator<readonly T[], void>,
): AsyncGenerator<string, void> {
  if (format === 'csv') {
    yield csvRow(columns);
    for await (const page of lines)
      yield page.map((line) => csvRow(columns.map((name) => cellOf(line[name])))).join('');
    return;
  }
  yield '{"value":[';
  let first = true;
  for await (const page of lines) {
    yield `${first ? '' : ','}${page.map((line) => JSON.stringify(line)).join(',')}`;
    first = false;
  }
  yield ']}';
}

function cellOf(value: unknown): string | boolean | null {
  return Array.isArray(value) ? value.join('; ') : (value as string | boolean | null);
}

export function exportRegistrationDetails(
  runtime: Runtime,
  format: 'csv' | 'json',
): AsyncGenerator<string, void> {
  const read = async (after: string | undefined) =>
    (await listRegistrationDetails(runtime, { take: PAGE, after })).people;
  return written<UserRegistrationDetails>(
    format,
    [
      'userPrincipalName',
      'userDisplayName',
      'isAdmin',
      'isMfaRegistered',
      'isMfaCapable',
      'isPasswordlessCapable',
      'methodsRegistered',
      'lastUpdatedDateTime',
      'id',
    ],
    pages(read),
  );
}

export function exportRegistrationEvents(
  runtime: Runtime,
  format: 'csv' | 'json',
  since: Date,
): AsyncGenerator<string, void> {
  return written<RegistrationEventLine>(
    format,
    [
      'activityDateTime',
      'userPrincipalName',
      'userDisplayName',
      'feature',
      'method',
      'isSuccess',
      'reason',
      'id',
    ],
    pages((after) => listRegistrationEvents(runtime, since, { take: PAGE, after })),
  );
}

/** The numbers as JSON. */
export async function answerRegistration(
  runtime: Runtime,
  _caller: SignedIn,
  { window }: z.output<typeof registrationQuery>,
): Promise<Result<Streamed>> {
  return ok(oneJson(await readRegistrationReport(runtime, window)));
}

/** Everybody's details as a download. That it was made is an event, with how many people it names. */
export async function downloadRegistrationDetails(
  runtime: Runtime,
  caller: SignedIn,
  { format }: z.output<typeof registrationDetailsQuery>,
): Promise<Result<Streamed>> {
  return downloadReport(runtime, caller, {
    name: 'registration-details',
    format,
    event: async () => ({
      code: 'methods_exported',
      detail: {
        report: 'registration-details',
        people: await runtime.db.user.count({ where: ENABLED }),
        format,
      },
    }),
    lines: () => exportRegistrationDetails(runtime, format),
  });
}

/** The registrations of a time as a download. That it was made is an event. */
export async function downloadRegistrationEvents(
  runtime: Runtime,
  caller: SignedIn,
  { format, window }: z.output<typeof registrationEventsQuery>,
): Promise<Result<Streamed>> {
  const since = later(runtime.clock.now(), -reportWindows[window].lengthMs);
  return downloadReport(runtime, caller, {
    name: 'registration-events',
    format,
    event: async () => ({
      code: 'methods_exported',
      detail: { report: 'registration-events', window, format },
    }),
    lines: () => exportRegistrationEvents(runtime, format, since),
  });
}

/** How a method stands, for the table of methods. */
export interface MethodStanding {
  /** null: it is not one switch. */
  readonly on: boolean | null;
  /** Groups, where they say for whom; null where `who` says it in words. */
  readonly include: readonly string[] | null;
  readonly exclude: readonly string[];
  readonly who: string;
  readonly uses: string;
  readonly registered: number;
}

/** The table of methods as policy has it now, with how many have each. */
export async function readMethodStandings(
  runtime: Runtime,
): Promise<Readonly<Record<MethodName, MethodStanding>>> {
  const policy = await readPolicy(runtime.db);
  const policies = methodPoliciesOf(policy);
  const registered = registeredAt(runtime.clock.now());
  const { mode } = await readPasswordless(runtime.db);
  const counts = Object.fromEntries(
    await Promise.all(
      methodNames.map(async (name) => [
        name,
        await runtime.db.user.count({ where: { AND: [ENABLED, registered[name]] } }),
      ]),
    ),
  ) as Record<MethodName, number>;
  const governed = (name: 'fido2' | 'authenticator' | 'softwareOath'): MethodStanding => ({
    on: policies[name].enabled,
    include: policies[name].includeGroups ?? [ALL_USERS],
    exclude: policies[name].excludeGroups,
    who: '',
    uses: '',
    registered: counts[name],
  });
  const other = (name: MethodName, given: Partial<MethodStanding>): MethodStanding => ({
    on: true,
    include: null,
    exclude: [],
    who: 'Everybody',
    uses: '',
    registered: counts[name],
    ...given,
  });
  const passwordFor = {
    off: 'Everybody',
    hide: 'Everybody; hidden from people in scope who came in with a key',
    refuse: 'Everybody but people in scope',
  } as const;
  return {
    windowsHelloForBusiness: other('windowsHelloForBusiness', {
      on: policy('UsePassportForWork').value,
      who: 'Everybody; profiles and group policy may say otherwise for a device',
      uses: 'Signing in and confirming',
    }),
    fido2: governed('fido2'),
    authenticator: governed('authenticator'),
    softwareOath: governed('softwareOath'),
    temporaryAccessPass: other('temporaryAccessPass', {
      on: policy('TemporaryAccessPass.state').value,
      include: policy('TemporaryAccessPass.includeTargets').value,
      exclude: policy('TemporaryAccessPass.excludeTargets').value,
      uses: 'Setting up; web sign-in where policy has it',
    }),
    password: other('password', { who: passwordFor[mode], uses: 'Signing in; it registers nothing' }),
    federated: other('federated', {
      on: null,
      who: 'People of a federated domain',
      uses: 'Signing in; its MFA as the domain says',
    }),
  };
}
