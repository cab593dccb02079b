'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { changeMethods, dryRunMethods } from '#server/methods';

/** A hundred groups by their IDs. */
const VALUE_MAX = 4096;

/** null goes back to the default. */
const values = z.record(z.string().max(64), z.string().max(VALUE_MAX).nullable());
const draft = z.strictObject({ values });
const change = z.strictObject({
  values,
  policyVersion: z.number().int().nonnegative(),
  confirmed: z.number().int().nonnegative(),
});

const look = action(draft, administrator('manage_policy'), (runtime, _caller, input) =>
  dryRunMethods(runtime, input),
);
const run = action(change, administrator('manage_policy'), (runtime, caller, input) =>
  changeMethods(runtime, caller.session.person.id, input),
);

/** What a change would do to everybody. */
export async function previewMethods(input: z.input<typeof draft>) {
  return await look(input);
}

/** Refused, the page is read anew all the same: what changed meanwhile is what there is to see. */
export async function saveMethods(input: z.input<typeof change>) {
  const answer = await run(input);
  if (answer.ok || answer.problem.status === 409) refresh();
  return answer;
}
