'use client';

import { Fingerprint } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { HELLO_PROOF_MAX_AGE_MS } from '#domain/authentication';
import type { RegistrationAnswer } from '#domain/wire';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import { CountdownRing } from '#ui/countdown-ring';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { registerKey, SECOND_TRY_AFTER_MS, WITHOUT_STATEMENT } from '../../_device/ceremonies.ts';
import { profileOfUser } from '../../_device/profile.ts';
import type { Outcome, Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { keepAsPasskeyAction } from './actions.ts';
import { RegisterDevice } from './register-device.tsx';

/** Refusals after which the store has to be asked where one is: something may be written, or the proof is too old. */
const ASK_THE_STORE = new Set([
  'offline',
  'challenge_consumed',
  'credential_already_registered',
  'proof_required',
  'sign_in_required',
]);

/**
 * Creates the key. The statement about the hardware is asked for first; when that fails there is one more try after a few
 * seconds, then one without it, and the key's protection stays "not verified".
 */
export function CreateKey({
  userHandle,
  proofUntil,
  kept,
}: {
  userHandle: string;
  proofUntil: string | null;
  /** A synced passkey was just kept; the key on this device is still to be made. */
  kept: boolean;
}) {
  const router = useRouter();
  const [asking, setAsking] = useState<string | null>(null);
  const [attempts, setAttempts] = useState(0);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [known, setKnown] = useState(true);

  useEffect(() => {
    void profileOfUser(userHandle).then((profile) => setKnown(profile !== undefined));
  }, [userHandle]);

  async function settle(outcome: Outcome<RegistrationAnswer>) {
    if (outcome.ok) return router.replace('/provision?step=done');
    setAsking(null);
    setTrouble(outcome.trouble);
    if (WITHOUT_STATEMENT.has(outcome.trouble.code)) setAttempts((count) => count + 1);
    if (ASK_THE_STORE.has(outcome.trouble.code)) router.refresh();
  }

  async function create() {
    setTrouble(null);
    if (attempts === 1) {
      setAsking('Giving your device a moment');
      await new Promise((resolve) => setTimeout(resolve, SECOND_TRY_AFTER_MS));
    }
    setAsking('Asking your device');
    await settle(await registerKey('hello', userHandle, attempts < 2 ? 'direct' : 'none'));
  }

  async function keep(offer: string) {
    setAsking('Keeping your passkey');
    const result = await keepAsPasskeyAction({ offer });
    if (result.ok) window.location.assign('/provision?step=key&kept=1');
    else {
      setAsking(null);
      setTrouble(result.problem);
    }
  }

  // The answer to the device's registration was lost, or this browser's storage was cleared: it registers again.
  if (!known) return <RegisterDevice elsewhere={[]} onRegistered={() => setKnown(true)} />;

  const offer = trouble?.code === 'not_a_hello_key' ? trouble.facts?.offer : undefined;
  return (
    <>
      <p className="max-w-line">
        The system asks for your PIN, face or finger now. In its dialog choose <strong>this device</strong>{' '}
        (on Windows: “Windows Hello”), not a phone or a password manager.
      </p>
      {kept && trouble === null ? (
        <Notice tone="success" title="Your passkey is kept">
          It signs you in, too. A key on this device is still to be made.
        </Notice>
      ) : null}
      <TroubleNotice
        trouble={trouble}
        action={
          typeof offer === 'string' ? (
            <Button tone="secondary" pending={asking ?? false} onClick={() => keep(offer)}>
              Keep it as a synced passkey
            </Button>
          ) : trouble?.code === 'InvalidStateError' ? (
            <ButtonLink href="/sign-in">Sign in with it</ButtonLink>
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
          {attempts === 0 ? 'Create my key' : 'Try again'}
        </Button>
      </Actions>
      {proofUntil === null ? null : (
        <CountdownRing
          until={proofUntil}
          fromSeconds={HELLO_PROOF_MAX_AGE_MS / 1000}
          label="Left before we ask again who you are"
          onEnd={() => router.refresh()}
        />
      )}
    </>
  );
}
