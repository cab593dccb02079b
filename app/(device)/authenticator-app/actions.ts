'use server';

import { z } from 'zod';
import { TOTP_INPUT_LIMIT } from '#domain/totp';
import { label } from '#domain/wire';
import { action } from '#server/action';
import { signedIn } from '#server/caller';
import { beginTotpRegistration, finishTotpRegistration } from '#server/totp';

const nothing = z.strictObject({});
const firstCode = z.strictObject({
  offer: z.string().min(1).max(1024),
  code: z.string().min(1).max(TOTP_INPUT_LIMIT),
  name: label,
});

const begin = action(nothing, signedIn, beginTotpRegistration);
const finish = action(firstCode, signedIn, finishTotpRegistration);

export async function beginAuthenticatorAppAction(input: z.input<typeof nothing>) {
  return await begin(input);
}

export async function finishAuthenticatorAppAction(input: z.input<typeof firstCode>) {
  return await finish(input);
}
