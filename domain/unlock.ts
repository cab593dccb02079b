import type { ProofKind } from './authentication.ts';
import { isInPrefix } from './network.ts';
import { type ReadValue, type UnlockFactors, unlockFactors } from './policy/rules.ts';
import { unlockProviders } from './policy/setting-text.ts';
import { signalRules } from './policy/signal-rules.ts';

/** What was proven since a session was locked. */
export interface Shown {
  readonly kind: ProofKind;
  /** The key or authenticator app. */
  readonly credentialId: string | null;
  /** A software key: its gesture was the PIN. */
  readonly software: boolean;
}

/** What policy asks of an unlock (PassportForWork CSP, DeviceUnlock), at one address. */
export interface UnlockRule extends UnlockFactors {
  /** A rule of the trusted signal holds there. */
  readonly trusted: boolean;
}

/**
 * The rule for unlocking from an address; null while neither list of factors is configured. A browser shows its server one
 * part of a signal, the address that it comes from: a rule holds for certain where it asks for networks by prefix and
 * nothing else, and else it is not known to.
 */
export function unlockRule(read: ReadValue, address: string): UnlockRule | null {
  if (read('DeviceUnlock/GroupA') === '' && read('DeviceUnlock/GroupB') === '') return null;
  const rules = signalRules(read('DeviceUnlock/Plugins'), 'Authentication') ?? [];
  const trusted = rules.some((together) =>
    together.every(({ conditions, type }) => {
      const isHere = ([element, value]: readonly [string, string]) =>
        /^ipv[46]Prefix$/.test(element) && isInPrefix(address, value);
      return type === 'ipConfig' && conditions.every(isHere);
    }),
  );
  return { ...unlockFactors(read), trusted };
}

/** The gestures of which a proof was one. Which of them a platform authenticator asked for, no browser tells. */
function possibleGestures({ kind, software }: Shown): readonly string[] {
  const { pin, fingerprint, face } = unlockProviders;
  if (kind !== 'hello') return [];
  return software ? [pin] : [pin, fingerprint, face];
}

/**
 * Whether a lock opens. Without a rule one strong proof opens it. With one, Hello opens it where its gesture is in the first
 * list, whichever it was, and the trusted signal is in the second and holds. Two different proofs always open it: they stand
 * for the way past the factors that Windows has with a password or smart card.
 */
export function opensLock(rule: UnlockRule | null, shown: readonly Shown[]): boolean {
  const different = new Set(shown.map(({ kind, credentialId }) => credentialId ?? kind));
  if (rule === null || different.size > 1) return different.size > 0;
  const { first, second, trusted } = rule;
  if (!trusted || !second.includes(unlockProviders.trustedSignal)) return false;
  return shown.some((proof) => {
    const gestures = possibleGestures(proof);
    return gestures.length > 0 && gestures.every((gesture) => first.includes(gesture));
  });
}
