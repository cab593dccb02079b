import type { Metadata } from 'next';
import { sufficientProof } from '#domain/authentication';
import { confirmationWays } from '#server/authentication';
import { signedInPage } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { AddAuthenticatorApp } from './add-authenticator-app.tsx';

export const metadata: Metadata = { title: 'Add an authenticator app' };

export default async function AuthenticatorAppPage() {
  const { runtime, caller } = await signedInPage();
  const { session } = caller;
  const fresh = sufficientProof('add_authenticator_app', session.proofs, runtime.clock.now()) !== null;
  const ways = await confirmationWays(runtime, session);
  return (
    <MemberShell
      title="Add an authenticator app"
      intro="From then on your password alone no longer gets anybody in: it also takes a code that only your app shows."
      who={{ name: session.person.displayName, account: session.person.upn }}
      where={
        session.device === null
          ? { standing: 'unregistered' }
          : { name: session.device.name, standing: 'registered' }
      }
    >
      <AddAuthenticatorApp
        account={session.person.upn}
        fresh={fresh}
        ways={ways}
        back={session.kind === 'ordinary' ? '/security-info' : '/provision'}
      />
    </MemberShell>
  );
}
