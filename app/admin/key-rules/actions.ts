'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { keyRules } from '#domain/key-rules';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { changeKeyRules } from '#server/key-rules';

const change = z.strictObject({
  rules: keyRules,
  policyVersion: z.number().int().nonnegative(),
  confirmedStranded: z.number().int().nonnegative(),
});
const run = action(change, administrator('manage_policy'), (runtime, caller, input) =>
  changeKeyRules(runtime, caller.session.person.id, input),
);

/** Refused, the page is read anew all the same: what changed meanwhile is what there is to see. */
export async function applyKeyRules(input: z.input<typeof change>) {
  const answer = await run(input);
  if (answer.ok || answer.problem.status === 409) refresh();
  return answer;
}
