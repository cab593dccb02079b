'use server';

import { z } from 'zod';
import { action } from '#server/action';
import { signedIn } from '#server/caller';
import { awaitPolicy, goOnWithoutPolicy } from '#server/enrollment-status';
import { keepAsPasskey } from '#server/registration';

const wait = action(z.strictObject({ again: z.boolean() }), signedIn, awaitPolicy);

/** Asks whether policy has arrived on this new device. */
export async function awaitPolicyAction(input: { readonly again: boolean }) {
  return await wait(input);
}

const nothing = z.strictObject({});
const goOn = action(nothing, signedIn, goOnWithoutPolicy);

/** Goes on without policy that did not arrive in time, where that is allowed. */
export async function goOnWithoutPolicyAction(input: z.input<typeof nothing>) {
  return await goOn(input);
}

const offer = z.strictObject({ offer: z.string().min(1).max(80_000) });
const keep = action(offer, signedIn, keepAsPasskey);

export async function keepAsPasskeyAction(input: z.input<typeof offer>) {
  return await keep(input);
}
