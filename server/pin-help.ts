import 'server-only';
import { ok, type Result, refuse } from '#domain/result';
import type { Person } from './caller.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { mayManage } from './identity.ts';
import { askForNewPin, type KeyContainer, readContainer } from './key-container.ts';
import { clearTries, committedProtector } from './pin-protector.ts';
import type { Runtime } from './runtime.ts';

/** Forgets all tries at a container's PIN, for an administrator (null: the command line), never for themselves. */
export async function clearPinTries(
  runtime: Runtime,
  actor: Person | null,
  input: { readonly containerId: string },
): Promise<Result<null>> {
  return await manage(runtime, actor, input.containerId, async (tx, { userId, deviceId, credentialId }) => {
    const before = await committedProtector(tx, input.containerId);
    if (before === null || !(await clearTries(tx, runtime, input.containerId))) return false;
    const { tries, wrong, rounds } = before;
    await record(tx, runtime, {
      code: 'pin_tries_cleared',
      userId,
      actorId: actor?.id,
      deviceId,
      credentialId,
      detail: { container: input.containerId, tries, wrong, rounds },
    });
    return true;
  });
}

/** Asks for a new PIN at the next use, for an administrator (null: the command line), never for themselves. */
export async function requirePinChange(
  runtime: Runtime,
  actor: Person | null,
  input: { readonly containerId: string },
): Promise<Result<null>> {
  const { containerId } = input;
  return await manage(runtime, actor, containerId, async (tx, { userId, deviceId, credentialId }) => {
    if (!(await askForNewPin(tx, containerId))) return false;
    await record(tx, runtime, {
      code: 'pin_change_required',
      userId,
      actorId: actor?.id,
      deviceId,
      credentialId,
      detail: { container: containerId },
    });
    return true;
  });
}

async function manage(
  runtime: Runtime,
  actor: Person | null,
  containerId: string,
  change: (tx: Tx, container: KeyContainer) => Promise<boolean>,
): Promise<Result<null>> {
  const container = await readContainer(runtime.db, containerId);
  if (container === null) return refuse('not_found');
  if (actor !== null) {
    const allowed = await mayManage(runtime, actor, container.userId);
    if (!allowed.ok) return allowed;
  }
  const changed = await runtime.db.$transaction((tx) => change(tx, container));
  return changed ? ok(null) : refuse('not_found');
}
