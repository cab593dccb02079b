'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { confirmRequirement, withdrawConfirmation } from '#server/deployment';

const change = z.strictObject({ name: z.string().max(64), confirmed: z.boolean() });
const run = action(change, administrator('manage_policy'), (runtime, caller, { name, confirmed }) =>
  (confirmed ? confirmRequirement : withdrawConfirmation)(runtime, caller.session.person.id, { name }),
);

/** Confirms a requirement, or takes the confirmation back. */
export async function setConfirmed(input: z.input<typeof change>) {
  const answer = await run(input);
  if (answer.ok) refresh();
  return answer;
}
