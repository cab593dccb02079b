import { Search } from 'lucide-react';
import type { Metadata } from 'next';
import Form from 'next/form';
import { memberEventText } from '#domain/event';
import { idsOfSupportCode, readSupportCode } from '#domain/support-code';
import { listCredentials } from '#server/credential';
import { listEvents } from '#server/event';
import { memberPage } from '#server/page';
import { Button, ButtonLink } from '#ui/button';
import { EmptyState } from '#ui/empty-state';
import { Field } from '#ui/field';
import { ActivityList } from '../activity-list.tsx';
import { MemberPage } from '../member-page.tsx';

export const metadata: Metadata = { title: 'My activity' };

const SHOWN = 100;

export default async function ActivityPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { runtime, caller } = await memberPage();
  const { support } = await searchParams;
  const typed = (typeof support === 'string' ? support : '').trim().slice(0, 32);
  const code = readSupportCode(typed);
  const found =
    typed !== '' && code === null
      ? []
      : await listEvents(
          runtime,
          { userId: caller.session.userId, ids: code === null ? undefined : idsOfSupportCode(code) },
          SHOWN,
        );
  const keys = await listCredentials(runtime, caller.session.userId);
  const events = found.filter((event) => memberEventText(event.code) !== null);
  return (
    <MemberPage
      session={caller.session}
      title="What happened to your account"
      intro="If you see something here that wasn't you, end your other sessions in Security info and tell your administrator."
    >
      <Form action="/activity" role="search" className="flex flex-wrap items-end gap-3">
        <div className="grow basis-52">
          <Field
            key={typed}
            label="Find a support code"
            name="support"
            defaultValue={typed}
            maxLength={32}
            placeholder="7K2M-Q9XA"
            autoComplete="off"
            spellCheck={false}
          />
        </div>
        <Button type="submit" icon={<Search size={16} aria-hidden />}>
          Find
        </Button>
        {typed === '' ? null : (
          <ButtonLink href="/activity" tone="quiet">
            Show everything
          </ButtonLink>
        )}
      </Form>
      {typed !== '' && events.length === 0 ? (
        <EmptyState title="Nothing of yours has this code">
          {code === null
            ? 'A support code has eight letters and digits, such as 7K2M-Q9XA.'
            : 'What fails before you are known is not listed here. Your administrator finds it in the event log.'}
        </EmptyState>
      ) : (
        <ActivityList events={events} keys={keys} />
      )}
      {found.length === SHOWN ? <p className="text-14 text-ink-soft">These are the latest {SHOWN}.</p> : null}
    </MemberPage>
  );
}
