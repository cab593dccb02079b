'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { changeDevice as change, reportDeviceLost as lose } from '#server/device';

const deviceChange = z.strictObject({
  deviceId: z.guid(),
  change: z.enum(['disable', 'enable', 'delete']),
  evenLast: z.boolean().optional(),
});
const run = action(deviceChange, administrator('manage_devices'), (runtime, caller, input) =>
  change(runtime, caller.session.person.id, input),
);

export async function changeDevice(input: z.input<typeof deviceChange>) {
  const answer = await run(input);
  if (answer.ok) refresh();
  return answer;
}

const lostDevice = z.strictObject({ deviceId: z.guid() });
const lost = action(lostDevice, administrator('manage_devices'), (runtime, caller, input) =>
  lose(runtime, caller.session.person.id, input),
);

export async function reportDeviceLost(input: z.input<typeof lostDevice>) {
  const answer = await lost(input);
  if (answer.ok) refresh();
  return answer;
}
