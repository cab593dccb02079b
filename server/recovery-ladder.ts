import 'server-only';
import { mayAdminister } from '#domain/identity';
import type { RecoveryFacts } from '#domain/recovery-ladder';
import type { SignedInSession } from './caller.ts';
import { allowedCredentials, keysOnDevice } from './credential.ts';
import { readPolicyAt } from './device-policy.ts';
import { carryingPass, obstacleFor } from './pass-policy.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';

/**
 * What stands open to the person of a session, locked or not. For somebody signed out it is what policy says about
 * everybody: nothing about any person can be asked here.
 */
export async function readRecovery(
  runtime: Runtime,
  session: SignedInSession | null,
): Promise<RecoveryFacts> {
  const policy =
    session === null ? await readPolicy(runtime.db) : await readPolicyAt(runtime.db, runtime, session);
  const keysAllowed = policy('UsePassportForWork').value;
  if (session === null) {
    const passes = policy('TemporaryAccessPass.state').value;
    return { resettable: keysAllowed, otherKeys: true, passes, administrator: true };
  }
  const { userId, person } = session;
  const [here, usable, obstacle, pass] = await Promise.all([
    keysOnDevice(runtime.db, session),
    allowedCredentials(runtime, userId),
    obstacleFor(runtime.db, userId),
    carryingPass(runtime.db, userId),
  ]);
  return {
    resettable: keysAllowed && here.length > 0,
    otherKeys: usable.some(({ id }) => !here.some(({ credentialId }) => credentialId === id)),
    passes: obstacle === null || pass !== null,
    administrator: mayAdminister(person.roles, 'read'),
  };
}
