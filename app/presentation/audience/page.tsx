import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { pageCaller } from '#server/page';
import { readTenant } from '#server/tenant';
import { Audience } from './audience.tsx';

export const metadata: Metadata = { title: 'Presentation' };

/** What the audience sees. It holds nothing but the story, so that it stays when whoever presents signs in and out. */
export default async function AudiencePage() {
  const { runtime } = await pageCaller();
  const { demo, name } = await readTenant(runtime);
  if (!demo) notFound();
  return <Audience tenant={name} />;
}
