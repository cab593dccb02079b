import type { Metadata } from 'next';
import { sufficientProof } from '#domain/authentication';
import { confirmationWays } from '#server/authentication';
import { listCredentials } from '#server/credential';
import { methodObstacles } from '#server/methods-policy';
import { signedInPage } from '#server/page';
import { DemandNote } from '../demand-note.tsx';
import { DevicePage } from '../device-page.tsx';
import { MethodOff } from '../method-off.tsx';
import { AddPasskey } from './add-passkey.tsx';

export const metadata: Metadata = { title: 'Add a passkey' };

export default async function PasskeyPage() {
  const { runtime, caller } = await signedInPage();
  const { session } = caller;
  const fresh = sufficientProof('add_passkey', session.proofs, runtime.clock.now()) !== null;
  const keys = await listCredentials(runtime, session.userId);
  const ways = await confirmationWays(runtime, session, session.demands.securityInfo);
  const off = (await methodObstacles(runtime.db, session.userId, 'register')).fido2 !== null;
  return (
    <DevicePage
      session={session}
      title="Add a passkey or a security key"
      intro="A second way in, for the day this device is not at hand: a phone, a synced passkey where your organisation allows it, or a security key."
    >
      {fresh || off ? null : <DemandNote demand={session.demands.securityInfo} />}
      {off ? (
        <MethodOff method="fido2" />
      ) : (
        <AddPasskey
          userHandle={session.person.userHandle}
          account={session.person.upn}
          fresh={fresh}
          canUseKey={session.kind === 'ordinary' && keys.length > 0}
          canUseCode={ways.code}
          canUsePhone={ways.phone}
          back={session.kind === 'ordinary' ? '/security-info' : '/provision'}
        />
      )}
    </DevicePage>
  );
}
