'use server';

import { z } from 'zod';
import { UPN_MAX_LENGTH } from '#domain/identity';
import { deviceRecognition } from '#domain/wire';
import { action } from '#server/action';
import { signInWithPassword } from '#server/authentication';
import { anyone, lockedOrNot, member } from '#server/caller';
import { lockSession, signOut } from '#server/session';
import { redeemTemporaryAccessPass } from '#server/temporary-access-pass';

const upn = z.string().min(1).max(UPN_MAX_LENGTH);
const passRequest = z.strictObject({
  upn,
  pass: z.string().min(1).max(64),
  device: deviceRecognition.optional(),
});
const passwordRequest = z.strictObject({
  upn,
  password: z.string().min(1).max(256),
  device: deviceRecognition.optional(),
});
const nothing = z.strictObject({});

const redeem = action(passRequest, anyone, redeemTemporaryAccessPass);
const password = action(passwordRequest, anyone, signInWithPassword);
const out = action(nothing, lockedOrNot, signOut);
const lock = action(nothing, member, lockSession);

export async function redeemPassAction(input: z.input<typeof passRequest>) {
  return await redeem(input);
}

export async function passwordAction(input: z.input<typeof passwordRequest>) {
  return await password(input);
}

export async function signOutAction() {
  return await out({});
}

export async function lockAction() {
  return await lock({});
}
