import type { Metadata } from 'next';
import { readOwnPin } from '#server/own-pin';
import { memberPage } from '#server/page';
import { readOpeners } from '#server/prf-protector';
import { MemberPage } from '../../member-page.tsx';
import { NoSoftwareKey } from '../no-software-key.tsx';
import { Protectors } from './protectors.tsx';

export const metadata: Metadata = { title: 'What opens your key' };

/** The protectors of the key that this browser keeps: its PIN, the PIN reset service, and passkeys. */
export default async function ProtectorsPage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [pin, openers] = await Promise.all([readOwnPin(runtime, session), readOpeners(runtime, session)]);
  if (pin === null)
    return (
      <NoSoftwareKey
        session={session}
        title="There is nothing to open here"
        text="What opens Windows Hello, or a phone, is set in the settings of the system."
      />
    );
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
