import 'server-only';
import type { Problem } from '#domain/problem';
import { supportCode } from '#domain/support-code';
import type { Runtime, Trace } from './runtime.ts';

/** The runtime for one request. What fails and is logged by it is what the answer names; what succeeds is kept where it is `watched`. */
export function traced(
  runtime: Runtime,
  watched = false,
): { readonly runtime: Runtime; readonly trace: Trace } {
  const trace: Trace = { eventId: null, ...(watched && { events: [] }) };
  return { runtime: { ...runtime, trace }, trace };
}

/** A problem with the support code of the failure that was logged for it, where one was. */
export function supported(problem: Problem, { eventId }: Trace): Problem {
  return eventId === null ? problem : { ...problem, support: supportCode(eventId) };
}
