'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { clockMove } from '#domain/presentation/clock';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { moveClock, returnClock } from '#server/demo-clock';

const presenter = administrator('manage_sample_data');
const move = action(clockMove, presenter, moveClock);
const goBack = action(z.strictObject({}), presenter, returnClock);

export async function moveClockAction(input: z.input<typeof clockMove>) {
  const answer = await move(input);
  if (answer.ok) refresh();
  return answer;
}

export async function returnClockAction(input: Record<string, never>) {
  const answer = await goBack(input);
  if (answer.ok) refresh();
  return answer;
}
