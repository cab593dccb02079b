import type { Route } from 'next';
import Link from 'next/link';
import { noticeOf } from '#domain/notice';
import type { SignedInSession } from '#server/caller';
import { listNotices, type ShownNotice } from '#server/notice';
import type { Runtime } from '#server/runtime';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { GotIt } from './got-it.tsx';

/** The sentence of a notice, whatever the outcome of its event was. */
export function noticeSentence({ code, facts }: ShownNotice): string {
  return (noticeOf(code) ?? noticeOf(code, 'failure'))?.sentence(facts) ?? '';
}

/** What changed in one's account and was not dismissed here, calmly, with the way on for whoever did not do it. */
export async function Told({ runtime, session }: { runtime: Runtime; session: SignedInSession }) {
  const told = await listNotices(runtime, session);
  if (told.length === 0) return null;
  return (
    <Notice
      tone="info"
      live="none"
      title="This changed in your account"
      action={<GotIt noticeIds={told.map(({ id }) => id)} />}
    >
      <ul className="flex flex-col divide-y divide-info-line">
        {told.map((notice) => (
          <li key={notice.id} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 py-2">
            <span className="min-w-0 wrap-anywhere">
              {noticeSentence(notice)}{' '}
              <span className="text-ink-soft">
                <Time at={notice.at.toISOString()} />
              </span>
            </span>
            {noticeOf(notice.code)?.told === 'administrators' ? (
              <Link href={`/admin/events?code=${notice.code}` as Route} className="link">
                To the event log
              </Link>
            ) : noticeOf(notice.code)?.told === 'requester' ? (
              <Link href={'/admin/approvals' as Route} className="link">
                To the request
              </Link>
            ) : (
              <Link href={`/security-info/notice?id=${notice.id}` as Route} className="link">
                This wasn’t me
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
