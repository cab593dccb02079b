import type { Metadata } from 'next';
import { sufficientProof } from '#domain/authentication';
import { confirmationWays } from '#server/authentication';
import { signedInPage } from '#server/page';
import { DevicePage } from '../device-page.tsx';
import { AddAuthenticatorApp } from './add-authenticator-app.tsx';

export const metadata: Metadata = { title: 'Add an authenticator app' };

export default async function AuthenticatorAppPage() {
  const { runtime, caller } = await signedInPage();
  const { session } = caller;
  const fresh = sufficientProof('add_authenticator_app', session.proofs, runtime.clock.now()) !== null;
  const ways = await confirmationWays(runtime, session);
  return (
    <DevicePage
      session={session}
      title="Add an authenticator app"
      intro="From then on your password alone no longer gets anybody in: it also takes a code that only your app shows."
    >
      <AddAuthenticatorApp
        account={session.person.upn}
        fresh={fresh}
        ways={ways}
        back={session.kind === 'ordinary' ? '/security-info' : '/provision'}
      />
    </DevicePage>
  );
}
