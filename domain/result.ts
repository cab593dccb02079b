import { type Problem, type ProblemCode, problem } from './problem.ts';

/**
 * What a use case answers: a value or an expected problem. A throw is a bug.
 * `session` tells the door what to do with the session cookie: set this token, or clear it.
 */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly session?: SessionCookie }
  | { readonly ok: false; readonly problem: Problem; readonly session?: SessionCookie };

/** `last` is what a sign-in leaves on the browser about who it was, sealed. */
export type SessionCookie = { readonly token: string; readonly last?: string } | 'clear';

export function ok<T>(value: T, session?: SessionCookie): Result<T> {
  return session === undefined ? { ok: true, value } : { ok: true, value, session };
}

export function refuse(
  code: ProblemCode,
  more?: Pick<Problem, 'retryAfterSeconds' | 'facts'>,
): Result<never> {
  return { ok: false, problem: problem(code, more) };
}

/** What a form gets back from a server action: a value, or a problem in words; `fields` names the fields that are wrong. */
export type ActionResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem; readonly fields?: readonly string[] };
