'use server';

import { z } from 'zod';
import { action } from '#server/action';
import { beginPhoneRegistration, confirmPhone, readPhoneOffer } from '#server/authenticator-phone';
import { signedIn } from '#server/caller';

const nothing = z.strictObject({});
const offerId = z.string().min(1).max(64);
const offer = z.strictObject({ offerId });
const word = z.strictObject({ offerId, mine: z.boolean() });

const begin = action(nothing, signedIn, beginPhoneRegistration);
const read = action(offer, signedIn, readPhoneOffer);
const confirm = action(word, signedIn, confirmPhone);

export async function beginPhoneAction(input: z.input<typeof nothing>) {
  return await begin(input);
}

/** Whether a phone came to the code that this page shows. */
export async function readPhoneOfferAction(input: z.input<typeof offer>) {
  return await read(input);
}

/** Whether the phone that came is the right one. */
export async function confirmPhoneAction(input: z.input<typeof word>) {
  return await confirm(input);
}
