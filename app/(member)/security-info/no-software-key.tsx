import type { SignedInSession } from '#server/caller';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { MemberPage } from '../member-page.tsx';

/** A page about the key that a browser keeps, where none keeps one of the person. */
export function NoSoftwareKey({
  session,
  title,
  text,
}: {
  session: SignedInSession;
  title: string;
  text: string;
}) {
  return (
    <MemberPage session={session} title="No browser keeps a key of yours here" wide={false}>
      <Notice
        tone="info"
        live="none"
        title={title}
        action={<ButtonLink href="/security-info">See your keys</ButtonLink>}
      >
        {text}
      </Notice>
    </MemberPage>
  );
}
