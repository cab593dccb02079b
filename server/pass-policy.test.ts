import { describe, expect, test } from 'vitest';
import { ALL_USERS, type SettingName, settingText } from '#domain/policy/settings';
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from '#domain/time';
import { readAdoption } from './adoption.ts';
import { createGroup, findGroups } from './group.ts';
import { createUser, firstAdministrator, listPeople, standingsAmong } from './identity.ts';
import { collectPass, decidePassRequest, requestPass } from './pass-request.ts';
import { setPolicy } from './policy-setting.ts';
import { beginRegistration } from './registration.ts';
import { findSession } from './session.ts';
import {
  deleteOwnPass,
  deletePass,
  forgetExpiredPasses,
  issueTemporaryAccessPass,
  type PassTerms,
  readPass,
  redeemTemporaryAccessPass,
} from './temporary-access-pass.ts';
import {
  aBrowser,
  aDevice,
  aPassSession,
  aPerson,
  aRuntime,
  aSession,
  done,
  lastEvent,
  outcome,
  START,
  type TestPerson,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';

type Value = boolean | number | readonly string[];
const set = async (runtime: TestRuntime, name: string, value: Value | null) =>
  done(
    await setPolicy(runtime, null, {
      name: `TemporaryAccessPass.${name}` satisfies string as SettingName,
      value: value === null ? null : settingText(value),
    }),
  );
const issue = (runtime: TestRuntime, person: TestPerson, request: Partial<PassTerms> = {}) =>
  issueTemporaryAccessPass(runtime, null, { userId: person.id, ...request });
const redeem = (runtime: TestRuntime, person: TestPerson, pass: string) =>
  redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn: person.upn, pass });
const usability = async (runtime: TestRuntime, person: TestPerson) =>
  (await readPass(runtime, person.id))?.usability;

/** A person in these groups, which are made; with the groups' IDs. */
async function aMember(runtime: TestRuntime, ...names: string[]) {
  for (const name of names) await createGroup(runtime, null, { name });
  const person = done(
    await createUser(runtime, { upn: 'mia@tidewater.example', displayName: 'Mia', groups: names }),
  );
  const groups = await findGroups(runtime.db, { names });
  return { person, ids: names.map((name) => groups.find((group) => group.name === name)?.id ?? '') };
}

describe('a pass is issued', () => {
  test('for a lifetime within policy’s bounds, to the minute, and told which they are', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    for (const [minutes, code] of [
      [59, 'invalid_lifetime'],
      [60, 'ok'],
      [480, 'ok'],
      [481, 'invalid_lifetime'],
    ] as const) {
      expect([minutes, outcome(await issue(runtime, mia, { lifetimeMinutes: minutes }))]).toEqual([
        minutes,
        code,
      ]);
    }
    await set(runtime, 'maximumLifetimeInMinutes', 43_200);
    await set(runtime, 'minimumLifetimeInMinutes', 10);
    for (const [minutes, code] of [
      [9, 'invalid_lifetime'],
      [10, 'ok'],
      [43_200, 'ok'],
      [43_201, 'invalid_lifetime'],
    ] as const) {
      expect([minutes, outcome(await issue(runtime, mia, { lifetimeMinutes: minutes }))]).toEqual([
        minutes,
        code,
      ]);
    }
    expect(await issue(runtime, mia, { lifetimeMinutes: 9 })).toMatchObject({
      problem: { facts: { minimumMinutes: 10, maximumMinutes: 43_200 } },
    });
  });

  test('for policy’s usual lifetime and in policy’s length where nobody chooses', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    expect(done(await issue(runtime, mia))).toMatchObject({
      pass: expect.stringMatching(/^.{8}$/),
      expiresAt: later(START, HOUR_MS),
      oneTime: false,
      usability: 'EnabledByPolicy',
      obstacle: null,
    });
    await set(runtime, 'defaultLifetimeInMinutes', 90);
    await set(runtime, 'defaultLength', 48);
    const long = done(await issue(runtime, mia));
    expect(long.pass).toMatch(/^[A-HJ-NP-Z2-9]{48}$/);
    expect(long.expiresAt).toEqual(later(START, 90 * MINUTE_MS));
    const typed = (long.pass.match(/.{4}/g) ?? []).join('-');
    expect(typed.length).toBeLessThanOrEqual(64);
    expect(outcome(await redeem(runtime, mia, typed))).toBe('ok');
  });

  test('for one time where the tenant says so, whatever was asked for', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    await set(runtime, 'isUsableOnce', true);
    expect(done(await issue(runtime, mia, { oneTime: false })).oneTime).toBe(true);
  });

  test('for a start in the future, from which its lifetime counts', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const startsAt = later(START, DAY_MS);
    const issued = done(await issue(runtime, mia, { startsAt, lifetimeMinutes: 60 }));
    expect(issued).toMatchObject({ startsAt, expiresAt: later(startsAt, HOUR_MS), usability: 'NotYetValid' });
    runtime.pass(DAY_MS - 1);
    expect(outcome(await redeem(runtime, mia, issued.pass))).toBe('sign_in_failed');
    expect((await lastEvent(runtime)).detail.cause).toBe('NotYetValid');
    runtime.pass(1);
    const token = tokenOf(await redeem(runtime, mia, issued.pass));
    runtime.pass(HOUR_MS - 1);
    expect(await findSession(runtime, token)).not.toBeNull();
    runtime.pass(1);
    expect(await findSession(runtime, token)).toBeNull();
    expect(await usability(runtime, mia)).toBe('Expired');
  });

  test.each([30 * DAY_MS + 1, -6 * MINUTE_MS, -DAY_MS, Number.NaN])(
    'never for a start %d ms from now',
    async (ms) => {
      const runtime = await aRuntime();
      const mia = await aPerson(runtime);
      expect(outcome(await issue(runtime, mia, { startsAt: later(START, ms) }))).toBe('invalid_start');
      expect(await readPass(runtime, mia.id)).toBeNull();
    },
  );

  test('to anybody, and says at once that policy keeps them from using it', async () => {
    const runtime = await aRuntime();
    const { person, ids } = await aMember(runtime, 'Design');
    await set(runtime, 'excludeTargets', ids);
    expect(done(await issue(runtime, person))).toMatchObject({
      usability: 'DisabledByPolicy',
      obstacle: 'excluded',
    });
  });
});

describe('policy on passes', () => {
  test.each([
    ['switched off', 'switched_off', (runtime: TestRuntime) => set(runtime, 'state', false)],
    [
      'excluding their group',
      'excluded',
      (runtime: TestRuntime, design: string) => set(runtime, 'excludeTargets', [design]),
    ],
    [
      'including and excluding their group',
      'excluded',
      async (runtime: TestRuntime, design: string) => {
        await set(runtime, 'includeTargets', [design]);
        await set(runtime, 'excludeTargets', [design]);
      },
    ],
    [
      'including another group only',
      'not_included',
      (runtime: TestRuntime, _design: string, other: string) => set(runtime, 'includeTargets', [other]),
    ],
    ['including nobody', 'not_included', (runtime: TestRuntime) => set(runtime, 'includeTargets', [])],
    [
      'letting every pass work once',
      'one_time_only',
      (runtime: TestRuntime) => set(runtime, 'isUsableOnce', true),
    ],
  ] as const)(
    '%s refuses a pass in the one public sentence, keeps the true reason, and lets it work again after',
    async (_what, obstacle, narrow) => {
      const runtime = await aRuntime();
      const { person, ids } = await aMember(runtime, 'Design');
      await createGroup(runtime, null, { name: 'Operations' });
      const [other] = await findGroups(runtime.db, { names: ['Operations'] });
      const { pass } = done(await issue(runtime, person));
      await narrow(runtime, ids[0] ?? '', other?.id ?? '');
      const refused = await redeem(runtime, person, pass);
      const wrong = await redeem(runtime, person, 'ABCDEFGH');
      expect(refused).toEqual(wrong);
      expect(outcome(refused)).toBe('sign_in_failed');
      const events = await runtime.db.event.findMany({ where: { code: 'pass_redeemed' } });
      expect(events.map(({ detail }) => JSON.parse(detail))).toContainEqual(
        expect.objectContaining({ cause: 'DisabledByPolicy', policy: obstacle }),
      );
      expect(await readPass(runtime, person.id)).toMatchObject({ usability: 'DisabledByPolicy', obstacle });
      await runtime.db.policyValue.deleteMany();
      expect(outcome(await redeem(runtime, person, pass))).toBe('ok');
    },
  );

  test('tells a pass that policy refuses from a wrong one by no statement and no hashing', async () => {
    const runtime = await aRuntime();
    const { person } = await aMember(runtime, 'Design');
    const { pass } = done(await issue(runtime, person));
    await set(runtime, 'state', false);
    const cost = async (upn: string, typed: string) => {
      runtime.forget();
      await redeemTemporaryAccessPass(runtime, aBrowser(runtime, '192.0.2.9'), { upn, pass: typed });
      return { ...runtime.counts, statements: [...runtime.statements] };
    };
    const refused = await cost(person.upn, pass);
    expect(await cost(person.upn, 'ABCDEFGH')).toEqual(refused);
    expect(await cost('nobody@tidewater.example', pass)).toEqual(refused);
  });

  test('by the groups of this moment: who leaves the scope cannot use it, who enters can', async () => {
    const runtime = await aRuntime();
    const { person, ids } = await aMember(runtime, 'Design');
    await set(runtime, 'includeTargets', ids);
    const { pass } = done(await issue(runtime, person));
    await runtime.db.groupMember.deleteMany({ where: { userId: person.id } });
    expect(outcome(await redeem(runtime, person, pass))).toBe('sign_in_failed');
    await runtime.db.groupMember.create({ data: { userId: person.id, groupId: ids[0] ?? '' } });
    expect(outcome(await redeem(runtime, person, pass))).toBe('ok');
  });

  test('with a group that is gone lets nobody in by it', async () => {
    const runtime = await aRuntime();
    const { person, ids } = await aMember(runtime, 'Design');
    await set(runtime, 'includeTargets', ids);
    const { pass } = done(await issue(runtime, person));
    await runtime.db.group.deleteMany();
    expect(outcome(await redeem(runtime, person, pass))).toBe('sign_in_failed');
  });

  test('counts the people with an open pass as it judges them', async () => {
    const runtime = await aRuntime();
    const { person, ids } = await aMember(runtime, 'Design');
    done(await issue(runtime, person));
    const open = async () => {
      const listed = (await listPeople(runtime, { standing: 'pass_open' })).length === 1;
      expect((await standingsAmong(runtime, [person.id])).pass_open.has(person.id)).toBe(listed);
      expect((await usability(runtime, person)) === 'EnabledByPolicy').toBe(listed);
      expect((await readAdoption(runtime)).passesOpen).toBe(listed ? 1 : 0);
      return listed;
    };
    expect(await open()).toBe(true);
    for (const [name, narrow, wide] of [
      ['state', false, true],
      ['isUsableOnce', true, false],
      ['excludeTargets', ids, []],
      ['includeTargets', [], [ALL_USERS]],
    ] as const) {
      await set(runtime, name, narrow);
      expect([name, await open()]).toEqual([name, false]);
      await set(runtime, name, wide);
      expect([name, await open()]).toEqual([name, true]);
    }
    await set(runtime, 'includeTargets', ids);
    expect(await open()).toBe(true);
    runtime.pass(HOUR_MS);
    expect(await open()).toBe(false);
  });
});

describe('what a pass has opened', () => {
  test.each(['state', 'isUsableOnce', 'excludeTargets', 'includeTargets'] as const)(
    'stops at the next request when policy (%s) turns against a pass for many times that was used',
    async (name) => {
      const runtime = await aRuntime();
      const { person, ids } = await aMember(runtime, 'Design');
      const begun = await aPassSession(runtime, person);
      await aDevice(runtime, begun);
      expect(await findSession(runtime, begun.token)).not.toBeNull();
      const narrow = { state: false, isUsableOnce: true, excludeTargets: ids, includeTargets: [] };
      await set(runtime, name, narrow[name]);
      expect(await findSession(runtime, begun.token)).toBeNull();
      expect(outcome(await redeem(runtime, person, begun.pass))).toBe('sign_in_failed');
    },
  );

  test('goes on for a pass for one time when everything becomes for one time', async () => {
    const runtime = await aRuntime();
    const { person } = await aMember(runtime, 'Design');
    const begun = await aPassSession(runtime, person, { oneTime: true });
    await set(runtime, 'isUsableOnce', true);
    expect(await findSession(runtime, begun.token)).not.toBeNull();
    expect(outcome(await redeem(runtime, person, begun.pass))).toBe('sign_in_failed');
  });

  test('in an ordinary session loses the pass’s proof and keeps the session', async () => {
    const runtime = await aRuntime();
    const { person, ids } = await aMember(runtime, 'Design');
    const session = await aSession(runtime, person, 'password');
    const { pass } = done(await issue(runtime, person));
    const token = tokenOf(await redeemTemporaryAccessPass(runtime, session, { upn: person.upn, pass }));
    const register = async () =>
      outcome(
        await beginRegistration(runtime, await within(runtime, session, token), {
          purpose: 'passkey',
          attestation: 'none',
        }),
      );
    expect(await register()).toBe('ok');
    await set(runtime, 'excludeTargets', ids);
    expect(await register()).toBe('proof_required');
    await set(runtime, 'excludeTargets', null);
    expect(await register()).toBe('ok');
    done(await issue(runtime, person));
    runtime.pass(1);
    done(await issue(runtime, person));
    expect(await register()).toBe('proof_required');
    done(await deletePass(runtime, null, { userId: person.id }));
    expect(await register()).toBe('proof_required');
  });
});

describe('the last rung of recovery', () => {
  const shutEverything = async (runtime: TestRuntime) => {
    await set(runtime, 'state', false);
    await set(runtime, 'includeTargets', []);
    await set(runtime, 'isUsableOnce', true);
    await set(runtime, 'maximumLifetimeInMinutes', 43_200);
    await set(runtime, 'defaultLifetimeInMinutes', 43_200);
    await set(runtime, 'minimumLifetimeInMinutes', 43_200);
  };

  test('is a pass from the server’s command line to a Global Administrator, which no policy stops', async () => {
    const runtime = await aRuntime();
    await aPerson(runtime, 'ada', ['global_administrator']);
    await shutEverything(runtime);
    const ada = await firstAdministrator(runtime);
    if (ada === null) throw new Error('there is no administrator');
    const { pass, obstacle } = done(await issue(runtime, ada, { lifetimeMinutes: 60, oneTime: true }));
    expect(obstacle).toBeNull();
    const browser = aBrowser(runtime);
    const token = tokenOf(await redeemTemporaryAccessPass(runtime, browser, { upn: ada.upn, pass }));
    await aDevice(runtime, await within(runtime, browser, token));
    expect(outcome(await redeem(runtime, ada, pass))).toBe('sign_in_failed');
    expect(outcome(await issue(runtime, ada, { lifetimeMinutes: 9 }))).toBe('invalid_lifetime');
    expect(outcome(await issue(runtime, ada, { lifetimeMinutes: 43_201 }))).toBe('invalid_lifetime');
  });

  test('is not for members, and not for a pass that an administrator issued', async () => {
    const runtime = await aRuntime();
    const [boss, second] = await Promise.all(
      ['boss', 'second'].map(async (alias) =>
        aSession(runtime, await aPerson(runtime, alias, ['global_administrator']), 'passkey'),
      ),
    );
    if (!boss || !second) throw new Error('nobody is there');
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    const mia = await aPerson(runtime);
    await shutEverything(runtime);
    const asked = { userId: ada.id, reason: 'a test' };
    const { id: requestId } = done(await requestPass(runtime, boss.session.person, asked));
    done(await decidePassRequest(runtime, second, { requestId, approve: true }));
    const byHand = done(await collectPass(runtime, boss, { requestId }));
    expect(byHand.obstacle).toBe('switched_off');
    expect(outcome(await redeem(runtime, ada, byHand.pass))).toBe('sign_in_failed');
    expect(outcome(await issue(runtime, mia, { lifetimeMinutes: 60 }))).toBe('invalid_lifetime');
    const byServer = done(await issue(runtime, mia));
    expect(outcome(await redeem(runtime, mia, byServer.pass))).toBe('sign_in_failed');
  });

  test('ends with the role', async () => {
    const runtime = await aRuntime();
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    await shutEverything(runtime);
    const begun = await aPassSession(runtime, ada, { lifetimeMinutes: 60 });
    await runtime.db.userRole.deleteMany();
    expect(await findSession(runtime, begun.token)).toBeNull();
  });
});

describe('one’s own pass', () => {
  test('is deleted, never read, and nobody else’s is', async () => {
    const runtime = await aRuntime();
    const [mia, tomas] = [await aPerson(runtime), await aPerson(runtime, 'tomas')];
    const { pass } = done(await issue(runtime, mia));
    done(await issue(runtime, tomas));
    expect(JSON.stringify(await readPass(runtime, mia.id))).not.toMatch(new RegExp(`${pass}|argon2|hash`));
    const session = await aSession(runtime, mia, 'password');
    expect(outcome(await deletePass(runtime, session.session.person, { userId: tomas.id }))).toBe(
      'not_permitted',
    );
    expect(await usability(runtime, tomas)).toBe('EnabledByPolicy');
    done(await deleteOwnPass(runtime, session));
    expect(await readPass(runtime, mia.id)).toBeNull();
    expect(outcome(await redeem(runtime, mia, pass))).toBe('sign_in_failed');
    expect(outcome(await deleteOwnPass(runtime, session))).toBe('not_found');
  });

  test('is forgotten thirty days after it ran out, and not a moment before', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    done(await issue(runtime, mia));
    runtime.pass(HOUR_MS + 30 * DAY_MS);
    expect(await forgetExpiredPasses(runtime)).toBe(0);
    runtime.pass(1);
    expect(await forgetExpiredPasses(runtime)).toBe(1);
    expect(await readPass(runtime, mia.id)).toBeNull();
  });
});
