'use server';

import { z } from 'zod';
import { action } from '#server/action';
import { signedIn } from '#server/caller';
import { keepAsPasskey } from '#server/registration';

const offer = z.strictObject({ offer: z.string().min(1).max(80_000) });
const keep = action(offer, signedIn, keepAsPasskey);

export async function keepAsPasskeyAction(input: z.input<typeof offer>) {
  return await keep(input);
}
