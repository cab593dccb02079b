import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FederatedIdpMfaBehavior } from '#domain/federation';
import { unlockProviders } from '#domain/policy/setting-text';
import { MINUTE_MS, SECOND_MS } from '#domain/time';
import type { SignedIn } from './caller.ts';
import { revokeCredential } from './credential.ts';
import { beginFederatedSignIn, beginFederatedUnlock } from './federated-sign-in.ts';
import { findUnlockUpstream } from './federated-unlock.ts';
import { changeFederatedDomain, unlinkIdentity } from './federation.ts';
import { setPolicy } from './policy-setting.ts';
import { findSession, lockSession } from './session.ts';
import {
  aPerson,
  aPersonWithHelloKey,
  aSession,
  type Desk,
  done,
  lastCause,
  lastEvent,
  outcome,
  recognition,
  signIn,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { back, DOMAIN, federationWith, mia, miaWithMfa } from './testing-federation.ts';
import { anUpstream, comeBackFrom, type TestUpstream, type UpstreamTelling } from './testing-upstream.ts';

let upstream: TestUpstream;
beforeAll(async () => {
  upstream = await anUpstream(back(DOMAIN));
});
afterAll(async () => await upstream.close());
const { aFederation, finish } = federationWith(() => upstream);

interface Given {
  readonly webSignIn?: 'on' | 'off' | 'default';
  readonly key?: 'lost' | 'usable';
  readonly behavior?: FederatedIdpMfaBehavior;
  readonly domains?: string;
  /** Unlock factors that this network does not meet. */
  readonly factors?: boolean;
  readonly shows?: boolean;
}

/** Somebody who is linked and locked on their device; theirs is the session that they opened at the provider. */
async function atALock(given: Given = {}) {
  const { webSignIn = 'on', key = 'lost', behavior, domains, factors = false, shows = true } = given;
  const runtime = await aFederation();
  const set = async (name: string, value: string) => done(await setPolicy(runtime, null, { name, value }));
  await set('EnableWebSignIn', webSignIn);
  if (domains !== undefined) await set('ConfigureWebSignInAllowedUrls', domains);
  if (factors) {
    await set('DeviceUnlock/GroupB', unlockProviders.pin);
    await set('DeviceUnlock/GroupA', unlockProviders.pin);
  }
  const desk = await aPersonWithHelloKey(runtime);
  if (key === 'lost') await loseKey(runtime, desk);
  await upstream.tell(miaWithMfa);
  const device = shows ? await recognition(runtime, desk.browser, desk.device) : undefined;
  const { upn } = desk.person;
  const asked = done(await beginFederatedSignIn(runtime, desk.browser, { upn, device }));
  const answered = await comeBackFrom(asked.address, back(DOMAIN));
  const token = tokenOf(await finish(runtime, desk.browser, answered));
  if (behavior !== undefined) await runtime.db.federatedDomain.updateMany({ data: { behavior } });
  return { runtime, desk, caller: await lock(runtime, desk, token) };
}

const loseKey = async (runtime: TestRuntime, { key, person }: Desk) =>
  done(await revokeCredential(runtime, null, { credentialId: key.kid, userId: person.id, evenLast: true }));

async function lock(runtime: TestRuntime, desk: Desk, token: string): Promise<SignedIn> {
  done(await lockSession(runtime, await within(runtime, desk.browser, token)));
  runtime.pass(10 * SECOND_MS);
  return await within(runtime, desk.browser, token);
}

const offered = async (runtime: TestRuntime, { session, address }: SignedIn) =>
  (await findUnlockUpstream(runtime, session, address)) !== null;
const isLocked = async (runtime: TestRuntime, { session }: SignedIn) =>
  (await runtime.db.session.findUniqueOrThrow({ where: { id: session.id } })).lockedAt !== null;

async function goThere(runtime: TestRuntime, caller: SignedIn, telling: UpstreamTelling = miaWithMfa) {
  await upstream.tell(telling);
  const { address } = done(await beginFederatedUnlock(runtime, caller));
  return await comeBackFrom(address, back(DOMAIN));
}

/** What an answer of the provider does to a lock that stays, and why. */
async function refused(runtime: TestRuntime, caller: SignedIn, answered: URLSearchParams) {
  const result = await finish(runtime, caller, answered);
  expect(await isLocked(runtime, caller)).toBe(true);
  return [outcome(result), await lastCause(runtime)];
}

describe('the lock of a device', () => {
  test('opens at the provider where policy lets it and no key does, and leads to a new key', async () => {
    const { runtime, desk, caller } = await atALock();
    expect(await offered(runtime, caller)).toBe(true);
    await upstream.tell(miaWithMfa);
    const { address } = done(await beginFederatedUnlock(runtime, caller));
    const { searchParams } = new URL(address);
    // Whoever is still signed in over there opens nothing by that.
    expect([searchParams.get('prompt'), searchParams.get('max_age')]).toEqual(['login', '300']);
    const result = await finish(runtime, caller, await comeBackFrom(address, back(DOMAIN)));
    expect(done(result)).toEqual({ next: 'signed_in', leadsTo: 'provision' });
    const { session } = await within(runtime, desk.browser, tokenOf(result));
    expect(session).toMatchObject({ id: caller.session.id, lockedAt: null, deviceId: desk.device.id });
    expect(session.proofs.map(({ kind }) => kind)).toContain('federated-mfa');
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'unlock',
      outcome: 'success',
      userId: desk.person.id,
      sessionId: session.id,
      detail: { method: 'federated-mfa', domain: DOMAIN, issuer: upstream.issuer },
    });
  });

  test.each<[string, Given]>([
    ['a key works there: the provider is not asked again', { key: 'usable' }],
    ['policy says off', { webSignIn: 'off' }],
    ['policy says nothing', { webSignIn: 'default' }],
    ["the provider's MFA never counts", { behavior: 'rejectMfaByFederatedIdp' }],
    ['web sign-in may go elsewhere alone', { domains: 'login.contoso.example' }],
  ])('does not where %s', async (_, given) => {
    const { runtime, caller } = await atALock(given);
    expect(await offered(runtime, caller)).toBe(false);
    await upstream.asked();
    const result = await beginFederatedUnlock(runtime, caller);
    expect([outcome(result), await lastCause(runtime)]).toEqual([
      'sign_in_failed',
      'web_sign_in_not_allowed',
    ]);
    expect(await upstream.asked()).toEqual([]);
  });

  test('is judged again on the way back: a key that works meanwhile keeps it', async () => {
    const { runtime, desk, caller } = await atALock();
    const answered = await goThere(runtime, caller);
    await runtime.db.credential.updateMany({ where: { id: desk.key.kid }, data: { revokedAt: null } });
    expect(await refused(runtime, caller, answered)).toEqual(['sign_in_failed', 'web_sign_in_not_allowed']);
  });

  test('opens for the linked person of its session alone', async () => {
    const { runtime, desk, caller } = await atALock();
    const ben = await aPerson(runtime, 'ben');
    for (const telling of [
      { ...miaWithMfa, subject: 'somebody-else' },
      { ...miaWithMfa, subject: 'ben', claims: { upn: ben.upn } },
    ]) {
      const answered = await goThere(runtime, caller, telling);
      expect(await refused(runtime, caller, answered)).toEqual([
        'sign_in_failed',
        'another_person_came_back',
      ]);
      expect(await lastEvent(runtime)).toMatchObject({
        userId: desk.person.id,
        detail: { at: 'lock', subject: telling.subject },
      });
    }
    // Nobody is linked at a lock.
    expect(await runtime.db.federatedIdentity.count()).toBe(1);
    const answered = await goThere(runtime, caller);
    await runtime.db.federatedIdentity.deleteMany();
    expect(await refused(runtime, caller, answered)).toEqual(['sign_in_failed', 'another_person_came_back']);
    expect(await offered(runtime, caller)).toBe(false);
  });

  test('takes MFA that was made for it', async () => {
    const { runtime, caller } = await atALock();
    const withoutMfa = await goThere(runtime, caller, mia);
    expect(await refused(runtime, caller, withoutMfa)).toEqual(['federated_mfa_required', 'mfa_not_done']);
    const before = await goThere(runtime, caller, { ...miaWithMfa, signedInSecondsAgo: 120 });
    expect(await refused(runtime, caller, before)).toEqual([
      'sign_in_failed',
      'signed_in_before_it_was_asked',
    ]);
  });

  test('takes none that was made for an earlier lock', async () => {
    const { runtime, caller } = await atALock();
    const answered = await goThere(runtime, caller);
    runtime.pass(MINUTE_MS);
    const lockedAt = runtime.clock.now();
    await runtime.db.session.update({ where: { id: caller.session.id }, data: { lockedAt } });
    const again = { ...caller, session: { ...caller.session, lockedAt } };
    expect(await refused(runtime, again, answered)).toEqual(['sign_in_failed', 'signed_in_before_the_lock']);
  });

  test('opens by no answer of another session, of another browser, or a second time', async () => {
    const { runtime, desk, caller } = await atALock();
    const answered = await goThere(runtime, caller);
    const other = await aSession(runtime, desk.person, 'hello');
    const theirs = { ...caller, session: other.session };
    expect(outcome(await finish(runtime, theirs, answered))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('another_session');
    expect(await isLocked(runtime, caller)).toBe(true);
    expect(outcome(await finish(runtime, caller, answered))).toBe('challenge_consumed');

    const stolen = await goThere(runtime, caller);
    const elsewhere = { ...caller, browser: other.browser };
    expect(outcome(await finish(runtime, elsewhere, stolen))).toBe('challenge_invalid');
    const result = await finish(runtime, caller, stolen);
    expect(outcome(result)).toBe('ok');
    const open = await within(runtime, desk.browser, tokenOf(result));
    const late = await goThere(runtime, await lock(runtime, desk, tokenOf(result)));
    expect(outcome(await finish(runtime, open, late))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('not_locked');
  });

  test('never opens for an administrator or an emergency account, unless the domain says so of the first', async () => {
    const { runtime, desk, caller } = await atALock();
    const userId = desk.person.id;
    const answered = await goThere(runtime, caller);
    await runtime.db.userRole.create({ data: { userId, role: 'global_reader' } });
    expect(await refused(runtime, caller, answered)).toEqual(['sign_in_failed', 'administrator']);
    expect(await offered(runtime, caller)).toBe(false);
    await runtime.db.federatedDomain.updateMany({ data: { administrators: true } });
    expect(await offered(runtime, caller)).toBe(true);
    await runtime.db.user.update({ where: { id: userId }, data: { breakGlass: true } });
    expect(await offered(runtime, caller)).toBe(false);
  });

  test('opened there, its session ends with the link and with the federation', async () => {
    for (const end of [
      async (runtime: TestRuntime, userId: string) => done(await unlinkIdentity(runtime, null, { userId })),
      async (runtime: TestRuntime) =>
        done(await changeFederatedDomain(runtime, null, { domain: DOMAIN, enabled: false })),
    ]) {
      const { runtime, desk, caller } = await atALock();
      // However the session began.
      await runtime.db.session.updateMany({
        where: { id: caller.session.id },
        data: { method: 'passkey' },
      });
      await runtime.db.proof.deleteMany({ where: { sessionId: caller.session.id } });
      const token = tokenOf(await finish(runtime, caller, await goThere(runtime, caller)));
      expect(await findSession(runtime, token)).not.toBeNull();
      await end(runtime, desk.person.id);
      expect(await findSession(runtime, token)).toBeNull();
    }
  });
});

test('where unlock factors ask for two, the provider is one, beside a key, once, whatever web sign-in is', async () => {
  const { runtime, desk, caller } = await atALock({ key: 'usable', webSignIn: 'off', factors: true });
  expect(await offered(runtime, caller)).toBe(true);
  const first = await finish(runtime, caller, await goThere(runtime, caller));
  expect(done(first)).toEqual({ next: 'signed_in', leadsTo: null });
  expect(await isLocked(runtime, caller)).toBe(true);
  expect(await lastEvent(runtime)).toMatchObject({ code: 'unlock_factor', outcome: 'success' });
  const again = await within(runtime, desk.browser, tokenOf(first));
  expect(await offered(runtime, again)).toBe(false);
  const opened = tokenOf(await signIn(runtime, desk, {}, again, 'unlock'));
  expect((await findSession(runtime, opened))?.lockedAt).toBeNull();
});

test('off a registered device it opens the lock as any strong proof does, and leads nowhere', async () => {
  const { runtime, caller } = await atALock({ webSignIn: 'off', shows: false });
  expect(caller.session.deviceId).toBeNull();
  const result = await finish(runtime, caller, await goThere(runtime, caller));
  expect(done(result)).toEqual({ next: 'signed_in', leadsTo: null });
  expect(await isLocked(runtime, caller)).toBe(false);
});
