'use server';

import { z } from 'zod';
import { federatedDestinations } from '#domain/federation';
import { UPN_MAX_LENGTH } from '#domain/identity';
import { PASSWORD_INPUT_LIMIT } from '#domain/password';
import { TOTP_INPUT_LIMIT } from '#domain/totp';
import { deviceRecognition } from '#domain/wire';
import { action } from '#server/action';
import { anyone, lockedOrNot, member } from '#server/caller';
import { beginFederatedSignIn } from '#server/federated-sign-in';
import {
  confirmWithCode,
  signInWithCode,
  signInWithNewPassword,
  signInWithPassword,
} from '#server/password-sign-in';
import { lockSession, signOut } from '#server/session';
import { redeemTemporaryAccessPass } from '#server/temporary-access-pass';

const upn = z.string().min(1).max(UPN_MAX_LENGTH);
const password = z.string().min(1).max(PASSWORD_INPUT_LIMIT);
const code = z.string().min(1).max(TOTP_INPUT_LIMIT);
const ticket = z.string().min(1).max(128);
const passRequest = z.strictObject({
  upn,
  pass: z.string().min(1).max(64),
  device: deviceRecognition.optional(),
});
const passwordRequest = z.strictObject({
  upn,
  password,
  device: deviceRecognition.optional(),
});
const codeRequest = z.strictObject({ upn, ticket, code, device: deviceRecognition.optional() });
const newPasswordRequest = z.strictObject({
  upn,
  ticket,
  appId: z.guid().nullable(),
  password,
  device: deviceRecognition.optional(),
});
const federatedRequest = z.strictObject({
  upn,
  leadsTo: z.enum(federatedDestinations).nullable(),
  fresh: z.boolean(),
  device: deviceRecognition.optional(),
});
const confirmation = z.strictObject({ password, code, device: deviceRecognition.optional() });
const nothing = z.strictObject({});

const redeem = action(passRequest, anyone, redeemTemporaryAccessPass);
const byPassword = action(passwordRequest, anyone, signInWithPassword);
const byCode = action(codeRequest, anyone, signInWithCode);
const byNewPassword = action(newPasswordRequest, anyone, signInWithNewPassword);
const federated = action(federatedRequest, anyone, beginFederatedSignIn);
const confirm = action(confirmation, lockedOrNot, confirmWithCode);
const out = action(nothing, lockedOrNot, signOut);
const lock = action(nothing, member, lockSession);

export async function redeemPassAction(input: z.input<typeof passRequest>) {
  return await redeem(input);
}

export async function passwordAction(input: z.input<typeof passwordRequest>) {
  return await byPassword(input);
}

/** The code that a right password asked for. */
export async function codeAction(input: z.input<typeof codeRequest>) {
  return await byCode(input);
}

/** The new password that a right one asked for. */
export async function newPasswordAction(input: z.input<typeof newPasswordRequest>) {
  return await byNewPassword(input);
}

/** The address of the provider that a name's domain is federated with. */
export async function federatedAction(input: z.input<typeof federatedRequest>) {
  return await federated(input);
}

/** Password and code, in one's own session. */
export async function confirmWithCodeAction(input: z.input<typeof confirmation>) {
  return await confirm(input);
}

export async function signOutAction() {
  return await out({});
}

export async function lockAction() {
  return await lock({});
}
