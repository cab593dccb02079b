import { describe, expect, test } from 'vitest';
import { DAY_MS, MINUTE_MS } from '#domain/time';
import { readAdoption, readAttention, readSignInDays } from './adoption.ts';
import { changeDevice } from './device.ts';
import {
  createUser,
  listPeople,
  resetPassword,
  type Standing,
  setUserDisabled,
  standingsAmong,
} from './identity.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { issueTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  done,
  outcome,
  signIn,
  type TestRuntime,
} from './testing.ts';

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
      helloKeys: 2,
      passkeys: 1,
      devices: 2,
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
      { day: '2026-03-01', hello: 0, passkey: 0, password: 0, failed: 0 },
      { day: '2026-03-02', hello: 1, passkey: 0, password: 0, failed: 0 },
      { day: '2026-03-03', hello: 0, passkey: 0, password: 0, failed: 0 },
      { day: '2026-03-04', hello: 1, passkey: 1, password: 1, failed: 1 },
    ]);
  });
});
