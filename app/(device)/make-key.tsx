'use client';

import { Fingerprint } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { HELLO_PROOF_MAX_AGE_MS } from '#domain/authentication';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { CountdownRing } from '#ui/countdown-ring';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { answered } from '../_device/answered.ts';
import { SECOND_TRY_AFTER_MS, WITHOUT_STATEMENT } from '../_device/ceremonies.ts';
import type { Outcome, Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { keepAsPasskeyAction } from './provision/actions.ts';

/**
 * Lets the device make a Hello key. The statement about the hardware is asked for first; when that fails there is one more
 * try after a few seconds, then one without it, and the key's protection stays "not verified". Where policy requires a statement, it is always asked for.
 */
export function MakeKey<T>({
  children,
  make,
  word,
  before = null,
  statementRequired,
  truth,
  kept,
  keptAddress,
  wayOn,
  proofUntil,
  onMade,
  onTrouble,
  onProofEnd,
}: {
  /** What will happen, and which choice to make in the system's dialog. */
  children: ReactNode;
  make: (attestation: 'direct' | 'none') => Promise<Outcome<T>>;
  /** What the button says before anything went wrong. */
  word: string;
  /** What became of the last try. */
  before?: Trouble | null;
  /** Whether no key is accepted without a statement: then it is never left out. */
  statementRequired: boolean;
  /** What else is true after a trouble. */
  truth?: (trouble: Trouble) => ReactNode;
  /** Said when a synced passkey was just kept, in place of the key; null when none was. */
  kept: string | null;
  /** Where to come back to when a synced passkey was kept. */
  keptAddress: string;
  /** Another way on than to try again, where a trouble has one. */
  wayOn?: (trouble: Trouble) => ReactNode;
  proofUntil: string | null;
  onMade: (made: T) => void;
  onTrouble?: (trouble: Trouble) => void;
  onProofEnd: () => void;
}) {
  const [asking, setAsking] = useState<string | null>(null);
  const [attempts, setAttempts] = useState(triesBehind(before));
  const [trouble, setTrouble] = useState<Trouble | null>(before);

  async function create() {
    setTrouble(null);
    if (attempts === 1) {
      setAsking('Giving your device a moment');
      await new Promise((resolve) => setTimeout(resolve, SECOND_TRY_AFTER_MS));
    }
    setAsking('Asking your device');
    const outcome = await make(attempts < 2 || statementRequired ? 'direct' : 'none');
    if (outcome.ok) return onMade(outcome.value);
    setAsking(null);
    setTrouble(outcome.trouble);
    if (WITHOUT_STATEMENT.has(outcome.trouble.code)) setAttempts((count) => count + 1);
    onTrouble?.(outcome.trouble);
  }

  async function keep(offer: string) {
    setAsking('Keeping your passkey');
    const result = await answered(keepAsPasskeyAction({ offer }));
    if (result.ok) return window.location.assign(keptAddress);
    setAsking(null);
    setTrouble(result.problem);
  }

  const offer = trouble?.code === 'not_a_hello_key' ? trouble.facts?.offer : undefined;
  return (
    <>
      <p className="max-w-line">{children}</p>
      {kept !== null && trouble === null ? (
        <Notice tone="success" title="Your passkey is kept">
          {kept}
        </Notice>
      ) : null}
      <TroubleNotice
        trouble={trouble}
        action={
          typeof offer === 'string' ? (
            <Button tone="secondary" pending={asking ?? false} onClick={() => keep(offer)}>
              Keep it as a synced passkey
            </Button>
          ) : (
            trouble && wayOn?.(trouble)
          )
        }
      />
      {trouble && truth?.(trouble)}
      {attempts >= 2 && asking === null && !statementRequired ? (
        <Notice tone="info" title="The next try leaves the hardware statement out" live="none">
          Your key will work the same. Latchkey only won't be able to say what protects it.
        </Notice>
      ) : null}
      {asking === null ? null : (
        <Waiting title={asking} icon={<Fingerprint size={32} aria-hidden />}>
          Look for the system's dialog. It may be behind this window.
        </Waiting>
      )}
      <Actions>
        <Button
          tone="primary"
          size="large"
          icon={<Fingerprint size={20} aria-hidden />}
          pending={asking ?? false}
          onClick={create}
        >
          {trouble === null ? word : 'Try again'}
        </Button>
      </Actions>
      {proofUntil === null ? null : (
        <CountdownRing
          until={proofUntil}
          fromSeconds={HELLO_PROOF_MAX_AGE_MS / 1000}
          label="Left before we ask again who you are"
          onEnd={onProofEnd}
        />
      )}
    </>
  );
}

/** How many tries the last refusal stands for. */
function triesBehind(before: Trouble | null): number {
  if (before?.code === 'attestation_unverifiable') return 2;
  return before?.code === 'statement_missing' ? 1 : 0;
}
