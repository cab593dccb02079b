import 'server-only';
import type { ProblemCode } from '#domain/problem';
import type { Tx } from './db.ts';
import type { FederatedDomain } from './federation.ts';
import { refusesPasswordNow } from './passwordless-policy.ts';
import type { Runtime } from './runtime.ts';

/** What an answer of a provider proved, and when. */
export interface Proven {
  readonly kind: 'federated' | 'federated-mfa';
  readonly provenAt: Date;
}

/** Why an answer of a provider gets nobody in. */
export interface Unfound {
  readonly cause: string;
  readonly userId?: string;
  /** What the person is told; one sentence for all where it is left out. */
  readonly problem?: ProblemCode;
}

/**
 * Why somebody who is known does not come in by a provider; null when they do. A sign-in without MFA is no more than a password,
 * so it opens nothing where policy refuses passwords. An administrator comes in where the domain says so, an emergency account
 * never.
 */
export async function refuseEntry(
  tx: Tx,
  runtime: Runtime,
  { administrators }: FederatedDomain,
  user: { readonly id: string; readonly breakGlass: boolean; readonly disabledAt: Date | null },
  kind: Proven['kind'],
): Promise<Unfound | null> {
  if (user.breakGlass) return { cause: 'break_glass' };
  if (user.disabledAt !== null) return { cause: 'user_disabled' };
  if (!administrators && (await tx.userRole.count({ where: { userId: user.id } })) > 0)
    return { cause: 'administrator' };
  return kind === 'federated' && (await refusesPasswordNow(tx, runtime, user))
    ? { cause: 'passwordless', problem: 'federated_mfa_required' }
    : null;
}
