import type { Metadata } from 'next';
import { pageCaller, webSignInOfBrowser } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { destination } from '../../destination.ts';
import { PassForm } from '../../pass-form.tsx';

export const metadata: Metadata = { title: 'Temporary Access Pass' };

export default async function PassPage({ searchParams }: { searchParams: Promise<{ then?: string }> }) {
  const { then } = await searchParams;
  const { caller } = await pageCaller();
  const person = caller.session?.person;
  return (
    <MemberShell
      title="Enter your Temporary Access Pass"
      intro={
        (await webSignInOfBrowser())
          ? 'Where no key of yours opens this device it signs you in, and you make a new one. After that you sign in with your face, finger or PIN.'
          : 'It lets you set up this device. After that you sign in with your face, finger or PIN.'
      }
      who={person && { name: person.displayName, account: person.upn }}
    >
      <PassForm next={destination(then, undefined)} back />
    </MemberShell>
  );
}
