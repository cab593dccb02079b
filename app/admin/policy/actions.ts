'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { setPolicy } from '#server/policy';

/** null clears the value: the built-in default applies again. */
const change = z.strictObject({ name: z.string().max(64), value: z.string().max(64).nullable() });
const run = action(change, administrator('manage_policy'), (runtime, caller, input) =>
  setPolicy(runtime, caller.session.person.id, input),
);

export async function saveSetting(input: z.input<typeof change>) {
  const answer = await run(input);
  if (answer.ok) refresh();
  return answer;
}
