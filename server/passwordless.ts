import 'server-only';
import { type PasswordlessMode, passwordlessMode, passwordProofs } from '#domain/passwordless';
import { parseSetting, settingText } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { countLockedOut } from './passwordless-dry-run.ts';
import { passwordlessPolicy, peopleInScope, type Targets, targetsOf } from './passwordless-policy.ts';
import { groupWords, readPolicy, writeSettings } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { endSessions } from './session.ts';
import { readPolicyVersion } from './tenant.ts';

export interface PasswordlessState extends Targets {
  readonly mode: PasswordlessMode;
  readonly policyVersion: number;
}

/** What applies now, with the version of policy that a switch has to name. */
export async function readPasswordless(tx: Tx): Promise<PasswordlessState> {
  const policyVersion = await readPolicyVersion(tx);
  const policy = await readPolicy(tx);
  const mode = passwordlessMode(
    policy('EnablePasswordlessExperience').value,
    policy('Passwordless.refusePasswords').value,
  );
  return { policyVersion, mode, ...targetsOf(policy) };
}

export interface PasswordlessSwitch extends Targets {
  readonly mode: PasswordlessMode;
  /** The version of policy that the dry run saw. */
  readonly policyVersion: number;
  /** How many people the dry run said would be locked out, confirmed by whoever switches. */
  readonly confirmedLockedOut: number;
}

export interface Switched {
  readonly policyVersion: number;
  readonly lockedOut: number;
  readonly sessionsEnded: number;
}

/**
 * Switches passwordless mode and its targets together. Refused where policy changed since the dry run, so that of two
 * administrators at once neither loses what the other did; and, where passwords would be refused, unless the number of
 * people who would be locked out was confirmed: it is counted again in the transaction that switches, and the refusal brings
 * it. Hiding and switching off lock nobody out and ask for no number. When passwords are refused, the sessions that began
 * with one, or with what is no more than one, end for everybody in scope. `actorId` is null for the command line.
 */
export async function switchPasswordless(
  runtime: Runtime,
  actorId: string | null,
  input: PasswordlessSwitch,
): Promise<Result<Switched>> {
  const { mode, include, exclude, confirmedLockedOut } = input;
  const values = {
    EnablePasswordlessExperience: settingText(mode !== 'off'),
    'Passwordless.refusePasswords': settingText(mode === 'refuse'),
    'Passwordless.includeTargets': settingText(include),
    'Passwordless.excludeTargets': settingText(exclude),
  };
  for (const name of ['Passwordless.includeTargets', 'Passwordless.excludeTargets'] as const)
    if (parseSetting(name, values[name]) === null) return refuse('invalid_value');
  return await runtime.db.$transaction(async (tx) => {
    const before = await readPasswordless(tx);
    if (before.policyVersion !== input.policyVersion) return refuse('policy_changed_meanwhile');
    const included = await groupWords(tx, include);
    const excluded = await groupWords(tx, exclude);
    if (included === undefined || excluded === undefined) return refuse('invalid_value');
    const lockedOut = mode === 'refuse' ? await countLockedOut(tx, input) : 0;
    if (lockedOut > confirmedLockedOut)
      return refuse('lockout_not_confirmed', { facts: { lockedOut, confirmed: confirmedLockedOut } });
    await writeSettings(tx, values);
    const user = await peopleInScope(tx, passwordlessPolicy(mode, input));
    const sessionsEnded =
      mode === 'refuse' ? await endSessions(tx, runtime, { user, method: { in: [...passwordProofs] } }) : 0;
    await record(tx, runtime, {
      code: 'passwordless_changed',
      actorId,
      detail: { mode, before: before.mode, included, excluded, lockedOut, sessionsEnded },
    });
    return ok({ policyVersion: await readPolicyVersion(tx), lockedOut, sessionsEnded });
  });
}
