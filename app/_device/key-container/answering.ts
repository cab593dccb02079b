import type { Ceremony } from '#domain/doctor';
import { type ProblemCode, problem } from '#domain/problem';
import { browserTrouble, failed, type Outcome, type Trouble } from '../trouble.ts';

/** Ends a flow with a trouble; only `answering` sees it. */
class Ended extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble) {
    super(trouble.code);
    this.trouble = trouble;
  }
}

export function endWith(trouble: Trouble): never {
  throw new Ended(trouble);
}

/** The value of a step, or the end of the flow. */
export function need<T>(outcome: Outcome<T>): T {
  return outcome.ok ? outcome.value : endWith(outcome.trouble);
}

/** Ends a flow with what the server would say, where the browser sees it first. */
export function endAs(code: ProblemCode): never {
  const { title, detail } = problem(code);
  return endWith({ code, title, detail });
}

/** Runs a flow of many steps as a home for keys answers: what ends it, or is thrown, becomes a trouble in words. */
export async function answering<T>(ceremony: Ceremony, work: () => Promise<T>): Promise<Outcome<T>> {
  const start = performance.now();
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof Ended) return failed(error.trouble);
    return failed(await browserTrouble(error, ceremony, performance.now() - start));
  }
}
