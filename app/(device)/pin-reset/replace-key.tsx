'use client';

import { Fingerprint } from 'lucide-react';
import { useState } from 'react';
import { HELLO_PROOF_MAX_AGE_MS } from '#domain/authentication';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { CountdownRing } from '#ui/countdown-ring';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { makeReplacement, SECOND_TRY_AFTER_MS, WITHOUT_STATEMENT } from '../../_device/ceremonies.ts';
import type { KeptReset } from '../../_device/kept-reset.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { keepAsPasskeyAction } from '../provision/actions.ts';

/** Lets the device make the new key. As in the set-up, the third try asks for no statement about the hardware. */
export function ReplaceKey({
  userHandle,
  deviceName,
  proofUntil,
  keptPasskey,
  before,
  onMade,
  onProofRanOut,
}: {
  userHandle: string;
  deviceName: string;
  proofUntil: string | null;
  keptPasskey: boolean;
  /** What became of the last try. */
  before: Trouble | null;
  onMade: (kept: KeptReset) => void;
  onProofRanOut: () => void;
}) {
  const [asking, setAsking] = useState<string | null>(null);
  const [attempts, setAttempts] = useState(before?.code === 'attestation_unverifiable' ? 2 : 0);
  const [trouble, setTrouble] = useState<Trouble | null>(before);

  async function create() {
    setTrouble(null);
    if (attempts === 1) {
      setAsking('Giving your device a moment');
      await new Promise((resolve) => setTimeout(resolve, SECOND_TRY_AFTER_MS));
    }
    setAsking('Asking your device');
    const outcome = await makeReplacement(userHandle, attempts < 2 ? 'direct' : 'none');
    if (outcome.ok) return onMade(outcome.value);
    setAsking(null);
    if (outcome.trouble.code === 'proof_required') return onProofRanOut();
    setTrouble(outcome.trouble);
    if (WITHOUT_STATEMENT.has(outcome.trouble.code)) setAttempts((count) => count + 1);
  }

  async function keep(offer: string) {
    setAsking('Keeping your passkey');
    const result = await keepAsPasskeyAction({ offer });
    if (result.ok) return window.location.assign('/pin-reset?step=create&kept=1');
    setAsking(null);
    setTrouble(result.problem);
  }

  const offer = trouble?.code === 'not_a_hello_key' ? trouble.facts?.offer : undefined;
  return (
    <>
      <p className="max-w-line">
        The system asks for your new PIN, your face or finger now. In its dialog choose{' '}
        <strong>this device</strong> (on Windows: “Windows Hello”), not a phone or a password manager. The key
        on {deviceName} is replaced as soon as the new one is here.
      </p>
      {keptPasskey && trouble === null ? (
        <Notice tone="success" title="Your passkey is kept">
          It signs you in, too. The new key on this device is still to be made.
        </Notice>
      ) : null}
      <TroubleNotice
        trouble={trouble}
        action={
          typeof offer === 'string' ? (
            <Button tone="secondary" pending={asking ?? false} onClick={() => keep(offer)}>
              Keep it as a synced passkey
            </Button>
          ) : undefined
        }
      />
      {attempts >= 2 && asking === null ? (
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
          {trouble === null ? 'Make my new key' : 'Try again'}
        </Button>
      </Actions>
      {proofUntil === null ? null : (
        <CountdownRing
          until={proofUntil}
          fromSeconds={HELLO_PROOF_MAX_AGE_MS / 1000}
          label="Left before we ask again who you are"
          onEnd={onProofRanOut}
        />
      )}
    </>
  );
}
