import { CircleCheck, CircleX, Clock, Inbox, Mail, TriangleAlert } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { MAIL_ATTEMPTS, type MailState } from '#domain/mail';
import { countMails, listMails, type MailSummary } from '#server/mail';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge, type BadgeTone } from '#ui/badge';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { counted } from '../words.ts';
import { PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'Outbox' };

const SHOWN = 100;

const states: Readonly<
  Record<MailState, { readonly text: string; readonly tone: BadgeTone; readonly icon: ReactNode }>
> = {
  sent: { text: 'Sent', tone: 'success', icon: <CircleCheck size={12} /> },
  waiting: { text: 'Waits', tone: 'info', icon: <Clock size={12} /> },
  failed: { text: 'Tried', tone: 'warning', icon: <TriangleAlert size={12} /> },
  given_up: { text: 'Given up', tone: 'danger', icon: <CircleX size={12} /> },
  sample: { text: 'Stays here', tone: 'neutral', icon: <Inbox size={12} /> },
};

export default async function OutboxPage() {
  const { runtime } = await administratorPage();
  const leaves = runtime.mailer !== null;
  const [mails, { all, open }] = await Promise.all([listMails(runtime, SHOWN), countMails(runtime)]);

  const columns: Column<MailSummary>[] = [
    {
      key: 'subject',
      title: 'Message',
      width: 'wide',
      cell: ({ subject, text }) => (
        <details className="min-w-0">
          <summary className="link cursor-pointer">{subject}</summary>
          <p className="mt-2 max-w-line whitespace-pre-wrap text-ink-soft wrap-anywhere">{text}</p>
        </details>
      ),
    },
    {
      key: 'to',
      title: 'To',
      cell: ({ address: to, userId }) => (
        <Link href={address('/admin/people', { person: userId })} className="link wrap-anywhere">
          {to}
        </Link>
      ),
    },
    {
      key: 'written',
      title: 'Written',
      width: 'tight',
      cell: ({ createdAt }) => <Time at={createdAt.toISOString()} />,
    },
    {
      key: 'state',
      title: 'State',
      cell: (mail) => <State mail={mail} leaves={leaves} />,
    },
  ];

  return (
    <AdminPage title="Outbox" purpose={PURPOSE}>
      {leaves ? null : (
        <Notice tone="warning" live="none" title="No e-mail leaves this server">
          No SMTP server is set, so messages stay here for you to read. Set SMTP_URL and MAIL_FROM and start
          again: what is newer than five days then leaves. People see the same notices in Latchkey either way.
        </Notice>
      )}
      <DataTable
        caption="E-mails to people, the latest first"
        columns={columns}
        rows={mails}
        rowKey={({ id }) => id}
        empty={
          <EmptyState icon={<Mail size={32} />} title="Nobody was told anything yet">
            When a key is added or removed, a password changed, a pass issued or a device lost, the message to
            its person is listed here.
          </EmptyState>
        }
        foot={`${mails.length < all ? `The latest ${mails.length} of ${all} messages` : counted(all, 'message')}, ${open} not sent yet. Kept for 90 days.`}
      />
    </AdminPage>
  );
}

function State({ mail, leaves }: { mail: MailSummary; leaves: boolean }) {
  const { text, tone, icon } = states[mail.state];
  const again = mail.state === 'failed' || mail.state === 'waiting';
  return (
    <span className="flex flex-col items-start gap-1">
      <Badge tone={tone} icon={icon}>
        {text}
      </Badge>
      <span className="text-12 text-ink-soft wrap-anywhere">
        {mail.sentAt === null ? null : <Time at={mail.sentAt.toISOString()} />}
        {again && leaves ? (
          <>
            Next attempt <Time at={mail.nextAttemptAt.toISOString()} />
            {mail.attempts === 0 ? '' : ` (${mail.attempts} of ${MAIL_ATTEMPTS} made)`}
          </>
        ) : null}
        {mail.state === 'sample' ? 'To a sample person: it never leaves.' : null}
        {mail.failure === null ? null : <span className="block">{mail.failure}</span>}
      </span>
    </span>
  );
}
