'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { secondFactorKinds } from '#domain/second-factor';
import { PASS_REASON_LENGTH } from '#domain/temporary-access-pass';
import { action } from '#server/action';
import { endApprovalRest } from '#server/approval';
import { administrator } from '#server/caller';
import { revokeCredential } from '#server/credential';
import { mayManage, requirePasswordChange, resetPassword, setUserDisabled } from '#server/identity';
import { requestPass } from '#server/pass-request';
import { clearPinTries as clearTriesAt, requirePinChange } from '#server/pin-help';
import { clearLimits } from '#server/rate-limit';
import { removeSecondFactorOf, requireReregistration } from '#server/second-factor';
import { endSessionOf } from '#server/session';
import { deletePass, issueTemporaryAccessPass, type PassTerms } from '#server/temporary-access-pass';

const id = z.guid();
const manager = administrator('manage_methods');
const person = z.strictObject({ userId: id });

/** The lists around an action show the store as it is now. */
function shown<T extends { readonly ok: boolean }>(answer: T): T {
  if (answer.ok) refresh();
  return answer;
}

const passRequest = z.strictObject({
  userId: id,
  lifetimeMinutes: z.number(),
  oneTime: z.boolean(),
  /** With its zone; now where left out. */
  startsAt: z.iso.datetime({ offset: true }).optional(),
  reason: z.string().max(PASS_REASON_LENGTH.maximum).optional(),
});
const termsOf = ({ startsAt, ...terms }: z.output<typeof passRequest>): PassTerms => ({
  ...terms,
  startsAt: startsAt === undefined ? undefined : new Date(startsAt),
});
const issue = action(passRequest, manager, (runtime, caller, input) =>
  issueTemporaryAccessPass(runtime, caller.session.person, termsOf(input)),
);
const ask = action(passRequest, manager, (runtime, caller, input) =>
  requestPass(runtime, caller.session.person, termsOf(input)),
);

export async function askForPass(input: z.input<typeof passRequest>) {
  return shown(await ask(input));
}

export async function issuePass(input: z.input<typeof passRequest>) {
  return shown(await issue(input));
}

const removePassOf = action(person, manager, (runtime, caller, input) =>
  deletePass(runtime, caller.session.person, input),
);

export async function removePass(input: z.input<typeof person>) {
  return shown(await removePassOf(input));
}

const clearLimitsOf = action(person, manager, (runtime, caller, input) =>
  clearLimits(runtime, caller.session.person, input),
);

export async function clearLimitsOfPerson(input: z.input<typeof person>) {
  return shown(await clearLimitsOf(input));
}

const newPassword = action(person, manager, (runtime, caller, input) =>
  resetPassword(runtime, caller.session.person, input),
);

export async function setPassword(input: z.input<typeof person>) {
  return shown(await newPassword(input));
}

const requireChange = action(person, manager, (runtime, caller, input) =>
  requirePasswordChange(runtime, caller.session.person, input),
);

export async function askForNewPassword(input: z.input<typeof person>) {
  return shown(await requireChange(input));
}

const factorOf = z.strictObject({ userId: id, kind: z.enum(secondFactorKinds), id });
const removeFactorOf = action(factorOf, manager, (runtime, caller, input) =>
  removeSecondFactorOf(runtime, caller.session.person, input),
);

export async function removeSecondFactor(input: z.input<typeof factorOf>) {
  return shown(await removeFactorOf(input));
}

const reregister = action(person, manager, (runtime, caller, input) =>
  requireReregistration(runtime, caller.session.person, input),
);

export async function askForNewSecondFactors(input: z.input<typeof person>) {
  return shown(await reregister(input));
}

const endRest = action(person, manager, (runtime, caller, input) =>
  endApprovalRest(runtime, caller.session.person, input),
);

export async function letPhonesRing(input: z.input<typeof person>) {
  return shown(await endRest(input));
}

const container = z.strictObject({ containerId: id });
const clearTries = action(container, manager, (runtime, caller, input) =>
  clearTriesAt(runtime, caller.session.person, input),
);

export async function clearPinTries(input: z.input<typeof container>) {
  return shown(await clearTries(input));
}

const requirePin = action(container, manager, (runtime, caller, input) =>
  requirePinChange(runtime, caller.session.person, input),
);

export async function askForNewPin(input: z.input<typeof container>) {
  return shown(await requirePin(input));
}

const disabling = z.strictObject({ userId: id, disabled: z.boolean() });
const disable = action(disabling, manager, (runtime, caller, input) =>
  setUserDisabled(runtime, caller.session.person, input),
);

export async function setDisabled(input: z.input<typeof disabling>) {
  return shown(await disable(input));
}

const keyOf = z.strictObject({ userId: id, credentialId: id, evenLast: z.boolean().optional() });
const revoke = action(keyOf, manager, async (runtime, caller, input) => {
  const allowed = await mayManage(runtime, caller.session.person, input.userId);
  return allowed.ok ? await revokeCredential(runtime, caller.session.person.id, input) : allowed;
});

export async function revokeKey(input: z.input<typeof keyOf>) {
  return shown(await revoke(input));
}

const sessionOf = z.strictObject({ userId: id, sessionId: id });
const end = action(sessionOf, manager, async (runtime, caller, input) => {
  const allowed = await mayManage(runtime, caller.session.person, input.userId);
  return allowed.ok ? await endSessionOf(runtime, caller.session.person.id, input) : allowed;
});

export async function endSession(input: z.input<typeof sessionOf>) {
  return shown(await end(input));
}
