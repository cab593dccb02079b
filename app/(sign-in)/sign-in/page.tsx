import { Building2, Globe, KeyRound, LifeBuoy, Smartphone, Ticket, UserRound } from 'lucide-react';
import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { hasFederation } from '#server/federation';
import { pageCaller, passwordFaceOfBrowser, webSignInOfBrowser } from '#server/page';
import { MemberShell } from '#ui/member-shell';
import { destination } from '../destination.ts';
import { SignIn } from './sign-in.tsx';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ then?: string }> }) {
  const { then } = await searchParams;
  const { runtime, caller } = await pageCaller();
  const next = destination(then, '/');
  if (caller.session?.kind === 'ordinary') redirect(caller.session.lockedAt === null ? next : '/locked');
  const [face, webSignIn, federation] = await Promise.all([
    passwordFaceOfBrowser(),
    webSignInOfBrowser(),
    hasFederation(runtime),
  ]);
  const hidden = face !== 'shown';
  return (
    <MemberShell
      {...(next === '/'
        ? {
            title: 'Use your face, finger or PIN on this device',
            intro: 'They stay on this device. We never see them, and there is no password to type.',
          }
        : {
            title: 'Use another key of yours',
            intro:
              "A key on your phone, a security key or a passkey. The one whose PIN you forgot doesn't count.",
          })}
    >
      <SignIn
        next={next}
        ways={[
          {
            href: '/sign-in/pass',
            ...(webSignIn
              ? {
                  title: 'Web sign-in',
                  detail: 'With a Temporary Access Pass, when no key of yours opens this device',
                  icon: <Globe size={20} aria-hidden />,
                }
              : {
                  title: 'Temporary Access Pass',
                  detail: 'You got one from an administrator to set up this device',
                  icon: <Ticket size={20} aria-hidden />,
                }),
          },
          ...(webSignIn
            ? [
                {
                  href: '/sign-in/phone' as const,
                  title: 'Your phone',
                  detail: 'It signs you in when no key of yours opens this device',
                  icon: <Smartphone size={20} aria-hidden />,
                },
              ]
            : []),
          ...(federation
            ? [
                {
                  href: '/sign-in/federated' as const,
                  title: 'Your organisation',
                  detail: "You sign in at your organisation's own page and come back",
                  icon: <Building2 size={20} aria-hidden />,
                },
              ]
            : []),
          hidden
            ? {
                href: '/sign-in/password?user=other',
                title: 'Other user',
                detail: 'Somebody else signs in on this device',
                icon: <UserRound size={20} aria-hidden />,
              }
            : {
                href: '/sign-in/password',
                title: 'Password',
                detail: 'While your organisation still has them',
                icon: <KeyRound size={20} aria-hidden />,
              },
          {
            href: '/sign-in/recovery',
            title: 'I forgot my PIN',
            detail: 'Or your key is gone: the ways back in',
            icon: <LifeBuoy size={20} aria-hidden />,
          },
        ]}
      />
    </MemberShell>
  );
}
