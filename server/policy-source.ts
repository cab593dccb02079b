import 'server-only';
import type { PublishedSource, Ring, RingState } from '#domain/policy/assignment';
import type { Policy } from '#domain/policy/resolve';
import { ALL_USERS } from '#domain/policy/settings';
import {
  ALL_DEVICES,
  documentChanges,
  emptyDocument,
  type PolicyDocument,
  type SourceKind,
  valueFaults,
} from '#domain/policy/source';
import { ok, type Result, refuse } from '#domain/result';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { findGroups } from './group.ts';
import { newId, type Runtime } from './runtime.ts';
import { advancePolicyVersion } from './tenant.ts';

/** Documents were checked before they were written. */
const read = (text: string) => JSON.parse(text) as PolicyDocument;

export interface SourceSummary {
  readonly id: string;
  readonly kind: SourceKind;
  /** 0 while nothing was published. */
  readonly version: number;
  readonly published: PolicyDocument | null;
  readonly draft: PolicyDocument | null;
  /** Those of its roll-out, in their turn; there may be some before it is published. */
  readonly rings: readonly Ring[];
  readonly createdAt: Date;
}

export interface SourceVersion {
  readonly version: number;
  readonly document: PolicyDocument;
  readonly at: Date;
  /** Null for the command line. */
  readonly actorId: string | null;
}

export interface SourceDetail extends SourceSummary {
  /** Counts the changes of the draft: whoever saves names the one that they saw. */
  readonly draftRevision: number;
  readonly draftAt: Date | null;
  readonly draftActorId: string | null;
  /** The latest first. */
  readonly versions: readonly SourceVersion[];
}

const WITH_RINGS = { rings: { orderBy: { position: 'asc' } } } as const;
const rowsWith = (tx: Tx) => tx.policySource.findMany({ include: WITH_RINGS });
type Row = Awaited<ReturnType<typeof rowsWith>>[number];

const ringsOf = ({ rings }: Pick<Row, 'rings'>): readonly Ring[] =>
  rings.map(({ groups, state }) => ({
    groups: JSON.parse(groups) as string[],
    state: state as RingState,
  }));

const summaryOf = ({ id, kind, version, published, draft, createdAt, rings }: Row): SourceSummary => ({
  id,
  kind: kind as SourceKind,
  version,
  published: published === null ? null : read(published),
  draft: draft === null ? null : read(draft),
  rings: ringsOf({ rings }),
  createdAt,
});

/** Every source by the name that it is published or drafted under. */
export async function listSources(tx: Tx): Promise<readonly SourceSummary[]> {
  const rows = await rowsWith(tx);
  const name = ({ published, draft }: SourceSummary) => (published ?? draft)?.name ?? '';
  return rows.map(summaryOf).sort((a, b) => name(a).localeCompare(name(b)) || (a.id < b.id ? -1 : 1));
}

export async function readSource(tx: Tx, id: string): Promise<SourceDetail | null> {
  const row = await tx.policySource.findUnique({
    where: { id },
    include: { ...WITH_RINGS, versions: { orderBy: { version: 'desc' } } },
  });
  if (row === null) return null;
  const { draftRevision, draftAt, draftActorId, versions } = row;
  return {
    ...summaryOf(row),
    draftRevision,
    draftAt,
    draftActorId,
    versions: versions.map(({ version, document, at, actorId }) => ({
      version,
      document: read(document),
      at,
      actorId,
    })),
  };
}

/** What was published, by organisation and version of its policy: 200 sources are not parsed at every refresh. */
const publishedAt = new WeakMap<
  Runtime['db'],
  { readonly at: string; readonly sources: readonly PublishedSource[] }
>();

/**
 * Every source that is published, with the rings of its roll-out. Every change of one advances the version of policy; not to
 * be asked after such a change in the same transaction, which may not come to pass.
 */
export async function readPublished(
  tx: Tx,
  runtime: Pick<Runtime, 'db'>,
): Promise<readonly PublishedSource[]> {
  const tenant = await tx.tenant.findFirst({ select: { id: true, policyVersion: true } });
  const at = `${tenant?.id} ${tenant?.policyVersion}`;
  const kept = publishedAt.get(runtime.db);
  if (tenant !== null && kept?.at === at) return kept.sources;
  const rows = await tx.policySource.findMany({
    where: { version: { gt: 0 } },
    include: WITH_RINGS,
    orderBy: { id: 'asc' },
  });
  const sources = rows.flatMap(({ id, kind, version, published, rings }): PublishedSource[] =>
    published === null
      ? []
      : [
          {
            id,
            kind: kind as SourceKind,
            version,
            document: read(published),
            rings: ringsOf({ rings }),
          },
        ],
  );
  publishedAt.set(runtime.db, { at, sources });
  return sources;
}

/** Makes a source with an empty draft; nothing of it applies until it is published. */
export async function createSource(
  runtime: Runtime,
  actorId: string | null,
  { kind, document = emptyDocument }: { readonly kind: SourceKind; readonly document?: PolicyDocument },
): Promise<Result<{ readonly id: string }>> {
  const id = newId(runtime);
  return await runtime.db.$transaction(async (tx) => {
    const fault = await faultOf(tx, kind, document);
    if (fault !== null) return fault;
    const now = runtime.clock.now();
    await tx.policySource.create({
      data: {
        id,
        kind,
        draft: JSON.stringify(document),
        draftRevision: 1,
        draftAt: now,
        draftActorId: actorId,
        createdAt: now,
      },
    });
    await record(tx, runtime, {
      code: 'policy_source_created',
      actorId,
      detail: { source: id, kind, name: document.name },
    });
    return ok({ id });
  });
}

/** What stops a document from being kept, whatever its settings mean together. */
export async function faultOf(tx: Tx, kind: SourceKind, document: PolicyDocument) {
  const [fault] = valueFaults(kind, document);
  if (fault !== undefined) {
    const value = document.values[fault.at];
    return refuse('invalid_value', { facts: { setting: value?.name ?? '', fault: fault.fault } });
  }
  const wanted = groupsIn(document);
  const found = await findGroups(tx, { ids: wanted });
  return found.length === wanted.length ? null : refuse('invalid_value', { facts: { setting: 'groups' } });
}

/**
 * Keeps a draft. `revision` is the one that was seen: of two editors at once the second is refused and can look at what the
 * first one wrote; nothing of either is lost.
 */
export async function saveDraft(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly id: string; readonly revision: number; readonly document: PolicyDocument },
): Promise<Result<{ readonly revision: number }>> {
  return await runtime.db.$transaction((tx) => writeDraft(tx, runtime, actorId, input));
}

/** The same within a transaction. A draft that says what is published is none. */
export async function writeDraft(
  tx: Tx,
  runtime: Runtime,
  actorId: string | null,
  input: { readonly id: string; readonly revision: number; readonly document: PolicyDocument },
): Promise<Result<{ readonly revision: number }>> {
  const source = await tx.policySource.findUnique({ where: { id: input.id } });
  if (source === null) return refuse('not_found');
  if (source.draftRevision !== input.revision) return refuse('policy_changed_meanwhile');
  const fault = await faultOf(tx, source.kind as SourceKind, input.document);
  if (fault !== null) return fault;
  const { published } = source;
  const isPublished = published !== null && documentChanges(read(published), input.document).length === 0;
  const revision = source.draftRevision + 1;
  await tx.policySource.update({
    where: { id: input.id },
    data: isPublished
      ? { draft: null, draftRevision: revision, draftAt: null, draftActorId: null }
      : {
          draft: JSON.stringify(input.document),
          draftRevision: revision,
          draftAt: runtime.clock.now(),
          draftActorId: actorId,
        },
  });
  return ok({ revision });
}

/** Throws the draft away: what is published stays. A source that was never published goes with its draft. */
export async function discardDraft(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly id: string; readonly revision: number },
): Promise<Result<{ readonly deleted: boolean }>> {
  return await runtime.db.$transaction(async (tx) => {
    const source = await tx.policySource.findUnique({ where: { id: input.id }, include: WITH_RINGS });
    if (source === null) return refuse('not_found');
    if (source.draftRevision !== input.revision) return refuse('policy_changed_meanwhile');
    if (source.version === 0) {
      await removeSource(tx, runtime, actorId, summaryOf(source));
      return ok({ deleted: true });
    }
    await tx.policySource.update({
      where: { id: input.id },
      data: { draft: null, draftRevision: source.draftRevision + 1, draftAt: null, draftActorId: null },
    });
    return ok({ deleted: false });
  });
}

/**
 * Makes an earlier version the draft; it applies when it is published again. Groups that are gone since are left out: nobody
 * is in them.
 */
export async function restoreVersion(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly id: string; readonly version: number; readonly revision: number },
): Promise<Result<{ readonly revision: number }>> {
  const { id, version, revision } = input;
  return await runtime.db.$transaction(async (tx) => {
    const kept = await tx.policySourceVersion.findUnique({
      where: { sourceId_version: { sourceId: id, version } },
    });
    if (kept === null) return refuse('not_found');
    const document = read(kept.document);
    const groups = await findGroups(tx, { ids: groupsIn(document) });
    const isThere = (group: string) => isEverybody(group) || groups.some((each) => each.id === group);
    return await writeDraft(tx, runtime, actorId, {
      id,
      revision,
      document: {
        ...document,
        include: document.include.filter(isThere),
        exclude: document.exclude.filter(isThere),
      },
    });
  });
}

const isEverybody = (group: string) => group === ALL_USERS || group === ALL_DEVICES;

/** The groups that a document names, each once. */
export function groupsIn({ include, exclude }: Pick<PolicyDocument, 'include' | 'exclude'>): string[] {
  return [...new Set([...include, ...exclude])].filter((group) => !isEverybody(group));
}

/** A source as it was looked at; refused where it is gone or somebody changed its draft since. */
export async function findSeen(
  tx: Tx,
  { id, revision }: { readonly id: string; readonly revision: number },
): Promise<Result<SourceSummary>> {
  const row = await tx.policySource.findUnique({ where: { id }, include: WITH_RINGS });
  if (row === null) return refuse('not_found');
  return row.draftRevision === revision ? ok(summaryOf(row)) : refuse('policy_changed_meanwhile');
}

/** Makes a draft the published version, and counts one change of policy. Whether it may be was judged before. */
export async function writeVersion(
  tx: Tx,
  runtime: Runtime,
  actorId: string | null,
  { id, kind, draft, published, version: before }: SourceSummary & { readonly draft: PolicyDocument },
): Promise<number> {
  const version = before + 1;
  const document = JSON.stringify(draft);
  await tx.policySource.update({
    where: { id },
    data: {
      version,
      published: document,
      draft: null,
      draftRevision: { increment: 1 },
      draftAt: null,
      draftActorId: null,
    },
  });
  await tx.policySourceVersion.create({
    data: { sourceId: id, version, document, at: runtime.clock.now(), actorId },
  });
  await advancePolicyVersion(tx);
  await record(tx, runtime, {
    code: 'policy_source_published',
    actorId,
    detail: {
      source: id,
      kind,
      name: draft.name,
      version,
      changes: documentChanges(published, draft).length,
    },
  });
  return version;
}

/** Takes a source away with its history. Whether it may be was judged before. */
export async function removeSource(
  tx: Tx,
  runtime: Runtime,
  actorId: string | null,
  { id, kind, published, draft }: SourceSummary,
): Promise<void> {
  await tx.policySource.delete({ where: { id } });
  await advancePolicyVersion(tx);
  await record(tx, runtime, {
    code: 'policy_source_deleted',
    actorId,
    detail: { source: id, kind, name: (published ?? draft)?.name ?? '' },
  });
}

/** Whether Windows Hello is on for anybody: in what the organisation set, or in a source that is published. */
export async function isHelloOn(runtime: Runtime, policy: Policy): Promise<boolean> {
  if (policy('UsePassportForWork').value) return true;
  return (await readPublished(runtime.db, runtime)).some(({ document }) =>
    document.values.some(({ name, value }) => name === 'UsePassportForWork' && value === 'true'),
  );
}

/** The sources that name a group in what applies or is drafted, by name. */
export async function sourcesOfGroup(
  tx: Tx,
  groupId: string,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const rows = await tx.policySource.findMany({
    where: {
      OR: [
        { published: { contains: groupId } },
        { draft: { contains: groupId } },
        { rings: { some: { groups: { contains: groupId } } } },
      ],
    },
    include: WITH_RINGS,
  });
  return rows
    .map(summaryOf)
    .map(({ id, published, draft }) => ({ id, name: (published ?? draft)?.name ?? '' }));
}
