import 'server-only';
import type { z } from 'zod';
import {
  IMPORT_MAX_BYTES,
  type ImportReading,
  type ImportSource,
  type policyImportAnswer,
  type policyImportRequest,
  readArtefact,
} from '#domain/policy/artefact-import';
import type { TenantValues } from '#domain/policy/assignment';
import { policySettings, settingNames, settingText } from '#domain/policy/settings';
import { emptyDocument } from '#domain/policy/source';
import { disagreementIn, titleIn, withValues } from '#domain/policy/source-edit';
import type { PolicyScope } from '#domain/policy/windows';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import {
  contradictionFacts,
  contradictionOf,
  readTenantValues,
  tenantPolicy,
  writeSettings,
} from './policy.ts';
import { organisationLocksOut } from './policy-publish.ts';
import { readSource, writeDraft } from './policy-source.ts';
import type { Runtime } from './runtime.ts';
import { readPolicyVersion } from './tenant.ts';

export type PolicyImport = z.output<typeof policyImportAnswer>;

/**
 * Reads an artefact of Windows' management and sets what it says for the organisation, or in the draft of a source, in one
 * transaction: all of what was understood, or nothing. What is ours and cannot be taken stops it unless `leaveOutRefused`; what is not ours never does.
 * With `policyVersion`, and `revision` of a draft, a change that came since a dry run is refused. A dry run answers the same and writes nothing; what
 * would contradict other settings is then said in the answer. `actorId` is null for the command line.
 */
export async function importPolicy(
  runtime: Runtime,
  actorId: string | null,
  input: z.output<typeof policyImportRequest>,
): Promise<Result<PolicyImport>> {
  if (input.file.length > IMPORT_MAX_BYTES) return refuse('payload_too_large');
  return await runtime.db.$transaction(async (tx) => {
    const into = await readInto(tx, runtime, actorId, input);
    if (!into.ok) return into;
    const { source, stored, title, contradictionIn, write } = into.value;
    const read = readArtefact(input.file, source);
    if (!read.ok) return refuse('artefact_unreadable', { facts: { at: read.at, why: read.why } });
    const reading = read.value;
    const version = await readPolicyVersion(tx);
    if (input.policyVersion !== undefined && input.policyVersion !== version)
      return refuse('policy_changed_meanwhile');
    const before = ({ scope, name }: Understood) => stored.get(placeOf(scope, name)) ?? null;
    const changes = reading.understood.filter((each) => before(each) !== each.value);
    const contradiction = contradictionIn(changes);
    const answer = {
      ...reading,
      understood: reading.understood.map((each) => ({
        ...each,
        title: title(each),
        before: before(each),
      })),
      changed: changes.length,
      applied: false,
      contradiction: contradiction?.sentence ?? null,
      policyVersion: version,
      revision: into.value.revision,
    };
    if (input.dryRun) return ok(answer);
    if (reading.refusedTotal > 0 && !input.leaveOutRefused)
      return refuse('import_incomplete', { facts: { refused: reading.refusedTotal } });
    if (contradiction !== null) return refuse('settings_disagree', { facts: contradiction });
    const written = changes.length === 0 ? ok(into.value.revision) : await write(changes, reading.format);
    if (!written.ok) return written;
    return ok({
      ...answer,
      applied: true,
      policyVersion: await readPolicyVersion(tx),
      revision: written.value,
    });
  });
}

type Understood = ImportReading['understood'][number];

/** What takes the values of a file. */
interface Into {
  /** Null is the organisation. */
  readonly source: ImportSource | null;
  /** What it says now, by place. */
  readonly stored: ReadonlyMap<string, string>;
  /** Of a source's draft. */
  readonly revision: number | null;
  readonly title: (value: Understood) => string;
  /** What of the result would contradict what, as a problem's facts. */
  readonly contradictionIn: (
    changes: readonly Understood[],
  ) => (Readonly<Record<string, string | number>> & { readonly sentence: string }) | null;
  /** Writes them and answers the new revision. */
  readonly write: (
    changes: readonly Understood[],
    format: ImportReading['format'],
  ) => Promise<Result<number | null>>;
}

const placeOf = (scope: PolicyScope, name: string) => `${scope} ${name}`;

async function readInto(
  tx: Tx,
  runtime: Runtime,
  actorId: string | null,
  input: z.output<typeof policyImportRequest>,
): Promise<Result<Into>> {
  if (input.source !== undefined)
    return await intoSource(tx, runtime, actorId, { ...input, id: input.source });
  const stored = await readTenantValues(tx);
  const valuesOf = (changes: readonly Understood[]) =>
    Object.fromEntries(changes.map(({ name, value }) => [name, value]));
  return ok({
    source: null,
    stored: storedIn(stored),
    revision: null,
    title: ({ name }) => policySettings[name].title,
    contradictionIn: (changes) => {
      const found = contradictionOf(stored, valuesOf(changes));
      return found === null ? null : { ...contradictionFacts(found), sentence: found.sentence };
    },
    write: async (changes, format) => {
      if (input.confirmed !== true && (await organisationLocksOut(tx, runtime, stored, valuesOf(changes))))
        return refuse('administrators_not_confirmed');
      await writeSettings(tx, valuesOf(changes));
      for (const { name, value } of changes)
        await record(tx, runtime, {
          code: 'policy_changed',
          actorId,
          detail: { name, value, imported: format },
        });
      return ok(null);
    },
  });
}

/** What the organisation has set, as it is stored; a value that means nothing any more counts as none. */
function storedIn(stored: TenantValues): ReadonlyMap<string, string> {
  const policy = tenantPolicy(stored);
  return new Map(
    settingNames.flatMap((name) => {
      const { value, source } = policy(name);
      return source === null ? [] : [[placeOf('device', name), settingText(value)] as const];
    }),
  );
}

/** The draft of a source, or what would become it. */
async function intoSource(
  tx: Tx,
  runtime: Runtime,
  actorId: string | null,
  {
    id,
    revision,
    scope = 'device',
  }: {
    readonly id: string;
    readonly revision?: number | undefined;
    readonly scope?: PolicyScope | undefined;
  },
): Promise<Result<Into>> {
  const source = await readSource(tx, id);
  if (source === null) return refuse('not_found');
  const { kind, draftRevision } = source;
  if (revision !== undefined && revision !== draftRevision) return refuse('policy_changed_meanwhile');
  const document = source.draft ?? source.published ?? emptyDocument;
  return ok({
    source: { kind, scope },
    stored: new Map(document.values.map(({ scope, name, value }) => [placeOf(scope, name), value])),
    revision: draftRevision,
    title: ({ name }) => titleIn(kind, name),
    contradictionIn: (changes) => {
      const found = disagreementIn(withValues(document, changes));
      return found === null ? null : { rule: found.rule, sentence: found.sentence };
    },
    write: async (changes) => {
      const next = withValues(document, changes);
      const written = await writeDraft(tx, runtime, actorId, { id, revision: draftRevision, document: next });
      return written.ok ? ok(written.value.revision) : written;
    },
  });
}

/** The same for an administrator. */
export async function importPolicyForCaller(
  runtime: Runtime,
  caller: SignedIn,
  input: z.output<typeof policyImportRequest>,
): Promise<Result<PolicyImport>> {
  return await importPolicy(runtime, caller.session.person.id, input);
}
