import { type Problem, type ProblemCode, problem } from '#domain/problem';
import { readSupportCode } from '#domain/support-code';

/** What the way back from a provider can end with. */
const endings: readonly ProblemCode[] = [
  'sign_in_failed',
  'federated_mfa_required',
  'federation_unavailable',
  'challenge_invalid',
  'challenge_expired',
  'challenge_consumed',
  'too_many_attempts',
  'store_unavailable',
  'internal_error',
];

/** What the way back ended with, as its address says: words of our own only. Null where it names nothing known. */
export function toldBy(said: { readonly problem?: string; readonly support?: string }): Problem | null {
  const ending = endings.find((known) => known === said.problem);
  if (ending === undefined) return null;
  const support = typeof said.support === 'string' ? readSupportCode(said.support) : null;
  return { ...problem(ending), ...(support === null ? {} : { support }) };
}
