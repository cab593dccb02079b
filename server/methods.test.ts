import { describe, expect, test } from 'vitest';
import { ALL_USERS, settingText } from '#domain/policy/settings';
import { strengthPlaces } from '#domain/strength';
import { askForConfirmation, confirmWithPhone } from './approval.ts';
import { beginAuthentication, confirmationWays, finishAuthentication } from './authentication.ts';
import { beginPhoneRegistration, confirmPhone } from './authenticator-phone.ts';
import { administrator, member, ordinary } from './caller.ts';
import { countUsableKeys, removeCredential } from './credential.ts';
import { addMember, createGroup } from './group.ts';
import { changeMethods, dryRunMethods, type MethodValues } from './methods.ts';
import {
  askPhonesAfterPassword,
  confirmWithCode,
  signInWithCode,
  signInWithPassword,
} from './password-sign-in.ts';
import { switchPasswordless } from './passwordless.ts';
import { setPolicy } from './policy-setting.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import { findSession, lockSession } from './session.ts';
import {
  aBrowser,
  aDevice,
  aKey,
  anAuthenticatorApp,
  answerChallenge,
  aPassSession,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  aSwitch,
  aTenant,
  codeOf,
  done,
  lastCause,
  lastEvent,
  makeKey,
  outcome,
  registerDevice,
  rows,
  setMethods,
  signedInAt,
  signIn,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { answer, aPhone, showCode, verifying } from './testing-phone.ts';
import { beginTotpRegistration, finishTotpRegistration } from './totp.ts';

const OFF = { 'Fido2.state': 'false', 'Authenticator.state': 'false', 'SoftwareOath.state': 'false' };

async function aHouse(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

/** Puts a person in a new group and answers with its ID. */
async function inGroup(runtime: TestRuntime, personId: string, name: string): Promise<string> {
  const { id } = done(await createGroup(runtime, null, { name }));
  done(await addMember(runtime, null, { groupId: id, kind: 'person', memberId: personId }));
  return id;
}

const asNow = async (runtime: TestRuntime, caller: { token: string } & Parameters<typeof within>[1]) =>
  await within(runtime, caller, caller.token);

/** Somebody with a password, an app, a phone and a passkey. */
async function everything(runtime: TestRuntime, alias = 'mia') {
  const person = await aPerson(runtime, alias);
  const browser = aBrowser(runtime);
  const session = await aSession(runtime, person, 'hello', browser);
  const key = await aKey(runtime, session, 'passkey', undefined, { backupEligible: true });
  const phone = await aPhone(runtime, session);
  const app = await anAuthenticatorApp(runtime, session);
  const password = await aPassword(runtime, person);
  return { person, browser, session, key, phone, app, password };
}

describe('a method that is switched off', () => {
  test('is not registered any more: no options, and no answer to options that were given before', async () => {
    const runtime = await aHouse();
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    const made = await makeKey(runtime, session, 'passkey');
    const offer = done(await beginTotpRegistration(runtime, session));
    const { offerId, code } = done(await beginPhoneRegistration(runtime, session));
    await showCode(runtime, code);
    done(await setMethods(runtime, OFF));
    const before = await rows(runtime);
    const passkey = { purpose: 'passkey', attestation: 'none' } as const;
    expect(outcome(await beginRegistration(runtime, session, passkey))).toBe('passkeys_not_enabled');
    expect(outcome(await finishRegistration(runtime, session, made))).toBe('passkeys_not_enabled');
    expect(outcome(await beginTotpRegistration(runtime, session))).toBe('authenticator_apps_not_enabled');
    const finish = { offer: offer.offer, code: codeOf(runtime, offer.key), name: 'x' };
    expect(outcome(await finishTotpRegistration(runtime, session, finish))).toBe(
      'authenticator_apps_not_enabled',
    );
    expect(outcome(await beginPhoneRegistration(runtime, session))).toBe('phones_not_enabled');
    expect(outcome(await confirmPhone(runtime, session, { offerId, mine: true }))).toBe('phones_not_enabled');
    expect(await rows(runtime)).toEqual(before);
    expect(await runtime.db.totpSecret.count()).toBe(0);
    expect(await runtime.db.authenticatorPhone.count()).toBe(0);
  });

  test('lets nobody in: a passkey reads as every failed sign-in, and the log has the truth', async () => {
    const runtime = await aHouse();
    const desk = await aPersonWithPasskey(runtime);
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    // Asked before, answered after.
    const late = await answerChallenge(runtime, desk.browser, desk);
    const out = await inGroup(runtime, desk.person.id, 'No passkeys');
    done(await setMethods(runtime, { 'Fido2.excludeTargets': settingText([out]) }));
    const refused = await finishAuthentication(runtime, desk.browser, { response: late.response });
    expect(outcome(refused)).toBe('sign_in_failed');
    expect(JSON.stringify(refused)).not.toContain('method');
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'sign_in',
      outcome: 'failure',
      userId: desk.person.id,
      detail: { cause: 'method_excluded', method: 'passkey' },
    });
    // Somebody else's is as it was.
    const other = await aPersonWithPasskey(runtime, 'other');
    expect(outcome(await signIn(runtime, other))).toBe('ok');
    done(await setMethods(runtime, { 'Fido2.excludeTargets': null }));
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
  });

  test('ends at once the sessions that began with it, and no others', async () => {
    const runtime = await aHouse();
    const tomas = await aPersonWithPasskey(runtime);
    const token = tokenOf(await signIn(runtime, tomas));
    const desk = await aPersonWithHelloKey(runtime);
    const hello = await signedInAt(runtime, desk);
    await setMethods(runtime, { 'Fido2.state': 'false' });
    expect(await findSession(runtime, token)).toBeNull();
    expect(await findSession(runtime, hello.token)).not.toBeNull();
    expect(await runtime.db.session.count({ where: { method: 'passkey', endedAt: null } })).toBe(0);
  });

  test('is dead in the session even where nobody ended it: policy is judged at every request', async () => {
    const runtime = await aHouse();
    const tomas = await aPersonWithPasskey(runtime);
    const token = tokenOf(await signIn(runtime, tomas));
    const session = await within(runtime, tomas.browser, token);
    const included = await inGroup(runtime, tomas.person.id, 'Passkeys');
    done(await setMethods(runtime, { 'Fido2.includeTargets': settingText([included]) }));
    expect(await findSession(runtime, token)).not.toBeNull();
    await runtime.db.groupMember.deleteMany({ where: { userId: session.session.userId } });
    expect(await findSession(runtime, token)).toBeNull();
  });

  test('is no longer asked for beside a password, and is taken from nobody who typed it in time', async () => {
    const runtime = await aHouse();
    const { person, browser, app, password } = await everything(runtime);
    const typed = { upn: person.upn, password };
    const first = done(await signInWithPassword(runtime, browser, typed));
    expect(first).toMatchObject({ next: 'code', ways: { code: true, phone: true } });
    const ticket = first.next === 'code' ? first.ticket : '';
    done(await setMethods(runtime, { 'Authenticator.state': 'false' }));
    expect(outcome(await askPhonesAfterPassword(runtime, browser, { upn: person.upn, ticket }))).toBe(
      'phones_not_enabled',
    );
    expect(done(await signInWithPassword(runtime, browser, typed))).toMatchObject({
      ways: { code: true, phone: false },
    });
    done(await setMethods(runtime, { 'SoftwareOath.state': 'false' }));
    const late = await signInWithCode(runtime, browser, { upn: person.upn, ticket, code: app.code() });
    expect(outcome(late)).toBe('code_refused');
    expect(await lastCause(runtime)).toBe('method_off');
    const alone = await signInWithPassword(runtime, browser, typed);
    expect(done(alone)).toMatchObject({ next: 'signed_in' });
    const session = await within(runtime, browser, tokenOf(alone));
    expect(session.session.proofs.map(({ kind }) => kind)).toEqual(['password']);
  });

  test('confirms nothing: neither a code nor a phone nor what was approved before', async () => {
    const runtime = await aHouse();
    const { session, password, app, phone, person } = await everything(runtime);
    const weak = await aSession(runtime, person, 'password');
    const { requestId, number } = done(await askForConfirmation(runtime, weak));
    done(await answer(runtime, phone, 'approve', number));
    done(await setMethods(runtime, OFF));
    expect(outcome(await confirmWithPhone(runtime, weak, { requestId }))).toBe('approval_over');
    expect(outcome(await askForConfirmation(runtime, session))).toBe('phones_not_enabled');
    const confirmed = await confirmWithCode(runtime, weak, { password, code: app.code() });
    expect(outcome(confirmed)).toBe('authenticator_apps_not_enabled');
    expect(await confirmationWays(runtime, weak.session)).toMatchObject({
      key: false,
      code: false,
      phone: false,
    });
    // A wrong password tells nothing of it.
    const wrong = await confirmWithCode(runtime, weak, {
      password: 'another one altogether',
      code: app.code(),
    });
    expect(outcome(wrong)).toBe('sign_in_failed');
  });

  test('takes the proofs back that were made with it', async () => {
    const runtime = await aHouse();
    const { person, browser, app, password } = await everything(runtime);
    const { upn } = person;
    const step = done(await signInWithPassword(runtime, browser, { upn, password }));
    const ticket = step.next === 'code' ? step.ticket : '';
    const token = tokenOf(await signInWithCode(runtime, browser, { upn, ticket, code: app.code() }));
    const strong = await within(runtime, browser, token);
    expect(outcome(await registerDevice(runtime, strong).then(({ result }) => result))).toBe('ok');
    done(await setMethods(runtime, { 'SoftwareOath.state': 'false' }));
    const left = await within(runtime, browser, token);
    expect(left.session.proofs.map(({ kind }) => kind)).toEqual(['password']);
    const passkey = { purpose: 'passkey', attestation: 'none' } as const;
    expect(outcome(await beginRegistration(runtime, left, passkey))).toBe('proof_required');
  });

  test('counts as no key that gets anybody in: the last one that does is guarded', async () => {
    const runtime = await aHouse();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    await aKey(runtime, session, 'passkey', undefined, { backupEligible: true });
    expect(await countUsableKeys(runtime.db, desk.person.id)).toBe(2);
    done(await setMethods(runtime, { 'Fido2.state': 'false' }));
    expect(await countUsableKeys(runtime.db, desk.person.id)).toBe(1);
    const removed = await removeCredential(runtime, session, { credentialId: desk.key.kid });
    expect(outcome(removed)).toBe('last_strong_credential');
  });
});

describe('what a method may be used for', () => {
  test('signing in only: it comes in, opens a lock, and its proof carries nothing of the table', async () => {
    const runtime = await aHouse();
    const desk = await aPersonWithPasskey(runtime);
    done(await setMethods(runtime, { 'Fido2.uses': 'sign_in' }));
    const token = tokenOf(await signIn(runtime, desk));
    let caller = await within(runtime, desk.browser, token);
    expect(outcome((await registerDevice(runtime, caller)).result)).toBe('proof_required');
    const refused = await signIn(runtime, desk, {}, caller, 'step-up');
    expect(outcome(refused)).toBe('passkeys_not_enabled');
    expect(await lastCause(runtime)).toBe('method_not_for_confirming');
    done(await lockSession(runtime, caller));
    caller = await within(runtime, desk.browser, token);
    expect(outcome(await signIn(runtime, desk, {}, caller, 'unlock'))).toBe('ok');
  });

  test('confirming only: it lets nobody in, ends what it let in, and confirms', async () => {
    const runtime = await aHouse();
    const desk = await aPersonWithPasskey(runtime);
    const token = tokenOf(await signIn(runtime, desk));
    await setMethods(runtime, { 'Fido2.uses': 'confirm' });
    expect(await findSession(runtime, token)).toBeNull();
    expect(outcome(await signIn(runtime, desk))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('method_not_for_sign_in');
    const weak = await aSession(runtime, desk.person, 'password', desk.browser);
    const stepped = await signIn(runtime, desk, {}, weak, 'step-up');
    const strong = await within(runtime, desk.browser, tokenOf(stepped));
    expect(outcome((await registerDevice(runtime, strong)).result)).toBe('ok');
  });

  test('a phone only for confirming is not asked beside a password', async () => {
    const runtime = await aHouse();
    const { person, browser, password, session } = await everything(runtime);
    done(await setMethods(runtime, { 'Authenticator.uses': 'confirm', 'SoftwareOath.uses': 'sign_in' }));
    const step = done(await signInWithPassword(runtime, browser, { upn: person.upn, password }));
    expect(step).toMatchObject({ ways: { code: true, phone: false } });
    expect(await confirmationWays(runtime, session.session)).toMatchObject({ code: false, phone: true });
  });
});

describe('a strength', () => {
  test('is asked of the session: with less nothing but confirming is open', async () => {
    const runtime = await aHouse();
    const desk = await aPersonWithHelloKey(runtime, 'ada', ['global_administrator']);
    const weak = await aSession(runtime, desk.person, 'totp', desk.browser);
    done(await setMethods(runtime, { 'AuthenticationStrength.administration': 'phishing_resistant_mfa' }));
    let now = await asNow(runtime, weak);
    expect(outcome(member(now))).toBe('ok');
    expect(administrator('read')(now)).toMatchObject({
      problem: {
        code: 'strength_required',
        facts: { strength: 'phishing_resistant_mfa', place: 'administration' },
      },
    });
    done(await setMethods(runtime, { 'AuthenticationStrength.signIn': 'passwordless_mfa' }));
    now = await asNow(runtime, weak);
    expect(outcome(member(now))).toBe('strength_required');
    expect(outcome(ordinary(now))).toBe('ok');
    const stepped = await signIn(runtime, desk, {}, now, 'step-up');
    const strong = await within(runtime, desk.browser, tokenOf(stepped));
    expect([outcome(member(strong)), outcome(administrator('read')(strong))]).toEqual(['ok', 'ok']);
  });

  test('asked of a flow withholds what the table would carry; a pass goes on setting up', async () => {
    const runtime = await aHouse();
    const person = await aPerson(runtime);
    const code = await aSession(runtime, person, 'totp');
    done(await setMethods(runtime, { 'AuthenticationStrength.provisioning': 'phishing_resistant_mfa' }));
    expect(outcome((await registerDevice(runtime, await asNow(runtime, code))).result)).toBe(
      'proof_required',
    );
    const pass = await aPassSession(runtime, person);
    const device = await aDevice(runtime, pass);
    const key = await aKey(runtime, await asNow(runtime, pass), 'hello', device);
    expect(key.kid).not.toBe('');
  });

  test('asked for adding and changing methods: a code changes nothing, a key does', async () => {
    const runtime = await aHouse();
    const person = await aPerson(runtime);
    const code = await aSession(runtime, person, 'totp');
    const key = await aSession(runtime, person, 'hello');
    done(await setMethods(runtime, { 'AuthenticationStrength.securityInfo': 'phishing_resistant_mfa' }));
    const passkey = { purpose: 'passkey', attestation: 'none' } as const;
    expect(outcome(await beginRegistration(runtime, await asNow(runtime, code), passkey))).toBe(
      'proof_required',
    );
    expect(outcome(await beginRegistration(runtime, await asNow(runtime, key), passkey))).toBe('ok');
    expect(outcome(await beginTotpRegistration(runtime, await asNow(runtime, code)))).toBe('proof_required');
    // What another flow asks is another matter.
    expect(outcome((await registerDevice(runtime, await asNow(runtime, code))).result)).toBe('ok');
  });

  test('offers to confirm with what is strong enough, and nothing else', async () => {
    const runtime = await aHouse();
    const { person } = await everything(runtime);
    const { session } = await aSession(runtime, person, 'password');
    expect(await confirmationWays(runtime, session, 'mfa')).toMatchObject({
      key: true,
      code: true,
      phone: true,
    });
    expect(await confirmationWays(runtime, session, 'phishing_resistant_mfa')).toMatchObject({
      key: true,
      code: false,
      phone: false,
    });
  });
});

describe('a change of methods', () => {
  const dry = async (runtime: TestRuntime, values: MethodValues) =>
    done(await dryRunMethods(runtime, { values }));

  test('is counted first: who loses what, who is left with a password alone, and who is locked out', async () => {
    const runtime = await aHouse();
    const { person } = await everything(runtime);
    const tomas = await aPersonWithPasskey(runtime);
    await aPersonWithHelloKey(runtime, 'hedda');
    const run = await dry(runtime, OFF);
    expect(run).toMatchObject({
      losing: { fido2: 2, authenticator: 1, softwareOath: 1 },
      passwordAlone: 1,
      lockedOut: 1,
      barred: 1,
    });
    // Nothing was changed by counting.
    expect(await dry(runtime, {})).toMatchObject({ lockedOut: 0, losing: { fido2: 0 } });
    const spared = await inGroup(runtime, tomas.person.id, 'Spared');
    expect(await dry(runtime, { 'Fido2.includeTargets': settingText([spared]) })).toMatchObject({
      losing: { fido2: 1 },
      lockedOut: 0,
    });
    // Where passwords are refused, theirs is no way in.
    const others = await inGroup(runtime, person.id, 'No password');
    const { policyVersion } = await aSwitch(runtime, 'refuse');
    const refusing = { mode: 'refuse', include: [others], exclude: [], policyVersion } as const;
    done(await switchPasswordless(runtime, null, { ...refusing, confirmedLockedOut: 9 }));
    expect(await dry(runtime, { 'Fido2.state': 'false' })).toMatchObject({ lockedOut: 2, passwordAlone: 0 });
  });

  test('that bars people needs their number, counted again where it is written', async () => {
    const runtime = await aHouse();
    await aPersonWithPasskey(runtime);
    const values = { 'Fido2.state': 'false' };
    const { policyVersion } = await dry(runtime, values);
    await aPersonWithPasskey(runtime, 'another');
    expect(await changeMethods(runtime, null, { values, policyVersion, confirmed: 1 })).toMatchObject({
      problem: { code: 'lockout_not_confirmed', facts: { lockedOut: 2, confirmed: 1 } },
    });
    const changed = await changeMethods(runtime, null, { values, policyVersion, confirmed: 2 });
    expect(done(changed)).toMatchObject({ barred: 2 });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'methods_changed',
      detail: { 'Fido2.state': 'false', barred: 2 },
    });
    const stale = await changeMethods(runtime, null, { values: OFF, policyVersion, confirmed: 9 });
    expect(outcome(stale)).toBe('policy_changed_meanwhile');
  });

  test('that leaves people with the password alone needs their number, too', async () => {
    const runtime = await aHouse();
    const mia = await aPerson(runtime);
    await aPassword(runtime, mia);
    await anAuthenticatorApp(runtime, await aSession(runtime, mia, 'hello'));
    const values = { 'SoftwareOath.state': 'false' };
    const run = await dry(runtime, values);
    expect(run).toMatchObject({ passwordAlone: 1, barred: 0, lockedOut: 0, toConfirm: 1 });
    // Whoever could not show what is asked for either is one person.
    expect(await dry(runtime, { ...values, 'AuthenticationStrength.payroll': 'mfa' })).toMatchObject({
      short: { payroll: 1 },
      barred: 1,
      toConfirm: 1,
    });
    const { policyVersion } = run;
    expect(await changeMethods(runtime, null, { values, policyVersion, confirmed: 0 })).toMatchObject({
      problem: { code: 'lockout_not_confirmed', facts: { lockedOut: 1, confirmed: 0 } },
    });
    done(await changeMethods(runtime, null, { values, policyVersion, confirmed: 1 }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'methods_changed',
      detail: { barred: 0, passwordAlone: 1 },
    });
  });

  test('takes their only way in from those who have phone sign-in alone, and is told so', async () => {
    const runtime = await aHouse();
    const mia = await aPerson(runtime);
    const session = await aSession(runtime, mia, 'hello');
    await aDevice(runtime, session);
    const phone = await aPhone(runtime, session);
    const lockedOut = async (values: MethodValues) => (await dry(runtime, values)).lockedOut;
    const off = { 'Authenticator.state': 'false' };
    // A phone that verifies nobody signs nobody in.
    expect(await lockedOut(off)).toBe(0);
    await verifying(runtime, phone);
    expect(await lockedOut({})).toBe(0);
    expect(await lockedOut(off)).toBe(1);
    expect(await lockedOut({ 'Authenticator.uses': 'confirm' })).toBe(1);
    expect(await lockedOut({ 'Authenticator.uses': 'sign_in' })).toBe(0);
    expect(await lockedOut({ 'AuthenticationStrength.signIn': 'passwordless_mfa' })).toBe(0);
    expect(await lockedOut({ 'AuthenticationStrength.signIn': 'phishing_resistant_mfa' })).toBe(1);
    expect(await dry(runtime, { 'AuthenticationStrength.payroll': 'phishing_resistant_mfa' })).toMatchObject({
      short: { payroll: 1 },
    });
    done(await setPolicy(runtime, null, { name: 'Authenticator.phoneVerification', value: 'off' }));
    expect(await lockedOut(off)).toBe(0);
    done(await setPolicy(runtime, null, { name: 'Authenticator.phoneVerification', value: null }));
    expect(await lockedOut(off)).toBe(1);
    await aPassword(runtime, mia);
    expect(await lockedOut(off)).toBe(0);
  });

  test('counts those whom a provider lets in, as far as its MFA counts for sure', async () => {
    const runtime = await aHouse();
    const domain = await runtime.db.federatedDomain.create({
      data: {
        id: 'd',
        domain: 'tidewater.example',
        issuer: 'https://id.example',
        clientId: 'c',
        clientSecret: 's',
        claim: 'sub',
        behavior: 'acceptIfMfaDoneByFederatedIdp',
        createdAt: runtime.clock.now(),
      },
    });
    const link = async (userId: string) =>
      await runtime.db.federatedIdentity.create({
        data: {
          id: userId,
          domainId: domain.id,
          issuer: domain.issuer,
          subject: userId,
          userId,
          linkedAt: runtime.clock.now(),
        },
      });
    const mia = await aPerson(runtime);
    await link(mia.id);
    // Nobody counts on a provider for those who administer.
    await link((await aPerson(runtime, 'priya', ['global_reader'])).id);
    const lockedOut = async (demand: string) =>
      (await dry(runtime, { 'AuthenticationStrength.signIn': demand })).lockedOut;
    const set = async (data: { behavior?: string; disabledAt?: Date }) =>
      await runtime.db.federatedDomain.update({ where: { id: domain.id }, data });
    expect(await Promise.all(['none', 'mfa', 'phishing_resistant_mfa'].map(lockedOut))).toEqual([0, 1, 1]);
    await set({ behavior: 'enforceMfaByFederatedIdp' });
    expect(await Promise.all(['none', 'mfa', 'phishing_resistant_mfa'].map(lockedOut))).toEqual([0, 0, 1]);
    // Without MFA of its own, an app beside it does.
    await set({ behavior: 'rejectMfaByFederatedIdp' });
    await anAuthenticatorApp(runtime, await aSession(runtime, mia, 'hello'));
    expect(await Promise.all(['none', 'mfa', 'phishing_resistant_mfa'].map(lockedOut))).toEqual([0, 0, 1]);
    // Every place at once, with both kinds of providers, is still one count.
    const { id: _, domain: __, ...like } = domain;
    const behavior = 'enforceMfaByFederatedIdp';
    await runtime.db.federatedDomain.create({
      data: { ...like, id: 'e', domain: 'other.example', behavior },
    });
    const everywhere = strengthPlaces.map((place) => [`AuthenticationStrength.${place}`, 'passwordless_mfa']);
    const all = { ...OFF, ...Object.fromEntries(everywhere) };
    expect(await dry(runtime, all)).toMatchObject({ lockedOut: 1, barred: 1, toConfirm: 1 });
    await set({ disabledAt: runtime.clock.now() });
    expect(await Promise.all(['none', 'mfa', 'phishing_resistant_mfa'].map(lockedOut))).toEqual([0, 0, 0]);
    await runtime.db.federatedDomain.deleteMany();
  });

  test('is refused where it leaves no Global Administrator, whoever confirms it', async () => {
    const runtime = await aHouse();
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    const session = await aSession(runtime, ada, 'hello');
    await aKey(runtime, session, 'passkey', undefined, { backupEligible: true });
    const out = await inGroup(runtime, ada.id, 'Admins');
    for (const values of [
      { 'Fido2.state': 'false' },
      { 'Fido2.uses': 'confirm' },
      { 'Fido2.excludeTargets': settingText([out]) },
      { 'Fido2.includeTargets': settingText([]) },
    ])
      expect(outcome(await setMethods(runtime, values))).toBe('no_administrator_left');
    await aPassword(runtime, ada);
    expect(outcome(await setMethods(runtime, { 'AuthenticationStrength.administration': 'mfa' }))).toBe('ok');
    // The password alone would no longer do.
    expect(outcome(await setMethods(runtime, { 'Fido2.state': 'false' }))).toBe('no_administrator_left');
  });

  test('says how many could not show what is asked, and that a pass spares them', async () => {
    const runtime = await aHouse();
    const mia = await aPerson(runtime);
    await aPassword(runtime, mia);
    await anAuthenticatorApp(runtime, await aSession(runtime, mia, 'hello'));
    const strict = 'phishing_resistant_mfa';
    expect(await dry(runtime, { 'AuthenticationStrength.payroll': strict })).toMatchObject({
      short: { payroll: 1 },
      barred: 1,
      lockedOut: 0,
    });
    expect(await dry(runtime, { 'AuthenticationStrength.signIn': 'mfa' })).toMatchObject({ lockedOut: 0 });
    expect(await dry(runtime, { 'AuthenticationStrength.signIn': strict })).toMatchObject({ lockedOut: 1 });
    expect(await dry(runtime, { 'AuthenticationStrength.provisioning': strict })).toMatchObject({
      barred: 0,
    });
    done(await setPolicy(runtime, null, { name: 'TemporaryAccessPass.state', value: 'false' }));
    expect(await dry(runtime, { 'AuthenticationStrength.provisioning': strict })).toMatchObject({
      short: { provisioning: 1 },
      barred: 1,
    });
  });

  test('takes its own settings with values that they may have, and nothing else', async () => {
    const runtime = await aHouse();
    const given: MethodValues[] = [
      { 'Fido2.state': 'perhaps' },
      { 'Fido2.uses': 'everything' },
      { 'AuthenticationStrength.signIn': 'strong' },
      { 'Fido2.excludeTargets': settingText([ALL_USERS]) },
      { 'Fido2.includeTargets': settingText(['7f3c0b52-0000-4000-8000-000000000000']) },
      { UsePassportForWork: 'false' },
      { EnablePasswordlessExperience: 'true' },
    ];
    for (const values of given) expect(outcome(await setMethods(runtime, values))).toBe('invalid_value');
    const alone = await setPolicy(runtime, null, { name: 'Fido2.state', value: 'false' });
    expect(outcome(alone)).toBe('settings_set_together');
  });

  test('and a sign-in at the same instant: none counts after the change was acknowledged', async () => {
    const runtime = await aHouse();
    const desks = [];
    for (const alias of ['a', 'b', 'c', 'd']) desks.push(await aPersonWithPasskey(runtime, alias));
    const answers = [];
    for (const desk of desks) answers.push({ desk, ...(await answerChallenge(runtime, desk.browser, desk)) });
    let acknowledged = false;
    const change = setMethods(runtime, { 'Fido2.state': 'false' }).then((result) => {
      acknowledged = true;
      return result;
    });
    const signed = await Promise.all(
      answers.map(async ({ desk, response }) => {
        const before = acknowledged;
        const result = await finishAuthentication(runtime, desk.browser, { response });
        return { before, result };
      }),
    );
    expect(outcome(await change)).toBe('ok');
    for (const { before, result } of signed) if (before) expect(outcome(result)).toBe('sign_in_failed');
    for (const { result } of signed)
      if (result.ok) expect(await findSession(runtime, tokenOf(result))).toBeNull();
  });
});

test('somebody whose passkey is off is asked for none where they are known', async () => {
  const runtime = await aHouse();
  const desk = await aPersonWithPasskey(runtime);
  const weak = await aSession(runtime, desk.person, 'password', desk.browser);
  const asked = async () =>
    done(await beginAuthentication(runtime, weak, { purpose: 'step-up' })).allowCredentials;
  expect(await asked()).toHaveLength(1);
  await setMethods(runtime, { 'Fido2.state': 'false' });
  expect(await asked()).toEqual([]);
});
