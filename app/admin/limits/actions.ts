'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { clearLimits } from '#server/rate-limit';

const one = z.strictObject({ key: z.string().min(1).max(64) });
const clear = action(one, administrator('manage_methods'), (runtime, caller, input) =>
  clearLimits(runtime, caller.session.person, input),
);

export async function clearLimit(input: z.input<typeof one>) {
  const answer = await clear(input);
  if (answer.ok) refresh();
  return answer;
}
