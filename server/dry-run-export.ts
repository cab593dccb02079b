import 'server-only';
import { ok, type Result } from '#domain/result';
import type { SignedIn } from './caller.ts';
import type { Streamed } from './endpoint.ts';
import { type EventDraft, record } from './event.ts';
import { mayStillRead } from './event-reader.ts';
import type { Runtime } from './runtime.ts';
import { createSlots, perRuntime } from './slots.ts';

/** A file is read as fast as it is taken: a few at once are plenty. */
const slotsOf = perRuntime((_runtime: Runtime) => createSlots({ perPerson: 2, inAll: 6 }));

const types = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
} as const;

interface ReportFile {
  readonly name: string;
  readonly format: keyof typeof types;
  readonly event: () => Promise<Pick<EventDraft, 'code' | 'detail'>>;
  readonly lines: () => AsyncGenerator<string, void>;
}

/** A dry run as a download. */
export function downloadCsv(
  runtime: Runtime,
  caller: SignedIn,
  file: Omit<ReportFile, 'format'>,
): Result<Streamed> {
  return downloadReport(runtime, caller, { ...file, format: 'csv' });
}

/** What names people as a download. That it was made is an event. */
export function downloadReport(runtime: Runtime, caller: SignedIn, file: ReportFile): Result<Streamed> {
  const slot = slotsOf(runtime).take(caller.session.userId);
  if (!slot.ok) return slot;
  const { userId, deviceId, id: sessionId } = caller.session;
  async function* chunks(): AsyncGenerator<string, void> {
    // Written before the first name goes out: a file that is broken off tells names all the same.
    await record(runtime.db, runtime, { ...(await file.event()), userId, deviceId, sessionId });
    for await (const piece of file.lines()) {
      // Thrown, so that the connection breaks: a file that ends early must not look whole.
      if ((await mayStillRead(runtime, [caller])).get(sessionId) !== null)
        throw new Error('Whoever exports may not read people any more.');
      yield piece;
    }
  }
  const time = runtime.clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  return ok({
    headers: {
      'content-type': types[file.format],
      'content-disposition': `attachment; filename="latchkey-${file.name}-${time}.${file.format}"`,
    },
    chunks: chunks(),
    closed: slot.value,
  });
}
