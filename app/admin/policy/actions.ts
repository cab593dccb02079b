'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { policyImportRequest } from '#domain/policy/artefact-import';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { importPolicyForCaller } from '#server/policy-import';
import { setPolicy } from '#server/policy-setting';

/** A hundred groups by their IDs. */
const VALUE_MAX = 4096;

/** null clears the value: the built-in default applies again. */
const change = z.strictObject({
  name: z.string().max(64),
  value: z.string().max(VALUE_MAX).nullable(),
  /** The value that the form showed: one that changed meanwhile is not overwritten. */
  seen: z.string().max(VALUE_MAX).optional(),
  /** Says yes to what would keep every Global Administrator from setting up a key. */
  confirmed: z.boolean().optional(),
});
const run = action(change, administrator('manage_policy'), (runtime, caller, input) =>
  setPolicy(runtime, caller.session.person.id, input),
);

export async function saveSetting(input: z.input<typeof change>) {
  const answer = await run(input);
  if (answer.ok) refresh();
  return answer;
}

const bring = action(policyImportRequest, administrator('manage_policy'), importPolicyForCaller);

/** Reads a file and says what it would change, or changes it. */
export async function importFile(input: z.input<typeof policyImportRequest>) {
  const answer = await bring(input);
  if (answer.ok && answer.value.applied) refresh();
  return answer;
}
