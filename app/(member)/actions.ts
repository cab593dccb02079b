'use server';

import { z } from 'zod';
import { label } from '#domain/wire';
import { action } from '#server/action';
import { member } from '#server/caller';
import { removeCredential, renameCredential } from '#server/credential';
import { removeOwnDevice, renameDevice } from '#server/device';
import { endOwnSessions } from '#server/session';
import { deleteOwnPass } from '#server/temporary-access-pass';

const id = z.string().min(1).max(64);
const renameKeyInput = z.strictObject({ credentialId: id, name: label });
const keyInput = z.strictObject({ credentialId: id });
const renameDeviceInput = z.strictObject({ deviceId: id, name: label });
const deviceInput = z.strictObject({ deviceId: id });
const sessionInput = z.strictObject({ sessionId: id });

const renameKey = action(renameKeyInput, member, renameCredential);
const removeKey = action(keyInput, member, removeCredential);
const renameOwnDevice = action(renameDeviceInput, member, renameDevice);
const removeDevice = action(deviceInput, member, removeOwnDevice);
const endSession = action(sessionInput, member, endOwnSessions);
const deletePass = action(z.strictObject({}), member, deleteOwnPass);

export async function renameKeyAction(input: z.input<typeof renameKeyInput>) {
  return await renameKey(input);
}

export async function removeKeyAction(input: z.input<typeof keyInput>) {
  return await removeKey(input);
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
