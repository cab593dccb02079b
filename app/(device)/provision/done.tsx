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
import { NotKept } from '../../_device/key-container/not-kept.tsx';
import { useContainer } from '../../_device/key-container/use-containers.ts';
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
  userHandle,
  softwareKey,
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
  userHandle: string;
  /** A browser keeps it: this one, unless its data was cleared. */
  softwareKey: boolean;
}) {
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const tried = useRef(false);
  const here = useContainer(userHandle);
  const ready = !softwareKey || here === true;
  const gone = softwareKey && here === false;

  const signIn = useCallback(async () => {
    setTrouble(null);
    setAsking(true);
    const outcome = await authenticate('sign-in', { about: userHandle });
    if (outcome.ok) return enter('/');
    setAsking(false);
    setTrouble(outcome.trouble);
  }, [userHandle]);

  useEffect(() => {
    if (!ready || signedIn || tried.current) return;
    tried.current = true;
    void signIn();
  }, [ready, signedIn, signIn]);

  return (
    <>
      <p className="max-w-line">
        {softwareKey
          ? `This browser on ${deviceName} keeps your key, and only its PIN opens it.`
          : `Your key is on ${deviceName}, and only your PIN, face or finger unlocks it there.`}
        {signedIn || gone ? null : ' One last thing: sign in with it.'}
      </p>
      <KeyCard
        protection={protection}
        maker={maker}
        model={model}
        kind={softwareKey ? 'container' : 'hello'}
        name={deviceName}
        madeAt={madeAt}
        kid={kid}
        thisDevice
        gesture={softwareKey ? 'PIN of this browser' : 'PIN, face or finger'}
        note={
          softwareKey
            ? 'A software key: no chip guards it. Every try at its PIN is counted.'
            : attestation === 'none'
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
      {gone ? <NotKept /> : null}
      {asking && !softwareKey ? (
        <Waiting title="Your first sign-in with the new key" icon={<Fingerprint size={32} aria-hidden />}>
          Use your PIN, face or finger once more.
        </Waiting>
      ) : null}
      <Actions>
        {signedIn ? (
          <ButtonLink href="/" tone="primary" size="large">
            Go to my workplace
          </ButtonLink>
        ) : gone ? null : (
          <Button
            tone="primary"
            size="large"
            icon={<Fingerprint size={20} aria-hidden />}
            pending={asking && (softwareKey ? 'Asking for your PIN' : 'Asking your device')}
            onClick={signIn}
          >
            Sign in with your new key
          </Button>
        )}
      </Actions>
    </>
  );
}
