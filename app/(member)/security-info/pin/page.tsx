import type { Metadata } from 'next';
import { readOwnPin } from '#server/own-pin';
import { memberPage } from '#server/page';
import { readPinRules } from '#server/software-key-policy';
import { Notice } from '#ui/notice';
import { Leave } from '../../leave.tsx';
import { MemberPage } from '../../member-page.tsx';
import { NoSoftwareKey } from '../no-software-key.tsx';
import { ChangePin } from './change-pin.tsx';

export const metadata: Metadata = { title: 'Change your PIN' };

const dueWords = {
  asked_for: {
    title: 'Your organisation asks for a new PIN',
    text: 'An administrator asked for it. You go on as soon as you have chosen one.',
  },
  expired: {
    title: 'Your PIN is too old',
    text: 'Your organisation asks for a new one from time to time. You go on as soon as you have chosen it.',
  },
} as const;

export default async function ChangePinPage() {
  const { runtime, caller } = await memberPage('pin_change');
  const { session } = caller;
  const [pin, rules] = await Promise.all([readOwnPin(runtime, session), readPinRules(runtime, session)]);
  if (pin === null)
    return (
      <NoSoftwareKey
        session={session}
        title="There is no PIN to change here"
        text="The PIN of Windows Hello, or of a phone, is changed in the settings of the system."
      />
    );
  return (
    <MemberPage
      session={session}
      title="Change your PIN"
      intro={`It opens the key that this browser keeps on ${session.device?.name ?? 'this device'}. The old one opens nothing any more, in no copy.`}
      wide={false}
      home={pin.due !== null}
    >
      {pin.due === null ? null : (
        <Notice tone="info" live="none" title={dueWords[pin.due].title}>
          {dueWords[pin.due].text}
        </Notice>
      )}
      <ChangePin userHandle={session.person.userHandle} rules={rules} due={pin.due !== null} />
      {pin.due === null ? null : <Leave />}
    </MemberPage>
  );
}
