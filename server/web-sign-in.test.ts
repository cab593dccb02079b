import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#domain/time';
import { revokeCredential } from './credential.ts';
import { setPolicy } from './policy-setting.ts';
import { beginRegistration } from './registration.ts';
import { endOwnSessions, findSession, lockSession } from './session.ts';
import { deletePass, issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aKey,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  type Desk,
  done,
  lastEvent,
  recognition,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { webSignInHere } from './web-sign-in.ts';

/** Somebody on their device, which knows `EnableWebSignIn` from its enrolment. */
async function atADesk(given: { readonly webSignIn: 'on' | 'off' | 'default' }) {
  const runtime = await aRuntime();
  done(await setPolicy(runtime, null, { name: 'EnableWebSignIn', value: given.webSignIn }));
  const desk = await aPersonWithHelloKey(runtime);
  return { runtime, desk };
}

const loseKey = async (runtime: TestRuntime, { key, person }: Desk) =>
  done(await revokeCredential(runtime, null, { credentialId: key.kid, userId: person.id, evenLast: true }));

const aPass = async (runtime: TestRuntime, { person }: Desk, oneTime = false) =>
  done(await issueTemporaryAccessPass(runtime, null, { userId: person.id, oneTime, reason: 'a test' })).pass;

/** Redeems a pass in a browser of theirs; with `shown` it shows the device. */
async function redeem(runtime: TestRuntime, desk: Desk, pass: string, caller = desk.browser, shown = true) {
  const device = shown ? await recognition(runtime, caller, desk.device) : undefined;
  const result = await redeemTemporaryAccessPass(runtime, caller, {
    upn: desk.person.upn,
    pass,
    ...(device && { device }),
  });
  const token = tokenOf(result);
  return { ...(await within(runtime, caller, token)), token, leadsTo: done(result).leadsTo };
}

describe('a pass on a registered device', () => {
  test('signs in where no key does and policy lets it, and is led to a new one', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    await loseKey(runtime, desk);
    const { session, leadsTo } = await redeem(runtime, desk, await aPass(runtime, desk));
    expect(session).toMatchObject({
      kind: 'ordinary',
      method: 'temporary-access-pass',
      deviceId: desk.device.id,
    });
    expect(leadsTo).toBe('provisioning');
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pass_redeemed',
      detail: { webSignIn: true, stepUp: false },
    });
  });

  test('signs in where the only key is set aside, and leads to its replacement', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    await runtime.db.credential.updateMany({ data: { quarantinedAt: runtime.clock.now() } });
    const { session, leadsTo } = await redeem(runtime, desk, await aPass(runtime, desk));
    expect([session.kind, leadsTo]).toEqual(['ordinary', 'pin_reset']);
  });

  test('never signs in beside a key that does: it opens the PIN reset', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    const { session, leadsTo } = await redeem(runtime, desk, await aPass(runtime, desk));
    expect([session.kind, leadsTo]).toEqual(['registration', 'pin_reset']);
    expect((await lastEvent(runtime)).detail).not.toHaveProperty('webSignIn');
  });

  test.each(['off', 'default'] as const)('opens nothing but the set-up where it is %s', async (webSignIn) => {
    const { runtime, desk } = await atADesk({ webSignIn });
    await loseKey(runtime, desk);
    const { session, leadsTo } = await redeem(runtime, desk, await aPass(runtime, desk));
    expect([session.kind, leadsTo]).toEqual(['registration', 'provisioning']);
  });

  test('signs in nowhere else: without the device, and in a browser of somebody else', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    await loseKey(runtime, desk);
    const pass = await aPass(runtime, desk);
    const other = aBrowser(runtime);
    expect((await redeem(runtime, desk, pass, other, false)).session).toMatchObject({
      kind: 'registration',
      deviceId: null,
    });
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    const borrowed = await redeem(runtime, { ...desk, device: tomas.device }, pass, tomas.browser);
    expect(borrowed.session).toMatchObject({ kind: 'registration', deviceId: null });
  });
});

describe('a session of web sign-in', () => {
  test('ends with its pass: when it runs out, is deleted, or is replaced', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    await loseKey(runtime, desk);
    const pass = await aPass(runtime, desk);
    const first = await redeem(runtime, desk, pass);
    await aPass(runtime, desk);
    expect(await findSession(runtime, first.token)).toBeNull();
    const second = await redeem(runtime, desk, await aPass(runtime, desk));
    done(await deletePass(runtime, null, { userId: desk.person.id }));
    expect(await findSession(runtime, second.token)).toBeNull();
    const third = await redeem(runtime, desk, await aPass(runtime, desk));
    runtime.pass(HOUR_MS - 1);
    expect(await findSession(runtime, third.token)).not.toBeNull();
    runtime.pass(1);
    expect(await findSession(runtime, third.token)).toBeNull();
  });

  test('of a pass for one time lasts ten minutes, as its set-up may', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    await loseKey(runtime, desk);
    const { token } = await redeem(runtime, desk, await aPass(runtime, desk, true));
    runtime.pass(10 * MINUTE_MS);
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('stops when policy takes passes back', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    await loseKey(runtime, desk);
    const { token } = await redeem(runtime, desk, await aPass(runtime, desk));
    done(await setPolicy(runtime, null, { name: 'TemporaryAccessPass.state', value: 'false' }));
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('makes a key while its proof is fresh, and others end with it as they would', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    await loseKey(runtime, desk);
    const here = await redeem(runtime, desk, await aPass(runtime, desk));
    await aKey(runtime, here, 'hello', desk.device);
    runtime.pass(10 * MINUTE_MS + 1);
    const late = await beginRegistration(runtime, await within(runtime, here, here.token), {
      purpose: 'hello',
      attestation: 'none',
    });
    expect(late.ok).toBe(false);
    expect(done(await endOwnSessions(runtime, here, { sessionId: 'others' }))).toEqual({ ended: 0 });
  });
});

describe('the lock of a registered device', () => {
  async function locked(webSignIn: 'on' | 'off', keyless: boolean) {
    const { runtime, desk } = await atADesk({ webSignIn });
    if (keyless) await loseKey(runtime, desk);
    const session = await aSession(runtime, desk.person, 'passkey', desk.browser);
    await runtime.db.session.updateMany({
      where: { id: session.session.id },
      data: { deviceId: desk.device.id },
    });
    done(await lockSession(runtime, session));
    const caller = await within(runtime, desk.browser, session.token);
    return { runtime, desk, caller, token: session.token };
  }

  test('opens by a pass where web sign-in signs in, also when the device is not shown', async () => {
    for (const shown of [true, false]) {
      const { runtime, desk, caller } = await locked('on', true);
      const after = await redeem(runtime, desk, await aPass(runtime, desk), caller, shown);
      expect(after.session).toMatchObject({ id: caller.session.id, kind: 'ordinary', lockedAt: null });
    }
  });

  test.each([
    ['on', false, 'pin_reset'],
    ['off', false, 'pin_reset'],
    ['off', true, 'provisioning'],
  ] as const)(
    'with web sign-in %s and no key: %s, a pass ends it and leads to %s',
    async (webSignIn, keyless, leadsTo) => {
      for (const shown of [true, false]) {
        const { runtime, desk, caller, token } = await locked(webSignIn, keyless);
        const after = await redeem(runtime, desk, await aPass(runtime, desk), caller, shown);
        expect(after.session).toMatchObject({ kind: 'registration', userId: desk.person.id });
        expect(after.leadsTo).toBe(leadsTo);
        expect(await findSession(runtime, token)).toBeNull();
      }
    },
  );
});

describe('the sign-in page of a browser', () => {
  test('shows web sign-in after one, and for nobody else', async () => {
    const { runtime, desk } = await atADesk({ webSignIn: 'on' });
    await loseKey(runtime, desk);
    const device = await recognition(runtime, desk.browser, desk.device);
    const pass = await aPass(runtime, desk);
    const result = await redeemTemporaryAccessPass(runtime, desk.browser, {
      upn: desk.person.upn,
      pass,
      device,
    });
    const sealed = result.ok && typeof result.session === 'object' ? result.session.last : undefined;
    expect(sealed).toBeTypeOf('string');
    expect(await webSignInHere(runtime, desk.browser, sealed)).toBe(true);
    expect(await webSignInHere(runtime, aBrowser(runtime), sealed)).toBe(false);
    expect(await webSignInHere(runtime, desk.browser, undefined)).toBe(false);
  });
});
