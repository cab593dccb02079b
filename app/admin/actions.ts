'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { removeSampleData } from '#server/tenant';

const remove = action(z.strictObject({}), administrator('manage_sample_data'), (runtime, caller) =>
  removeSampleData(runtime, caller.session.person.id),
);

export async function removeSample(input: Record<string, never>) {
  const answer = await remove(input);
  if (answer.ok) refresh();
  return answer;
}
