'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { emptyDocument, policyDocument, type SourceKind, sourceKindNames } from '#domain/policy/source';
import { ok, refuse } from '#domain/result';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { namesOf } from '#server/identity';
import { deleteSource, publishSource } from '#server/policy-publish';
import { createSource, discardDraft, readSource, restoreVersion, saveDraft } from '#server/policy-source';

const manages = administrator('manage_policy');
const id = z.uuid();
const revision = z.int().min(0);
const seen = z.strictObject({ id, revision });

const creation = z.strictObject({
  kind: z.enum(sourceKindNames as [SourceKind, ...SourceKind[]]),
  name: policyDocument.shape.name,
});
const create = action(creation, manages, (runtime, caller, { kind, name }) =>
  createSource(runtime, caller.session.person.id, { kind, document: { ...emptyDocument, name } }),
);

export async function createPolicySource(input: z.input<typeof creation>) {
  return await create(input);
}

const saving = z.strictObject({ id, revision, document: policyDocument });
const save = action(saving, manages, (runtime, caller, input) =>
  saveDraft(runtime, caller.session.person.id, input),
);

export async function saveSourceDraft(input: z.input<typeof saving>) {
  const answer = await save(input);
  if (answer.ok) refresh();
  return answer;
}

const looking = z.strictObject({ id });
/** What somebody else made of a source meanwhile, and who. */
const look = action(looking, manages, async (runtime, _caller, input) => {
  const source = await readSource(runtime.db, input.id);
  if (source === null) return refuse('not_found');
  const [latest] = source.versions;
  // Without a draft it was published or discarded; who published is known.
  const [actorId, at] =
    source.draft === null
      ? [latest?.actorId ?? null, latest?.at ?? null]
      : [source.draftActorId, source.draftAt];
  const names = await namesOf(runtime, actorId === null ? [] : [actorId]);
  return ok({
    document: source.draft ?? source.published ?? emptyDocument,
    revision: source.draftRevision,
    by: actorId === null ? null : (names.get(actorId)?.displayName ?? null),
    at: at?.toISOString() ?? null,
  });
});

export async function readSourceDraft(input: z.input<typeof looking>) {
  return await look(input);
}

const discard = action(seen, manages, (runtime, caller, input) =>
  discardDraft(runtime, caller.session.person.id, input),
);

export async function discardSourceDraft(input: z.input<typeof seen>) {
  const answer = await discard(input);
  if (answer.ok && !answer.value.deleted) refresh();
  return answer;
}

const restoring = seen.extend({ version: z.int().min(1) });
const restore = action(restoring, manages, (runtime, caller, input) =>
  restoreVersion(runtime, caller.session.person.id, input),
);

export async function restoreSourceVersion(input: z.input<typeof restoring>) {
  const answer = await restore(input);
  if (answer.ok) refresh();
  return answer;
}

const publication = seen.extend({ confirmed: z.boolean().optional() });
const publish = action(publication, manages, (runtime, caller, input) =>
  publishSource(runtime, caller.session.person.id, input),
);

export async function publishPolicySource(input: z.input<typeof publication>) {
  const answer = await publish(input);
  if (answer.ok) refresh();
  return answer;
}

const remove = action(publication, manages, (runtime, caller, input) =>
  deleteSource(runtime, caller.session.person.id, input),
);

export async function deletePolicySource(input: z.input<typeof publication>) {
  return await remove(input);
}
