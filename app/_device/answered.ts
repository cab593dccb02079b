import { unstable_rethrow } from 'next/navigation';
import { offline, type Trouble } from './trouble.ts';

/** What a server action answered a page. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Trouble; readonly fields?: readonly string[] };

/**
 * The answer of an action. Where it got lost nobody knows whether the thing was done: then it is `offline`, in words, so
 * that what was typed stays. A redirect goes on.
 */
export async function answered<T>(answer: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await answer;
  } catch (error) {
    unstable_rethrow(error);
    return { ok: false, problem: offline };
  }
}
