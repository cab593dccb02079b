import 'server-only';
import { pinExpiresAt } from '#domain/pin/rules';
import type { SignedInSession } from './caller.ts';
import { type ContainerState, listContainers } from './key-container.ts';
import type { Runtime } from './runtime.ts';
import { readPinRules } from './software-key-policy.ts';

/** The PIN of somebody's own software key on the device of their session. */
export interface OwnPin {
  readonly container: ContainerState;
  /** When policy makes it too old; null: never. */
  readonly expiresAt: Date | null;
  /** Why a new one has to be chosen at its next use; null: none has to. */
  readonly due: 'asked_for' | 'expired' | null;
}

/** Null where no browser of this device keeps a key of theirs. */
export async function readOwnPin(runtime: Runtime, session: SignedInSession): Promise<OwnPin | null> {
  const { deviceId, userId } = session;
  if (deviceId === null) return null;
  const [container] = await listContainers(runtime, { userId, deviceId });
  if (container === undefined) return null;
  const { pinChangedAt, pinChangeRequired } = container;
  const expiresAt = pinChangedAt && pinExpiresAt(pinChangedAt, await readPinRules(runtime, session));
  const isExpired = expiresAt !== null && expiresAt <= runtime.clock.now();
  return { container, expiresAt, due: pinChangeRequired ? 'asked_for' : isExpired ? 'expired' : null };
}

/** Whether the key that opened this session has a PIN that must be changed before anything else. */
export async function mustChangePin(runtime: Runtime, session: SignedInSession): Promise<boolean> {
  if (session.credentialId === null) return false;
  const own = await readOwnPin(runtime, session);
  return own !== null && own.due !== null && own.container.credentialId === session.credentialId;
}
