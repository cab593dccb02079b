import { unstable_isUnrecognizedActionError, unstable_rethrow } from 'next/navigation';
import { problem } from '#domain/problem';
import { offline, type Trouble } from './trouble.ts';

/** What a server action answered a page. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Trouble };

/** The answer of an action, in words also where there is none, so that what was typed stays. A redirect goes on. */
export async function answered<T>(answer: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await answer;
  } catch (error) {
    return { ok: false, problem: unanswered(error) };
  }
}

/** What it means that an action threw: the page is older than the server, or the answer got lost and nobody knows. */
export function unanswered(error: unknown): Trouble {
  unstable_rethrow(error);
  return unstable_isUnrecognizedActionError(error) ? problem('bad_request') : offline;
}
