import { describe, expect, test } from 'vitest';
import { closure } from '#domain/group';
import {
  isLockedOut,
  type PasswordlessMode,
  type Readiness,
  readinesses,
  readinessOf,
  scopeOf,
} from '#domain/passwordless';
import { ALL_USERS } from '#domain/policy/settings';
import { DAY_MS, later } from '#domain/time';
import { confirmationWays } from './authentication.ts';
import type { Caller } from './caller.ts';
import { changeDevice } from './device.ts';
import { listEvents } from './event.ts';
import { addMember, createGroup, findGroups } from './group.ts';
import { createUser, requirePasswordChange } from './identity.ts';
import { LAST_PERSON_KEPT_MS } from './last-person.ts';
import { changePassword } from './password-change.ts';
import { passwordFaceHere, passwordFaceOf } from './password-face.ts';
import {
  confirmWithCode,
  type PasswordStep,
  signInWithCode,
  signInWithNewPassword,
  signInWithPassword,
} from './password-sign-in.ts';
import { readPasswordless, switchPasswordless } from './passwordless.ts';
import { countLockedOut, dryRun, exportDryRun, listReadiness } from './passwordless-dry-run.ts';
import { passwordlessPolicy, peopleInScope, type Targets } from './passwordless-policy.ts';
import { setPolicy } from './policy-setting.ts';
import { readPublished } from './policy-source.ts';
import { findSession, lockSession } from './session.ts';
import { issueTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  anAuthenticatorApp,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  done,
  flipped,
  lastCause,
  lastEvent,
  outcome,
  signedInAt,
  signIn,
  type TestPerson,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { aDocument, aSource, changeSource, tell } from './testing-policy.ts';

const EVERYBODY: Targets = { include: [ALL_USERS], exclude: [] };
const NEW = 'violet engines hum at dawn';

async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

/** Switches as somebody does who has just looked at the dry run; `confirmed` as it said where left out. */
async function turn(
  runtime: TestRuntime,
  mode: PasswordlessMode,
  targets: Targets = EVERYBODY,
  confirmed?: number,
) {
  const { policyVersion, lockedOut } = await dryRun(runtime, targets);
  return await switchPasswordless(runtime, null, {
    mode,
    ...targets,
    policyVersion,
    confirmedLockedOut: confirmed ?? lockedOut,
  });
}

async function aGroup(runtime: TestRuntime, name: string): Promise<string> {
  await createGroup(runtime, null, { name });
  return (await findGroups(runtime.db, { names: [name] }))[0]?.id ?? '';
}

async function aPersonWithPassword(runtime: TestRuntime, alias: string) {
  const person = await aPerson(runtime, alias);
  return { ...person, password: await aPassword(runtime, person) };
}

/** Somebody with a password and an authenticator app, signed in nowhere. */
async function aCarefulPerson(runtime: TestRuntime, alias: string) {
  const person = await aPerson(runtime, alias);
  const app = await anAuthenticatorApp(runtime, await aSession(runtime, person, 'passkey'));
  await runtime.db.session.deleteMany({ where: { userId: person.id } });
  return { ...person, app, password: await aPassword(runtime, person) };
}

const typed = (runtime: TestRuntime, browser: Caller, { upn, password }: { upn: string; password: string }) =>
  signInWithPassword(runtime, browser, { upn, password });

const ticketOf = (step: PasswordStep) => ('ticket' in step ? step.ticket : '');

/** What an attempt showed to whoever made it, and what it cost. */
async function measured<T>(runtime: TestRuntime, attempt: () => Promise<T>) {
  runtime.forget();
  const result = await attempt();
  return { result, counts: { ...runtime.counts }, statements: runtime.statements.toSorted() };
}

const livePasswordSessions = (runtime: TestRuntime) =>
  runtime.db.session.count({ where: { method: 'password', endedAt: null } });

describe('the switch', () => {
  test('changes mode and targets together, with one event, and counts one change of policy', async () => {
    const runtime = await house();
    const pilot = await aGroup(runtime, 'Pilot');
    expect(await readPasswordless(runtime.db)).toEqual({ policyVersion: 0, mode: 'off', ...EVERYBODY });
    done(await turn(runtime, 'hide', { include: [pilot], exclude: [] }));
    expect(await readPasswordless(runtime.db)).toEqual({
      policyVersion: 1,
      mode: 'hide',
      include: [pilot],
      exclude: [],
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'passwordless_changed',
      detail: { mode: 'hide', before: 'off', included: 'Pilot', excluded: '', lockedOut: 0 },
    });
  });

  test('is not to be had through the ordinary form, with any of its settings, set or cleared', async () => {
    const runtime = await house();
    for (const name of [
      'EnablePasswordlessExperience',
      'Passwordless.refusePasswords',
      'Passwordless.includeTargets',
      'Passwordless.excludeTargets',
    ]) {
      for (const value of ['true', '[]', null])
        expect(outcome(await setPolicy(runtime, null, { name, value }))).toBe('settings_set_together');
    }
    expect(await runtime.db.policyValue.count()).toBe(0);
    expect((await readPasswordless(runtime.db)).policyVersion).toBe(0);
  });

  test('is refused when any policy changed since the dry run, and says so', async () => {
    const runtime = await house();
    const { policyVersion } = await dryRun(runtime, EVERYBODY);
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '3' }));
    const stale = { mode: 'refuse' as const, ...EVERYBODY, policyVersion, confirmedLockedOut: 0 };
    expect(outcome(await switchPasswordless(runtime, null, stale))).toBe('policy_changed_meanwhile');
    expect((await readPasswordless(runtime.db)).mode).toBe('off');
    done(await turn(runtime, 'refuse'));
  });

  test('pressed by several administrators at once happens once: the others hear that it changed', async () => {
    const runtime = await house();
    const beside = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const pilot = await aGroup(runtime, 'Pilot');
    const { policyVersion } = await dryRun(runtime, EVERYBODY);
    const wanted = [
      { mode: 'hide' as const, ...EVERYBODY },
      { mode: 'refuse' as const, include: [pilot], exclude: [] },
      { mode: 'off' as const, include: [ALL_USERS], exclude: [pilot] },
      { mode: 'hide' as const, include: [], exclude: [pilot] },
    ];
    const answers = await Promise.all(
      wanted.map((each, index) =>
        switchPasswordless(index % 2 === 0 ? runtime : beside, null, {
          ...each,
          policyVersion,
          confirmedLockedOut: 0,
        }),
      ),
    );
    expect(answers.map(outcome).sort()).toEqual(['ok', ...Array(3).fill('policy_changed_meanwhile')]);
    const won = wanted[answers.findIndex(({ ok }) => ok)];
    expect(await readPasswordless(runtime.db)).toEqual({ ...won, policyVersion: 1 });
    const events = await listEvents(runtime, {}, 10);
    expect(events.filter(({ code }) => code === 'passwordless_changed')).toHaveLength(1);
  });

  test('asks for the number of people it locks out, counts again as it switches, and lets fewer pass', async () => {
    const runtime = await house();
    await aPersonWithPassword(runtime, 'mia');
    for (const confirmed of [0, -1]) {
      expect(await turn(runtime, 'refuse', EVERYBODY, confirmed)).toMatchObject({
        problem: { code: 'lockout_not_confirmed', facts: { lockedOut: 1 } },
      });
    }
    // Somebody more since the dry run, which is no change of policy.
    const { policyVersion, lockedOut } = await dryRun(runtime, EVERYBODY);
    await aPersonWithPassword(runtime, 'tomas');
    const input = { mode: 'refuse' as const, ...EVERYBODY, policyVersion, confirmedLockedOut: lockedOut };
    expect(await switchPasswordless(runtime, null, input)).toMatchObject({
      problem: { code: 'lockout_not_confirmed', facts: { lockedOut: 2, confirmed: 1 } },
    });
    expect((await readPasswordless(runtime.db)).policyVersion).toBe(0);
    expect(done(await switchPasswordless(runtime, null, { ...input, confirmedLockedOut: 3 }))).toMatchObject({
      lockedOut: 2,
    });
  });

  test('to hiding, or off, locks nobody out and asks for no number', async () => {
    const runtime = await house();
    await aPersonWithPassword(runtime, 'mia');
    done(await turn(runtime, 'hide', EVERYBODY, 0));
    done(await turn(runtime, 'off', EVERYBODY, 0));
  });

  test.each([
    [{ include: ['00000000-0000-4000-8000-000000000000'], exclude: [] }],
    [{ include: [ALL_USERS], exclude: [ALL_USERS] }],
    [{ include: ['x'], exclude: [] }],
  ])('takes no group that is not there: %j', async (targets) => {
    const runtime = await house();
    const input = { mode: 'hide' as const, ...targets, policyVersion: 0, confirmedLockedOut: 0 };
    expect(outcome(await switchPasswordless(runtime, null, input))).toBe('invalid_value');
    expect((await readPasswordless(runtime.db)).policyVersion).toBe(0);
  });
});

describe('the dry run', () => {
  /** Somebody of every kind that matters, in every group that matters. */
  async function population(runtime: TestRuntime) {
    const pilot = await aGroup(runtime, 'Pilot');
    const kept = await aGroup(runtime, 'Kept');
    // Half of their members are in them through a group in a group, in a circle of groups.
    const within = new Map<string, string>();
    for (const [outerId, name] of [
      [pilot, 'Pilot'],
      [kept, 'Kept'],
    ] as const) {
      const [between, inner] = [
        await aGroup(runtime, `${name} halfway`),
        await aGroup(runtime, `${name} inside`),
      ];
      for (const [outer, innerId] of [
        [outerId, between],
        [between, inner],
        [inner, between],
      ] as const)
        done(await addMember(runtime, null, { groupId: outer, kind: 'group', memberId: innerId }));
      within.set(outerId, inner);
    }
    const now = runtime.clock.now();
    const keyKinds = [
      [],
      ['usable'],
      ['aside'],
      ['gone'],
      ['revoked'],
      ['aside', 'gone'],
      ['gone', 'usable'],
    ];
    const others = [
      { password: true },
      { password: true, app: true },
      { password: true, app: true, pass: 'open' },
      { pass: 'open' },
      { password: true, pass: 'over' },
      { password: true, pass: 'spent' },
      { password: true, disabled: true },
    ] as const satisfies { password?: true; app?: true; pass?: string; disabled?: true }[];
    const kinds = [false, true].flatMap((breakGlass) =>
      [[], [pilot], [kept], [pilot, kept]].flatMap((memberOf) =>
        keyKinds.flatMap((keys) =>
          others.map((other: { password?: true; app?: true; pass?: string; disabled?: true }) => ({
            breakGlass,
            memberOf,
            keys,
            ...other,
          })),
        ),
      ),
    );
    const everybody = kinds.map((kind, index) => ({ ...kind, id: `p${index + 1}` }));
    // Row by row through the use cases this would be thousands of transactions.
    await runtime.db.user.createMany({
      data: everybody.map(({ id, breakGlass, password, disabled }) => ({
        id,
        upn: `${id}@tidewater.example`,
        displayName: `Person ${id.slice(1).padStart(4, '0')}`,
        userHandle: id,
        breakGlass,
        passwordHash: password ? 'hash' : null,
        disabledAt: disabled ? now : null,
        createdAt: now,
      })),
    });
    await runtime.db.groupMember.createMany({
      data: everybody.flatMap(({ id, memberOf }, index) =>
        memberOf.map((groupId) => ({
          userId: id,
          groupId: index % 2 === 0 ? groupId : (within.get(groupId) ?? ''),
        })),
      ),
    });
    const keys = everybody.flatMap(({ id, keys: held }) =>
      held.map((kind, index) => ({ userId: id, kind, id: `${id}-${index}` })),
    );
    await runtime.db.device.createMany({
      data: keys
        .filter(({ kind }) => kind === 'gone')
        .map(({ id, userId }, index) => ({
          id,
          userId,
          name: 'D',
          joinType: 'joined',
          os: '',
          browser: '',
          createdAt: now,
          lastSeenAt: now,
          disabledAt: index % 2 === 0 ? now : null,
          deletedAt: index % 2 === 0 ? null : now,
        })),
    });
    await runtime.db.credential.createMany({
      data: keys.map(({ id, userId, kind }) => ({
        id,
        credentialId: id,
        userId,
        deviceId: kind === 'gone' ? id : null,
        kind: kind === 'gone' ? 'hello' : 'passkey',
        name: 'K',
        publicKey: new Uint8Array(),
        algorithm: -7,
        counter: 0n,
        transports: '',
        aaguid: '',
        attestationFormat: 'none',
        attestationObject: new Uint8Array(),
        clientDataJson: new Uint8Array(),
        backupEligible: false,
        backedUp: false,
        createdAt: now,
        quarantinedAt: kind === 'aside' ? now : null,
        revokedAt: kind === 'revoked' ? now : null,
      })),
    });
    await runtime.db.totpSecret.createMany({
      data: everybody
        .filter(({ app }) => app)
        .map(({ id }) => ({
          id,
          userId: id,
          name: 'A',
          secret: new Uint8Array(),
          createdAt: now,
          lastStep: 0,
        })),
    });
    await runtime.db.temporaryAccessPass.createMany({
      data: everybody.flatMap(({ id, pass }) =>
        pass === undefined
          ? []
          : {
              id,
              userId: id,
              hash: 'x',
              oneTime: true,
              createdAt: now,
              startsAt: later(now, -DAY_MS),
              expiresAt: later(now, pass === 'over' ? 0 : DAY_MS),
              usedAt: pass === 'spent' ? now : null,
              createdById: 'somebody',
            },
      ),
    });
    return { pilot, kept };
  }

  /** The same people read row by row and judged by the pure rules alone. */
  async function judged(runtime: TestRuntime, targets: Targets) {
    const now = runtime.clock.now();
    const rows = await runtime.db.user.findMany({
      include: {
        groups: true,
        credentials: { include: { device: true } },
        totpSecrets: true,
        phones: true,
        pass: true,
      },
    });
    const outerOf = closure(await runtime.db.groupNesting.findMany());
    const groupIdsOf = ({ groups }: (typeof rows)[number]) => [
      ...outerOf(groups.map(({ groupId }) => groupId)),
    ];
    return rows.map((row) => ({
      id: row.id,
      groupIds: groupIdsOf(row),
      scope: scopeOf(passwordlessPolicy('refuse', targets), {
        breakGlass: row.breakGlass,
        groupIds: groupIdsOf(row),
      }),
      readiness: readinessOf({
        disabled: row.disabledAt !== null,
        hasPassword: row.passwordHash !== null,
        hasAuthenticatorApp: row.totpSecrets.length + row.phones.length > 0,
        passOpen: row.pass !== null && row.pass.usedAt === null && row.pass.expiresAt > now,
        credentials: row.credentials
          .filter(({ revokedAt }) => revokedAt === null)
          .map(({ quarantinedAt, device }) => ({
            quarantined: quarantinedAt !== null,
            refused: false,
            deviceGone: device !== null && (device.disabledAt ?? device.deletedAt) !== null,
          })),
      }),
    }));
  }

  test('counts, lists and exports by the same judgement as the rules, for every kind of person and target', async () => {
    const runtime = await house();
    const { pilot, kept } = await population(runtime);
    for (const targets of [
      EVERYBODY,
      { include: [ALL_USERS], exclude: [kept] },
      { include: [pilot], exclude: [] },
      { include: [pilot], exclude: [kept] },
      { include: [], exclude: [] },
    ]) {
      const people = await judged(runtime, targets);
      const inScope = people.filter(({ scope }) => scope.inScope);
      const count = (readiness: Readiness) => inScope.filter((each) => each.readiness === readiness).length;
      const out = inScope.filter(({ readiness }) => isLockedOut(readiness));
      const run = await dryRun(runtime, targets);
      expect(run.counts).toEqual(Object.fromEntries(readinesses.map((each) => [each, count(each)])));
      expect(run.lockedOut).toBe(out.length);
      expect(await countLockedOut(runtime.db, targets)).toBe(out.length);
      expect(
        await runtime.db.user.count({
          where: await peopleInScope(runtime.db, passwordlessPolicy('refuse', targets)),
        }),
      ).toBe(inScope.length);
      const because = (reason: string) => people.filter(({ scope }) => scope.because === reason).length;
      expect(run.kept).toEqual({
        breakGlass: because('break_glass'),
        excluded: because('excluded'),
        notIncluded: because('not_included'),
      });
      for (const { id, ready, lockedOut, notStarted } of run.groups) {
        const members = inScope.filter(({ groupIds }) =>
          id === null ? groupIds.length === 0 : groupIds.includes(id),
        );
        expect([ready, lockedOut, notStarted]).toEqual([
          members.filter(({ readiness }) => readiness === 'ready').length,
          members.filter(({ readiness }) => isLockedOut(readiness)).length,
          members.filter(({ readiness }) => readiness === 'no_password').length,
        ]);
      }
      const listed = await listReadiness(runtime, targets, { skip: 0, take: 1000 });
      expect(listed.total).toBe(out.length);
      expect(listed.people.map(({ id }) => id).sort()).toEqual(out.map(({ id }) => id).sort());
      for (const readiness of readinesses) {
        const some = await listReadiness(runtime, targets, { readiness, skip: 0, take: 1000 });
        expect(some.people.every((each) => each.readiness === readiness)).toBe(true);
        expect(some.total).toBe(count(readiness));
      }
      let file = '';
      for await (const piece of exportDryRun(runtime, targets)) file += piece;
      const lines = file.split('\r\n');
      expect(lines).toHaveLength(people.length + 2);
      expect(lines.filter((line) => line.split(',')[6] === 'true')).toHaveLength(out.length);
    }
    const first = await listReadiness(runtime, EVERYBODY, { skip: 0, take: 5 });
    const second = await listReadiness(runtime, EVERYBODY, { skip: 5, take: 5 });
    expect(new Set([...first.people, ...second.people].map(({ id }) => id)).size).toBe(10);
    const [found] = (await listReadiness(runtime, EVERYBODY, { search: 'PERSON 0001', skip: 0, take: 5 }))
      .people;
    expect(found?.upn).toBe('p1@tidewater.example');
  });

  test('exports names that a spreadsheet would take for formulas as words', async () => {
    const runtime = await house();
    done(await createUser(runtime, { upn: 'eve@tidewater.example', displayName: '=HYPERLINK("x","y")' }));
    let file = '';
    for await (const piece of exportDryRun(runtime, EVERYBODY)) file += piece;
    expect(file).toContain(`"'=HYPERLINK(""x"",""y"")"`);
  });

  test('counts somebody whose pass is open as locked out, because a pass runs out', async () => {
    const runtime = await house();
    const mia = await aPersonWithPassword(runtime, 'mia');
    done(await issueTemporaryAccessPass(runtime, null, { userId: mia.id }));
    expect(await dryRun(runtime, EVERYBODY)).toMatchObject({ lockedOut: 1, counts: { pass_open: 1 } });
    runtime.pass(DAY_MS);
    expect(await dryRun(runtime, EVERYBODY)).toMatchObject({ lockedOut: 1, counts: { password_only: 1 } });
  });
});

describe('a refused password', () => {
  test('answers and costs what a wrong one does, right or not, known or not; the log has the truth', async () => {
    const runtime = await house();
    const mia = await aPersonWithPassword(runtime, 'mia');
    const kept = done(
      await createUser(runtime, { upn: 'glass@tidewater.example', displayName: 'Glass', breakGlass: true }),
    );
    const glass = { ...kept, password: await aPassword(runtime, kept) };
    done(await turn(runtime, 'refuse'));
    const attempts = [
      { ...mia, cause: 'passwordless' },
      { ...mia, password: 'wrong', cause: 'password_wrong' },
      { ...glass, password: 'wrong', cause: 'password_wrong' },
      { upn: 'nobody@tidewater.example', password: mia.password, cause: 'user_unknown' },
    ];
    const trials = [];
    for (const [host, { cause, ...attempt }] of attempts.entries()) {
      const browser = aBrowser(runtime, `198.51.100.${host}`);
      trials.push(await measured(runtime, () => typed(runtime, browser, attempt)));
      expect(await lastCause(runtime)).toBe(cause);
    }
    for (const trial of trials) expect(trial).toEqual(trials[0]);
    expect(trials[0]).toMatchObject({ counts: { verify: 1, hash: 0 } });
    expect(outcome(trials[0]?.result as never)).toBe('sign_in_failed');
    expect(await runtime.db.session.count()).toBe(0);
    tokenOf(await typed(runtime, aBrowser(runtime), glass));
  });

  test('is counted like any guess, so that a limit tells nothing', async () => {
    const runtime = await house();
    const mia = await aPersonWithPassword(runtime, 'mia');
    done(await turn(runtime, 'refuse'));
    for (const [host, password] of [mia.password, 'wrong'].entries()) {
      const browser = aBrowser(runtime, `198.51.100.${host}`);
      const answers = [];
      for (let guess = 0; guess < 6; guess += 1)
        answers.push(outcome(await typed(runtime, browser, { ...mia, password })));
      expect(answers).toEqual([...Array(5).fill('sign_in_failed'), 'too_many_attempts']);
    }
  });

  test('leads to no code, and a code that was asked for before the switch is as wrong as any', async () => {
    const runtime = await house();
    const mia = await aCarefulPerson(runtime, 'mia');
    const browser = aBrowser(runtime);
    const tickets = [
      ticketOf(done(await typed(runtime, browser, mia))),
      ticketOf(done(await typed(runtime, browser, mia))),
    ];
    done(await turn(runtime, 'refuse'));
    expect(outcome(await typed(runtime, browser, mia))).toBe('sign_in_failed');
    const trials = [];
    for (const [index, code] of [mia.app.code(), mia.app.code(5)].entries()) {
      const input = { upn: mia.upn, ticket: tickets[index] ?? '', code };
      const { result, ...cost } = await measured(runtime, () => signInWithCode(runtime, browser, input));
      expect(result).toMatchObject({ problem: { facts: { ticket: expect.any(String) } } });
      trials.push({ outcome: outcome(result), ...cost });
    }
    expect(trials[0]).toEqual(trials[1]);
    expect(trials[0]?.outcome).toBe('code_refused');
    expect(await runtime.db.session.count()).toBe(0);
  });

  test('cannot be replaced on the way in after the switch', async () => {
    const runtime = await house();
    const mia = await aPersonWithPassword(runtime, 'mia');
    done(await requirePasswordChange(runtime, null, { userId: mia.id }));
    const browser = aBrowser(runtime);
    const ticket = ticketOf(done(await typed(runtime, browser, mia)));
    done(await turn(runtime, 'refuse'));
    const input = { upn: mia.upn, ticket, appId: null, password: NEW };
    expect(outcome(await signInWithNewPassword(runtime, browser, input))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('passwordless');
    expect(await runtime.db.session.count()).toBe(0);
  });

  test('confirms and unlocks nothing, with its code, at the cost of a wrong one', async () => {
    const runtime = await house();
    const mia = await aCarefulPerson(runtime, 'mia');
    const session = await aSession(runtime, mia, 'passkey');
    done(await turn(runtime, 'refuse'));
    for (const locked of [false, true]) {
      if (locked) done(await lockSession(runtime, session));
      const caller = await within(runtime, session, session.token);
      const trials = [];
      for (const password of [mia.password, 'wrong'])
        trials.push(
          await measured(runtime, () => confirmWithCode(runtime, caller, { password, code: mia.app.code() })),
        );
      expect(trials[0]).toEqual(trials[1]);
      expect(outcome(trials[0]?.result as never)).toBe('sign_in_failed');
    }
    const causes = (await listEvents(runtime, {}, 50)).map(({ detail }) => detail.cause);
    expect(causes.filter((cause) => cause === 'passwordless')).toHaveLength(2);
    expect(await confirmationWays(runtime, session.session)).toMatchObject({ code: false });
  });

  test('cannot be changed: the old one reads as wrong, right or not, at the same cost', async () => {
    const runtime = await house();
    const mia = await aPersonWithPassword(runtime, 'mia');
    const caller = await aSession(runtime, mia, 'passkey');
    done(await turn(runtime, 'refuse'));
    // Sources of policy are read once a version of policy, by whoever is first.
    await readPublished(runtime.db, runtime);
    const trials = [];
    for (const current of [mia.password, 'wrong'])
      trials.push(await measured(runtime, () => changePassword(runtime, caller, { current, password: NEW })));
    expect(trials[0]).toEqual(trials[1]);
    expect(outcome(trials[0]?.result as never)).toBe('password_refused');
  });

  test('ends what began with it when it is switched on, says how many, and leaves keys and others alone', async () => {
    const runtime = await house();
    const kept = await aGroup(runtime, 'Kept');
    const desk = await aPersonWithHelloKey(runtime, 'ada');
    const ada = { ...desk.person, password: await aPassword(runtime, desk.person) };
    const hello = await signedInAt(runtime, desk);
    const byPassword = tokenOf(await typed(runtime, aBrowser(runtime), ada));
    const other = done(
      await createUser(runtime, { upn: 'tomas@tidewater.example', displayName: 'T', groups: ['Kept'] }),
    );
    const tomas = { ...other, password: await aPassword(runtime, other) };
    const spared = tokenOf(await typed(runtime, aBrowser(runtime), tomas));
    const answer = done(await turn(runtime, 'refuse', { include: [ALL_USERS], exclude: [kept] }));
    expect(answer.sessionsEnded).toBe(1);
    expect((await lastEvent(runtime)).detail).toMatchObject({ sessionsEnded: 1 });
    expect(await findSession(runtime, byPassword)).toBeNull();
    expect(await findSession(runtime, hello.token)).not.toBeNull();
    expect(await findSession(runtime, spared)).not.toBeNull();
  });

  test('stops counting as a proof in sessions that a key began', async () => {
    const runtime = await house();
    const mia = await aCarefulPerson(runtime, 'mia');
    const session = await aSession(runtime, mia, 'passkey');
    runtime.pass(20 * 60_000);
    const input = { password: mia.password, code: mia.app.code() };
    const token = tokenOf(await confirmWithCode(runtime, session, input));
    const kinds = async () => (await within(runtime, session, token)).session.proofs.map(({ kind }) => kind);
    expect(await kinds()).toContain('totp');
    done(await turn(runtime, 'refuse'));
    expect(await kinds()).toEqual(['passkey']);
    done(await turn(runtime, 'off'));
    expect(await kinds()).toContain('totp');
  });

  test('ends for somebody who comes into scope later, at their next request', async () => {
    const runtime = await house();
    const pilot = await aGroup(runtime, 'Pilot');
    const mia = await aPersonWithPassword(runtime, 'mia');
    done(await turn(runtime, 'refuse', { include: [pilot], exclude: [] }));
    const token = tokenOf(await typed(runtime, aBrowser(runtime), mia));
    expect(await findSession(runtime, token)).not.toBeNull();
    await runtime.db.groupMember.create({ data: { groupId: pilot, userId: mia.id } });
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('works again at once when it is switched off', async () => {
    const runtime = await house();
    const mia = await aCarefulPerson(runtime, 'mia');
    const browser = aBrowser(runtime);
    done(await turn(runtime, 'refuse'));
    expect(outcome(await typed(runtime, browser, mia))).toBe('sign_in_failed');
    done(await turn(runtime, 'off'));
    const ticket = ticketOf(done(await typed(runtime, browser, mia)));
    const token = tokenOf(
      await signInWithCode(runtime, browser, { upn: mia.upn, ticket, code: mia.app.code() }),
    );
    const caller = await within(runtime, browser, token);
    expect(await confirmationWays(runtime, caller.session)).toMatchObject({ code: true });
    done(await changePassword(runtime, caller, { current: mia.password, password: NEW }));
  });

  test('that races the switch opens no session that outlives it, however many try, on two instances', async () => {
    const runtime = await house();
    const beside = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const people: (TestPerson & { password: string })[] = [];
    for (let index = 0; index < 8; index += 1)
      people.push(await aPersonWithPassword(runtime, `person${index}`));
    for (let round = 0; round < 3; round += 1) {
      const { policyVersion } = await dryRun(runtime, EVERYBODY);
      let acknowledged = false;
      const attempt = async (person: (typeof people)[number], index: number) => {
        const at = index % 2 === 0 ? runtime : beside;
        const late = acknowledged;
        const answer = await typed(at, aBrowser(at, `198.51.${round}.${index}`), person);
        if (late) expect(outcome(answer)).toBe('sign_in_failed');
        return outcome(answer);
      };
      // A first wave before the switch, a second one beside it, a third after it was acknowledged.
      const waves = people.map((person, index) => attempt(person, index));
      await waves[0];
      const switched = switchPasswordless(beside, null, {
        mode: 'refuse',
        ...EVERYBODY,
        policyVersion,
        confirmedLockedOut: people.length,
      }).then((answer) => {
        acknowledged = true;
        return answer;
      });
      const racing = people.map((person, index) => attempt(person, index + 100));
      done(await switched);
      const after = people.map((person, index) => attempt(person, index + 200));
      const answers = await Promise.all([...waves, ...racing, ...after]);
      expect(answers.slice(-people.length)).toEqual(people.map(() => 'sign_in_failed'));
      expect(answers[0]).toBe('ok');
      expect(await livePasswordSessions(runtime)).toBe(0);
      done(await turn(runtime, 'off'));
    }
  });
});

describe('a hidden password', () => {
  const lastOf = (result: Awaited<ReturnType<typeof signIn>>) =>
    result.session !== undefined && result.session !== 'clear' ? result.session.last : undefined;

  async function desk() {
    const runtime = await house();
    const at = await aPersonWithHelloKey(runtime, 'mia');
    const password = await aPassword(runtime, at.person);
    const last = lastOf(await signIn(runtime, at));
    return { runtime, desk: at, last, mia: { ...at.person, password } };
  }

  test('is hidden in the browser whose last person came in with a key and is in scope, and works all the same', async () => {
    const { runtime, desk: at, last, mia } = await desk();
    const face = () => passwordFaceHere(runtime, at.browser, last);
    expect(last).toEqual(expect.any(String));
    expect(await face()).toBe('shown');
    done(await turn(runtime, 'hide'));
    expect(await face()).toBe('hidden');
    tokenOf(await typed(runtime, aBrowser(runtime), mia));
    done(await turn(runtime, 'off'));
    expect(await face()).toBe('shown');
  });

  test('is shown again after somebody came in with a password, as “Other user”', async () => {
    const { runtime, desk: at, mia } = await desk();
    done(await turn(runtime, 'hide'));
    const last = lastOf((await typed(runtime, at.browser, mia)) as never);
    expect(await passwordFaceHere(runtime, at.browser, last)).toBe('shown');
  });

  test('is shown where the cookie is missing, forged, changed, of another browser or too old', async () => {
    const { runtime, desk: at, last = '' } = await desk();
    done(await turn(runtime, 'hide'));
    const face = (sealed: string | undefined, browser: Caller = at.browser) =>
      passwordFaceHere(runtime, browser, sealed);
    for (const sealed of [undefined, '', '!', 'x'.repeat(10_000), last.slice(1), flipped(last)])
      expect(await face(sealed)).toBe('shown');
    expect(await face(last, aBrowser(runtime))).toBe('shown');
    expect(await face(last)).toBe('hidden');
    runtime.pass(LAST_PERSON_KEPT_MS);
    expect(await face(last)).toBe('shown');
  });

  test('holds nothing that anybody could read', async () => {
    const { last = '', mia } = await desk();
    const bytes = Buffer.from(last, 'base64url').toString('latin1');
    for (const secret of [mia.id, mia.upn, 'hello']) expect(bytes + last).not.toContain(secret);
  });

  test('is shown to people who are excluded, disabled, break-glass or without a key that works', async () => {
    const { runtime, desk: at, last, mia } = await desk();
    const kept = await aGroup(runtime, 'Kept');
    done(await turn(runtime, 'hide', { include: [ALL_USERS], exclude: [kept] }));
    const face = () => passwordFaceHere(runtime, at.browser, last);
    const change = (data: object) => runtime.db.user.update({ where: { id: mia.id }, data });
    expect(await face()).toBe('hidden');
    await runtime.db.groupMember.create({ data: { groupId: kept, userId: mia.id } });
    expect(await face()).toBe('shown');
    await runtime.db.groupMember.deleteMany({ where: { userId: mia.id } });
    await change({ breakGlass: true });
    expect(await face()).toBe('shown');
    await change({ breakGlass: false, disabledAt: runtime.clock.now() });
    expect(await face()).toBe('shown');
    await change({ disabledAt: null });
    expect(await face()).toBe('hidden');
    await runtime.db.credential.updateMany({ data: { quarantinedAt: runtime.clock.now() } });
    expect(await face()).toBe('shown');
    await runtime.db.credential.updateMany({ data: { quarantinedAt: null } });
    done(await changeDevice(runtime, 'somebody', { deviceId: at.device.id, change: 'disable' }));
    expect(await face()).toBe('shown');
  });

  test('is hidden at the devices that a source of policy says so for, once they were told, and never from break-glass', async () => {
    const { runtime, desk: at, last, mia } = await desk();
    const face = () => passwordFaceHere(runtime, at.browser, last);
    const here = { userId: mia.id, deviceId: at.device.id };
    const { id } = await aSource(runtime, aDocument({ EnablePasswordlessExperience: 'true' }));
    expect(await face()).toBe('shown');
    await tell(runtime, here);
    expect(await face()).toBe('hidden');
    const byKey = await signedInAt(runtime, at);
    expect(await confirmationWays(runtime, byKey.session)).toEqual({
      key: true,
      code: false,
      phone: false,
      first: null,
      userHandle: expect.any(String),
    });
    const elsewhere = { userId: mia.id, deviceId: null, method: 'hello' } as const;
    expect(await passwordFaceOf(runtime, elsewhere)).toBe('shown');
    await runtime.db.user.update({ where: { id: mia.id }, data: { breakGlass: true } });
    expect(await face()).toBe('shown');
    await runtime.db.user.update({ where: { id: mia.id }, data: { breakGlass: false } });
    await changeSource(runtime, id, aDocument({ EnablePasswordlessExperience: 'false' }));
    done(await turn(runtime, 'hide'));
    await tell(runtime, here);
    expect(await face()).toBe('shown');
  });

  test('is neither to confirm with nor to change in a session that a key began, and is in one that it began', async () => {
    const { runtime, desk: at, mia } = await desk();
    await anAuthenticatorApp(runtime, await aSession(runtime, mia, 'passkey'));
    const byKey = await signedInAt(runtime, at);
    done(await turn(runtime, 'hide'));
    expect(await confirmationWays(runtime, byKey.session)).toEqual({
      key: true,
      code: false,
      phone: false,
      first: 'totp',
      userHandle: expect.any(String),
    });
    const change = { current: mia.password, password: NEW };
    runtime.forget();
    expect(outcome(await changePassword(runtime, byKey, change))).toBe('password_hidden');
    expect(runtime.counts).toMatchObject({ verify: 0, hash: 0 });
    const byPassword = await aSession(runtime, mia, 'password');
    expect(await confirmationWays(runtime, byPassword.session)).toEqual({
      key: true,
      code: true,
      phone: false,
      first: 'totp',
      userHandle: expect.any(String),
    });
    done(await changePassword(runtime, byPassword, change));
  });

  test('leaves sign-ins, statements and sessions as they are: hiding prevents nothing', async () => {
    const { runtime, mia } = await desk();
    const token = tokenOf(await typed(runtime, aBrowser(runtime), mia));
    expect(done(await turn(runtime, 'hide')).sessionsEnded).toBe(0);
    expect(await findSession(runtime, token)).not.toBeNull();
  });
});

test('an ordinary setting that somebody else changed since it was read is not overwritten', async () => {
  const runtime = await house();
  const change = (value: string, seen: string) =>
    setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value, seen });
  const answers = await Promise.all([change('7', '20'), change('8', '20')]);
  expect(answers.map(outcome).sort()).toEqual(['ok', 'policy_changed_meanwhile']);
  expect((await readPasswordless(runtime.db)).policyVersion).toBe(1);
});
