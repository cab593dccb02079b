import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { isLiveCeremonyOn } from '#server/live-ceremony';
import { pageCaller } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { LiveCeremony } from './live-ceremony.tsx';

export const metadata: Metadata = { title: 'Live ceremony' };

export default async function LivePage() {
  const { runtime } = await pageCaller();
  if (!(await isLiveCeremonyOn(runtime))) notFound();
  return (
    <MemberShell
      wide
      title="What this browser and Latchkey say to each other"
      intro="Leave this window open and sign in, unlock or set up a device in another one of this browser. Passes, passwords, codes, session tokens and wrapped keys are never part of it."
    >
      <LiveCeremony />
    </MemberShell>
  );
}
