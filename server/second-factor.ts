import 'server-only';
import { countPhones } from './authenticator-phone.ts';
import type { Tx } from './db.ts';
import { countTotp } from './totp.ts';

/** What was proven beside a password: a code of an authenticator app, or an approval on a phone. */
export interface SecondFactor {
  readonly kind: 'totp' | 'authenticator';
  readonly id: string;
}

/** What a password has to come with, each in place of the other; nothing where both are false. */
export interface SecondFactors {
  readonly code: boolean;
  readonly phone: boolean;
}

export async function secondFactorsOf(tx: Tx, userId: string): Promise<SecondFactors> {
  return { code: (await countTotp(tx, userId)) > 0, phone: (await countPhones(tx, userId)) > 0 };
}

/**
 * What a person has under this ID now. Null stands for nothing: undefined where that no longer suffices, because it was
 * removed, or because nothing was shown and there is something by now.
 */
export async function secondFactorUnder(
  tx: Tx,
  userId: string,
  id: string | null,
): Promise<SecondFactor | null | undefined> {
  if (id === null) {
    const { code, phone } = await secondFactorsOf(tx, userId);
    return code || phone ? undefined : null;
  }
  if ((await tx.totpSecret.count({ where: { id, userId } })) === 1) return { kind: 'totp', id };
  const phones = await tx.authenticatorPhone.count({ where: { id, userId } });
  return phones === 1 ? { kind: 'authenticator', id } : undefined;
}
