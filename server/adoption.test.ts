import { describe, expect, test } from 'vitest';
import { rollOut } from '#domain/adoption';
import { DAY_MS, MINUTE_MS } from '#domain/time';
import {
  countKeysByProtection,
  readAdoption,
  readAttention,
  readPasswordUse,
  readRecoveryWeeks,
  readSignInDays,
  rollOutFacts,
} from './adoption.ts';
import { changeDevice } from './device.ts';
import { record } from './event.ts';
import {
  createUser,
  listPeople,
  resetPassword,
  type Standing,
  setUserDisabled,
  standingsAmong,
} from './identity.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { switchPasswordless } from './passwordless.ts';
import { setPolicy } from './policy-setting.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSwitch,
  aTenant,
  done,
  outcome,
  signIn,
  type TestRuntime,
} from './testing.ts';
import { aDocument, aSource } from './testing-policy.ts';

/** One person of every kind that the overview tells apart. */
async function aWorkplace(runtime: TestRuntime) {
  const ready = await aPersonWithHelloKey(runtime, 'ready');
  const onDisabled = await aPersonWithHelloKey(runtime, 'on-disabled');
  const withPasskey = await aPersonWithPasskey(runtime, 'with-passkey');
  const withPassword = await aPerson(runtime, 'with-password');
  const gone = await aPerson(runtime, 'gone');
  done(await createUser(runtime, { upn: 'glass@tidewater.example', displayName: 'glass', breakGlass: true }));
  for (const { id } of [onDisabled.person, withPassword, gone])
    done(await resetPassword(runtime, null, { userId: id, temporary: false }));
  done(await changeDevice(runtime, null, { deviceId: onDisabled.device.id, change: 'disable' }));
  done(await setUserDisabled(runtime, null, { userId: gone.id, disabled: true }));
  return { ready, onDisabled, withPasskey, withPassword, gone };
}

async function names(runtime: TestRuntime, standing: Standing): Promise<string[]> {
  return (await listPeople(runtime, { standing })).map(({ displayName }) => displayName);
}

describe('the numbers of the overview', () => {
  test('count enabled people who are not for emergencies, each stage among those of the stage before', async () => {
    const runtime = await aRuntime();
    const { ready } = await aWorkplace(runtime);
    expect(await readAdoption(runtime)).toMatchObject({
      people: 4,
      withDevice: 2,
      withHello: 1,
      usedHello: 0,
      passwordOnly: 2,
    });
    done(await signIn(runtime, ready));
    expect((await readAdoption(runtime)).usedHello).toBe(1);
    runtime.pass(8 * DAY_MS);
    expect((await readAdoption(runtime)).usedHello).toBe(0);
  });

  test('are as many as the lists they lead to', async () => {
    const runtime = await aRuntime();
    const { ready, onDisabled, withPassword, withPasskey } = await aWorkplace(runtime);
    done(
      await issueTemporaryAccessPass(runtime, null, {
        userId: withPasskey.person.id,
        lifetimeMinutes: 120,
        reason: 'a test',
      }),
    );
    done(await issueTemporaryAccessPass(runtime, null, { userId: withPassword.id, lifetimeMinutes: 60 }));
    runtime.pass(61 * MINUTE_MS);
    done(await signIn(runtime, ready));
    runtime.pass(MINUTE_MS);
    expect(outcome(await signIn(runtime, ready, { counter: 1 }))).toBe('credential_quarantined');

    const lists = {
      ready: await names(runtime, 'ready'),
      password_only: await names(runtime, 'password_only'),
      pass_open: await names(runtime, 'pass_open'),
      quarantined: await names(runtime, 'quarantined'),
    };
    expect(lists).toEqual({
      ready: [],
      password_only: [onDisabled.person, withPassword].map(({ upn }) => upn.split('@')[0]),
      pass_open: ['with-passkey'],
      quarantined: ['ready'],
    });
    expect(await readAdoption(runtime)).toMatchObject({
      withHello: lists.ready.length,
      passwordOnly: lists.password_only.length,
      passesOpen: lists.pass_open.length,
      keysQuarantined: 1,
      failedSignIns: 1,
      devices: 2,
    });
    expect(await countKeysByProtection(runtime)).toEqual({
      hello: { unverified: 2 },
      passkey: { unverified: 1 },
    });
    const everybody = await listPeople(runtime);
    const among = await standingsAmong(
      runtime,
      everybody.map(({ id }) => id),
    );
    for (const [standing, list] of Object.entries(lists)) {
      const said = everybody.filter(({ id }) => among[standing as Standing].has(id));
      expect(said.map(({ displayName }) => displayName)).toEqual(list);
    }
    const attention = await readAttention(runtime);
    expect(attention.quarantined.map(({ displayName }) => displayName)).toEqual(['ready']);
    expect(attention.disabledDevices.map(({ id }) => id)).toEqual([onDisabled.device.id]);
  });

  test('come from an empty store as zeros', async () => {
    const runtime = await aRuntime();
    expect(new Set(Object.values(await readAdoption(runtime)))).toEqual(new Set([0]));
    expect(await readAttention(runtime)).toEqual({ quarantined: [], disabledDevices: [] });
    expect(await readPasswordUse(runtime)).toEqual({ recently: 0, thisMonth: 0 });
    expect(await countKeysByProtection(runtime)).toEqual({ hello: {}, passkey: {} });
  });

  test('tell when people last used a password: each once, by the last time, nobody who no longer counts', async () => {
    const runtime = await aRuntime();
    const { withPassword, onDisabled, gone } = await aWorkplace(runtime);
    const enter = async (person: { readonly id: string; readonly upn: string }) => {
      const { password } = done(await resetPassword(runtime, null, { userId: person.id, temporary: false }));
      done(await signInWithPassword(runtime, aBrowser(runtime), { upn: person.upn, password }));
    };
    done(await setUserDisabled(runtime, null, { userId: gone.id, disabled: false }));
    for (const person of [withPassword, onDisabled.person, gone]) await enter(person);
    done(await setUserDisabled(runtime, null, { userId: gone.id, disabled: true }));
    expect(await readPasswordUse(runtime)).toEqual({ recently: 2, thisMonth: 0 });
    runtime.pass(8 * DAY_MS);
    expect(await readPasswordUse(runtime)).toEqual({ recently: 0, thisMonth: 2 });
    await enter(withPassword);
    expect(await readPasswordUse(runtime)).toEqual({ recently: 1, thisMonth: 1 });
    runtime.pass(23 * DAY_MS);
    expect(await readPasswordUse(runtime)).toEqual({ recently: 0, thisMonth: 1 });
    runtime.pass(8 * DAY_MS);
    expect(await readPasswordUse(runtime)).toEqual({ recently: 0, thisMonth: 0 });
  });

  test('place the tenant on the four steps, by what people really did', async () => {
    const runtime = await aRuntime();
    const standing = async () => {
      const [adoption, used] = await Promise.all([readAdoption(runtime), readPasswordUse(runtime)]);
      const facts = await rollOutFacts(runtime, adoption, used);
      return { step: rollOut(facts).find(({ state }) => state === 'current')?.number ?? 'all done', facts };
    };
    const desks = [];
    for (const alias of ['ada', 'mia', 'tomas']) desks.push(await aPersonWithHelloKey(runtime, alias));
    expect((await standing()).step).toBe(1);
    for (const desk of desks) done(await signIn(runtime, desk));
    // All have a key and use it, nobody has a password: what is left is nothing.
    expect((await standing()).step).toBe('all done');
    const late = await aPerson(runtime, 'late');
    const { password } = done(await resetPassword(runtime, null, { userId: late.id, temporary: false }));
    done(await signInWithPassword(runtime, aBrowser(runtime), { upn: late.upn, password }));
    expect(await standing()).toEqual({
      step: 2,
      facts: {
        helloOn: true,
        people: 4,
        withKey: 3,
        usedKey: 3,
        usedPassword: 1,
        openPasswords: 1,
        storedPasswords: 1,
      },
    });
    await aTenant(runtime);
    done(await switchPasswordless(runtime, null, await aSwitch(runtime, 'refuse')));
    expect((await standing()).facts).toMatchObject({ openPasswords: 0, storedPasswords: 1 });
    done(await setPolicy(runtime, null, { name: 'UsePassportForWork', value: 'false' }));
    expect((await standing()).step).toBe(1);
    await aSource(runtime, aDocument({ UsePassportForWork: 'true' }));
    expect((await standing()).facts).toMatchObject({ helloOn: true });
  });
});

describe('resets and passes a week', () => {
  test('are counted by the week of seven days that ends today, and failures are none', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    const issue = async () =>
      done(await issueTemporaryAccessPass(runtime, null, { userId: person.id, lifetimeMinutes: 60 }));
    const { pass } = await issue();
    const upn = person.upn;
    done(await redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn, pass }));
    runtime.pass(7 * DAY_MS);
    await issue();
    expect(
      outcome(await redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn, pass: 'WRONG234' })),
    ).toBe('sign_in_failed');
    await record(runtime.db, runtime, { code: 'pin_reset', userId: person.id });
    runtime.pass(6 * DAY_MS);
    await record(runtime.db, runtime, { code: 'pin_reset', userId: person.id });
    await record(runtime.db, runtime, { code: 'pin_reset', outcome: 'failure', userId: person.id });
    // 2 March is the first day of the store; today is the 15th.
    expect(await readRecoveryWeeks(runtime, 3)).toEqual([
      { day: '2026-02-23', pinResets: 0, passesIssued: 0, passesUsed: 0 },
      { day: '2026-03-02', pinResets: 0, passesIssued: 1, passesUsed: 1 },
      { day: '2026-03-09', pinResets: 2, passesIssued: 1, passesUsed: 0 },
    ]);
  });
});

describe('sign-ins a day', () => {
  test('are told apart by method, failures beside them, and days without any are there', async () => {
    const runtime = await aRuntime();
    const { ready, withPasskey, withPassword } = await aWorkplace(runtime);
    const { password } = done(
      await resetPassword(runtime, null, { userId: withPassword.id, temporary: false }),
    );
    done(await signIn(runtime, ready));
    runtime.pass(2 * DAY_MS);
    done(await signIn(runtime, ready));
    done(await signIn(runtime, withPasskey));
    done(await signInWithPassword(runtime, aBrowser(runtime), { upn: withPassword.upn, password }));
    expect(
      outcome(
        await signInWithPassword(runtime, aBrowser(runtime), { upn: withPassword.upn, password: 'not it' }),
      ),
    ).toBe('sign_in_failed');
    const days = await readSignInDays(runtime, 4);
    expect(days).toEqual([
      { day: '2026-03-01', hello: 0, passkey: 0, password: 0, pass: 0, failed: 0 },
      { day: '2026-03-02', hello: 1, passkey: 0, password: 0, pass: 0, failed: 0 },
      { day: '2026-03-03', hello: 0, passkey: 0, password: 0, pass: 0, failed: 0 },
      { day: '2026-03-04', hello: 1, passkey: 1, password: 1, pass: 0, failed: 1 },
    ]);
  });
});
