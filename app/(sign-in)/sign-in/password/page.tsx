import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { pageCaller } from '#server/page';
import { PasswordSignIn } from './password-sign-in.tsx';

export const metadata: Metadata = { title: 'Password' };

export default async function PasswordPage() {
  const { caller } = await pageCaller();
  if (caller.session?.kind === 'ordinary') redirect('/');
  return <PasswordSignIn />;
}
