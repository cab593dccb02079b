import { describe, expect, test } from 'vitest';
import { PASS_REQUEST_LIFETIME_MS } from '#domain/pass-request';
import type { SignedIn } from './caller.ts';
import { listEvents } from './event.ts';
import { setUserDisabled } from './identity.ts';
import {
  collectPass,
  countApprovers,
  countWaitingRequests,
  decidePassRequest,
  listPassRequests,
  requestPass,
} from './pass-request.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aDirectory,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastEvent,
  outcome,
  type TestPerson,
  type TestRuntime,
} from './testing.ts';

const REASON = 'She left her laptop on the train';

const ask = (runtime: TestRuntime, by: SignedIn, person: TestPerson) =>
  requestPass(runtime, by.session.person, {
    userId: person.id,
    lifetimeMinutes: 60,
    oneTime: true,
    reason: REASON,
  });

async function asked(runtime: TestRuntime) {
  const directory = await aDirectory(runtime);
  const { id } = done(await ask(runtime, directory.asks.caller, directory.target.person));
  return { ...directory, requestId: id };
}

describe('a pass for an administrator', () => {
  test('is never issued by one administrator alone, whatever the reason; the command line issues it', async () => {
    const runtime = await aRuntime();
    const { asks, target } = await aDirectory(runtime);
    const terms = { userId: target.person.id, reason: REASON };
    expect(outcome(await issueTemporaryAccessPass(runtime, asks.caller.session.person, terms))).toBe(
      'approval_required',
    );
    expect(await runtime.db.temporaryAccessPass.count()).toBe(0);
    expect(outcome(await issueTemporaryAccessPass(runtime, null, terms))).toBe('ok');
  });

  test('is refused at write time for somebody who became an administrator a moment ago', async () => {
    const runtime = await aRuntime();
    const { asks } = await aDirectory(runtime);
    const mia = await aPerson(runtime, 'mia');
    // While the pass is hashed, the role arrives.
    const hash = async () => {
      await runtime.db.userRole.create({ data: { userId: mia.id, role: 'global_reader' } });
      return 'x';
    };
    const slow = { ...runtime, passwords: { ...runtime.passwords, hash } };
    expect(
      outcome(await issueTemporaryAccessPass(slow, asks.caller.session.person, { userId: mia.id })),
    ).toBe('approval_required');
    expect(await runtime.db.temporaryAccessPass.count()).toBe(0);
  });

  test('is asked for by one, approved by another, collected once by the first, and works', async () => {
    const runtime = await aRuntime();
    const { asks, decides, target, requestId } = await asked(runtime);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pass_requested',
      userId: target.person.id,
      actorId: asks.person.id,
      detail: { request: requestId, reason: REASON, lifetimeMinutes: 60, oneTime: true },
    });
    expect(outcome(await collectPass(runtime, asks.caller, { requestId }))).toBe('request_over');
    expect(await countWaitingRequests(runtime, decides.caller.session.person)).toBe(1);
    expect(await countWaitingRequests(runtime, asks.caller.session.person)).toBe(0);
    done(await decidePassRequest(runtime, decides.caller, { requestId, approve: true }));
    expect(await countWaitingRequests(runtime, decides.caller.session.person)).toBe(0);
    expect(await countWaitingRequests(runtime, asks.caller.session.person)).toBe(1);

    expect(outcome(await collectPass(runtime, decides.caller, { requestId }))).toBe('not_found');
    const { pass } = done(await collectPass(runtime, asks.caller, { requestId }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pass_issued',
      actorId: asks.person.id,
      detail: { reason: REASON, approvedById: decides.person.id },
    });
    expect(outcome(await collectPass(runtime, asks.caller, { requestId }))).toBe('request_over');
    const { upn } = target.person;
    expect(outcome(await redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn, pass }))).toBe('ok');
    expect((await listPassRequests(runtime, { limit: 9 })).map(({ state }) => state)).toEqual(['collected']);
  });

  test('is decided neither by who asked, nor by whose it is, nor by who may not give them a pass', async () => {
    const runtime = await aRuntime();
    const { asks, target, requestId } = await asked(runtime);
    const input = { requestId, approve: true };
    expect(outcome(await decidePassRequest(runtime, asks.caller, input))).toBe('own_account');
    expect(outcome(await decidePassRequest(runtime, target.caller, input))).toBe('own_account');
    for (const role of ['authentication_administrator', 'global_reader'] as const) {
      const other = await aSession(
        runtime,
        await aPerson(runtime, role.replace('_', '-'), [role]),
        'passkey',
      );
      expect(outcome(await decidePassRequest(runtime, other, input))).toBe('not_permitted');
    }
    const member = await aSession(runtime, await aPerson(runtime, 'member'), 'passkey');
    expect(outcome(await decidePassRequest(runtime, member, input))).toBe('not_permitted');
    expect(outcome(await decidePassRequest(runtime, member, { ...input, requestId: 'none' }))).toBe(
      'not_found',
    );
    expect((await listPassRequests(runtime, { limit: 9 })).map(({ state }) => state)).toEqual(['pending']);
  });

  test('that is approved and declined at the same instant, by two people twice, has one decision and one event', async () => {
    const runtime = await aRuntime();
    const { decides, requestId } = await asked(runtime);
    const third = await aSession(
      runtime,
      await aPerson(runtime, 'third', ['global_administrator']),
      'passkey',
    );
    const answers = await Promise.all(
      [decides.caller, third].flatMap((by) =>
        [true, false].map((approve) => decidePassRequest(runtime, by, { requestId, approve })),
      ),
    );
    expect(answers.map(outcome).sort()).toEqual(['ok', 'request_over', 'request_over', 'request_over']);
    const events = await listEvents(runtime, { codes: ['pass_approved', 'pass_declined'] }, 9);
    expect(events).toHaveLength(1);
    const row = await runtime.db.passRequest.findFirstOrThrow();
    expect(row.approved).toBe(events[0]?.code === 'pass_approved');
  });

  test('that is collected in many tabs at the same instant is made once', async () => {
    const runtime = await aRuntime();
    const { asks, decides, requestId } = await asked(runtime);
    done(await decidePassRequest(runtime, decides.caller, { requestId, approve: true }));
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => collectPass(runtime, asks.caller, { requestId })),
    );
    expect(answers.map(outcome).sort()).toEqual(['ok', 'request_over', 'request_over', 'request_over']);
    expect(await runtime.db.event.count({ where: { code: 'pass_issued' } })).toBe(1);
  });

  test('is not decided or collected after its time, nor collected when it was declined', async () => {
    const runtime = await aRuntime();
    const { asks, decides, target, requestId } = await asked(runtime);
    done(await decidePassRequest(runtime, decides.caller, { requestId, approve: false }));
    expect(outcome(await collectPass(runtime, asks.caller, { requestId }))).toBe('request_over');
    runtime.pass(1);
    const second = done(await ask(runtime, asks.caller, target.person)).id;
    runtime.pass(PASS_REQUEST_LIFETIME_MS);
    expect(
      outcome(await decidePassRequest(runtime, decides.caller, { requestId: second, approve: true })),
    ).toBe('request_over');
    const third = done(await ask(runtime, asks.caller, target.person)).id;
    done(await decidePassRequest(runtime, decides.caller, { requestId: third, approve: true }));
    runtime.pass(PASS_REQUEST_LIFETIME_MS);
    expect(outcome(await collectPass(runtime, asks.caller, { requestId: third }))).toBe('request_over');
    expect((await listPassRequests(runtime, { limit: 9 })).map(({ state }) => state)).toEqual([
      'expired',
      'expired',
      'declined',
    ]);
    expect(await runtime.db.temporaryAccessPass.count()).toBe(0);
  });

  test('is not approved by somebody whose role was taken or whose account was disabled a moment ago', async () => {
    const runtime = await aRuntime();
    const { decides, requestId } = await asked(runtime);
    await runtime.db.userRole.deleteMany({ where: { userId: decides.person.id } });
    // The session in hand still says that they may.
    expect(outcome(await decidePassRequest(runtime, decides.caller, { requestId, approve: true }))).toBe(
      'not_permitted',
    );
    const third = await aSession(
      runtime,
      await aPerson(runtime, 'third', ['global_administrator']),
      'passkey',
    );
    done(await setUserDisabled(runtime, null, { userId: third.session.userId, disabled: true }));
    expect(outcome(await decidePassRequest(runtime, third, { requestId, approve: true }))).toBe(
      'not_permitted',
    );
  });

  test('is not collected once its approver or its requester may no longer do it', async () => {
    const runtime = await aRuntime();
    const { asks, decides, requestId } = await asked(runtime);
    done(await decidePassRequest(runtime, decides.caller, { requestId, approve: true }));
    await runtime.db.userRole.deleteMany({ where: { userId: decides.person.id } });
    expect(outcome(await collectPass(runtime, asks.caller, { requestId }))).toBe('approval_required');
    const back = { userId: decides.person.id, role: 'global_administrator' };
    await runtime.db.userRole.create({ data: back });
    await runtime.db.userRole.deleteMany({ where: { userId: asks.person.id } });
    expect(outcome(await collectPass(runtime, asks.caller, { requestId }))).toBe('not_permitted');
    expect(await runtime.db.temporaryAccessPass.count()).toBe(0);
  });

  test('waits once for a person, needs a reason, and is for administrators only', async () => {
    const runtime = await aRuntime();
    const { asks, target } = await asked(runtime);
    const by = asks.caller.session.person;
    const terms = { userId: target.person.id, reason: REASON };
    expect(outcome(await requestPass(runtime, by, terms))).toBe('request_pending');
    expect(outcome(await requestPass(runtime, by, { ...terms, reason: ' \n' }))).toBe('reason_required');
    expect(outcome(await requestPass(runtime, by, { ...terms, lifetimeMinutes: 1 }))).toBe(
      'invalid_lifetime',
    );
    expect(outcome(await requestPass(runtime, by, { ...terms, userId: by.id }))).toBe('own_account');
    const mia = await aPerson(runtime, 'mia');
    expect(outcome(await requestPass(runtime, by, { ...terms, userId: mia.id }))).toBe('approval_not_needed');
    expect(
      outcome(await requestPass(runtime, target.caller.session.person, { ...terms, userId: by.id })),
    ).toBe('not_permitted');
  });

  test('where nobody else could approve, is the command line’s: break-glass accounts are not counted', async () => {
    const runtime = await aRuntime();
    const { asks, decides, target } = await aDirectory(runtime);
    await runtime.db.user.update({ where: { id: decides.person.id }, data: { breakGlass: true } });
    expect(await countApprovers(runtime.db, asks.person.id, target.person.id)).toBe(0);
    expect(outcome(await ask(runtime, asks.caller, target.person))).toBe('no_second_administrator');
    const byHand = { userId: target.person.id };
    expect(outcome(await issueTemporaryAccessPass(runtime, null, byHand))).toBe('ok');
  });

  test('tells its person when it is asked for and made, and who asked when it is decided; never why', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { asks, decides, target, requestId } = await asked(runtime);
    done(await decidePassRequest(runtime, decides.caller, { requestId, approve: true }));
    done(await collectPass(runtime, asks.caller, { requestId }));
    const told = await runtime.db.notice.findMany({ orderBy: { code: 'asc' } });
    expect(told.map(({ code, userId }) => [code, userId])).toEqual([
      ['pass_approved', asks.person.id],
      ['pass_issued', target.person.id],
      ['pass_requested', target.person.id],
    ]);
    const mails = await runtime.db.mail.findMany();
    expect(mails.map(({ address }) => address).sort()).toEqual(
      [asks.person.upn, target.person.upn, target.person.upn].sort(),
    );
    expect(JSON.stringify([told, mails])).not.toContain(REASON);
  });
});
