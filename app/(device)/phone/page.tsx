import type { Metadata } from 'next';
import { sufficientProof } from '#domain/authentication';
import { confirmationWays } from '#server/authentication';
import { signedInPage } from '#server/page';
import { DevicePage } from '../device-page.tsx';
import { AddPhone } from './add-phone.tsx';

export const metadata: Metadata = { title: 'Add your phone' };

export default async function PhonePage() {
  const { runtime, caller } = await signedInPage();
  const { session } = caller;
  const fresh = sufficientProof('add_authenticator_app', session.proofs, runtime.clock.now()) !== null;
  const ways = await confirmationWays(runtime, session);
  return (
    <DevicePage
      session={session}
      title="Add your phone"
      intro="It then confirms that it is you. From then on your password alone no longer gets anybody in."
    >
      <AddPhone
        account={session.person.upn}
        fresh={fresh}
        ways={ways}
        back={session.kind === 'ordinary' ? '/security-info' : '/provision'}
      />
    </DevicePage>
  );
}
