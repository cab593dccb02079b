import { verify } from '@node-rs/argon2';
import { describe, expect, test } from 'vitest';
import { beginDeviceProof } from './device.ts';
import { resetPassword, setUserDisabled } from './identity.ts';
import { argon2id, DECOY_HASH } from './password.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { beginRegistration } from './registration.ts';
import { findSession } from './session.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aDirectory,
  anAuthenticatorApp,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastCause,
  lastEvent,
  outcome,
  rows,
  signedInAt,
  signIn,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';

const passwordOf = async (runtime: TestRuntime, userId: string) =>
  done(await resetPassword(runtime, null, { userId, temporary: false })).password;

describe('a password', () => {
  test('signs in, and registers nothing', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const password = await passwordOf(runtime, mia.id);
    const browser = aBrowser(runtime);
    const token = tokenOf(
      await signInWithPassword(runtime, browser, { upn: ` ${mia.upn.toUpperCase()} `, password }),
    );
    const session = await within(runtime, browser, token);
    expect(session.session).toMatchObject({ kind: 'ordinary', method: 'password' });
    for (const purpose of ['hello', 'passkey'] as const) {
      expect(outcome(await beginRegistration(runtime, session, { purpose, attestation: 'none' }))).toBe(
        'proof_required',
      );
    }
    expect(outcome(await beginDeviceProof(runtime, session, { purpose: 'register-device' }))).toBe(
      'proof_required',
    );
  });

  test('is judged by a real Argon2id hash in the recommended parameters, and the decoy costs the same', async () => {
    const hash = await argon2id.hash('Pässwort');
    const parameters = (text: string) => text.split('$').slice(1, 4);
    expect(parameters(hash)).toEqual(['argon2id', 'v=19', 'm=19456,t=2,p=1']);
    expect(parameters(DECOY_HASH)).toEqual(parameters(hash));
    expect(DECOY_HASH).toHaveLength(hash.length);
    expect(await argon2id.verify(hash, 'Pa\u0308sswort')).toBe(true);
    expect(await argon2id.verify(hash, 'passwort')).toBe(false);
    // It is well formed: the library computes it to the end, where a broken one would be refused at once.
    await expect(verify(DECOY_HASH, '')).resolves.toBe(false);
    expect(await argon2id.verify('not a hash', 'x')).toBe(false);
  });

  test('of an administrator is set by no other administrator, not even by one who asked a moment too early', async () => {
    const runtime = await aRuntime();
    const { asks, target } = await aDirectory(runtime);
    const boss = asks.caller.session.person;
    const old = await passwordOf(runtime, target.person.id);
    const stored = async (id: string) => await runtime.db.user.findUniqueOrThrow({ where: { id } });
    const before = await stored(target.person.id);
    expect(outcome(await resetPassword(runtime, boss, { userId: target.person.id }))).toBe(
      'administrator_password',
    );
    expect(await stored(target.person.id)).toEqual(before);
    const browser = aBrowser(runtime);
    expect(
      outcome(await signInWithPassword(runtime, browser, { upn: target.person.upn, password: old })),
    ).toBe('ok');

    const mia = await aPerson(runtime, 'mia');
    // While the password is hashed, the role arrives.
    const hash = async () => {
      await runtime.db.userRole.create({ data: { userId: mia.id, role: 'global_reader' } });
      return 'x';
    };
    const slow = { ...runtime, passwords: { ...runtime.passwords, hash } };
    expect(outcome(await resetPassword(slow, boss, { userId: mia.id }))).toBe('administrator_password');
    expect((await stored(mia.id)).passwordHash).toBeNull();
  });

  test('that changed changes nothing for Hello: the key signs in, and its sessions go on', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const old = await passwordOf(runtime, desk.person.id);
    const hello = await signedInAt(runtime, desk);
    const browser = aBrowser(runtime);
    const byPassword = tokenOf(
      await signInWithPassword(runtime, browser, { upn: desk.person.upn, password: old }),
    );
    const changed = await passwordOf(runtime, desk.person.id);
    expect(await findSession(runtime, byPassword)).toBeNull();
    expect(await findSession(runtime, hello.token)).not.toBeNull();
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    expect(outcome(await signInWithPassword(runtime, browser, { upn: desk.person.upn, password: old }))).toBe(
      'sign_in_failed',
    );
    expect(
      outcome(await signInWithPassword(runtime, browser, { upn: desk.person.upn, password: changed })),
    ).toBe('ok');
  });

  test('that is changed while it is being checked opens nothing', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    const password = await passwordOf(runtime, mia.id);
    const slow = {
      ...runtime,
      passwords: {
        ...runtime.passwords,
        verify: async (hashed: string, secret: string) => {
          const fits = await runtime.passwords.verify(hashed, secret);
          await passwordOf(runtime, mia.id);
          return fits;
        },
      },
    };
    expect(outcome(await signInWithPassword(slow, aBrowser(runtime), { upn: mia.upn, password }))).toBe(
      'sign_in_failed',
    );
    expect(await lastCause(runtime)).toBe('password_changed');
    expect((await rows(runtime)).sessions).toBe(0);
  });

  test('typed into the field of the name is not kept in the log', async () => {
    const runtime = await aRuntime();
    await signInWithPassword(runtime, aBrowser(runtime), { upn: 'Correct horse battery!', password: '' });
    expect((await lastEvent(runtime)).detail).toMatchObject({ cause: 'user_unknown', upn: null });
    await signInWithPassword(runtime, aBrowser(runtime), { upn: 'Nobody@tidewater.example', password: '' });
    expect((await lastEvent(runtime)).detail.upn).toBe('nobody@tidewater.example');
  });
});

describe('whether a name exists', () => {
  /** What an attempt costs and answers. */
  async function trial(
    runtime: TestRuntime,
    attempt: (browser: ReturnType<typeof aBrowser>) => Promise<{ ok: boolean }>,
    host: number,
  ) {
    const browser = aBrowser(runtime, `198.51.100.${host}`);
    runtime.forget();
    const result = await attempt(browser);
    return { result, counts: { ...runtime.counts }, statements: [...runtime.statements] };
  }

  async function people(runtime: TestRuntime) {
    const known = await aPerson(runtime, 'known');
    const disabled = await aPerson(runtime, 'disabled');
    const bare = await aPerson(runtime, 'bare');
    for (const { id } of [known, disabled]) {
      await passwordOf(runtime, id);
      done(await issueTemporaryAccessPass(runtime, null, { userId: id }));
    }
    const used = await aPerson(runtime, 'used');
    await passwordOf(runtime, used.id);
    const { pass } = done(await issueTemporaryAccessPass(runtime, null, { userId: used.id, oneTime: true }));
    done(
      await redeemTemporaryAccessPass(runtime, aBrowser(runtime, '198.51.100.200'), { upn: used.upn, pass }),
    );
    done(await setUserDisabled(runtime, null, { userId: disabled.id, disabled: true }));
    await aTenant(runtime);
    const changing = await aPerson(runtime, 'changing');
    done(await resetPassword(runtime, null, { userId: changing.id }));
    const careful = await aPerson(runtime, 'careful');
    await passwordOf(runtime, careful.id);
    await anAuthenticatorApp(runtime, await aSession(runtime, careful, 'passkey'));
    return [
      known.upn,
      disabled.upn,
      bare.upn,
      used.upn,
      changing.upn,
      careful.upn,
      'nobody@tidewater.example',
      'no name at all',
      '',
    ];
  }

  test('cannot be told from a password: the same answer, the same hashing, the same statements', async () => {
    const runtime = await aRuntime();
    const names = await people(runtime);
    const trials = [];
    for (const [host, upn] of names.entries()) {
      trials.push(
        await trial(
          runtime,
          (browser) => signInWithPassword(runtime, browser, { upn, password: 'wrong' }),
          host,
        ),
      );
    }
    for (const { result, counts, statements } of trials) {
      expect(result).toEqual(trials[0]?.result);
      expect(counts).toEqual({ hash: 0, verify: 1, verifyAssertion: 0 });
      expect(statements).toEqual(trials[0]?.statements);
    }
  });

  test('cannot be told from a pass: the same answer, the same hashing, the same statements', async () => {
    const runtime = await aRuntime();
    const names = await people(runtime);
    const trials = [];
    for (const [host, upn] of names.entries()) {
      trials.push(
        await trial(
          runtime,
          (browser) => redeemTemporaryAccessPass(runtime, browser, { upn, pass: 'ABCDEFGH' }),
          host,
        ),
      );
    }
    for (const { result, counts, statements } of trials) {
      expect(result).toEqual(trials[0]?.result);
      expect(counts).toEqual({ hash: 0, verify: 1, verifyAssertion: 0 });
      expect(statements).toEqual(trials[0]?.statements);
    }
  });

  test('cannot be told from being slowed down: a name that nobody has is slowed down alike', async () => {
    const runtime = await aRuntime();
    const known = await aPerson(runtime, 'known');
    await passwordOf(runtime, known.id);
    const after: unknown[] = [];
    for (const [host, upn] of [known.upn, 'nobody@tidewater.example'].entries()) {
      const browser = aBrowser(runtime, `198.51.100.${host}`);
      const answers = [];
      for (let attempt = 0; attempt < 7; attempt += 1) {
        answers.push(await signInWithPassword(runtime, browser, { upn, password: 'wrong' }));
      }
      after.push(answers);
    }
    expect(after[1]).toEqual(after[0]);
  });
});
