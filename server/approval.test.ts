import { describe, expect, test } from 'vitest';
import { APPROVAL_LIFETIME_MS, APPROVAL_REST_MS, APPROVAL_TAKING_MS } from '#domain/authenticator';
import { later, MINUTE_MS } from '#domain/time';
import type { DeviceRecognition } from '#domain/wire';
import {
  answerApproval,
  askForConfirmation,
  confirmWithPhone,
  endApprovalRest,
  forgetOldApprovals,
  lookAtApproval,
  readApprovalRest,
  readPendingApprovals,
  withdrawApproval,
} from './approval.ts';
import type { Caller, SignedIn } from './caller.ts';
import { listEvents } from './event.ts';
import { requirePasswordChange, setUserDisabled } from './identity.ts';
import { listNotices } from './notice.ts';
import {
  askPhonesAfterPassword,
  signInWithCode,
  signInWithPassword,
  signInWithPhone,
} from './password-sign-in.ts';
import type { Runtime } from './runtime.ts';
import { removeSecondFactor } from './second-factor.ts';
import { findSession, lockSession } from './session.ts';
import {
  aBrowser,
  aDevice,
  anAuthenticatorApp,
  aPassword,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastCause,
  lastEvent,
  outcome,
  recognition,
  tokenOf,
  within,
} from './testing.ts';
import { anAnswer, answer, aPhone } from './testing-phone.ts';

/** Mia, whose phone is added, in a session of a password alone. */
async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const mia = await aPerson(runtime);
  const phone = await aPhone(runtime, await aSession(runtime, mia, 'hello'));
  runtime.pass(10 * MINUTE_MS);
  return { runtime, mia, phone, session: await aSession(runtime, mia, 'password') };
}

/** Other digits than these. */
const another = (number: number) => (number === 99 ? 10 : number + 1);
/** How a request stands where it was asked. */
const stateOf = async (runtime: Runtime, caller: SignedIn, requestId: string) =>
  done(await confirmWithPhone(runtime, caller, { requestId })).state;

describe('confirming on a phone', () => {
  test('takes the number of the screen, and makes the session strong once', async () => {
    const { runtime, mia, phone, session } = await house();
    const asked = done(await askForConfirmation(runtime, session));
    expect(asked).toMatchObject({ phones: ['Blue phone'] });
    const { requestId, number } = asked;
    expect(await stateOf(runtime, session, requestId)).toBe('pending');
    const shown = (await readPendingApprovals(runtime, [mia.id])).get(mia.id);
    expect(shown).toEqual({
      id: requestId,
      purpose: 'confirm',
      account: mia.upn,
      browser: session.userAgent,
      address: session.address,
      createdAt: runtime.clock.now().toISOString(),
      expiresAt: asked.expiresAt,
    });
    expect(JSON.stringify(shown)).not.toContain('number');
    expect(done(await answer(runtime, phone, 'approve', number))).toEqual({ state: 'approved' });
    expect(await lastEvent(runtime)).toMatchObject({ code: 'approval_answered', credentialId: phone.id });
    const taken = await confirmWithPhone(runtime, session, { requestId });
    const strong = await within(runtime, session, tokenOf(taken));
    expect(strong.session.proofs).toContainEqual({
      kind: 'authenticator',
      provenAt: runtime.clock.now(),
      credentialId: phone.id,
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'step_up',
      credentialId: phone.id,
      detail: { method: 'authenticator' },
    });
    // The token that asked is gone, and the approval with it.
    expect(await findSession(runtime, session.token)).toBeNull();
    expect(await stateOf(runtime, strong, requestId)).toBe('taken');
    expect((await runtime.db.proof.findMany({ where: { kind: 'authenticator' } })).length).toBe(1);
  });

  test('a wrong number denies: there is no second guess', async () => {
    const { runtime, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    const right = await anAnswer(runtime, phone, 'approve', number);
    expect(done(await answer(runtime, phone, 'approve', another(number)))).toEqual({ state: 'mistyped' });
    expect(await lastCause(runtime)).toBe('mistyped');
    expect(outcome(await answerApproval(runtime, phone.caller, right))).toBe('approval_over');
    expect(await stateOf(runtime, session, requestId)).toBe('mistyped');
  });

  test('denied stays denied, and not answered in time is over by itself', async () => {
    const { runtime, phone, session } = await house();
    const first = done(await askForConfirmation(runtime, session));
    done(await answer(runtime, phone, 'deny'));
    expect(await stateOf(runtime, session, first.requestId)).toBe('denied');
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    const late = await anAnswer(runtime, phone, 'approve', number);
    runtime.pass(APPROVAL_LIFETIME_MS);
    expect(outcome(await answerApproval(runtime, phone.caller, late))).toBe('approval_over');
    expect(await lastCause(runtime)).toBe('late_or_answered');
    expect(await stateOf(runtime, session, requestId)).toBe('expired');
    expect(await lastEvent(runtime)).toMatchObject({ code: 'approval_expired', outcome: 'failure' });
    await stateOf(runtime, session, requestId);
    expect(await listEvents(runtime, { codes: ['approval_expired'] }, 10)).toHaveLength(1);
  });

  test('one that nobody looks at is written as expired by the sweep, and forgotten in time', async () => {
    const { runtime, session } = await house();
    done(await askForConfirmation(runtime, session));
    runtime.pass(APPROVAL_LIFETIME_MS);
    expect(await forgetOldApprovals(runtime)).toBe(0);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'approval_expired' });
    runtime.pass(31 * 24 * 60 * MINUTE_MS);
    expect(await forgetOldApprovals(runtime)).toBe(1);
  });

  test('an approval waits a minute for its page, and no longer', async () => {
    const { runtime, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    done(await answer(runtime, phone, 'approve', number));
    runtime.pass(APPROVAL_TAKING_MS);
    expect(outcome(await confirmWithPhone(runtime, session, { requestId }))).toBe('approval_over');
    expect(await lastCause(runtime)).toBe('approval_not_taken');
  });

  test('of answers that come at once one counts, and of pages that take it one', async () => {
    const { runtime, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    const approve = await anAnswer(runtime, phone, 'approve', number);
    const deny = await anAnswer(runtime, phone, 'deny');
    const answers = await Promise.all(
      [approve, deny, approve, deny, approve].map((each) => answerApproval(runtime, phone.caller, each)),
    );
    expect(answers.map(outcome).sort()).toEqual([
      'approval_over',
      'approval_over',
      'approval_over',
      'approval_over',
      'ok',
    ]);
    const { state } = await runtime.db.approvalRequest.findUniqueOrThrow({ where: { id: requestId } });
    expect(answers.find(({ ok }) => ok)).toMatchObject({ value: { state } });
    if (state === 'denied') {
      const next = done(await askForConfirmation(runtime, session));
      done(await answer(runtime, phone, 'approve', next.number));
    }
    const { id } = (await runtime.db.approvalRequest.findFirst({ where: { state: 'approved' } })) ?? {
      id: '',
    };
    const takings = await Promise.all(
      Array.from({ length: 4 }, () => confirmWithPhone(runtime, session, { requestId: id })),
    );
    expect(takings.filter((each) => each.ok && each.session !== undefined)).toHaveLength(1);
    expect(await runtime.db.proof.count({ where: { kind: 'authenticator' } })).toBe(1);
  });

  test('belongs to the session and the browser that asked', async () => {
    const { runtime, mia, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    done(await answer(runtime, phone, 'approve', number));
    const elsewhere = await aSession(runtime, mia, 'password');
    const tomas = await aSession(runtime, await aPerson(runtime, 'tomas'), 'password');
    const stolen = { ...session, browser: aBrowser(runtime).browser };
    for (const other of [elsewhere, tomas, stolen])
      expect(outcome(await confirmWithPhone(runtime, other, { requestId }))).toBe('approval_over');
    expect(done(await lookAtApproval(runtime, session, { requestId }))).toEqual({ state: 'approved' });
    for (const other of [elsewhere, tomas, stolen])
      expect(outcome(await lookAtApproval(runtime, other, { requestId }))).toBe('approval_over');
    expect(await stateOf(runtime, session, requestId)).toBe('approved');
  });

  test('unlocks nothing', async () => {
    const { runtime, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    done(await answer(runtime, phone, 'approve', number));
    done(await lockSession(runtime, session));
    expect(outcome(await confirmWithPhone(runtime, session, { requestId }))).toBe('approval_over');
    expect((await findSession(runtime, session.token))?.lockedAt).not.toBeNull();
  });
});

describe('an answer', () => {
  test('is signed by the phone over what it showed: no other key, request, decision or number', async () => {
    const { runtime, mia, phone, session } = await house();
    const tomas = await aPerson(runtime, 'tomas');
    const his = await aPhone(runtime, await aSession(runtime, tomas, 'hello'));
    const { number } = done(await askForConfirmation(runtime, session));
    const good = await anAnswer(runtime, phone, 'approve', number);
    const denial = await anAnswer(runtime, phone, 'deny');
    const send = async (given: object) =>
      outcome(await answerApproval(runtime, phone.caller, { ...good, ...given }));
    expect(await send({ number: another(number) })).toBe('challenge_invalid');
    expect(await send({ signature: denial.signature })).toBe('challenge_invalid');
    expect(await send({ decision: 'deny', number: null })).toBe('challenge_invalid');
    expect(await send({ signature: '' })).toBe('challenge_invalid');
    expect(await lastCause(runtime)).toBe('answer_signature');
    // Somebody else's phone answers for nobody but its own person.
    expect(await send({ phoneId: his.id })).toBe('approval_over');
    expect(await send({ phoneId: 'nobody' })).toBe('approval_over');
    const foreign = { ...phone, profile: his.profile };
    expect(outcome(await answer(runtime, foreign, 'approve', number))).toBe('challenge_invalid');
    // What was shown changed on the way: another place.
    await runtime.db.approvalRequest.updateMany({
      where: { userId: mia.id },
      data: { address: '203.0.113.1' },
    });
    expect(await send({})).toBe('challenge_invalid');
  });

  test('to one request is none to the next', async () => {
    const { runtime, phone, session } = await house();
    const first = done(await askForConfirmation(runtime, session));
    const kept = await anAnswer(runtime, phone, 'approve', first.number);
    const second = done(await askForConfirmation(runtime, session));
    expect(outcome(await answerApproval(runtime, phone.caller, kept))).toBe('approval_over');
    const moved = { ...kept, requestId: second.requestId };
    expect(outcome(await answerApproval(runtime, phone.caller, moved))).toBe('challenge_invalid');
    expect(await stateOf(runtime, session, first.requestId)).toBe('replaced');
  });

  test('of a phone that is removed meanwhile counts no more, before it is given and after', async () => {
    const { runtime, mia, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    const kept = await anAnswer(runtime, phone, 'approve', number);
    const elsewhere = await aSession(runtime, mia, 'hello');
    const second = await aPhone(runtime, elsewhere);
    done(await removeSecondFactor(runtime, elsewhere, { kind: 'authenticator', id: phone.id }));
    expect(outcome(await answerApproval(runtime, phone.caller, kept))).toBe('approval_over');
    expect(await stateOf(runtime, session, requestId)).toBe('pending');
    done(await answer(runtime, second, 'approve', number));
    done(await removeSecondFactor(runtime, elsewhere, { kind: 'authenticator', id: second.id }));
    expect(outcome(await confirmWithPhone(runtime, session, { requestId }))).toBe('approval_over');
    expect(outcome(await askForConfirmation(runtime, session))).toBe('no_phone');
  });

  test('and a removal at once: whichever is first, no session is strong by a phone that is gone', async () => {
    const { runtime, mia, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    const kept = await anAnswer(runtime, phone, 'approve', number);
    const elsewhere = await aSession(runtime, mia, 'hello');
    await Promise.all([
      answerApproval(runtime, phone.caller, kept),
      removeSecondFactor(runtime, elsewhere, { kind: 'authenticator', id: phone.id }),
    ]);
    const result = await confirmWithPhone(runtime, session, { requestId });
    expect(result.ok && result.session !== undefined).toBe(false);
  });

  test('of somebody who is disabled counts for nothing', async () => {
    const { runtime, mia, phone, session } = await house();
    const { number } = done(await askForConfirmation(runtime, session));
    const kept = await anAnswer(runtime, phone, 'approve', number);
    done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: true }));
    expect(outcome(await answerApproval(runtime, phone.caller, kept))).toBe('approval_over');
    expect(await lastCause(runtime)).toBe('phone_gone');
  });

  test('a removed phone takes the sessions with it that it made strong', async () => {
    const { runtime, mia, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    done(await answer(runtime, phone, 'approve', number));
    const token = tokenOf(await confirmWithPhone(runtime, session, { requestId }));
    const elsewhere = await aSession(runtime, mia, 'hello');
    done(await removeSecondFactor(runtime, elsewhere, { kind: 'authenticator', id: phone.id }));
    expect(await findSession(runtime, token)).toBeNull();
  });
});

describe('a person', () => {
  test('is asked by one request at a time: their own takes the place of its last, another browser is refused', async () => {
    const { runtime, mia, session } = await house();
    const first = done(await askForConfirmation(runtime, session));
    const elsewhere = await aSession(runtime, mia, 'password', aBrowser(runtime, '203.0.113.5'));
    expect(outcome(await askForConfirmation(runtime, elsewhere))).toBe('approval_waiting');
    expect(await lastCause(runtime)).toBe('approval_waiting');
    const second = done(await askForConfirmation(runtime, session));
    expect(await stateOf(runtime, session, first.requestId)).toBe('replaced');
    runtime.pass(APPROVAL_LIFETIME_MS);
    done(await askForConfirmation(runtime, elsewhere));
    expect(await stateOf(runtime, session, second.requestId)).toBe('expired');
  });

  test('and one alone when many browsers ask at once', async () => {
    const { runtime, mia } = await house();
    const sessions = await Promise.all(
      Array.from({ length: 5 }, (_, at) =>
        aSession(runtime, mia, 'password', aBrowser(runtime, `203.0.113.${at}`)),
      ),
    );
    const asked = await Promise.all(sessions.map((each) => askForConfirmation(runtime, each)));
    expect(asked.map(outcome).sort()).toEqual([...Array(4).fill('approval_waiting'), 'ok']);
    expect(await runtime.db.approvalRequest.count({ where: { pendingFor: mia.id } })).toBe(1);
  });

  test('is not worn out: from one place five times in five minutes, from everywhere hardly more than once a minute', async () => {
    const { runtime, mia } = await house();
    const from = async (address: string) => {
      const asked = await askForConfirmation(
        runtime,
        await aSession(runtime, mia, 'password', aBrowser(runtime, address)),
      );
      await runtime.db.approvalRequest.updateMany({ data: { state: 'denied', pendingFor: null } });
      return outcome(asked);
    };
    const here: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) here.push(await from('203.0.113.5'));
    expect(here).toEqual([...Array(5).fill('ok'), 'too_many_attempts']);
    const everywhere: string[] = [];
    for (let turn = 0; turn < 12; turn += 1) everywhere.push(await from(`198.51.100.${turn}`));
    expect(everywhere.filter((each) => each === 'ok').length).toBeLessThanOrEqual(6);
    expect(everywhere.at(-1)).toBe('too_many_attempts');
    runtime.pass(MINUTE_MS);
    expect(await from('198.51.100.200')).toBe('ok');
  });
});

describe('whoever has the password', () => {
  /** Somebody with Mia's password in a browser of theirs, and Mia at her registered device. */
  async function besieged() {
    const at = await house();
    const { runtime, mia } = at;
    const password = await aPassword(runtime, mia);
    const own = await aSession(runtime, mia, 'hello', aBrowser(runtime, '198.51.100.20'));
    const desk = await aDevice(runtime, own);
    const byPassword = async (from: Caller, device?: DeviceRecognition) => {
      const { upn } = mia;
      const step = done(await signInWithPassword(runtime, from, { upn, password }));
      if (step.next !== 'code') throw new Error(step.next);
      return await askPhonesAfterPassword(runtime, from, { upn, ticket: step.ticket, device });
    };
    const here = aBrowser(runtime, '198.51.100.20');
    const atDesk = async () => await byPassword(here, await recognition(runtime, here, desk));
    return { ...at, password, byPassword, atDesk, thief: aBrowser(runtime, '203.0.113.66') };
  }

  test('keeps its owner from nothing: their device and their own session go before, and are not pushed aside', async () => {
    const { runtime, phone, byPassword, atDesk, thief, mia } = await besieged();
    const stolen = done(await byPassword(thief));
    const { number } = done(await atDesk());
    const { state } = await runtime.db.approvalRequest.findUniqueOrThrow({ where: { id: stolen.requestId } });
    expect(state).toBe('replaced');
    expect((await listEvents(runtime, { codes: ['approval_withdrawn'] }, 5))[0]).toMatchObject({
      userId: mia.id,
      detail: { cause: 'asked_nearer', purpose: 'sign_in' },
    });
    expect(outcome(await byPassword(thief))).toBe('approval_waiting');
    done(await answer(runtime, phone, 'approve', number));
    done(await byPassword(thief));
    const session = await aSession(runtime, mia, 'hello');
    done(await askForConfirmation(runtime, session));
    // A session that a password began goes before a sign-in, and not before a strong one.
    const weak = await aSession(runtime, mia, 'password', thief);
    expect(outcome(await askForConfirmation(runtime, weak))).toBe('approval_waiting');
  });

  test('uses up none of the turns that its owner has', async () => {
    const { runtime, byPassword, atDesk } = await besieged();
    for (let turn = 0; turn < 12; turn += 1) await byPassword(aBrowser(runtime, `203.0.113.${turn}`));
    expect(outcome(await byPassword(aBrowser(runtime, '203.0.113.99')))).toBe('too_many_attempts');
    expect(outcome(await atDesk())).toBe('ok');
  });

  test('shows no device of hers by a name: another browser’s proof, or one that was used, counts for nothing', async () => {
    const { runtime, byPassword, thief, mia } = await besieged();
    const own = await aSession(runtime, mia, 'hello', aBrowser(runtime, '198.51.100.20'));
    const desk = await aDevice(runtime, own, 'STUDIO-08');
    const hers = aBrowser(runtime, '198.51.100.20');
    done(await byPassword(hers));
    const proof = await recognition(runtime, hers, desk);
    expect(outcome(await byPassword(thief, proof))).toBe('approval_waiting');
    await byPassword(hers, proof);
    expect(outcome(await byPassword(thief, proof))).toBe('approval_waiting');
  });

  test('is reported, and then her device still asks; reported there, nothing does', async () => {
    const { runtime, phone, byPassword, atDesk, thief } = await besieged();
    done(await byPassword(thief));
    done(await answer(runtime, phone, 'report'));
    expect(outcome(await byPassword(thief))).toBe('approval_resting');
    done(await atDesk());
    done(await answer(runtime, phone, 'report'));
    expect(outcome(await atDesk())).toBe('approval_resting');
  });
});

describe('a request that nobody answered yet', () => {
  test('is taken back by the browser that asked and by no other, once', async () => {
    const { runtime, phone, session } = await house();
    const { requestId, number } = done(await askForConfirmation(runtime, session));
    done(await withdrawApproval(runtime, aBrowser(runtime), { requestId }));
    expect(await stateOf(runtime, session, requestId)).toBe('pending');
    const kept = await anAnswer(runtime, phone, 'approve', number);
    done(await withdrawApproval(runtime, session, { requestId }));
    done(await withdrawApproval(runtime, session, { requestId }));
    expect(await listEvents(runtime, { codes: ['approval_withdrawn'] }, 5)).toMatchObject([
      { detail: { cause: 'taken_back', purpose: 'confirm' } },
    ]);
    expect(outcome(await answerApproval(runtime, phone.caller, kept))).toBe('approval_over');
    expect(await stateOf(runtime, session, requestId)).toBe('withdrawn');
  });

  test('goes when a code is typed in its place, and one that was answered stays answered', async () => {
    const { runtime, mia, phone } = await house();
    const password = await aPassword(runtime, mia);
    const app = await anAuthenticatorApp(runtime, await aSession(runtime, mia, 'hello'));
    const laptop = aBrowser(runtime);
    const { upn } = mia;
    const ask = async () => {
      const step = done(await signInWithPassword(runtime, laptop, { upn, password }));
      if (step.next !== 'code') throw new Error(step.next);
      return {
        ...step,
        ...done(await askPhonesAfterPassword(runtime, laptop, { upn, ticket: step.ticket })),
      };
    };
    const first = await ask();
    const code = app.code();
    done(await signInWithCode(runtime, laptop, { upn, ticket: first.ticket, code }));
    expect(await readPendingApprovals(runtime, [mia.id])).toEqual(new Map());
    const second = await ask();
    done(await answer(runtime, phone, 'deny'));
    done(await withdrawApproval(runtime, laptop, second));
    const { state } = await runtime.db.approvalRequest.findUniqueOrThrow({ where: { id: second.requestId } });
    expect(state).toBe('denied');
  });
});

describe('"It wasn’t me"', () => {
  test('is a rest that an administrator ends, who may, and never for themselves', async () => {
    const { runtime, mia, phone } = await house();
    const password = await aPassword(runtime, mia);
    const ask = async () => {
      const browser = aBrowser(runtime);
      const step = done(await signInWithPassword(runtime, browser, { upn: mia.upn, password }));
      if (step.next !== 'code') throw new Error(step.next);
      return await askPhonesAfterPassword(runtime, browser, { upn: mia.upn, ticket: step.ticket });
    };
    const ada = await aPerson(runtime, 'ada', ['authentication_administrator']);
    const boss = (await aSession(runtime, ada, 'hello')).session.person;
    const self = (await aSession(runtime, mia, 'hello')).session.person;
    expect(outcome(await endApprovalRest(runtime, boss, { userId: mia.id }))).toBe('not_found');
    done(await ask());
    done(await answer(runtime, phone, 'report'));
    expect(await readApprovalRest(runtime, mia.id)).toEqual(later(runtime.clock.now(), APPROVAL_REST_MS));
    expect(outcome(await endApprovalRest(runtime, self, { userId: mia.id }))).toBe('own_account');
    done(await endApprovalRest(runtime, boss, { userId: mia.id }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'approval_rest_ended',
      userId: mia.id,
      actorId: ada.id,
    });
    expect(await readApprovalRest(runtime, mia.id)).toBeNull();
    expect(outcome(await ask())).toBe('ok');
  });

  test('ends the session that asked, and tells every administrator of methods', async () => {
    const { runtime, mia, phone, session } = await house();
    const ada = await aSession(
      runtime,
      await aPerson(runtime, 'ada', ['authentication_administrator']),
      'hello',
    );
    const rita = await aSession(runtime, await aPerson(runtime, 'rita', ['global_reader']), 'hello');
    done(await askForConfirmation(runtime, session));
    expect(done(await answer(runtime, phone, 'report'))).toEqual({ state: 'reported' });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'approval_reported',
      userId: mia.id,
      credentialId: phone.id,
      detail: { purpose: 'confirm', sessionsEnded: 1, address: session.address },
    });
    expect(await findSession(runtime, session.token)).toBeNull();
    const told = await listNotices(runtime, ada.session);
    expect(told).toMatchObject([{ code: 'approval_reported', facts: { name: 'mia' } }]);
    expect(await listNotices(runtime, rita.session)).toEqual([]);
  });

  test('at a sign-in lets no password ask the phone for a while', async () => {
    const { runtime, mia, phone } = await house();
    const password = await aPassword(runtime, mia);
    const ask = async () => {
      const thief = aBrowser(runtime, '203.0.113.66');
      const step = done(await signInWithPassword(runtime, thief, { upn: mia.upn, password }));
      if (step.next !== 'code') throw new Error(step.next);
      return await askPhonesAfterPassword(runtime, thief, { upn: mia.upn, ticket: step.ticket });
    };
    done(await ask());
    done(await answer(runtime, phone, 'report'));
    expect(outcome(await ask())).toBe('approval_resting');
    // In one's own session it is still asked.
    expect(outcome(await askForConfirmation(runtime, await aSession(runtime, mia, 'password')))).toBe('ok');
    runtime.pass(APPROVAL_REST_MS);
    expect(outcome(await ask())).toBe('ok');
  });
});

describe('signing in with a password and a phone', () => {
  async function atTheCode(given: { app?: boolean } = {}) {
    const at = await house();
    const { runtime, mia } = at;
    const password = await aPassword(runtime, mia);
    if (given.app) await anAuthenticatorApp(runtime, await aSession(runtime, mia, 'hello'));
    const laptop = aBrowser(runtime);
    const step = done(await signInWithPassword(runtime, laptop, { upn: mia.upn, password }));
    if (step.next !== 'code') throw new Error(step.next);
    return { ...at, password, laptop, upn: mia.upn, step };
  }

  test('a password alone opens nothing where there is a phone, and both together open a strong session', async () => {
    const { runtime, mia, phone, laptop, upn, step } = await atTheCode();
    expect(step.ways).toEqual({ code: false, phone: true, first: 'authenticator', outdated: false });
    const { ticket } = step;
    const { requestId, number } = done(await askPhonesAfterPassword(runtime, laptop, { upn, ticket }));
    const poll = (from = laptop) => signInWithPhone(runtime, from, { upn, ticket, requestId });
    expect(done(await poll())).toEqual({ next: 'wait', state: 'pending' });
    done(await answer(runtime, phone, 'approve', number));
    expect(outcome(await poll(aBrowser(runtime)))).toBe('challenge_invalid');
    // Without the ticket nobody hears whether there is anybody of a name.
    for (const name of [upn, 'nobody@tidewater.example'])
      expect(outcome(await signInWithPhone(runtime, laptop, { upn: name, ticket: '', requestId }))).toBe(
        'challenge_invalid',
      );
    const result = await poll();
    const { session } = await within(runtime, laptop, tokenOf(result));
    expect(session).toMatchObject({ method: 'password', userId: mia.id });
    expect(session.proofs.map(({ kind, credentialId }) => [kind, credentialId])).toContainEqual([
      'authenticator',
      phone.id,
    ]);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'password_sign_in',
      detail: { method: 'authenticator' },
    });
    // The answer was lost on its way: this browser is in, and goes on; without its session it begins again.
    const still = { ...laptop, session };
    expect(done(await signInWithPhone(runtime, still, { upn, ticket, requestId }))).toEqual({
      next: 'signed_in',
      upn,
    });
    expect(outcome(await poll())).toBe('challenge_consumed');
    done(await lockSession(runtime, { ...laptop, session }));
    const locked = { ...still, session: { ...session, lockedAt: runtime.clock.now() } };
    expect(outcome(await signInWithPhone(runtime, locked, { upn, ticket, requestId }))).toBe(
      'challenge_consumed',
    );
  });

  test('offers both where there is an app too', async () => {
    const { step } = await atTheCode({ app: true });
    expect(step.ways).toEqual({ code: true, phone: true, first: 'authenticator', outdated: false });
  });

  test('an approval for a sign-in confirms nothing in a session, nor the other way round', async () => {
    const { runtime, mia, phone, laptop, upn, step } = await atTheCode();
    const { ticket } = step;
    const asked = done(await askPhonesAfterPassword(runtime, laptop, { upn, ticket }));
    done(await answer(runtime, phone, 'approve', asked.number));
    const session = await aSession(runtime, mia, 'password', laptop);
    expect(outcome(await confirmWithPhone(runtime, session, asked))).toBe('approval_over');
    const confirming = done(await askForConfirmation(runtime, session));
    done(await answer(runtime, phone, 'approve', confirming.number));
    const { requestId } = confirming;
    expect(outcome(await signInWithPhone(runtime, laptop, { upn, ticket, requestId }))).toBe('approval_over');
  });

  test('takes a ticket of a right password: none, another browser’s or one of before the password changed asks nothing', async () => {
    const { runtime, mia, laptop, upn, step } = await atTheCode();
    const ask = async (ticket: string, from = laptop) =>
      outcome(await askPhonesAfterPassword(runtime, from, { upn, ticket }));
    expect(await ask('')).toBe('challenge_invalid');
    expect(await ask(step.ticket, aBrowser(runtime))).toBe('challenge_invalid');
    expect(
      outcome(
        await askPhonesAfterPassword(runtime, laptop, { upn: 'nobody@x.example', ticket: step.ticket }),
      ),
    ).toBe('challenge_invalid');
    await aPassword(runtime, mia);
    expect(await ask(step.ticket)).toBe('challenge_invalid');
    expect(await runtime.db.approvalRequest.count()).toBe(0);
  });

  test('leads to a new password where one is asked for', async () => {
    const { runtime, mia, phone, password, upn } = await atTheCode();
    done(await requirePasswordChange(runtime, null, { userId: mia.id }));
    const laptop = aBrowser(runtime);
    const step = done(await signInWithPassword(runtime, laptop, { upn, password }));
    if (step.next !== 'code') throw new Error(step.next);
    const { ticket } = step;
    const { requestId, number } = done(await askPhonesAfterPassword(runtime, laptop, { upn, ticket }));
    done(await answer(runtime, phone, 'approve', number));
    const next = done(await signInWithPhone(runtime, laptop, { upn, ticket, requestId }));
    expect(next).toMatchObject({ next: 'new_password', appId: phone.id });
  });
});
