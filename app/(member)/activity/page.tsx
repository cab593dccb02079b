import type { Metadata } from 'next';
import { listEvents } from '#server/event';
import { memberPage } from '#server/page';
import { ActivityList } from '../activity-list.tsx';
import { MemberPage } from '../member-page.tsx';

export const metadata: Metadata = { title: 'My activity' };

const SHOWN = 100;

export default async function ActivityPage() {
  const { runtime, caller } = await memberPage();
  const events = await listEvents(runtime, { userId: caller.session.userId }, SHOWN);
  return (
    <MemberPage
      session={caller.session}
      title="What happened to your account"
      intro="If you see something here that wasn't you, end your other sessions in Security info and tell your administrator."
    >
      <ActivityList events={events} />
      {events.length === SHOWN ? (
        <p className="text-14 text-ink-soft">These are the latest {SHOWN}.</p>
      ) : null}
    </MemberPage>
  );
}
