'use client';

import { Fingerprint } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import type { Protection } from '#ui/emblem';
import { KeyCard } from '#ui/key-card';
import { Notice } from '#ui/notice';
import { Waiting } from '#ui/waiting';
import { authenticate } from '../../_device/ceremonies.ts';
import { enter } from '../../_device/tabs.tsx';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';

/**
 * The key is registered. Somebody who came with a pass is taken through their first sign-in with it: that opens an
 * ordinary session and ends the pass session.
 */
export function Done({
  signedIn,
  deviceName,
  kid,
  madeAt,
  attestation,
  protection,
  maker,
  model,
  told,
}: {
  signedIn: boolean;
  deviceName: string;
  kid: string;
  madeAt: string;
  attestation: string;
  protection: Protection;
  maker: string | null;
  /** The model, said as what it is. */
  model: string | null;
  /** What the organisation asks of keys and this one does not meet. */
  told: readonly string[];
}) {
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const tried = useRef(false);

  const signIn = useCallback(async () => {
    setTrouble(null);
    setAsking(true);
    const outcome = await authenticate('sign-in');
    if (outcome.ok) return enter('/');
    setAsking(false);
    setTrouble(outcome.trouble);
  }, []);

  useEffect(() => {
    if (signedIn || tried.current) return;
    tried.current = true;
    void signIn();
  }, [signedIn, signIn]);

  return (
    <>
      <p className="max-w-line">
        Your key is on {deviceName}, and only your PIN, face or finger unlocks it there.
        {signedIn ? null : ' One last thing: sign in with it.'}
      </p>
      <KeyCard
        protection={protection}
        maker={maker}
        model={model}
        kind="hello"
        name={deviceName}
        madeAt={madeAt}
        kid={kid}
        thisDevice
        gesture="PIN, face or finger"
        note={
          attestation === 'none'
            ? 'This device gave no statement about its hardware.'
            : protection === 'unverified'
              ? `This device gave a statement (${attestation}), and nothing that we trust stands behind it.`
              : `This device gave a statement (${attestation}), and it was verified.`
        }
      />
      {told.length === 0 ? null : (
        <Notice tone="warning" live="none" title="Your key works, and your organisation asks for more">
          {told.join(' ')} Ask your administrator what to use instead.
        </Notice>
      )}
      <TroubleNotice trouble={trouble} />
      {asking ? (
        <Waiting title="Your first sign-in with the new key" icon={<Fingerprint size={32} aria-hidden />}>
          Use your PIN, face or finger once more.
        </Waiting>
      ) : null}
      <Actions>
        {signedIn ? (
          <ButtonLink href="/" tone="primary" size="large">
            Go to my workplace
          </ButtonLink>
        ) : (
          <Button
            tone="primary"
            size="large"
            icon={<Fingerprint size={20} aria-hidden />}
            pending={asking && 'Asking your device'}
            onClick={signIn}
          >
            Sign in with your new key
          </Button>
        )}
      </Actions>
    </>
  );
}
