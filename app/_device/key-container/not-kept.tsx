import type { Route } from 'next';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';

/** The key that a page is about is not in this browser any more. `href` leads to another one. */
export function NotKept({ href = '/pin-reset', live }: { href?: Route; live?: 'none' }) {
  return (
    <Notice
      tone="warning"
      {...(live && { live })}
      title="This browser no longer keeps that key"
      safe="Your account and your other ways to sign in are as they were."
      action={
        <ButtonLink href={href} tone="primary">
          Make a new key
        </ButtonLink>
      }
    >
      The data of this site was cleared, or this is another profile. A new key takes the old one's place.
    </Notice>
  );
}
