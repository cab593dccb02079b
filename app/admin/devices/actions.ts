'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { changeDevice as change } from '#server/device';

const deviceChange = z.strictObject({ deviceId: z.guid(), change: z.enum(['disable', 'enable', 'delete']) });
const run = action(deviceChange, administrator('manage_devices'), (runtime, caller, input) =>
  change(runtime, caller.session.person.id, input),
);

export async function changeDevice(input: z.input<typeof deviceChange>) {
  const answer = await run(input);
  if (answer.ok) refresh();
  return answer;
}
