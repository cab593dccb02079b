import type { Metadata } from 'next';
import { readPasswordState } from '#server/identity';
import { memberPage } from '#server/page';
import { passwordFaceOf } from '#server/password-face';
import { passwordMinimumLength } from '#server/password-policy';
import { Notice } from '#ui/notice';
import { MemberPage } from '../../member-page.tsx';
import { ChangePassword } from './change-password.tsx';

export const metadata: Metadata = { title: 'Change your password' };

export default async function ChangePasswordPage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [password, minimumLength, face] = await Promise.all([
    readPasswordState(runtime, session.userId),
    passwordMinimumLength(runtime),
    passwordFaceOf(runtime, session),
  ]);
  if (face !== 'shown') {
    return (
      <MemberPage session={session} title="You sign in without a password" wide={false}>
        <Notice tone="info" live="none" title="There is nothing to change here">
          Your organisation works without passwords. Your key is all you need, and an administrator can help
          if you ever need more.
        </Notice>
      </MemberPage>
    );
  }
  return (
    <MemberPage
      session={session}
      title="Change your password"
      intro="Wherever you signed in with the old one, you are signed out. Your keys, and where you signed in with them, stay as they are."
      wide={false}
    >
      {password === null ? (
        <Notice tone="info" live="none" title="You have no password">
          There is nothing to change, and nothing that anybody could guess.
        </Notice>
      ) : (
        <ChangePassword account={session.person.upn} minimumLength={minimumLength} />
      )}
    </MemberPage>
  );
}
