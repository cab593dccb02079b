import type { Metadata } from 'next';
import { pageCaller } from '#server/page';
import { isReminderToken } from '#server/unsubscribe';
import { MemberShell } from '#ui/member-shell';
import { Notice } from '#ui/notice';
import { Reminders } from './reminders.tsx';

export const metadata: Metadata = { title: 'Reminders' };

/** Where a reminder's link leads. Programs that read mail follow links: nothing happens before the button. */
export default async function RemindersPage({
  searchParams,
}: {
  searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}) {
  const [{ runtime }, { token }] = await Promise.all([pageCaller(), searchParams]);
  const whole = typeof token === 'string' && isReminderToken(runtime, token);
  return whole ? (
    <MemberShell
      title="No more reminders?"
      intro="You no longer get reminders to set up a key. What you have to know still reaches you: that something starts, that your password ends, and every change of what gets you in."
    >
      <Reminders token={token} />
    </MemberShell>
  ) : (
    <MemberShell title="This link is not whole">
      <Notice tone="warning" title="Nothing was changed." live="none">
        Open the link in the message again, or copy all of it.
      </Notice>
    </MemberShell>
  );
}
