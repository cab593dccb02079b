'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { ButtonLink } from '#ui/button';
import { registerKey } from '../../_device/ceremonies.ts';
import { profileOfUser } from '../../_device/profile.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { useFreshPage } from '../../_device/use-fresh-page.ts';
import { ChooseKeyHome, type SoftwareKeyOffer } from '../choose-key-home.tsx';
import { MakeKey } from '../make-key.tsx';
import { MakeSoftwareKey } from '../make-software-key.tsx';
import { RegisterDevice } from './register-device.tsx';

/** Refusals after which the store has to be asked where one is: something may be written, or the proof is too old. */
const ASK_THE_STORE = new Set([
  'offline',
  'challenge_consumed',
  'credential_already_registered',
  // Another tab may have made it just now.
  'InvalidStateError',
  'proof_required',
  'sign_in_required',
]);

/** Creates the first key of a person on this device. */
export function CreateKey({
  userHandle,
  statementRequired,
  softwareKey,
  proofUntil,
  kept,
}: {
  userHandle: string;
  statementRequired: boolean;
  softwareKey: SoftwareKeyOffer | null;
  proofUntil: string | null;
  /** A synced passkey was just kept; the key on this device is still to be made. */
  kept: boolean;
}) {
  const router = useRouter();
  const askAnew = useFreshPage();
  const [known, setKnown] = useState(true);

  useEffect(() => {
    void profileOfUser(userHandle).then((profile) => setKnown(profile !== undefined));
  }, [userHandle]);

  // The answer to the device's registration was lost, or this browser's storage was cleared: it registers again.
  if (!known)
    return (
      <RegisterDevice
        elsewhere={[]}
        browserMayKeep={softwareKey !== null}
        onRegistered={() => setKnown(true)}
      />
    );

  const ending = {
    proofUntil,
    onMade: () => router.replace('/provision?step=done'),
    onTrouble: ({ code }: Trouble) => {
      if (ASK_THE_STORE.has(code)) void askAnew();
    },
    onProofEnd: askAnew,
  };
  return (
    <ChooseKeyHome
      offer={softwareKey}
      device={(change) => (
        <>
          <MakeKey
            make={(attestation) => registerKey('hello', userHandle, attestation)}
            word="Create my key"
            statementRequired={statementRequired}
            kept={kept ? 'It signs you in, too. A key on this device is still to be made.' : null}
            keptAddress="/provision?step=key&kept=1"
            wayOn={({ code }) =>
              code === 'InvalidStateError' ? <ButtonLink href="/sign-in">Sign in with it</ButtonLink> : null
            }
            {...ending}
          >
            The system asks for your PIN, face or finger now. In its dialog choose{' '}
            <strong>this device</strong> (on Windows: “Windows Hello”), not a phone or a password manager.
          </MakeKey>
          {change}
        </>
      )}
      browser={(rules, change) => (
        <MakeSoftwareKey
          rules={rules}
          make={(making) => registerKey('hello', userHandle, making)}
          word="Create my PIN and key"
          others={change}
          {...ending}
        />
      )}
    />
  );
}
