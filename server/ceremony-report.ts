import 'server-only';
import { ok, type Result } from '#domain/result';
import { supportCode } from '#domain/support-code';
import type { CeremonyReport, CeremonyReportAnswer } from '#domain/wire';
import type { Caller } from './caller.ts';
import { record } from './event.ts';
import type { Runtime } from './runtime.ts';

/**
 * Logs a ceremony that ended in the browser, as the browser tells it, so that it has a support code too. Nothing of
 * security is decided by it: a key that could not be made here lets its person put the first-run page off in this session.
 * Its door is limited: a line of the log costs an attacker as much as any other.
 */
export async function reportCeremony(
  runtime: Runtime,
  caller: Caller,
  input: CeremonyReport,
): Promise<Result<CeremonyReportAnswer>> {
  const { error: cause, ...circumstances } = input;
  const { session, address } = caller;
  const id = await record(runtime.db, runtime, {
    code: 'ceremony_abandoned',
    outcome: 'failure',
    userId: session?.userId,
    deviceId: session?.deviceId,
    sessionId: session?.id,
    detail: { cause, ...circumstances, address },
  });
  return ok({ support: supportCode(id) });
}
