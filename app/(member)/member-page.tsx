import { House } from 'lucide-react';
import type { ReactNode } from 'react';
import type { SignedInSession } from '#server/caller';
import { ButtonLink } from '#ui/button';
import { MemberShell } from '#ui/member-shell';

/** A page of a signed-in member: who and where on top, and the way home. */
export function MemberPage({
  session,
  title,
  intro,
  children,
  home = false,
  wide = true,
}: {
  session: SignedInSession;
  title: ReactNode;
  intro?: ReactNode;
  children: ReactNode;
  home?: boolean;
  wide?: boolean;
}) {
  const { person, device } = session;
  return (
    <MemberShell
      title={title}
      intro={intro}
      wide={wide}
      who={{ name: person.displayName, account: person.upn, href: '/security-info', hint: 'Security info' }}
      where={device === null ? { standing: 'unregistered' } : { name: device.name, standing: 'registered' }}
    >
      {children}
      {home ? null : (
        <div className="border-line border-t pt-4">
          <ButtonLink href="/" tone="quiet" icon={<House size={16} aria-hidden />}>
            Home
          </ButtonLink>
        </div>
      )}
    </MemberShell>
  );
}
