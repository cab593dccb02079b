import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { pageCaller } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { PhoneSignIn } from './phone-sign-in.tsx';

export const metadata: Metadata = { title: 'Sign in with your phone' };

export default async function PhoneSignInPage() {
  const { caller } = await pageCaller();
  if (caller.session?.kind === 'ordinary') redirect(caller.session.lockedAt === null ? '/' : '/locked');
  return (
    <MemberShell
      title="Sign in with your phone"
      intro="Where no key of yours opens this device, your phone signs you in, and you make a new one. After that you sign in with your face, finger or PIN."
    >
      <PhoneSignIn />
    </MemberShell>
  );
}
