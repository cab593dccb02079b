'use server';

import { z } from 'zod';
import { PASSWORD_INPUT_LIMIT } from '#domain/password';
import { ok } from '#domain/result';
import { secondFactorKinds } from '#domain/second-factor';
import { label } from '#domain/wire';
import { action } from '#server/action';
import { confirmationWays } from '#server/authentication';
import { member } from '#server/caller';
import { removeCredential, renameCredential, reportKeyLost } from '#server/credential';
import { removeOwnDevice, renameDevice, reportOwnDeviceLost } from '#server/device';
import { dismissNotices } from '#server/notice';
import { changePassword } from '#server/password-change';
import { syncOwnDevice } from '#server/policy-sync';
import { preferSecondFactor, removeSecondFactor, renameSecondFactor } from '#server/second-factor';
import { endOwnSessions } from '#server/session';
import { deleteOwnPass } from '#server/temporary-access-pass';

const id = z.string().min(1).max(64);
const renameKeyInput = z.strictObject({ credentialId: id, name: label });
const keyInput = z.strictObject({ credentialId: id });
const renameDeviceInput = z.strictObject({ deviceId: id, name: label });
const deviceInput = z.strictObject({ deviceId: id });
const noticesInput = z.strictObject({ noticeIds: z.array(id).max(32) });
const nothing = z.strictObject({});
const password = z.string().min(1).max(PASSWORD_INPUT_LIMIT);
const passwordInput = z.strictObject({ current: password, password });
const kind = z.enum(secondFactorKinds);
const factorInput = z.strictObject({ kind, id });
const renameFactorInput = factorInput.extend({ name: label });
const preferenceInput = z.strictObject({ preferred: kind.nullable() });
const sessionInput = z.strictObject({ sessionId: id });

const renameKey = action(renameKeyInput, member, renameCredential);
const removeKey = action(keyInput, member, removeCredential);
const loseKey = action(keyInput, member, reportKeyLost);
const loseDevice = action(deviceInput, member, reportOwnDeviceLost);
const dismiss = action(noticesInput, member, dismissNotices);
const renameOwnDevice = action(renameDeviceInput, member, renameDevice);
const removeDevice = action(deviceInput, member, removeOwnDevice);
const endSession = action(sessionInput, member, endOwnSessions);
const newPassword = action(passwordInput, member, changePassword);
const renameFactor = action(renameFactorInput, member, renameSecondFactor);
const removeFactor = action(factorInput, member, removeSecondFactor);
const preferFactor = action(preferenceInput, member, preferSecondFactor);
const ways = action(nothing, member, async (runtime, { session }) =>
  ok(await confirmationWays(runtime, session, session.demands.securityInfo)),
);
const sync = action(nothing, member, syncOwnDevice);
const deletePass = action(z.strictObject({}), member, deleteOwnPass);

export async function renameKeyAction(input: z.input<typeof renameKeyInput>) {
  return await renameKey(input);
}

export async function removeKeyAction(input: z.input<typeof keyInput>) {
  return await removeKey(input);
}

export async function reportKeyLostAction(input: z.input<typeof keyInput>) {
  return await loseKey(input);
}

export async function reportDeviceLostAction(input: z.input<typeof deviceInput>) {
  return await loseDevice(input);
}

export async function dismissNoticesAction(input: z.input<typeof noticesInput>) {
  return await dismiss(input);
}

export async function renameDeviceAction(input: z.input<typeof renameDeviceInput>) {
  return await renameOwnDevice(input);
}

export async function removeDeviceAction(input: z.input<typeof deviceInput>) {
  return await removeDevice(input);
}

/** One session by its ID, or `others` for all but this one. */
export async function endSessionAction(input: z.input<typeof sessionInput>) {
  return await endSession(input);
}

export async function deletePassAction() {
  return await deletePass({});
}

export async function changePasswordAction(input: z.input<typeof passwordInput>) {
  return await newPassword(input);
}

export async function renameSecondFactorAction(input: z.input<typeof renameFactorInput>) {
  return await renameFactor(input);
}

export async function removeSecondFactorAction(input: z.input<typeof factorInput>) {
  return await removeFactor(input);
}

export async function preferSecondFactorAction(input: z.input<typeof preferenceInput>) {
  return await preferFactor(input);
}

/** What this person can confirm with, asked when something wants a fresh proof. */
export async function confirmationWaysAction(input: z.input<typeof nothing>) {
  return await ways(input);
}

/** Tells this device what its policy says now. */
export async function syncPolicyAction(input: z.input<typeof nothing>) {
  return await sync(input);
}
