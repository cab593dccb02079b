import 'server-only';
import { keyProtectionWords } from '#domain/credential';
import { meets, type Strength, strengthOfProof } from '#domain/strength';
import { confirmationWays } from './authentication.ts';
import type { SignedInSession } from './caller.ts';
import { listCredentials } from './credential.ts';
import { methodObstacles } from './methods-policy.ts';
import type { Runtime } from './runtime.ts';
import { listSecondFactors } from './second-factor.ts';

/** Those of a person's own methods that they can show a strength with in this session, as they know them. */
export async function listStrongEnough(
  runtime: Runtime,
  session: SignedInSession,
  strength: Strength,
): Promise<readonly { readonly id: string; readonly words: string }[]> {
  const { userId } = session;
  const [ways, off, keys, factors] = await Promise.all([
    confirmationWays(runtime, session, strength),
    methodObstacles(runtime.db, userId, 'confirm'),
    listCredentials(runtime, userId),
    listSecondFactors(runtime.db, userId),
  ]);
  const takesPasskeys = off.fido2 === null;
  return [
    ...keys
      .filter(({ kind, usable }) => usable && meets(strengthOfProof[kind], strength))
      .filter(({ kind }) => kind === 'hello' || takesPasskeys)
      .map((key) => ({
        id: key.id,
        words:
          key.kind === 'hello'
            ? `Windows Hello on ${key.deviceName ?? key.name}: ${keyProtectionWords(key)}`
            : `Passkey “${key.name}”`,
      })),
    ...factors
      .filter(({ kind }) => (kind === 'totp' ? ways.code : ways.phone))
      .map(({ id, kind, name }) => ({
        id,
        words: kind === 'totp' ? `Password and a code of ${name}` : `Approving on ${name}`,
      })),
  ];
}
