import type { Metadata } from 'next';
import { readOwnPin } from '#server/own-pin';
import { memberPage } from '#server/page';
import { readOpeners } from '#server/prf-protector';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { MemberPage } from '../../member-page.tsx';
import { Protectors } from './protectors.tsx';

export const metadata: Metadata = { title: 'What opens your key' };

/** The protectors of the key that this browser keeps: its PIN, the PIN reset service, and passkeys. */
export default async function ProtectorsPage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [pin, openers] = await Promise.all([readOwnPin(runtime, session), readOpeners(runtime, session)]);
  if (pin === null) {
    return (
      <MemberPage session={session} title="No browser keeps a key of yours here" wide={false}>
        <Notice
          tone="info"
          live="none"
          title="There is nothing to open here"
          action={<ButtonLink href="/security-info">See your keys</ButtonLink>}
        >
          What opens Windows Hello, or a phone, is set in the settings of the system.
        </Notice>
      </MemberPage>
    );
  }
  return (
    <MemberPage
      session={session}
      title="What opens your key"
      intro={`The key that this browser keeps on ${session.device?.name ?? 'this device'} opens with your PIN. A passkey can open it, too, for the day when you have forgotten the PIN.`}
      wide={false}
    >
      <Protectors
        userHandle={session.person.userHandle}
        {...openers}
        resetSince={pin.container.resetProtectorAt?.toISOString() ?? null}
      />
    </MemberPage>
  );
}
