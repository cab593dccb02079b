import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '#domain/time';
import { finishRegistration, keepAsPasskey } from './registration.ts';
import {
  aDevice,
  aPerson,
  aRuntime,
  aSession,
  done,
  makeKey,
  outcome,
  rows,
  setKeyRules,
  signIn,
  type TestRuntime,
  within,
} from './testing.ts';

/** Somebody asked for a Hello key, and the browser made a synced passkey. */
async function anOffer(runtime: TestRuntime) {
  const person = await aPerson(runtime);
  const begun = await aSession(runtime, person, 'passkey');
  const device = await aDevice(runtime, begun);
  const session = await within(runtime, begun, begun.token);
  const { key, ...made } = await makeKey(runtime, session, 'hello', device, { backupEligible: true });
  const result = await finishRegistration(runtime, session, made);
  if (result.ok) throw new Error('a synced passkey was taken for a Hello key');
  return { person, session, key, problem: result.problem, offer: String(result.problem.facts?.offer) };
}

describe('a synced passkey where a Hello key was asked for', () => {
  test('is never written as one; the answer is an offer to keep it as what it is', async () => {
    const runtime = await aRuntime();
    const { problem, offer } = await anOffer(runtime);
    expect(problem.code).toBe('not_a_hello_key');
    expect(offer).toMatch(/^[A-Za-z0-9_-]+$/);
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test('is kept once, also when asked many times at the same instant, and signs in as a passkey', async () => {
    const runtime = await aRuntime();
    const { session, key, offer } = await anOffer(runtime);
    const answers = await Promise.all([1, 2, 3].map(() => keepAsPasskey(runtime, session, { offer })));
    expect(answers.map(outcome).sort()).toEqual([
      'credential_already_registered',
      'credential_already_registered',
      'ok',
    ]);
    expect(await runtime.db.credential.findMany()).toMatchObject([
      { kind: 'passkey', deviceId: null, backupEligible: true },
    ]);
    const kid = (await runtime.db.credential.findFirstOrThrow()).id;
    expect(outcome(await signIn(runtime, { key: { ...key, kid }, browser: session }))).toBe('ok');
  });

  test('is kept only in the session that made it', async () => {
    const runtime = await aRuntime();
    const { person, offer } = await anOffer(runtime);
    const same = await aSession(runtime, person, 'passkey');
    const other = await aSession(runtime, await aPerson(runtime, 'tomas'), 'passkey');
    expect(outcome(await keepAsPasskey(runtime, same, { offer }))).toBe('offer_expired');
    expect(outcome(await keepAsPasskey(runtime, other, { offer }))).toBe('offer_expired');
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test('is kept only within five minutes', async () => {
    const runtime = await aRuntime();
    const { session, offer } = await anOffer(runtime);
    runtime.pass(5 * MINUTE_MS);
    expect(outcome(await keepAsPasskey(runtime, session, { offer }))).toBe('offer_expired');
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test('is kept only while the proof is fresh enough for a passkey', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    const begun = await aSession(runtime, person, 'passkey');
    const device = await aDevice(runtime, begun);
    const session = await within(runtime, begun, begun.token);
    runtime.pass(4 * MINUTE_MS);
    const made = await makeKey(runtime, session, 'hello', device, { backupEligible: true });
    const result = await finishRegistration(runtime, session, made);
    runtime.pass(MINUTE_MS + 1);
    const offer = String(result.ok ? '' : result.problem.facts?.offer);
    expect(outcome(await keepAsPasskey(runtime, session, { offer }))).toBe('proof_required');
  });

  test('is not offered where policy forbids it, nor kept where policy changed since', async () => {
    const runtime = await aRuntime();
    const { session, offer } = await anOffer(runtime);
    done(await setKeyRules(runtime, { passkey: { allowSynced: false } }));
    expect(outcome(await keepAsPasskey(runtime, session, { offer }))).toBe('synced_passkeys_not_allowed');
    const other = await aRuntime();
    done(await setKeyRules(other, { passkey: { allowSynced: false } }));
    expect((await anOffer(other)).problem.facts).not.toHaveProperty('offer');
  });

  test('cannot be changed by anybody on its way: any byte that differs voids the offer', async () => {
    const runtime = await aRuntime();
    const { session, offer } = await anOffer(runtime);
    const bytes = Buffer.from(offer, 'base64url');
    for (let index = 0; index < bytes.length; index += 7) {
      const tampered = Buffer.from(bytes);
      tampered[index] = (tampered[index] ?? 0) ^ 1;
      expect(outcome(await keepAsPasskey(runtime, session, { offer: tampered.toString('base64url') }))).toBe(
        'offer_expired',
      );
    }
    for (const garbage of ['', 'AAAA', `${offer}AAAA`, offer.slice(0, -4), '!']) {
      expect(outcome(await keepAsPasskey(runtime, session, { offer: garbage }))).toBe('offer_expired');
    }
    expect((await rows(runtime)).credentials).toBe(0);
  });
});
