import 'server-only';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { attestationInspectionRequest } from '#domain/attestation/inspection';
import { inspectAttestation } from '../attestation/inspect.ts';
import { BLOB_MAX_BYTES, loadMetadata, readMetadata } from '../attestation/metadata.ts';
import { rejudge } from '../attestation/rejudge.ts';
import { listRevocationLists } from '../attestation/revocation.ts';
import { settleKeys, settleStanding } from '../attestation/standing.ts';
import { listCompromised } from '../credential.ts';
import { readPolicy } from '../policy.ts';
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

function readText(file: string, limitBytes: number): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause });
  }
  if (text.length > limitBytes) throw new UsageError(`${file} is too large.`);
  return text;
}

function readJson(file: string): unknown {
  const text = readText(file, FILE_LIMIT_BYTES);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file} is not JSON.`, { cause });
  }
}

/** Loads metadata from a file or an https address and judges the keys by it. */
export async function loadMetadataFrom(runtime: Runtime, from: string | undefined): Promise<string> {
  if (from === undefined)
    throw new UsageError('Which? npm run admin -- metadata load <file or https address>');
  const source = /^https?:/i.test(from) ? { address: from } : { blob: readText(from, BLOB_MAX_BYTES) };
  const loaded = await loadMetadata(runtime, null, source);
  if (!loaded.ok) {
    const { title, facts } = loaded.problem;
    throw new UsageError(`${title} ${facts?.why ?? ''}`.trim());
  }
  const { number, entries, nextUpdate } = loaded.value;
  const judged = await settleKeys(runtime);
  return `Loaded no. ${number}: ${entries} models, next version due ${nextUpdate.slice(0, 10)}. Keys judged again: ${judged}.`;
}

/** What is loaded, and how the latest attempt went. */
export async function metadataStatus(runtime: Runtime): Promise<string> {
  const found = await readMetadata(runtime);
  if (found === null) return 'No metadata is loaded.';
  const { number, models, compromisedModels, loadedAt, nextUpdate, overdue, source, checkedAt, failure } =
    found;
  const loaded =
    number === null
      ? ['No metadata is loaded.']
      : [
          `No. ${number}, loaded ${loadedAt?.toISOString()} from ${source}.`,
          `Models: ${models}. Of them compromised: ${compromisedModels}.`,
          `Next version due ${nextUpdate?.toISOString().slice(0, 10)}${overdue ? ': overdue' : ''}.`,
        ];
  return [
    ...loaded,
    `Last attempt ${checkedAt.toISOString()}: ${failure ?? 'fine'}`,
    `Keys known as compromised: ${(await listCompromised(runtime, 1000)).length}.`,
  ].join('\n');
}

/** The revocation lists that verified certificates name. */
export async function revocationStatus(runtime: Runtime): Promise<string> {
  await settleStanding(runtime);
  const on = (await readPolicy(runtime.db))('AttestationRevocation.state').value;
  const lists = await listRevocationLists(runtime);
  const lines = lists.map(({ address, state, entries, fetchedAt, failure }) =>
    [address, state, `${entries} revoked`, fetchedAt?.toISOString() ?? 'never', failure ?? '']
      .join('\t')
      .trimEnd(),
  );
  return [
    ...(on ? [] : ['Revocation lists are off: policy set AttestationRevocation.state true']),
    ...(lines.length === 0 ? ['No verified certificate names a list.'] : lines),
  ].join('\n');
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
