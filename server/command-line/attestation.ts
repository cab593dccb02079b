import 'server-only';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { attestationInspectionRequest } from '#domain/attestation/inspection';
import { inspectAttestation } from '../attestation/inspect.ts';
import { rejudge } from '../attestation/rejudge.ts';
import type { Runtime } from '../runtime.ts';
import { UsageError } from './usage.ts';

/** What is read of a file: more than the door takes, and not without an end. */
const FILE_LIMIT_BYTES = 1024 * 1024;

/** Prints what the HTTP door would answer for the request in a file, or for a bare registration response in it. */
export async function inspectFile(runtime: Runtime, file: string | undefined): Promise<string> {
  if (file === undefined) throw new UsageError('Which file? npm run admin -- attestation inspect <file>');
  const json = readJson(file);
  const bare = typeof json === 'object' && json !== null && 'rawId' in json;
  const request = attestationInspectionRequest.safeParse(bare ? { response: json } : json);
  if (!request.success) {
    const { path = [], message = '' } = request.error.issues[0] ?? {};
    throw new UsageError(`${file} holds no registration response: ${path.join('.') || 'it'}: ${message}.`);
  }
  const inspected = await inspectAttestation(runtime, request.data);
  if (!inspected.ok) {
    const { title, detail, facts } = inspected.problem;
    throw new UsageError(`${title} ${detail}${facts?.part === undefined ? '' : ` (${facts.part})`}`);
  }
  return JSON.stringify(inspected.value, null, 2);
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause });
  }
  if (text.length > FILE_LIMIT_BYTES) throw new UsageError(`${file} is too large.`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file} is not JSON.`, { cause });
  }
}

/** Judges every stored statement again, and says what changed. It tells at once from when on it can be continued. */
export async function* rejudgeAll(runtime: Runtime, since: unknown): AsyncGenerator<string, void> {
  const from = since === undefined ? undefined : z.iso.datetime({ offset: true }).safeParse(since);
  if (from?.success === false)
    throw new UsageError('--since takes a time with its zone, such as 2026-03-02T09:00:00Z.');
  const begun = (from?.data ?? runtime.clock.now().toISOString()) as string;
  yield `Judging. Should this be interrupted, go on with --since ${begun}\n`;
  const { judged, changed } = await rejudge(runtime, null, { since: new Date(begun) });
  for (const { id, before, after, failed } of changed) {
    yield `${id}\t${before} -> ${after}${failed.length === 0 ? '' : `\t${failed.join(', ')}`}\n`;
  }
  yield `Judged: ${judged}. Changed: ${changed.length}.\n`;
}
