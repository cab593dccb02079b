import { describe, expect, test } from 'vitest';
import { proofKinds } from '#domain/authentication';
import { PIN_RESET_CHALLENGE_LIFETIME_MS } from '#domain/ceremony';
import { DAY_MS, MINUTE_MS } from '#domain/time';
import { finishAuthentication } from './authentication.ts';
import { forgetExpiredChallenges } from './ceremony.ts';
import { readSignals, reportKeyLost, revokeCredential } from './credential.ts';
import { readPinReset } from './pin-reset.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import {
  aBrowser,
  aDevice,
  aForgottenPin,
  aKey,
  answerChallenge,
  aPassSession,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  breakEvents,
  done,
  lastCause,
  lastEvent,
  makeKey,
  outcome,
  rows,
  signedInAt,
  signIn,
  type TestRuntime,
  within,
} from './testing.ts';
import { aDocument, aSource, tell } from './testing-policy.ts';

const RESET = { purpose: 'pin-reset', attestation: 'direct' } as const;

/** The person's keys that still stand, by kid. */
const standing = async (runtime: TestRuntime) =>
  (await runtime.db.credential.findMany({ where: { revokedAt: null }, orderBy: { createdAt: 'asc' } })).map(
    ({ id }) => id,
  );
const finish = (runtime: TestRuntime, session: Parameters<typeof finishRegistration>[1], made: object) => {
  const { key: _, ...answer } = made as Awaited<ReturnType<typeof makeKey>>;
  return finishRegistration(runtime, session, answer);
};

describe('a destructive reset', () => {
  test('replaces the key of this device in one step: a new kid, event 300, and one event with both', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    expect(await standing(runtime)).toEqual([desk.key.kid]);
    const answer = done(await finish(runtime, session, made));
    expect(answer).toMatchObject({ kind: 'hello', upn: desk.person.upn });
    expect(answer.kid).not.toBe(desk.key.kid);
    expect(await standing(runtime)).toEqual([answer.kid]);
    expect(await runtime.db.credential.findUnique({ where: { id: desk.key.kid } })).toMatchObject({
      revocationReason: 'replaced',
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pin_reset',
      outcome: 'success',
      credentialId: answer.kid,
      deviceId: desk.device.id,
      sessionId: session.session.id,
      detail: { kid: answer.kid, replaced: desk.key.kid },
    });
    const told = await runtime.db.event.findMany({
      where: { code: { in: ['key_registered', 'credential_revoked'] }, credentialId: { not: null } },
    });
    expect(told.map(({ code, credentialId }) => `${code} ${credentialId}`).sort()).toEqual(
      [
        `credential_revoked ${desk.key.kid}`,
        `key_registered ${desk.key.kid}`,
        `key_registered ${answer.kid}`,
      ].sort(),
    );
  });

  test('the new key signs in on this device and the old one never again', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    const { kid } = done(await finish(runtime, session, made));
    expect(outcome(await signIn(runtime, desk))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('credential_revoked');
    expect(outcome(await signIn(runtime, { ...desk, key: { ...made.key, kid } }))).toBe('ok');
  });

  test('leaves only the key that it replaces out of excludeCredentials, and touches no other key', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const passkey = await aKey(runtime, session, 'passkey');
    const elsewhere = await aSession(runtime, desk.person, 'passkey');
    const other = await aDevice(runtime, elsewhere, 'HOME-01');
    const there = await within(runtime, elsewhere, elsewhere.token);
    const far = await aKey(runtime, there, 'hello', other);
    const options = done(await beginRegistration(runtime, session, RESET));
    expect(options.excludeCredentials?.map(({ id }) => id).sort()).toEqual(
      [passkey.credentialId, far.credentialId].sort(),
    );
    done(await finish(runtime, session, await makeKey(runtime, session, 'pin-reset', desk.device)));
    expect(await standing(runtime)).toEqual(expect.arrayContaining([passkey.kid, far.kid]));
    expect(await standing(runtime)).toHaveLength(3);
    const browser = aBrowser(runtime);
    expect(outcome(await signIn(runtime, { key: far, device: other, browser }))).toBe('ok');
  });

  test("ends the old key's sessions, and leaves the one that it happens in", async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const away = { ...desk, browser: aBrowser(runtime) };
    const elsewhere = await signedInAt(runtime, away);
    desk.key = away.key;
    const here = await signedInAt(runtime, desk);
    // The session of the reset began with the old key, too; what counts in it is the passkey that came after.
    const proof = { id: 'p', sessionId: here.session.id, kind: 'passkey', provenAt: runtime.clock.now() };
    await runtime.db.proof.create({ data: { ...proof, credentialId: 'another' } });
    runtime.pass(1);
    const session = await within(runtime, desk.browser, here.token);
    done(await finish(runtime, session, await makeKey(runtime, session, 'pin-reset', desk.device)));
    await expect(within(runtime, desk.browser, here.token)).resolves.toBeDefined();
    await expect(within(runtime, desk.browser, elsewhere.token)).rejects.toThrow('dead');
  });

  test('replaces a key that was set aside', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    await runtime.db.credential.updateMany({ data: { quarantinedAt: runtime.clock.now() } });
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    const { kid } = done(await finish(runtime, session, made));
    expect(await standing(runtime)).toEqual([kid]);
  });

  test('works in the session of a pass, where nothing else of a member does', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const begun = await aPassSession(runtime, desk.person, { caller: desk.browser });
    await runtime.db.session.update({ where: { id: begun.session.id }, data: { deviceId: desk.device.id } });
    runtime.pass(1);
    const session = await within(runtime, desk.browser, begun.token);
    const { kid } = done(
      await finish(runtime, session, await makeKey(runtime, session, 'pin-reset', desk.device)),
    );
    expect(await standing(runtime)).toEqual([kid]);
  });
});

describe('who may reset', () => {
  test.each(proofKinds.map((kind) => [kind, kind !== 'password' && kind !== 'federated'] as const))(
    'a session that proved %s by another way than this key: %s',
    async (kind, may) => {
      const runtime = await aRuntime();
      const { desk, session } = await aForgottenPin(runtime);
      if (kind === 'temporary-access-pass') await aPassSession(runtime, desk.person);
      await runtime.db.proof.updateMany({
        where: { sessionId: session.session.id },
        data: { kind, provenAt: runtime.clock.now() },
      });
      const caller = await within(runtime, desk.browser, session.token);
      const asked = outcome(await beginRegistration(runtime, caller, RESET));
      expect(asked).toBe(may ? 'ok' : 'proof_required');
      if (may) return;
      const refused = { code: 'pin_reset', outcome: 'failure', detail: { cause: 'proof_required' } };
      expect(await lastEvent(runtime)).toMatchObject(refused);
    },
  );

  test('a proof by the very key that is replaced does not count, however fresh', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    expect(outcome(await beginRegistration(runtime, session, RESET))).toBe('proof_required');
    expect((await readPinReset(runtime, session.session)).proofFresh).toBe(false);
    // For everything else it does.
    expect(outcome(await beginRegistration(runtime, session, { ...RESET, purpose: 'passkey' }))).toBe('ok');
  });

  test('a proof carries for ten minutes, judged again when the key is written, and a new one carries the same response', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    runtime.pass(9 * MINUTE_MS);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    runtime.pass(2 * MINUTE_MS);
    expect(outcome(await finish(runtime, session, made))).toBe('proof_required');
    expect(outcome(await beginRegistration(runtime, session, RESET))).toBe('proof_required');
    expect(await standing(runtime)).toEqual([desk.key.kid]);
    await runtime.db.proof.updateMany({
      where: { sessionId: session.session.id },
      data: { provenAt: runtime.clock.now() },
    });
    const again = await within(runtime, desk.browser, session.token);
    expect(outcome(await finish(runtime, again, made))).toBe('ok');
  });

  test('only on a device that has a key of theirs, and with its own proof', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const stranger = await aForgottenPin(runtime, 'tomas');
    const nowhere = await aSession(runtime, desk.person, 'passkey');
    expect(outcome(await beginRegistration(runtime, nowhere, RESET))).toBe('device_required');
    for (const device of [undefined, stranger.desk.device]) {
      const made = await makeKey(runtime, session, 'pin-reset', device);
      expect(outcome(await finish(runtime, session, made))).toBe('device_required');
    }
    done(
      await revokeCredential(runtime, null, {
        credentialId: desk.key.kid,
        userId: desk.person.id,
        evenLast: true,
      }),
    );
    expect(outcome(await beginRegistration(runtime, session, RESET))).toBe('nothing_to_reset');
    expect(await standing(runtime)).toEqual([stranger.desk.key.kid]);
  });

  test('nobody whose device was told that Windows Hello is off', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    await aSource(runtime, aDocument({ UsePassportForWork: 'false' }));
    await tell(runtime, session.session);
    expect(outcome(await beginRegistration(runtime, session, RESET))).toBe('provisioning_disabled');
    expect(outcome(await finish(runtime, session, made))).toBe('provisioning_disabled');
    expect(await standing(runtime)).toEqual([desk.key.kid]);
  });

  test('no answer of another purpose, session, browser or person', async () => {
    const runtime = await aRuntime();
    const stranger = await aForgottenPin(runtime, 'tomas');
    const { desk, session } = await aForgottenPin(runtime);
    await runtime.db.session.updateMany({
      where: { userId: stranger.desk.person.id },
      data: { endedAt: null },
    });
    const second = await aSession(runtime, desk.person, 'passkey', desk.browser);
    await runtime.db.session.update({ where: { id: second.session.id }, data: { deviceId: desk.device.id } });
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    const there = await within(runtime, desk.browser, second.token);
    const elsewhere = { ...session, browser: aBrowser(runtime).browser };
    for (const caller of [there, elsewhere, stranger.session]) {
      expect(outcome(await finish(runtime, caller, made))).toBe('challenge_invalid');
    }
    const assertion = await answerChallenge(runtime, desk.browser, desk);
    expect(outcome(await finish(runtime, session, { ...made, response: assertion.response }))).not.toBe('ok');
    expect(await standing(runtime)).toEqual(expect.arrayContaining([desk.key.kid, stranger.desk.key.kid]));
    expect(outcome(await finish(runtime, session, made))).toBe('ok');
  });
});

describe('what the authenticator may answer', () => {
  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['no user verification', { userVerified: false }],
    ['the type of an assertion', { type: 'webauthn.get' }],
  ] as const)('with %s nothing changes, and the old key still signs in', async (_what, lie) => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device, lie);
    expect(outcome(await finish(runtime, session, made))).toBe('registration_refused');
    expect(await lastEvent(runtime)).toMatchObject({ code: 'pin_reset', outcome: 'failure' });
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
  });

  test('a synced passkey takes no place: it is offered to be kept as what it is', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device, { backupEligible: true });
    const result = await finish(runtime, session, made);
    expect(outcome(result)).toBe('not_a_hello_key');
    expect(result.ok ? {} : result.problem.facts).toHaveProperty('offer');
    expect(await standing(runtime)).toEqual([desk.key.kid]);
  });
});

describe('the one response that there is', () => {
  test('is good until it was written: a store that failed under it leaves nothing used up', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    const before = await rows(runtime);
    const used = await runtime.db.consumedChallenge.count();
    const mend = await breakEvents(runtime);
    await expect(finish(runtime, session, made)).rejects.toThrow();
    await mend();
    expect(await rows(runtime)).toEqual(before);
    expect(await runtime.db.consumedChallenge.count()).toBe(used);
    expect(await standing(runtime)).toEqual([desk.key.kid]);
    expect(outcome(await finish(runtime, session, made))).toBe('ok');
  });

  test('handed in again after a lost answer gets the same answer, and nothing is written twice', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    const first = done(await finish(runtime, session, made));
    const before = await rows(runtime);
    const events = await runtime.db.event.count();
    expect(done(await finish(runtime, session, made))).toEqual(first);
    // The answer that counted is known, whatever has run out since: its time, its proof, the note of its consumption.
    runtime.pass(PIN_RESET_CHALLENGE_LIFETIME_MS + MINUTE_MS);
    await forgetExpiredChallenges(runtime);
    expect(done(await finish(runtime, session, made))).toEqual(first);
    expect(await rows(runtime)).toEqual(before);
    expect(await runtime.db.event.count()).toBe(events);
  });

  test('handed in many times at the same instant is written once', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    const answers = await Promise.all([1, 2, 3].map(() => finish(runtime, session, made)));
    const kids = new Set(answers.map((answer) => done(answer).kid));
    expect([...kids]).toEqual(await standing(runtime));
    expect(await runtime.db.event.count({ where: { code: 'pin_reset' } })).toBe(1);
  });

  test('is consumed for everything else: after its key is gone, and with another key over the same challenge', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    const { kid } = done(await finish(runtime, session, made));
    const other = await makeKey(runtime, await within(runtime, desk.browser, session.token), 'passkey');
    expect(
      outcome(
        await finish(runtime, session, { ...made, response: { ...made.response, id: other.response.id } }),
      ),
    ).not.toBe('ok');
    runtime.pass(1);
    done(
      await revokeCredential(runtime, null, { credentialId: kid, userId: desk.person.id, evenLast: true }),
    );
    expect(outcome(await finish(runtime, session, made))).toBe('challenge_consumed');
    expect(await standing(runtime)).toEqual([]);
  });

  test('that comes after the end of its time changes nothing', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    runtime.pass(PIN_RESET_CHALLENGE_LIFETIME_MS);
    expect(outcome(await finish(runtime, session, made))).toBe('challenge_expired');
    expect(await standing(runtime)).toEqual([desk.key.kid]);
  });

  test('is refused in a session that ended before it came', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    await runtime.db.session.updateMany({ data: { endedAt: runtime.clock.now() } });
    expect(outcome(await finish(runtime, session, made))).toBe('sign_in_required');
    expect(await standing(runtime)).toEqual([desk.key.kid]);
  });
});

describe('races', () => {
  test('of two resets at once one wins, and the other is told that a newer key is there', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const second = await aSession(runtime, desk.person, 'passkey', desk.browser);
    await runtime.db.session.update({ where: { id: second.session.id }, data: { deviceId: desk.device.id } });
    const there = await within(runtime, desk.browser, second.token);
    const mine = await makeKey(runtime, session, 'pin-reset', desk.device);
    const theirs = await makeKey(runtime, there, 'pin-reset', desk.device);
    runtime.pass(1);
    const answers = await Promise.all([finish(runtime, session, mine), finish(runtime, there, theirs)]);
    expect(answers.map(outcome).sort()).toEqual(['ok', 'reset_overtaken']);
    const won = answers.find((answer) => answer.ok);
    expect(await standing(runtime)).toEqual([won?.ok ? won.value.kid : '']);
    // Whoever lost starts again, and then it is theirs.
    runtime.pass(1);
    const again = await makeKey(runtime, there, 'pin-reset', desk.device);
    const { kid } = done(await finish(runtime, there, again));
    expect(await standing(runtime)).toEqual([kid]);
  });

  test('a reset and a revocation of the old key end with exactly the new key, whichever comes first', async () => {
    for (const order of ['revoked first', 'replaced first', 'at once'] as const) {
      const runtime = await aRuntime();
      const { desk, session } = await aForgottenPin(runtime);
      const made = await makeKey(runtime, session, 'pin-reset', desk.device);
      const revoke = () =>
        revokeCredential(runtime, null, {
          credentialId: desk.key.kid,
          userId: desk.person.id,
          evenLast: true,
        });
      const reset = () => finish(runtime, session, made);
      const run = { 'revoked first': [revoke, reset], 'replaced first': [reset, revoke] };
      const answers =
        order === 'at once'
          ? await Promise.all([reset(), revoke()])
          : [await run[order][0]?.(), await run[order][1]?.()];
      expect(answers.filter((answer) => answer?.ok && 'kid' in answer.value)).toHaveLength(1);
      expect(await standing(runtime)).toHaveLength(1);
      expect(await standing(runtime)).not.toContain(desk.key.kid);
      expect(
        await runtime.db.event.count({
          where: { code: 'credential_revoked', credentialId: desk.key.kid, outcome: 'success' },
        }),
      ).toBe(1);
    }
  });
});

describe('what a browser is told', () => {
  test('a key is unknown only in answer to our own fresh challenge, and only when no row has its ID, revoked ones included', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const nobodys = { credentialId: 'bm9ib2R5J3Mga2V5' };
    expect(outcome(await signIn(runtime, desk, nobodys))).toBe('credential_unknown');
    expect(await lastCause(runtime)).toBe('credential_unknown');

    for (const [lie, said] of [
      [{ ...nobodys, origin: 'https://evil.example' }, 'sign_in_failed'],
      [{ ...nobodys, userVerified: false }, 'sign_in_failed'],
      [{ ...nobodys, challenge: '' }, 'challenge_invalid'],
    ] as const) {
      expect(outcome(await signIn(runtime, desk, lie))).toBe(said);
    }
    const late = await answerChallenge(runtime, desk.browser, desk, 'sign-in', nobodys);
    const used = await answerChallenge(runtime, desk.browser, desk, 'sign-in', nobodys);
    expect(outcome(await finishAuthentication(runtime, desk.browser, used))).toBe('credential_unknown');
    expect(outcome(await finishAuthentication(runtime, desk.browser, used))).toBe('challenge_consumed');
    runtime.pass(DAY_MS);
    expect(outcome(await finishAuthentication(runtime, desk.browser, late))).toBe('challenge_expired');

    await runtime.db.credential.updateMany({ data: { quarantinedAt: runtime.clock.now() } });
    expect(outcome(await signIn(runtime, desk))).toBe('credential_quarantined');
    await runtime.db.credential.updateMany({ data: { revokedAt: runtime.clock.now(), quarantinedAt: null } });
    expect(outcome(await signIn(runtime, desk))).toBe('sign_in_failed');
  });

  test('an unknown key costs the same statements and one verification, as a known one that is refused', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const cost = async (lie: object) => {
      const answer = await answerChallenge(runtime, desk.browser, desk, 'sign-in', lie);
      runtime.forget();
      expect(outcome(await finishAuthentication(runtime, desk.browser, answer))).not.toBe('ok');
      return { statements: runtime.statements.length, verified: runtime.counts.verifyAssertion };
    };
    const unknown = await cost({ credentialId: 'bm9ib2R5J3Mga2V5' });
    expect(unknown).toEqual(await cost({ secretKey: new Uint8Array(32).fill(7) }));
    expect(unknown.verified).toBe(1);
  });

  test('the accepted keys are all that are not revoked, those set aside included, and only for their owner', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    const passkey = await aKey(runtime, session, 'passkey');
    await aPersonWithPasskey(runtime);
    const accepted = async () =>
      done(await readSignals(runtime, session)).account?.allAcceptedCredentialIds.toSorted();
    const both = [desk.key.credentialId, passkey.credentialId].sort();
    expect(done(await readSignals(runtime, session)).account).toMatchObject({
      rpId: 'localhost',
      userId: session.session.person.userHandle,
      name: desk.person.upn,
    });
    expect(await accepted()).toEqual(both);
    await runtime.db.credential.updateMany({
      where: { id: desk.key.kid },
      data: { quarantinedAt: runtime.clock.now() },
    });
    expect(await accepted()).toEqual(both);
    done(await reportKeyLost(runtime, session, { credentialId: passkey.kid }));
    expect(await accepted()).toEqual([desk.key.credentialId]);

    const locked = { ...session, session: { ...session.session, lockedAt: runtime.clock.now() } };
    for (const caller of [aBrowser(runtime), locked])
      expect(done(await readSignals(runtime, caller))).toEqual({ account: null });
    const nobody = await aPerson(runtime, 'nobody');
    const empty = await readSignals(runtime, await aSession(runtime, nobody, 'password'));
    expect(done(empty).account?.allAcceptedCredentialIds).toEqual([]);
  });
});
