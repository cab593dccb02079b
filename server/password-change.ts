import 'server-only';
import type { Proof } from '#domain/authentication';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import { record } from './event.ts';
import { findUser, replacePassword } from './identity.ts';
import { DECOY_HASH } from './password.ts';
import { passwordFaceOf } from './password-face.ts';
import { refusePassword } from './password-policy.ts';
import { isRefusedNow, readPasswordRuling } from './passwordless-policy.ts';
import { forgiveAttempts, takeAttempt } from './rate-limit.ts';
import type { Runtime } from './runtime.ts';
import { openSession, touchSession } from './session.ts';

/**
 * Changes one's own password; the old one is asked for and counted like any guess. Sessions that began with the old one end,
 * Hello and passkey sessions do not. Where this session is one of those, it is replaced by a new one with another token,
 * which ends no later and has proven the same. Of changes at once exactly one is made. Where passwords are hidden there is
 * nothing to change; where they are refused, the old one is as wrong as any.
 */
export async function changePassword(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly current: string; readonly password: string },
): Promise<Result<{ sessionsEnded: number }>> {
  const { session } = caller;
  const { upn } = session.person;
  if ((await passwordFaceOf(runtime, session)) === 'hidden') return refuse('password_hidden');
  const same = input.current.normalize('NFC') === input.password.normalize('NFC');
  // What is wrong with the new one is no secret: it costs no attempt at the old one.
  const notAllowed = await refusePassword(runtime, session.person, input.password, same);
  if (notAllowed !== null) return { ok: false, problem: notAllowed };
  const limited = await takeAttempt(runtime, 'password', upn, caller.address);
  if (limited !== null) return { ok: false, problem: limited };
  const user = await findUser(runtime, upn);
  const ruling = await readPasswordRuling(runtime.db, user);
  const fits = await runtime.passwords.verify(user?.passwordHash ?? DECOY_HASH, input.current);
  const fail = async (cause: string, problem: ProblemCode = 'password_refused') => {
    await record(runtime.db, runtime, {
      code: 'password_changed',
      outcome: 'failure',
      userId: session.userId,
      sessionId: session.id,
      detail: { cause, address: caller.address },
    });
    return refuse(problem);
  };
  if (user === null || user.passwordHash === null) return await fail('no_password');
  if (!fits) return await fail('password_wrong');
  if (ruling.refused) return await fail('passwordless');
  const passwordHash = await runtime.passwords.hash(input.password);

  const written = await runtime.db.$transaction(async (tx) => {
    if (await isRefusedNow(tx, runtime, user, ruling)) return 'passwordless';
    if (!(await touchSession(tx, runtime, session.id))) return 'session_ended';
    const replaced = await replacePassword(tx, runtime, user, passwordHash, session.id);
    if (replaced === null) return 'another_change_came_first';
    const began = session.method === 'password';
    const alsoProven: readonly Proof[] = session.proofs.filter(({ kind }) => kind !== 'password');
    const opened = began
      ? await openSession(tx, runtime, caller, {
          userId: user.id,
          kind: 'ordinary',
          method: 'password',
          deviceId: session.deviceId,
          expiresAt: session.expiresAt,
          alsoProven,
        })
      : null;
    await record(tx, runtime, {
      code: 'password_changed',
      userId: user.id,
      sessionId: opened?.id ?? session.id,
      detail: { sessionsEnded: replaced.ended, address: caller.address },
    });
    return { ended: replaced.ended, token: opened?.token ?? null };
  });
  if (written === 'session_ended') return await fail(written, 'sign_in_required');
  if (typeof written === 'string') return await fail(written);
  await forgiveAttempts(runtime, 'password', upn, caller.address);
  const answer = { sessionsEnded: written.ended };
  return written.token === null ? ok(answer) : ok(answer, { token: written.token });
}
