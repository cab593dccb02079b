import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { pageCaller } from '#server/page';
import { destination } from '../../destination.ts';
import { PasswordSignIn } from './password-sign-in.tsx';

export const metadata: Metadata = { title: 'Password' };

export default async function PasswordPage({ searchParams }: { searchParams: Promise<{ then?: string }> }) {
  const { then } = await searchParams;
  const { caller } = await pageCaller();
  const next = destination(then, '/');
  if (caller.session?.kind === 'ordinary') redirect(next);
  return <PasswordSignIn next={next} />;
}
