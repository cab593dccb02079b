'use server';

import { z } from 'zod';
import { reminderQuery } from '#domain/communication/wire';
import { action } from '#server/action';
import { anyone } from '#server/caller';
import { setRemindersHere } from '#server/one-click';

const wanted = reminderQuery.extend({ wanted: z.boolean() });
const run = action(wanted, anyone, setRemindersHere);

export async function setRemindersAction(input: z.input<typeof wanted>) {
  return await run(input);
}
