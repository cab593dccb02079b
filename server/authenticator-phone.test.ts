import { describe, expect, test } from 'vitest';
import { PHONE_LIMIT_PER_PERSON, PHONE_OFFER_LIFETIME_MS, phoneProofMessage } from '#domain/authenticator';
import { fromBase64Url } from '#domain/base64url';
import { createProfile, signWithProfile } from '#domain/software-authenticator';
import { MINUTE_MS } from '#domain/time';
import {
  beginPhoneProof,
  beginPhoneRegistration,
  confirmPhone,
  forgetPhoneOffers,
  readPhoneOffer,
  registerPhone,
} from './authenticator-phone.ts';
import { setUserDisabled } from './identity.ts';
import { listSecondFactors } from './second-factor.ts';
import {
  aBrowser,
  aPassSession,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastCause,
  lastEvent,
  ORIGIN,
  outcome,
  storeBytes,
} from './testing.ts';
import { aPhone, phoneProof, showCode } from './testing-phone.ts';

async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const mia = await aPerson(runtime);
  return { runtime, mia, session: await aSession(runtime, mia, 'passkey') };
}

describe('adding a phone', () => {
  test('takes a code of a session and the word of that session: only then is it a phone', async () => {
    const { runtime, mia, session } = await house();
    const offer = done(await beginPhoneRegistration(runtime, session));
    expect(offer.code).toMatch(/^.{4}-.{4}-.{4}$/);
    expect(offer.address).toBe(`${ORIGIN}/authenticator#code=${offer.code.replaceAll('-', '')}`);
    const state = async () => done(await readPhoneOffer(runtime, session, offer));
    expect(await state()).toEqual({ state: 'waiting' });
    const { result } = await showCode(runtime, offer.code.toLowerCase());
    const answer = done(result);
    expect(answer).toMatchObject({ account: mia.upn, organisation: 'Tidewater Studio' });
    const redeemed = await state();
    expect(redeemed).toMatchObject({ state: 'redeemed', name: 'Blue phone', address: '198.51.100.9' });
    if (redeemed.state === 'redeemed') expect(String(redeemed.number)).toMatch(/^[1-9]\d$/);
    expect(await listSecondFactors(runtime.db, mia.id)).toEqual([]);
    done(await confirmPhone(runtime, session, { ...offer, mine: true }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'phone_registered',
      userId: mia.id,
      credentialId: answer.phoneId,
      detail: { name: 'Blue phone', proof: 'passkey', address: '198.51.100.9' },
    });
    expect(await listSecondFactors(runtime.db, mia.id)).toMatchObject([
      { id: answer.phoneId, lastUsedAt: null },
    ]);
    expect(await state()).toEqual({ state: 'over' });
  });

  test('takes a fresh strong proof at both ends, and there are so many at the most', async () => {
    const { runtime, mia } = await house();
    const weak = await aSession(runtime, mia, 'password');
    expect(outcome(await beginPhoneRegistration(runtime, weak))).toBe('proof_required');
    expect(outcome(await beginPhoneRegistration(runtime, await aPassSession(runtime, mia)))).toBe('ok');
    const session = await aSession(runtime, mia, 'hello');
    runtime.pass(4 * MINUTE_MS);
    const offer = done(await beginPhoneRegistration(runtime, session));
    done((await showCode(runtime, offer.code)).result);
    runtime.pass(2 * MINUTE_MS);
    expect(outcome(await confirmPhone(runtime, session, { ...offer, mine: true }))).toBe('proof_required');
    expect(outcome(await beginPhoneRegistration(runtime, session))).toBe('proof_required');
    const fresh = await aSession(runtime, mia, 'hello');
    for (let phones = 0; phones < PHONE_LIMIT_PER_PERSON; phones += 1) await aPhone(runtime, fresh);
    expect(outcome(await beginPhoneRegistration(runtime, fresh))).toBe('phone_limit_reached');
  });

  test('a code lets one phone in, whoever comes at once', async () => {
    const { runtime, session } = await house();
    const { code } = done(await beginPhoneRegistration(runtime, session));
    const shown = await Promise.all(Array.from({ length: 6 }, () => showCode(runtime, code)));
    expect(shown.map(({ result }) => outcome(result)).sort()).toEqual(
      ['ok', ...Array(5).fill('phone_code_refused')].sort(),
    );
  });

  test('a code that is unknown, old, replaced, of somebody disabled or of a key that is known reads the same', async () => {
    const { runtime, mia, session } = await house();
    const refused = async (code: string) => outcome((await showCode(runtime, code)).result);
    expect(await refused('AAAA-BBBB-CCCC')).toBe('phone_code_refused');
    expect(await lastCause(runtime)).toBe('phone_code_unknown');
    const first = done(await beginPhoneRegistration(runtime, session));
    const second = done(await beginPhoneRegistration(runtime, session));
    expect(await refused(first.code)).toBe('phone_code_refused');
    const known = await aPhone(runtime, await aSession(runtime, await aPerson(runtime, 'tomas'), 'hello'));
    const again = await showCode(runtime, second.code, { profile: known.profile });
    expect(outcome(again.result)).toBe('phone_code_refused');
    runtime.pass(PHONE_OFFER_LIFETIME_MS);
    expect(await refused(second.code)).toBe('phone_code_refused');
    expect(done(await readPhoneOffer(runtime, session, second))).toEqual({ state: 'over' });
    expect(await forgetPhoneOffers(runtime)).toBe(0);
    runtime.pass(1);
    expect(await forgetPhoneOffers(runtime)).toBe(1);
    const third = done(await beginPhoneRegistration(runtime, await aSession(runtime, mia, 'hello')));
    done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: true }));
    expect(await refused(third.code)).toBe('phone_code_refused');
  });

  test('whoever stole the code is seen on the other screen and turned away there', async () => {
    const { runtime, mia, session } = await house();
    const offer = done(await beginPhoneRegistration(runtime, session));
    const thief = await showCode(runtime, offer.code);
    done(thief.result);
    expect(outcome((await showCode(runtime, offer.code)).result)).toBe('phone_code_refused');
    const elsewhere = await aSession(runtime, mia, 'hello');
    const stranger = await aSession(runtime, await aPerson(runtime, 'tomas'), 'hello');
    for (const other of [elsewhere, stranger]) {
      expect(done(await readPhoneOffer(runtime, other, offer))).toEqual({ state: 'over' });
      expect(outcome(await confirmPhone(runtime, other, { ...offer, mine: true }))).toBe(
        'phone_code_refused',
      );
    }
    done(await confirmPhone(runtime, session, { ...offer, mine: false }));
    expect(await lastCause(runtime)).toBe('phone_not_mine');
    expect(outcome(await confirmPhone(runtime, session, { ...offer, mine: true }))).toBe(
      'phone_code_refused',
    );
    expect(await listSecondFactors(runtime.db, mia.id)).toEqual([]);
  });

  test('is confirmed once, and never before a phone came', async () => {
    const { runtime, mia, session } = await house();
    const offer = done(await beginPhoneRegistration(runtime, session));
    const confirm = () => confirmPhone(runtime, session, { ...offer, mine: true });
    expect(outcome(await confirm())).toBe('phone_code_refused');
    done((await showCode(runtime, offer.code)).result);
    const answers = await Promise.all([confirm(), confirm(), confirm()]);
    expect(answers.map(outcome).sort()).toEqual(['ok', 'phone_code_refused', 'phone_code_refused']);
    expect(await listSecondFactors(runtime.db, mia.id)).toHaveLength(1);
  });

  test('the key signs a challenge of this browser, once, and for this code', async () => {
    const { runtime, session } = await house();
    const { code } = done(await beginPhoneRegistration(runtime, session));
    const profile = createProfile(runtime.random.bytes(48));
    const caller = aBrowser(runtime);
    const name = 'Phone';
    const { publicKey } = profile;
    const send = async (given: object, from = caller) => {
      const content = code.replaceAll('-', '');
      const proof = await phoneProof(runtime, { caller, profile }, content);
      return outcome(await registerPhone(runtime, from, { code, name, publicKey, ...proof, ...given }));
    };
    expect(await send({}, aBrowser(runtime))).toBe('challenge_invalid');
    expect(await send({ publicKey: createProfile(runtime.random.bytes(48)).publicKey })).toBe(
      'challenge_invalid',
    );
    expect(await send({ publicKey: 'abc' })).toBe('challenge_invalid');
    expect(await send(await phoneProof(runtime, { caller, profile }, 'ANOTHERCODE2'))).toBe(
      'challenge_invalid',
    );
    expect(await send({ challenge: 'abc' })).toBe('challenge_invalid');
    const { challenge } = done(await beginPhoneProof(runtime, caller));
    const sealed = fromBase64Url(challenge) ?? new Uint8Array();
    const message = phoneProofMessage(ORIGIN, sealed, code.replaceAll('-', ''));
    const proof = { challenge, signature: signWithProfile(profile, message) };
    expect(await send(proof)).toBe('ok');
    expect(await send(proof)).toBe('challenge_consumed');
  });

  test('no code is in the store', async () => {
    const { runtime, session } = await house();
    const { code } = done(await beginPhoneRegistration(runtime, session));
    const bytes = await storeBytes(runtime);
    for (const form of [code, code.replaceAll('-', '')]) expect(bytes.includes(form)).toBe(false);
  });
});
