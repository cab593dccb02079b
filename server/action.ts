import 'server-only';
import { cookies, headers } from 'next/headers';
import type { z } from 'zod';
import { problem } from '#domain/problem';
import type { ActionResult, Result } from '#domain/result';
import type { Caller, Guard } from './caller.ts';
import { thrownProblem } from './endpoint.ts';
import { theRuntime } from './product.ts';
import { browserCookie, cookiesOf, holdsNul, readCaller, refuseOrigin } from './request.ts';
import type { Runtime } from './runtime.ts';
import { noteLockedUse } from './session-misuse.ts';
import { supported, traced } from './trace.ts';

/**
 * A plain mutation of our own pages, in the same order as an endpoint: same origin > guard > schema > use case. Next
 * compares the origin with the host; this compares it with the one origin that is ours. What can be guessed through an
 * action is limited by its use case, which knows the name that is guessed at.
 */
export function action<S extends z.ZodType, C extends Caller, T>(
  schema: S,
  guard: Guard<C>,
  useCase: (runtime: Runtime, caller: C, input: z.output<S>) => Promise<Result<T>>,
): (input: z.input<S>) => Promise<ActionResult<T>> {
  return async (input) => {
    try {
      const { runtime, trace } = traced(await theRuntime());
      const [jar, sent] = await Promise.all([cookies(), headers()]);
      const crossOrigin = refuseOrigin(sent, runtime.relyingParty.origin);
      if (crossOrigin !== null) return { ok: false, problem: crossOrigin };
      const { caller, newBrowser } = await readCaller(runtime, jar, sent);
      const guarded = guard(caller);
      if (!guarded.ok) {
        await noteLockedUse(runtime, caller, guarded.problem);
        return { ok: false, problem: supported(guarded.problem, trace) };
      }
      if (holdsNul(input)) return { ok: false, problem: problem('bad_request') };
      const parsed = schema.safeParse(input);
      if (!parsed.success) {
        const fields = parsed.error.issues.map((issue) => String(issue.path[0] ?? ''));
        return { ok: false, problem: problem('bad_request'), fields };
      }
      const result = await useCase(runtime, guarded.value, parsed.data);
      if (newBrowser) jar.set(browserCookie(caller));
      if (result.session !== undefined) for (const each of cookiesOf(result.session)) jar.set(each);
      return result.ok
        ? { ok: true, value: result.value }
        : { ok: false, problem: supported(result.problem, trace) };
    } catch (error) {
      return { ok: false, problem: thrownProblem(error) };
    }
  };
}
