'use server';

import { z } from 'zod';
import { federatedDestinations } from '#domain/federation';
import { UPN_MAX_LENGTH } from '#domain/identity';
import { PASSWORD_INPUT_LIMIT } from '#domain/password';
import { TOTP_INPUT_LIMIT } from '#domain/totp';
import { deviceRecognition } from '#domain/wire';
import { action } from '#server/action';
import { askForConfirmation, confirmWithPhone, lookAtApproval, withdrawApproval } from '#server/approval';
import { anyone, lockedOrNot, ordinary } from '#server/caller';
import { beginFederatedSignIn, beginFederatedUnlock } from '#server/federated-sign-in';
import {
  askPhonesAfterPassword,
  confirmWithCode,
  signInWithCode,
  signInWithNewPassword,
  signInWithPassword,
  signInWithPhone,
} from '#server/password-sign-in';
import { askPhoneSignIn, signInByPhone } from '#server/phone-sign-in';
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
const phonesRequest = z.strictObject({ upn, ticket, device: deviceRecognition.optional() });
const requestId = z.string().min(1).max(64);
const phoneSignIn = z.strictObject({ upn, ticket, requestId, device: deviceRecognition.optional() });
const approval = z.strictObject({ requestId });
const phoneAlone = z.strictObject({ upn, device: deviceRecognition.optional() });
const phoneAnswer = z.strictObject({ requestId, device: deviceRecognition.optional() });
const confirmation = z.strictObject({ password, code, device: deviceRecognition.optional() });
const nothing = z.strictObject({});

const redeem = action(passRequest, anyone, redeemTemporaryAccessPass);
const byPassword = action(passwordRequest, anyone, signInWithPassword);
const byCode = action(codeRequest, anyone, signInWithCode);
const byNewPassword = action(newPasswordRequest, anyone, signInWithNewPassword);
const federatedUnlock = action(nothing, lockedOrNot, beginFederatedUnlock);
const federated = action(federatedRequest, anyone, beginFederatedSignIn);
const phonesAfterPassword = action(phonesRequest, anyone, askPhonesAfterPassword);
const byPhone = action(phoneSignIn, anyone, signInWithPhone);
const askPhones = action(phoneAlone, anyone, askPhoneSignIn);
const byPhoneAlone = action(phoneAnswer, anyone, signInByPhone);
const phones = action(nothing, ordinary, askForConfirmation);
const look = action(approval, anyone, lookAtApproval);
const withdraw = action(approval, anyone, withdrawApproval);
const confirmByPhone = action(approval, ordinary, confirmWithPhone);
const confirm = action(confirmation, lockedOrNot, confirmWithCode);
const out = action(nothing, lockedOrNot, signOut);
const lock = action(nothing, ordinary, lockSession);

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

/** The address of the provider that the lock of one's session may be opened at. */
export async function federatedUnlockAction(input: z.input<typeof nothing>) {
  return await federatedUnlock(input);
}

/** Password and code, in one's own session. */
export async function confirmWithCodeAction(input: z.input<typeof confirmation>) {
  return await confirm(input);
}

/** Asks the phones of somebody whose password was right. */
export async function askPhonesAfterPasswordAction(input: z.input<typeof phonesRequest>) {
  return await phonesAfterPassword(input);
}

/** How the approval stands that a right password asked for; approved, it signs in. */
export async function phoneSignInAction(input: z.input<typeof phoneSignIn>) {
  return await byPhone(input);
}

/** Asks the phones of somebody on their registered device, without a password. */
export async function askPhoneSignInAction(input: z.input<typeof phoneAlone>) {
  return await askPhones(input);
}

/** How that stands; approved, it signs in or opens the lock. */
export async function signInByPhoneAction(input: z.input<typeof phoneAnswer>) {
  return await byPhoneAlone(input);
}

/** Asks one's phones, in one's own session. */
export async function askPhonesAction(input: z.input<typeof nothing>) {
  return await phones(input);
}

/** How the confirmation stands that was asked for here; approved, it counts. */
export async function confirmWithPhoneAction(input: z.input<typeof approval>) {
  return await confirmByPhone(input);
}

/** How a request to a phone stands that was asked for here. */
export async function lookAtApprovalAction(input: z.input<typeof approval>) {
  return await look(input);
}

/** Takes back what was asked of a phone here. */
export async function withdrawApprovalAction(input: z.input<typeof approval>) {
  return await withdraw(input);
}

export async function signOutAction() {
  return await out({});
}

export async function lockAction() {
  return await lock({});
}
