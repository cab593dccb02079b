import type { Metadata } from 'next';
import { MemberShell } from '#ui/member-shell';
import { Authenticator } from './authenticator.tsx';

export const metadata: Metadata = {
  title: 'Authenticator',
  description: 'Approve on your phone that it is you.',
  manifest: '/authenticator.webmanifest',
  appleWebApp: { capable: true, title: 'Authenticator' },
};

/** The phone's page. Nobody is signed in here: a phone is known by its key alone. */
export default function AuthenticatorPage() {
  return (
    <MemberShell
      title="Authenticator"
      intro="This phone says that it is you."
      footer="Its key was made on this phone and never leaves it. It never asks for your password or the PIN of a key."
    >
      <Authenticator />
    </MemberShell>
  );
}
