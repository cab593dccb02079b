import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { pageCaller } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { PasswordForm } from './password-form.tsx';

export const metadata: Metadata = { title: 'Password' };

export default async function PasswordPage() {
  const { caller } = await pageCaller();
  if (caller.session?.kind === 'ordinary') redirect('/');
  return (
    <MemberShell
      title="Sign in with your password"
      intro="A password alone cannot register anything. It only gets you in while your organisation still has them."
    >
      <PasswordForm />
    </MemberShell>
  );
}
