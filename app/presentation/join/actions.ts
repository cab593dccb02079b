'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { seenSchema } from '#domain/presentation/shared';
import { action } from '#server/action';
import { administrator, anyone } from '#server/caller';
import { joinShow, shareShow, unshareShow } from '#server/shared-show';

const presenter = administrator('manage_sample_data');
const typed = z.strictObject({ code: z.string().max(64) });

const share = action(seenSchema, presenter, shareShow);
const unshare = action(z.strictObject({}), presenter, unshareShow);
const join = action(typed, anyone, joinShow);

export async function shareShowAction(input: z.input<typeof seenSchema>) {
  const answer = await share(input);
  if (answer.ok) refresh();
  return answer;
}

export async function unshareShowAction(input: Record<string, never>) {
  const answer = await unshare(input);
  if (answer.ok) refresh();
  return answer;
}

export async function joinShowAction(input: z.input<typeof typed>) {
  return await join(input);
}
