'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { passwordlessModes, passwordlessTargets } from '#domain/passwordless';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { switchPasswordless } from '#server/passwordless';

const change = z.strictObject({
  mode: z.enum(passwordlessModes),
  ...passwordlessTargets.shape,
  policyVersion: z.number().int().nonnegative(),
  confirmedLockedOut: z.number().int().nonnegative(),
});
const run = action(change, administrator('manage_policy'), (runtime, caller, input) =>
  switchPasswordless(runtime, caller.session.person.id, input),
);

/** Refused, the page is read anew all the same: what changed meanwhile is what there is to see. */
export async function turnPasswordless(input: z.input<typeof change>) {
  const answer = await run(input);
  if (answer.ok || answer.problem.status === 409) refresh();
  return answer;
}
