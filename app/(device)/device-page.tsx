import type { ReactNode } from 'react';
import type { SignedInSession } from '#server/caller';
import { MemberShell } from '#ui/member-shell';

/** A page where somebody makes keys and proofs: who they are and at which device, and no way but the one shown. */
export function DevicePage({
  session,
  title,
  intro,
  progress,
  footer,
  children,
}: {
  session: SignedInSession;
  title: ReactNode;
  intro?: ReactNode;
  progress?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}) {
  const { person, device } = session;
  return (
    <MemberShell
      title={title}
      intro={intro}
      progress={progress}
      footer={footer}
      who={{ name: person.displayName, account: person.upn }}
      where={device === null ? { standing: 'unregistered' } : { name: device.name, standing: 'registered' }}
    >
      {children}
    </MemberShell>
  );
}
