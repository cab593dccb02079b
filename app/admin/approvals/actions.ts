'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { collectPass, decidePassRequest } from '#server/pass-request';

const manager = administrator('manage_methods');

const decision = z.strictObject({ requestId: z.guid(), approve: z.boolean() });
const decide = action(decision, manager, decidePassRequest);

export async function decideRequest(input: z.input<typeof decision>) {
  const answer = await decide(input);
  if (answer.ok) refresh();
  return answer;
}

const one = z.strictObject({ requestId: z.guid() });
const collect = action(one, manager, collectPass);

/** The list is left as it is: the pass that comes back is shown in place, once. */
export async function collectRequest(input: z.input<typeof one>) {
  return await collect(input);
}
