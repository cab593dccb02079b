import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { pageCaller, passwordFaceOfBrowser } from '#server/page';
import { PasswordSignIn } from './password-sign-in.tsx';

export const metadata: Metadata = { title: 'Password' };

/** Where passwords are hidden, only “Other user” leads here. */
export default async function PasswordPage({
  searchParams,
}: {
  searchParams: Promise<{ readonly user?: string | string[] }>;
}) {
  const { caller } = await pageCaller();
  if (caller.session?.kind === 'ordinary') redirect('/');
  if ((await searchParams).user !== 'other' && (await passwordFaceOfBrowser()) !== 'shown')
    redirect('/sign-in');
  return <PasswordSignIn />;
}
