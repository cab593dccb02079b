'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import {
  registerPinResetService,
  rotatePinResetService,
  withdrawPinResetService,
} from '#server/pin-reset-registration';

const nothing = z.strictObject({});
const manager = administrator('manage_policy');

const register = action(nothing, manager, (runtime, caller) =>
  registerPinResetService(runtime, caller.session.person.id),
);
const withdraw = action(nothing, manager, (runtime, caller) =>
  withdrawPinResetService(runtime, caller.session.person.id),
);
const rotate = action(nothing, manager, (runtime, caller) =>
  rotatePinResetService(runtime, caller.session.person.id),
);

/** Gives both consents, or makes a registration whole that was cut off. */
export async function registerService(input: z.input<typeof nothing>) {
  const answer = await register(input);
  refresh();
  return answer;
}

/** Takes both consents back. */
export async function withdrawService(input: z.input<typeof nothing>) {
  const answer = await withdraw(input);
  refresh();
  return answer;
}

/** Gives the service a new key for new protectors. */
export async function rotateServiceKey(input: z.input<typeof nothing>) {
  const answer = await rotate(input);
  refresh();
  return answer;
}
