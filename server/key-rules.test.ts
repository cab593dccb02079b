import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { protectionClasses } from '#domain/attestation/verdict';
import { fromBase64Url } from '#domain/base64url';
import { judgeKey, type KeyRules, ruleCodes, ruleTable } from '#domain/key-rules';
import { ALL_USERS } from '#domain/policy/settings';
import { DAY_MS } from '#domain/time';
import type { RegistrationResponse } from '#domain/wire';
import { type AnchoredFormat, addAnchor, removeAnchor } from './attestation/anchor.ts';
import { finishAuthentication } from './authentication.ts';
import type { SignedIn } from './caller.ts';
import { listCredentials, removeCredential } from './credential.ts';
import { listEvents } from './event.ts';
import { changeKeyRules, readKeyRulesState } from './key-rules.ts';
import { dryRunKeyRules, exportKeyRules, keyListings, listJudgedKeys } from './key-rules-dry-run.ts';
import { switchPasswordless } from './passwordless.ts';
import { dryRun, listReadiness } from './passwordless-dry-run.ts';
import { setPolicy } from './policy-setting.ts';
import { beginRegistration, finishRegistration, keepAsPasskey } from './registration.ts';
import {
  aDevice,
  aForgottenPin,
  aKey,
  answerChallenge,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  aSwitch,
  aTenant,
  breakEvents,
  deviceProof,
  done,
  lastCause,
  lastEvent,
  makeKey,
  outcome,
  rows,
  setKeyRules,
  signIn,
  type TestDevice,
  type TestRuntime,
  within,
} from './testing.ts';
import { rootCertificate } from './testing-attestation/certificate.ts';
import { forgeNone, forgePacked, forgeSelf, forgeU2f, PACKED_AAGUID } from './testing-attestation/formats.ts';
import { keys } from './testing-attestation/keys.ts';
import { forgeTpm } from './testing-attestation/tpm.ts';
import { keyFacts } from './usable-key.ts';

type Forge = (given: { challenge: string; credentialId: Uint8Array }) => RegistrationResponse;

const REQUIRED = { hello: { mode: 'enforce', requireSecurityDevice: true } } as const;
const passkeyRules = (change: Partial<KeyRules['passkey']>) => ({ passkey: change });

async function pin(runtime: TestRuntime, format: AnchoredFormat = 'tpm') {
  const certificate = new X509Certificate(Buffer.from(rootCertificate()));
  const { fingerprint256: fingerprint } = certificate;
  return done(await addAnchor(runtime, null, { format, pem: certificate.toString(), fingerprint })).id;
}

/** Somebody whose browser is a device, about to make the key on it. */
async function atTheKeyStep(runtime: TestRuntime, alias = 'mia') {
  const person = await aPerson(runtime, alias);
  const begun = await aSession(runtime, person, 'passkey');
  const device = await aDevice(runtime, begun);
  return { person, device, session: await within(runtime, begun, begun.token), browser: begun };
}

/** Answers a registration with a forged statement, by the whole ceremony. */
async function register(
  runtime: TestRuntime,
  session: SignedIn,
  purpose: 'hello' | 'passkey' | 'pin-reset',
  forge: Forge,
  device?: TestDevice,
) {
  const options = done(await beginRegistration(runtime, session, { purpose, attestation: 'none' }));
  const response = forge({ challenge: options.challenge, credentialId: runtime.random.bytes(32) });
  return await finishRegistration(runtime, session, {
    response,
    ...(device && { device: deviceProof(device, options.challenge, response.id) }),
  });
}

/** The key that forged statements are about, as something that signs. */
function forgedKey(runtime: TestRuntime, credentialId: string, userHandle: string, kid: string) {
  const { d = '' } = keys.es256().privateKey.export({ format: 'jwk' });
  const secretKey = fromBase64Url(d) ?? new Uint8Array();
  const { id: rpId } = runtime.relyingParty;
  return { credentialId, secretKey, userHandle, rpId, counter: 1, backupEligible: false, kid };
}

const noted = async (runtime: TestRuntime) =>
  (await listEvents(runtime, { codes: ['key_rules_noted'] }, 10)).map(({ detail }) => detail);

describe('RequireSecurityDevice, enforced', () => {
  test('a device that gives no statement gets a second try, then an honest refusal; nothing is written', async () => {
    const runtime = await aRuntime();
    done(await setKeyRules(runtime, REQUIRED));
    const { session, device } = await atTheKeyStep(runtime);
    const tried = async () => {
      const result = await register(runtime, session, 'hello', forgeNone, device);
      return [outcome(result), (await lastEvent(runtime)).detail] as const;
    };
    expect(await tried()).toEqual([
      'statement_missing',
      expect.objectContaining({
        cause: 'statement_missing',
        findings: 'no_security_device',
        attestation: 'none',
      }),
    ]);
    expect(await tried()).toEqual([
      'security_device_required',
      expect.objectContaining({ cause: 'security_device_required', findings: 'no_security_device' }),
    ]);
    expect((await rows(runtime)).credentials).toBe(0);
    // Another session, another try.
    const other = await atTheKeyStep(runtime, 'tomas');
    expect(outcome(await register(runtime, other.session, 'hello', forgeNone, other.device))).toBe(
      'statement_missing',
    );
  });

  test('a lying browser that asks for no statement is asked for one, and gets nowhere without', async () => {
    const runtime = await aRuntime();
    const { session, device } = await atTheKeyStep(runtime);
    const wish = { purpose: 'hello', attestation: 'none' } as const;
    expect(done(await beginRegistration(runtime, session, wish)).attestation).toBe('none');
    const before = await makeKey(runtime, session, 'hello', device);
    done(await setKeyRules(runtime, REQUIRED));
    expect(done(await beginRegistration(runtime, session, wish)).attestation).toBe('direct');
    // The challenge from before the change opens no other way.
    expect(outcome(await finishRegistration(runtime, session, before))).toBe('statement_missing');
    expect(done(await beginRegistration(runtime, session, { ...wish, purpose: 'passkey' })).attestation).toBe(
      'none',
    );
    for (const mode of ['monitor', 'warn'] as const) {
      done(await setKeyRules(runtime, { hello: { mode } }));
      expect(done(await beginRegistration(runtime, session, wish)).attestation).toBe('none');
    }
  });

  test('a key that a pinned anchor proves to be in a TPM is made, and signs in', async () => {
    const runtime = await aRuntime();
    await pin(runtime);
    done(await setKeyRules(runtime, REQUIRED));
    const { session, device, browser, person } = await atTheKeyStep(runtime);
    const { kid, protection } = done(await register(runtime, session, 'hello', forgeTpm, device));
    const [made] = await listCredentials(runtime, person.id);
    expect([protection, made?.protection]).toEqual(['tpm', 'tpm']);
    const key = forgedKey(runtime, made?.credentialId ?? '', session.session.person.userHandle, kid);
    const free = { ...browser, session: null };
    expect(outcome(await signIn(runtime, { key, device, browser: free }))).toBe('ok');
    expect(await noted(runtime)).toEqual([]);
  });

  test.each<[string, Forge]>([
    ['a TPM that nobody vouches for', (given) => forgeTpm(given)],
    [
      'a statement that says software',
      (given) => forgeSelf({ ...given, aaguid: '6028b017-b1d4-4c02-b4b3-afcdafc96bb2' }),
    ],
    [
      'a self-made statement with the name of a TPM',
      (given) => forgeNone({ ...given, aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96' }),
    ],
    ['other hardware', (given) => forgePacked(given)],
  ])('%s is refused', async (_what, forge) => {
    const runtime = await aRuntime();
    done(await setKeyRules(runtime, REQUIRED));
    const { session, device } = await atTheKeyStep(runtime);
    for (const _try of [1, 2]) {
      const refused = outcome(await register(runtime, session, 'hello', forge, device));
      expect(['statement_missing', 'security_device_required']).toContain(refused);
    }
    expect((await rows(runtime)).credentials).toBe(0);
  });

  test('a statement that cannot be verified gets the second try too, and the log says what was wrong with it', async () => {
    const runtime = await aRuntime();
    await pin(runtime);
    done(await setKeyRules(runtime, REQUIRED));
    const { session, device } = await atTheKeyStep(runtime);
    const forge: Forge = (given) => forgeTpm({ ...given, signer: keys.stranger().privateKey });
    expect(outcome(await register(runtime, session, 'hello', forge, device))).toBe('statement_missing');
    expect((await lastEvent(runtime)).detail).toMatchObject({ statement: 'attestation_not_verified' });
    expect(outcome(await register(runtime, session, 'hello', forge, device))).toBe(
      'security_device_required',
    );
    expect(await lastCause(runtime)).toBe('attestation_not_verified');
  });

  test('keys that exist go on signing in: it acts when a key is made', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    done(await setKeyRules(runtime, REQUIRED));
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    const { rules } = await readKeyRulesState(runtime.db);
    expect(await dryRunKeyRules(runtime, rules)).toMatchObject({ falling: 0, notToday: 1, stranded: 0 });
  });

  test('a refused PIN reset writes nothing: the old key stands and signs in, and the reset can be begun again', async () => {
    const runtime = await aRuntime();
    const { desk, session } = await aForgottenPin(runtime);
    done(await setKeyRules(runtime, REQUIRED));
    for (const refused of ['statement_missing', 'security_device_required'] as const) {
      const result = await register(runtime, session, 'pin-reset', forgeNone, desk.device);
      expect(outcome(result)).toBe(refused);
      expect(await lastEvent(runtime)).toMatchObject({ code: 'pin_reset', outcome: 'failure' });
    }
    expect(await runtime.db.credential.findMany({ select: { id: true, revokedAt: true } })).toEqual([
      { id: desk.key.kid, revokedAt: null },
    ]);
    const made = await makeKey(runtime, session, 'pin-reset', desk.device);
    expect(outcome(await finishRegistration(runtime, session, made))).toBe('security_device_required');
    done(await setKeyRules(runtime, { hello: { mode: 'off' } }));
    // Nothing was used up by the refusal: the same answer counts once the rules let it.
    done(await finishRegistration(runtime, session, made));
    expect(outcome(await signIn(runtime, desk))).toBe('sign_in_failed');
  });
});

describe('the modes', () => {
  test('monitor accepts and logs what would have been refused; the person is told nothing', async () => {
    const runtime = await aRuntime();
    done(await setKeyRules(runtime, { hello: { mode: 'monitor', requireSecurityDevice: true } }));
    const { session, device } = await atTheKeyStep(runtime);
    const answer = done(await register(runtime, session, 'hello', forgeNone, device));
    expect(answer).not.toHaveProperty('warnings');
    expect(await noted(runtime)).toEqual([
      { at: 'registration', mode: 'monitor', findings: 'no_security_device' },
    ]);
  });

  test('warn accepts, logs, and tells the person in words', async () => {
    const runtime = await aRuntime();
    done(await setKeyRules(runtime, { hello: { mode: 'warn', requireSecurityDevice: true } }));
    const { session, device } = await atTheKeyStep(runtime);
    const answer = done(await register(runtime, session, 'hello', forgeNone, device));
    expect(answer.warnings).toEqual([ruleTable.no_security_device.sentence]);
    expect((await noted(runtime)).map(({ mode }) => mode)).toEqual(['warn']);
  });

  test('nothing is noted without the key, and no key is made without its note', async () => {
    const runtime = await aRuntime();
    done(await setKeyRules(runtime, { hello: { mode: 'monitor', requireSecurityDevice: true } }));
    const { session, device } = await atTheKeyStep(runtime);
    const made = await makeKey(runtime, session, 'hello', device);
    const mend = await breakEvents(runtime);
    await expect(finishRegistration(runtime, session, made)).rejects.toThrow();
    await mend();
    expect((await rows(runtime)).credentials).toBe(0);
    expect(await noted(runtime)).toEqual([]);
  });

  test('off asks nothing of anybody', async () => {
    const runtime = await aRuntime();
    done(
      await setKeyRules(runtime, {
        hello: { mode: 'off', requireSecurityDevice: true },
        passkey: { mode: 'off', allowSynced: false, requireAttestation: true, block: [PACKED_AAGUID] },
      }),
    );
    const { session, device } = await atTheKeyStep(runtime);
    done(await register(runtime, session, 'hello', forgeNone, device));
    done(
      await register(runtime, session, 'passkey', (given) => forgeSelf({ ...given, aaguid: PACKED_AAGUID })),
    );
    expect(await noted(runtime)).toEqual([]);
  });
});

describe('rules for passkeys, enforced', () => {
  const passkey = async (runtime: TestRuntime, forge: Forge) => {
    const alias = `p${(await rows(runtime)).users}`;
    const session = await aSession(runtime, await aPerson(runtime, alias), 'hello');
    return await register(runtime, session, 'passkey', forge);
  };

  test('the label of an allowed model opens nothing: only a certificate does', async () => {
    const runtime = await aRuntime();
    await pin(runtime, 'packed');
    done(await setKeyRules(runtime, passkeyRules({ allow: [PACKED_AAGUID] })));
    const labelled = { aaguid: PACKED_AAGUID };
    expect(outcome(await passkey(runtime, (given) => forgeSelf({ ...given, ...labelled })))).toBe(
      'key_model_not_allowed',
    );
    expect(outcome(await passkey(runtime, (given) => forgeNone({ ...given, ...labelled })))).toBe(
      'statement_missing',
    );
    // Hardware that is proven, whose certificate names no model.
    const nameless: Forge = (given) => forgePacked({ ...given, leaf: { extensions: [] } });
    expect(outcome(await passkey(runtime, nameless))).not.toBe('ok');
    expect((await rows(runtime)).credentials).toBe(0);
    done(await passkey(runtime, forgePacked));
  });

  test('a blocked model is refused by its mere label', async () => {
    const runtime = await aRuntime();
    done(await setKeyRules(runtime, passkeyRules({ block: [PACKED_AAGUID] })));
    const labelled: Forge = (given) => forgeNone({ ...given, aaguid: PACKED_AAGUID });
    expect(outcome(await passkey(runtime, labelled))).toBe('key_model_not_allowed');
    // Holding the model back is no way around it.
    expect(outcome(await passkey(runtime, forgeNone))).toBe('statement_missing');
    const other: Forge = (given) => forgeNone({ ...given, aaguid: 'bada5566-a7aa-401f-bd96-45619a55120d' });
    done(await passkey(runtime, other));
  });

  test('attestation is asked for when a passkey is made, and not of those that exist', async () => {
    const runtime = await aRuntime();
    const old = await aPersonWithPasskey(runtime);
    done(await setKeyRules(runtime, passkeyRules({ requireAttestation: true })));
    expect(outcome(await passkey(runtime, forgeNone))).toBe('statement_missing');
    expect(outcome(await passkey(runtime, forgeSelf))).toBe('attestation_required');
    expect(outcome(await passkey(runtime, forgePacked))).toBe('attestation_required');
    await pin(runtime, 'packed');
    done(await passkey(runtime, forgePacked));
    expect(outcome(await signIn(runtime, old))).toBe('ok');
  });

  test('a synced passkey in answer to a Hello registration is offered only where the rules would take it', async () => {
    const runtime = await aRuntime();
    const { session, device } = await atTheKeyStep(runtime);
    const synced = async () => {
      const made = await makeKey(runtime, session, 'hello', device, { backupEligible: true });
      return await finishRegistration(runtime, session, made);
    };
    const first = await synced();
    const offer = String(first.ok ? '' : first.problem.facts?.offer);
    done(await setKeyRules(runtime, passkeyRules({ allowSynced: false })));
    const second = await synced();
    expect(outcome(second)).toBe('not_a_hello_key');
    expect(second.ok ? {} : second.problem.facts).not.toHaveProperty('offer');
    expect(outcome(await keepAsPasskey(runtime, session, { offer }))).toBe('synced_passkeys_not_allowed');
    expect((await rows(runtime)).credentials).toBe(0);
  });
});

describe('a key that was asked of this device and is of another', () => {
  const roaming: [string, Forge][] = [
    ['says that it is', (given) => ({ ...forgePacked(given), authenticatorAttachment: 'cross-platform' })],
    [
      'came over USB',
      (given) => {
        const forged = forgeNone(given);
        return { ...forged, response: { ...forged.response, transports: ['usb'] } };
      },
    ],
    ['has the statement of a security key', forgePacked],
    ['has the statement of a U2F key', (given) => forgeU2f({ ...given, flags: 0x45 })],
  ];
  test.each(roaming)('is no Hello key when it %s, whatever the rules', async (_how, forge) => {
    const runtime = await aRuntime();
    await pin(runtime, 'packed');
    const { session, device } = await atTheKeyStep(runtime);
    expect(outcome(await register(runtime, session, 'hello', forge, device))).toBe('roaming_key');
    expect((await rows(runtime)).credentials).toBe(0);
  });
});

describe('key restrictions at sign-in', () => {
  /** A passkey whose stored model is this one. */
  async function aModel(runtime: TestRuntime, aaguid = PACKED_AAGUID) {
    const desk = await aPersonWithPasskey(runtime);
    await runtime.db.credential.update({ where: { id: desk.key.kid }, data: { aaguid } });
    return desk;
  }

  test('a blocked model signs nobody in, is told as what it is, and the log names the rule', async () => {
    const runtime = await aRuntime();
    const desk = await aModel(runtime);
    done(await setKeyRules(runtime, passkeyRules({ block: [PACKED_AAGUID] })));
    expect(outcome(await signIn(runtime, desk))).toBe('key_not_accepted');
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'sign_in',
      outcome: 'failure',
      userId: desk.person.id,
      detail: { cause: 'model_blocked' },
    });
    expect((await rows(runtime)).liveSessions).toBe(0);
  });

  test('who has not proven the key learns nothing of the rules', async () => {
    const runtime = await aRuntime();
    const desk = await aModel(runtime);
    done(await setKeyRules(runtime, passkeyRules({ block: [PACKED_AAGUID] })));
    const forged = { secretKey: Uint8Array.from({ length: 32 }, () => 7) };
    expect(outcome(await signIn(runtime, desk, forged))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('signature_invalid');
  });

  test('unlock and confirming are refused as well; the session is otherwise as it was', async () => {
    const runtime = await aRuntime();
    const desk = await aModel(runtime);
    const token = await signIn(runtime, desk);
    if (!token.ok || token.session === undefined || token.session === 'clear') throw new Error('no session');
    const there = await within(runtime, desk.browser, token.session.token);
    done(await setKeyRules(runtime, passkeyRules({ block: [PACKED_AAGUID] })));
    for (const purpose of ['unlock', 'step-up'] as const)
      expect(outcome(await signIn(runtime, desk, {}, there, purpose))).toBe('key_not_accepted');
    expect((await rows(runtime)).liveSessions).toBe(1);
  });

  test('an allow list stops keys that only say they are of it', async () => {
    const runtime = await aRuntime();
    const desk = await aModel(runtime);
    await pin(runtime, 'packed');
    done(await setKeyRules(runtime, passkeyRules({ allow: [PACKED_AAGUID] })));
    expect(outcome(await signIn(runtime, desk))).toBe('key_not_accepted');
    expect(await lastCause(runtime)).toBe('model_not_allowed');
  });

  test('monitor and warn let in and log it, at every way of answering', async () => {
    const runtime = await aRuntime();
    const desk = await aModel(runtime);
    done(
      await setKeyRules(
        runtime,
        passkeyRules({ mode: 'monitor', allowSynced: false, block: [PACKED_AAGUID] }),
      ),
    );
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    expect(await noted(runtime)).toEqual([
      { at: 'sign-in', mode: 'monitor', findings: 'model_blocked, synced' },
    ]);
  });

  test.each(['hello', 'passkey'] as const)(
    'a compromised key (%s) is stopped where its rules are enforced, and noted below that',
    async (kind) => {
      const runtime = await aRuntime();
      const desk = await (kind === 'hello' ? aPersonWithHelloKey : aPersonWithPasskey)(runtime);
      await runtime.db.credential.update({
        where: { id: desk.key.kid },
        data: { compromised: 'user_key_remotely_compromised' },
      });
      const asked = async (mode: KeyRules['hello']['mode']) => {
        done(await setKeyRules(runtime, kind === 'hello' ? { hello: { mode } } : { passkey: { mode } }));
        return outcome(await signIn(runtime, desk));
      };
      expect(await asked('off')).toBe('ok');
      expect(await noted(runtime)).toEqual([]);
      expect(await asked('warn')).toBe('ok');
      expect(await noted(runtime)).toEqual([{ at: 'sign-in', mode: 'warn', findings: 'compromised' }]);
      expect(await asked('enforce')).toBe('key_not_accepted');
      expect(await lastCause(runtime)).toBe('compromised');
    },
  );

  test('the last key that the rules let in cannot be removed, whatever else there is', async () => {
    const runtime = await aRuntime();
    const desk = await aModel(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const spare = await aKey(runtime, session, 'passkey');
    done(await setKeyRules(runtime, passkeyRules({ block: [PACKED_AAGUID] })));
    const listed = await listCredentials(runtime, desk.person.id);
    expect(listed.filter(({ usable }) => usable).map(({ id }) => id)).toEqual([spare.kid]);
    const remove = async (credentialId: string) =>
      outcome(
        await removeCredential(runtime, await within(runtime, session, session.token), { credentialId }),
      );
    expect(await remove(spare.kid)).toBe('last_strong_credential');
    // One that gets nobody in anyway may go.
    expect(await remove(desk.key.kid)).toBe('ok');
    expect(await remove(spare.kid)).toBe('last_strong_credential');
  });

  test('whose only key they refuse would be locked out without a password, and is told apart', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const desk = await aModel(runtime);
    await aPassword(runtime, desk.person);
    const targets = { include: [ALL_USERS] as [typeof ALL_USERS], exclude: [] };
    expect((await dryRun(runtime, targets)).counts).toMatchObject({ ready: 1, key_refused: 0 });
    done(await setKeyRules(runtime, passkeyRules({ block: [PACKED_AAGUID] })));
    const run = await dryRun(runtime, targets);
    expect(run.counts).toMatchObject({ ready: 0, key_refused: 1, device_disabled: 0 });
    expect(run.lockedOut).toBe(1);
    const { people } = await listReadiness(runtime, targets, { skip: 0, take: 10 });
    expect(people.map(({ readiness }) => readiness)).toEqual(['key_refused']);
  });

  test('off again lets the same key in again: nothing was taken from it', async () => {
    const runtime = await aRuntime();
    const desk = await aModel(runtime);
    done(await setKeyRules(runtime, passkeyRules({ allowSynced: false })));
    expect(outcome(await signIn(runtime, desk))).toBe('key_not_accepted');
    done(await setKeyRules(runtime, passkeyRules({ allowSynced: true })));
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
  });
});

describe('a change of the rules and a ceremony at the same instant', () => {
  test('a key is made before the change or refused after it, never made under the old rules after it', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { session, device } = await atTheKeyStep(runtime);
    const made = await makeKey(runtime, session, 'hello', device);
    const [registered, changed] = await Promise.all([
      finishRegistration(runtime, session, made),
      setKeyRules(runtime, REQUIRED),
    ]);
    done(changed);
    const { credentials } = await rows(runtime);
    expect([outcome(registered), credentials]).toEqual(registered.ok ? ['ok', 1] : ['statement_missing', 0]);
    // Whichever came first: from the change on, no key without a statement is made.
    const late = await finishRegistration(runtime, session, await makeKey(runtime, session, 'hello', device));
    expect(late.ok).toBe(false);
    expect((await rows(runtime)).credentials).toBe(credentials);
  });

  test('a challenge from before a change is judged by the rules after it', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithPasskey(runtime);
    const answer = await answerChallenge(runtime, desk.browser, desk);
    done(await setKeyRules(runtime, passkeyRules({ allowSynced: false })));
    expect(outcome(await finishAuthentication(runtime, desk.browser, { response: answer.response }))).toBe(
      'key_not_accepted',
    );
  });
});

describe('changing the rules', () => {
  test('needs the version of policy that the dry run saw, and is one event with old and new', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { rules, policyVersion } = await readKeyRulesState(runtime.db);
    const wanted: KeyRules = {
      ...rules,
      passkey: { ...rules.passkey, allowSynced: false, block: [PACKED_AAGUID] },
    };
    const change = { rules: wanted, policyVersion, confirmedStranded: 0 };
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '7' }));
    expect(outcome(await changeKeyRules(runtime, null, change))).toBe('policy_changed_meanwhile');
    const { policyVersion: seen } = await readKeyRulesState(runtime.db);
    expect(done(await changeKeyRules(runtime, null, { ...change, policyVersion: seen })).policyVersion).toBe(
      seen + 1,
    );
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'key_rules_changed',
      detail: {
        AllowSyncedPasskeys: 'true -> false',
        'keyRestrictions.block': `+${PACKED_AAGUID}`,
        stranded: 0,
      },
    });
    expect((await readKeyRulesState(runtime.db)).rules).toEqual(wanted);
    expect(outcome(await changeKeyRules(runtime, null, { ...change, policyVersion: seen }))).toBe(
      'policy_changed_meanwhile',
    );
  });

  test('of two administrators at once one is told, and loses nothing of the other', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { rules, policyVersion } = await readKeyRulesState(runtime.db);
    const by = (passkey: Partial<KeyRules['passkey']>) =>
      changeKeyRules(runtime, null, {
        rules: { ...rules, passkey: { ...rules.passkey, ...passkey } },
        policyVersion,
        confirmedStranded: 0,
      });
    const outcomes = (await Promise.all([by({ allowSynced: false }), by({ requireAttestation: true })])).map(
      outcome,
    );
    expect(outcomes.sort()).toEqual(['ok', 'policy_changed_meanwhile']);
  });

  test('is not possible one setting at a time', async () => {
    const runtime = await aRuntime();
    for (const name of [
      'KeyRules.helloMode',
      'RequireSecurityDevice',
      'AllowSyncedPasskeys',
      'keyRestrictions.allow',
    ])
      expect(outcome(await setPolicy(runtime, null, { name, value: 'true' }))).toBe('settings_set_together');
  });

  test('names nobody who is stranded, unless their number was confirmed; the number is counted again', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    await aPersonWithPasskey(runtime, 'tomas');
    const both = await aPersonWithPasskey(runtime, 'mia');
    await aKey(runtime, await aSession(runtime, both.person, 'passkey'), 'passkey');
    const { rules, policyVersion } = await readKeyRulesState(runtime.db);
    const wanted = { ...rules, passkey: { ...rules.passkey, allowSynced: false } };
    expect(await dryRunKeyRules(runtime, wanted)).toMatchObject({
      falling: 2,
      refused: 2,
      stranded: 1,
      keys: 3,
    });
    const change = { rules: wanted, policyVersion, confirmedStranded: 0 };
    const refused = await changeKeyRules(runtime, null, change);
    expect(refused).toMatchObject({
      problem: { code: 'lockout_not_confirmed', facts: { lockedOut: 1, confirmed: 0 } },
    });
    await aPersonWithPasskey(runtime, 'late');
    expect(outcome(await changeKeyRules(runtime, null, { ...change, confirmedStranded: 1 }))).toBe(
      'lockout_not_confirmed',
    );
    expect(done(await changeKeyRules(runtime, null, { ...change, confirmedStranded: 2 })).stranded).toBe(2);
    // Who is left without a key already is not counted a second time.
    const again = { ...wanted, hello: { ...wanted.hello, mode: 'monitor' as const } };
    expect((await dryRunKeyRules(runtime, again)).stranded).toBe(0);
  });

  test('is refused where no Global Administrator who can sign in now still could', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    const session = await aSession(runtime, ada, 'hello');
    await aKey(runtime, session, 'passkey', undefined, { backupEligible: true });
    const stricter = () => setKeyRules(runtime, passkeyRules({ allowSynced: false }));
    expect(outcome(await stricter())).toBe('no_administrator_left');
    expect((await readKeyRulesState(runtime.db)).rules.passkey.allowSynced).toBe(true);
    // A password counts as long as it is not refused.
    await aPassword(runtime, ada);
    done(await switchPasswordless(runtime, null, await aSwitch(runtime, 'refuse')));
    expect(outcome(await stricter())).toBe('no_administrator_left');
    done(await switchPasswordless(runtime, null, await aSwitch(runtime, 'off')));
    done(await stricter());
    done(await setKeyRules(runtime, passkeyRules({ allowSynced: true })));
    await aKey(runtime, session, 'passkey');
    done(await switchPasswordless(runtime, null, await aSwitch(runtime, 'refuse')));
    done(await stricter());
  });

  test('is refused with models that are none, and nothing of it is written', async () => {
    const runtime = await aRuntime();
    const { rules, policyVersion } = await readKeyRulesState(runtime.db);
    for (const block of [
      ['nonsense'],
      ['00000000-0000-0000-0000-000000000000'],
      [PACKED_AAGUID, PACKED_AAGUID],
    ]) {
      const wanted = { ...rules, passkey: { ...rules.passkey, allowSynced: false, block } };
      expect(
        outcome(await changeKeyRules(runtime, null, { rules: wanted, policyVersion, confirmedStranded: 0 })),
      ).toBe('invalid_value');
    }
    expect((await readKeyRulesState(runtime.db)).rules).toEqual(rules);
  });
});

describe('a rule that nobody could meet', () => {
  /** After the root that ships has run out (December 2039), nothing is left that proves a TPM. */
  const AFTER_2039_MS = 14 * 365.25 * DAY_MS;

  test('is not enforced: without an anchor in force for its format it is refused at the policy', async () => {
    const runtime = await aRuntime();
    done(await setKeyRules(runtime, REQUIRED));
    done(await setKeyRules(runtime, { hello: { mode: 'off' } }));
    runtime.pass(AFTER_2039_MS);
    const refused = await setKeyRules(runtime, REQUIRED);
    expect(refused).toMatchObject({
      problem: { code: 'anchor_required', facts: { setting: 'RequireSecurityDevice', formats: 'tpm' } },
    });
    for (const mode of ['monitor', 'warn'] as const)
      done(await setKeyRules(runtime, { hello: { mode, requireSecurityDevice: true } }));
    expect(outcome(await setKeyRules(runtime, passkeyRules({ requireAttestation: true })))).toBe(
      'anchor_required',
    );
  });

  test('an allow list needs an anchor for the way its models attest', async () => {
    const runtime = await aRuntime();
    expect(outcome(await setKeyRules(runtime, passkeyRules({ allow: [PACKED_AAGUID] })))).toBe(
      'anchor_required',
    );
    await pin(runtime, 'fido-u2f');
    expect(outcome(await setKeyRules(runtime, passkeyRules({ allow: [PACKED_AAGUID] })))).toBe(
      'anchor_required',
    );
    await pin(runtime, 'packed');
    done(await setKeyRules(runtime, passkeyRules({ allow: [PACKED_AAGUID] })));
    expect(outcome(await setKeyRules(runtime, passkeyRules({ block: [PACKED_AAGUID] })))).toBe(
      'anchor_required',
    );
  });

  test('does not come about by taking its last anchor away', async () => {
    const runtime = await aRuntime();
    const id = await pin(runtime, 'packed');
    done(await setKeyRules(runtime, passkeyRules({ allow: [PACKED_AAGUID] })));
    expect(outcome(await removeAnchor(runtime, null, { id }))).toBe('anchor_in_use');
    expect(await runtime.db.attestationAnchor.count()).toBe(1);
    done(await setKeyRules(runtime, passkeyRules({ mode: 'warn' })));
    done(await removeAnchor(runtime, null, { id }));
  });

  test('nor by taking it away and enforcing at the same instant', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const id = await pin(runtime, 'packed');
    const results = await Promise.all([
      removeAnchor(runtime, null, { id }),
      setKeyRules(runtime, passkeyRules({ allow: [PACKED_AAGUID] })),
    ]);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  });
});

describe('the dry run', () => {
  /** Keys of all sorts, as they could be stored. */
  async function allSorts(runtime: TestRuntime) {
    const desk = await aPersonWithHelloKey(runtime, 'mia');
    const sorts = [
      ...protectionClasses.map((protection) => ({ protection, certified: protection === 'other_hardware' })),
      { protection: 'other_hardware', certified: false },
      { protection: 'nonsense', certified: true },
    ];
    let number = 0;
    for (const backupEligible of [false, true])
      for (const { protection, certified } of sorts) {
        number += 1;
        const { person, key } = await aPersonWithPasskey(runtime, `p${number}`);
        const verdict = {
          class: protection,
          aaguid: PACKED_AAGUID,
          checks: [
            { id: 'aaguid', outcome: 'passed', detail: '"id":"certificate_aaguid","outcome":"passed"' },
            { id: 'certificate_aaguid', outcome: certified ? 'passed' : 'failed', detail: '' },
          ],
        };
        const data = { protection, backupEligible, aaguid: PACKED_AAGUID, verdict: JSON.stringify(verdict) };
        await runtime.db.credential.update({ where: { id: key.kid }, data });
        if (number % 5 === 0)
          await runtime.db.credential.update({
            where: { id: key.kid },
            data: { compromised: 'metadata_revoked' },
          });
        if (number % 3 === 0)
          await runtime.db.credential.update({ where: { id: key.kid }, data: { verdict: null } });
        if (number === 2)
          await runtime.db.user.update({
            where: { id: person.id },
            data: { disabledAt: runtime.clock.now() },
          });
      }
    return desk;
  }

  const OTHER = 'bada5566-a7aa-401f-bd96-45619a55120d';
  const strictest: KeyRules = {
    hello: { mode: 'monitor', requireSecurityDevice: true, excludeTpm12: true },
    passkey: {
      mode: 'monitor',
      requireAttestation: true,
      allowSynced: false,
      allow: [PACKED_AAGUID],
      block: [],
    },
  };
  const variants: KeyRules[] = [
    strictest,
    { ...strictest, passkey: { ...strictest.passkey, allow: [OTHER], allowSynced: true } },
    { ...strictest, passkey: { ...strictest.passkey, allow: [], block: [PACKED_AAGUID] } },
    { ...strictest, hello: { ...strictest.hello, mode: 'off' } },
    { ...strictest, passkey: { ...strictest.passkey, mode: 'off' } },
    { hello: { ...strictest.hello, mode: 'enforce' }, passkey: { ...strictest.passkey, mode: 'enforce' } },
  ];

  test.each(variants.map((rules, number) => [number, rules] as const))(
    'counts, lists and exports what the judgement says of each key (%#)',
    async (_number, rules) => {
      const runtime = await aRuntime();
      await allSorts(runtime);
      const stored = await runtime.db.credential.findMany({ where: { revokedAt: null } });
      const judged = stored.map((row) => ({ id: row.id, ...judgeKey(rules, keyFacts(row), 'registration') }));
      const falls = (findings: readonly (typeof ruleCodes)[number][]) =>
        findings.some((code) => ruleTable[code].atSignIn);
      const run = await dryRunKeyRules(runtime, rules);
      for (const code of ruleCodes)
        expect([code, run.counts[code]]).toEqual([
          code,
          judged.filter(({ findings }) => findings.includes(code)).length,
        ]);
      expect(run.falling).toBe(judged.filter(({ findings }) => falls(findings)).length);
      expect(run.notToday).toBe(
        judged.filter(({ findings }) => findings.length > 0 && !falls(findings)).length,
      );
      expect(run.refused).toBe(rules.passkey.mode === 'enforce' ? run.falling : 0);
      const listed = new Map<string, readonly string[]>();
      for (const show of keyListings) {
        const page = await listJudgedKeys(runtime, rules, { show, skip: 0, take: 100 });
        expect(page.total).toBe(page.keys.length);
        for (const { id, findings } of page.keys) listed.set(id, findings);
      }
      for (const { id, findings } of judged) expect([id, listed.get(id) ?? []]).toEqual([id, findings]);
      const lines: string[] = [];
      for await (const piece of exportKeyRules(runtime, rules)) lines.push(...piece.trimEnd().split('\r\n'));
      expect(lines.length - 1).toBe(judged.filter(({ findings }) => findings.length > 0).length);
    },
  );

  test('is searched by person and read by pages, and changes nothing', async () => {
    const runtime = await aRuntime();
    for (const alias of ['anna', 'bert', 'cleo']) await aPersonWithPasskey(runtime, alias);
    const { rules } = await readKeyRulesState(runtime.db);
    const wanted = { ...rules, passkey: { ...rules.passkey, allowSynced: false } };
    const page = async (skip: number, search?: string) =>
      (await listJudgedKeys(runtime, wanted, { show: 'stranded', search, skip, take: 2 })).keys.map(
        ({ person, strands }) => [person.displayName, strands],
      );
    expect([await page(0), await page(2)]).toEqual([
      [
        ['anna', true],
        ['bert', true],
      ],
      [['cleo', true]],
    ]);
    expect(await page(0, 'BERT@tide')).toEqual([['bert', true]]);
    expect(await page(0, 'nobody')).toEqual([]);
    expect((await readKeyRulesState(runtime.db)).rules).toEqual(rules);
  });
});
