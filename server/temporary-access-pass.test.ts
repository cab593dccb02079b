import { describe, expect, test } from 'vitest';
import { type Role, roles } from '#domain/identity';
import { HOUR_MS, MINUTE_MS } from '#domain/time';
import { beginAuthentication } from './authentication.ts';
import { changeDevice } from './device.ts';
import { setUserDisabled } from './identity.ts';
import { beginRegistration } from './registration.ts';
import { findSession, lockSession } from './session.ts';
import {
  deleteOwnPass,
  deletePass,
  issueTemporaryAccessPass,
  readPass,
  redeemTemporaryAccessPass,
} from './temporary-access-pass.ts';
import {
  aBrowser,
  aDevice,
  aKey,
  aPassSession,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  done,
  lastCause,
  lastEvent,
  outcome,
  rows,
  signIn,
  type TestPerson,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';

const issue = async (runtime: TestRuntime, person: TestPerson, oneTime = false) =>
  done(await issueTemporaryAccessPass(runtime, null, { userId: person.id, oneTime }));

describe('issuing a pass', () => {
  test('shows its value once and keeps a hash; one person has one pass', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const first = await issue(runtime, mia);
    const second = await issue(runtime, mia);
    expect(second.pass).not.toBe(first.pass);
    expect(new URL(second.link).hash).toContain(second.pass);
    expect(new URL(second.link).search).toBe('');
    expect(JSON.stringify(await readPass(runtime, mia.id))).not.toContain(second.pass);
    expect((await rows(runtime)).passes).toBe(1);
    const redeem = (pass: string) =>
      redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn: mia.upn, pass });
    expect(outcome(await redeem(first.pass))).toBe('sign_in_failed');
    expect(outcome(await redeem(second.pass))).toBe('ok');
  });

  test.each([9, 43_201, 0, -60, 10.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'for %d minutes is refused',
    async (lifetimeMinutes) => {
      const runtime = await aRuntime();
      const mia = await aPerson(runtime);
      const result = await issueTemporaryAccessPass(runtime, null, { userId: mia.id, lifetimeMinutes });
      expect(outcome(result)).toBe('invalid_lifetime');
      expect(runtime.counts.hash).toBe(0);
    },
  );

  test('follows the matrix of roles, and is never for oneself', async () => {
    const runtime = await aRuntime();
    const everyRole = Object.keys(roles) as Role[];
    const may: Record<Role, (target: Role | null) => boolean> = {
      global_administrator: () => true,
      privileged_authentication_administrator: () => true,
      authentication_administrator: (target) => target === null,
      global_reader: () => false,
    };
    // The real hash is proven elsewhere; here only who may is.
    const quick = { ...runtime, passwords: { ...runtime.passwords, hash: async () => 'x' } };
    for (const [row, role] of everyRole.entries()) {
      const admin = await aPerson(runtime, `admin-${row}`, [role]);
      const issuer = (await aSession(runtime, admin, 'passkey')).session.person;
      for (const [column, target] of [null, ...everyRole].entries()) {
        const alias = `target-${row}-${column}`;
        const person = await aPerson(runtime, alias, target === null ? [] : [target]);
        const expected = may[role](target) ? 'ok' : 'not_permitted';
        // A pass for an administrator takes a second one.
        const issued = expected === 'ok' && target !== null ? 'approval_required' : expected;
        expect(
          outcome(await issueTemporaryAccessPass(quick, issuer, { userId: person.id })),
          `${role} on ${target}`,
        ).toBe(issued);
        done(await issueTemporaryAccessPass(quick, null, { userId: person.id }));
        const deleted = await deletePass(runtime, issuer, { userId: person.id });
        expect(outcome(deleted), `${role} on ${target}`).toBe(expected);
      }
      expect(outcome(await issueTemporaryAccessPass(quick, issuer, { userId: admin.id }))).toBe(
        'own_account',
      );
      expect(outcome(await issueTemporaryAccessPass(quick, issuer, { userId: 'nobody' }))).toBe('not_found');
    }
    const member = (await aSession(runtime, await aPerson(runtime, 'member'), 'passkey')).session.person;
    const other = await aPerson(runtime, 'other');
    expect(outcome(await issueTemporaryAccessPass(quick, member, { userId: other.id }))).toBe(
      'not_permitted',
    );
    expect(outcome(await deletePass(runtime, member, { userId: other.id }))).toBe('not_permitted');
  });
});

describe('redeeming a pass', () => {
  test('opens a session that registers and nothing else, with one event', async () => {
    const runtime = await aRuntime();
    const session = await aPassSession(runtime, await aPerson(runtime));
    expect(session.session).toMatchObject({ kind: 'registration', method: 'temporary-access-pass' });
    expect(await lastEvent(runtime)).toMatchObject({ code: 'pass_redeemed', outcome: 'success' });
  });

  test('takes it as people type it', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const { pass } = await issue(runtime, mia);
    const typed = ` ${pass.slice(0, 4).toLowerCase()}-${pass.slice(4)} `;
    const result = await redeemTemporaryAccessPass(runtime, aBrowser(runtime), {
      upn: ` ${mia.upn.toUpperCase()}`,
      pass: typed,
    });
    expect(outcome(result)).toBe('ok');
  });

  test('for one time at the same instant in many browsers opens exactly one session', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const { pass } = await issue(runtime, mia, true);
    const answers = await Promise.all(
      [1, 2, 3, 4].map((host) =>
        redeemTemporaryAccessPass(runtime, aBrowser(runtime, `192.0.2.${host}`), { upn: mia.upn, pass }),
      ),
    );
    expect(answers.map(outcome).sort()).toEqual(['ok', 'sign_in_failed', 'sign_in_failed', 'sign_in_failed']);
    expect(await rows(runtime)).toMatchObject({ sessions: 1, proofs: 1 });
    expect(await runtime.db.event.count({ where: { code: 'pass_redeemed', outcome: 'success' } })).toBe(1);
  });

  test('for one time does not work a second time', async () => {
    const runtime = await aRuntime();
    const session = await aPassSession(runtime, await aPerson(runtime), { oneTime: true });
    const { upn } = session.session.person;
    const again = await redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn, pass: session.pass });
    expect(outcome(again)).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('OneTimeUsed');
  });

  test('fails in one public sentence whatever the reason; the log keeps the true one', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const tomas = await aPerson(runtime, 'tomas');
    const { pass } = await issue(runtime, mia);
    const redeem = async (upn: string, typed: string) => {
      const result = await redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn, pass: typed });
      return [outcome(result), await lastCause(runtime)];
    };
    expect(await redeem('nobody@tidewater.example', pass)).toEqual(['sign_in_failed', 'user_unknown']);
    expect(await redeem(tomas.upn, pass)).toEqual(['sign_in_failed', 'no_pass']);
    expect(await redeem(mia.upn, 'ABCDEFGH')).toEqual(['sign_in_failed', 'pass_wrong']);
    done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: true }));
    expect(await redeem(mia.upn, pass)).toEqual(['sign_in_failed', 'user_disabled']);
    done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: false }));
    runtime.pass(HOUR_MS);
    expect(await redeem(mia.upn, pass)).toEqual(['sign_in_failed', 'Expired']);
  });

  test('in one’s own ordinary session adds the proof, changes the token and opens the lock', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const { token, ...session } = await aSession(runtime, mia, 'password');
    done(await lockSession(runtime, session));
    const { pass } = await issue(runtime, mia);
    const locked = await within(runtime, session, token);
    const fresh = tokenOf(await redeemTemporaryAccessPass(runtime, locked, { upn: mia.upn, pass }));
    expect(await findSession(runtime, token)).toBeNull();
    const after = await findSession(runtime, fresh);
    expect(after).toMatchObject({ id: session.session.id, kind: 'ordinary', lockedAt: null });
    expect(after?.proofs.map(({ kind }) => kind).sort()).toEqual(['password', 'temporary-access-pass']);
  });

  test('in somebody else’s session ends that one and adds nothing to it', async () => {
    const runtime = await aRuntime();
    const [mia, tomas] = [await aPerson(runtime), await aPerson(runtime, 'tomas')];
    const session = await aSession(runtime, mia, 'password');
    const { pass } = await issue(runtime, tomas);
    const token = tokenOf(await redeemTemporaryAccessPass(runtime, session, { upn: tomas.upn, pass }));
    expect(await findSession(runtime, session.token)).toBeNull();
    expect(await findSession(runtime, token)).toMatchObject({ kind: 'registration', userId: tomas.id });
  });
});

describe('a session of a pass', () => {
  test('ends with a pass for many times', async () => {
    const runtime = await aRuntime();
    const session = await aPassSession(runtime, await aPerson(runtime), { lifetimeMinutes: 60 });
    runtime.pass(HOUR_MS - 1);
    expect(await findSession(runtime, session.token)).not.toBeNull();
    runtime.pass(1);
    expect(await findSession(runtime, session.token)).toBeNull();
  });

  test('ends ten minutes after a pass for one time', async () => {
    const runtime = await aRuntime();
    const session = await aPassSession(runtime, await aPerson(runtime), { oneTime: true });
    runtime.pass(10 * MINUTE_MS - 1);
    expect(await findSession(runtime, session.token)).not.toBeNull();
    runtime.pass(1);
    expect(await findSession(runtime, session.token)).toBeNull();
  });

  test('ends when the pass is issued anew, deleted by an administrator or by its owner', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const first = await aPassSession(runtime, mia);
    await issue(runtime, mia);
    expect(await findSession(runtime, first.token)).toBeNull();
    const second = await aPassSession(runtime, mia);
    done(await deletePass(runtime, null, { userId: mia.id }));
    expect(await findSession(runtime, second.token)).toBeNull();
    const third = await aPassSession(runtime, mia);
    done(await deleteOwnPass(runtime, await aSession(runtime, mia, 'passkey')));
    expect(await findSession(runtime, third.token)).toBeNull();
    expect(outcome(await deletePass(runtime, null, { userId: mia.id }))).toBe('not_found');
  });

  test('stops with its person or its device', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const first = await aPassSession(runtime, mia);
    const device = await aDevice(runtime, first);
    done(await changeDevice(runtime, null, { deviceId: device.id, change: 'disable' }));
    expect(await findSession(runtime, first.token)).toBeNull();
    const second = await aPassSession(runtime, mia);
    done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: true }));
    expect(await findSession(runtime, second.token)).toBeNull();
  });

  test('cannot be locked, unlocked or stepped up', async () => {
    const runtime = await aRuntime();
    const session = await aPassSession(runtime, await aPerson(runtime));
    expect(outcome(await lockSession(runtime, session))).toBe('registration_only');
    for (const purpose of ['unlock', 'step-up'] as const) {
      expect(outcome(await beginAuthentication(runtime, session, { purpose }))).toBe('registration_only');
    }
  });

  test('registers while its proof is fresh, and then only after the pass is typed again', async () => {
    const runtime = await aRuntime();
    const session = await aPassSession(runtime, await aPerson(runtime));
    await aDevice(runtime, session);
    const here = await within(runtime, session, session.token);
    runtime.pass(10 * MINUTE_MS + 1);
    expect(outcome(await beginRegistration(runtime, here, { purpose: 'hello', attestation: 'none' }))).toBe(
      'proof_required',
    );
  });

  test('ends with the first sign-in by the new key, which opens an ordinary session with another token', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    const begun = await aPassSession(runtime, person, { oneTime: true });
    const device = await aDevice(runtime, begun);
    const session = await within(runtime, begun, begun.token);
    const key = await aKey(runtime, session, 'hello', device);
    const token = tokenOf(await signIn(runtime, { key, device, browser: session }));
    expect(token).not.toBe(begun.token);
    expect(await findSession(runtime, begun.token)).toBeNull();
    expect(await findSession(runtime, token)).toMatchObject({
      kind: 'ordinary',
      method: 'hello',
      deviceId: device.id,
    });
  });

  test('takes nobody else’s key for its first sign-in', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime, 'tomas');
    const session = await aPassSession(runtime, await aPerson(runtime, 'mia'));
    expect(outcome(await signIn(runtime, desk, {}, session))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('another_person');
    expect(await findSession(runtime, session.token)).not.toBeNull();
  });
});
