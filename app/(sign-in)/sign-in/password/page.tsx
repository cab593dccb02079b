import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { pageCaller, passwordFaceOfBrowser } from '#server/page';
import { destination } from '../../destination.ts';
import { PasswordSignIn } from './password-sign-in.tsx';

export const metadata: Metadata = { title: 'Password' };

/** Where passwords are hidden, only “Other user” leads here. */
export default async function PasswordPage({
  searchParams,
}: {
  searchParams: Promise<{ readonly then?: string; readonly user?: string | string[] }>;
}) {
  const { then, user } = await searchParams;
  const { caller } = await pageCaller();
  const next = destination(then, '/');
  if (caller.session?.kind === 'ordinary') redirect(next);
  if (user !== 'other' && (await passwordFaceOfBrowser()) !== 'shown') redirect('/sign-in');
  return <PasswordSignIn next={next} />;
}
