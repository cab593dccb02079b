import { Check, UserCheck, X } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { mayAdminister } from '#domain/identity';
import type { Person } from '#server/caller';
import { administratorPage } from '#server/page';
import { listPassRequests, mayDecide, type PassRequestSummary } from '#server/pass-request';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { NameLines } from '../name-lines.tsx';
import { Act, Outcomes } from '../outcomes.tsx';
import { minutesWords } from '../people/pass-words.ts';
import { counted } from '../words.ts';
import { decideRequest } from './actions.ts';
import { Collect } from './collect.tsx';
import { PURPOSE, stateWords } from './words.ts';

export const metadata: Metadata = { title: 'Approvals' };

const SHOWN = 100;

export default async function ApprovalsPage() {
  const { runtime, caller } = await administratorPage();
  const { person: actor } = caller.session;
  const requests = await listPassRequests(runtime, { limit: SHOWN });
  const open = requests.filter(({ state }) => state === 'pending' || state === 'approved');
  const over = requests.filter((request) => !open.includes(request));

  return (
    <AdminPage title="Approvals" purpose={PURPOSE}>
      <Outcomes>
        {open.length === 0 ? (
          <EmptyState
            icon={<UserCheck size={32} />}
            title="Nothing waits"
            action={<ButtonLink href={address('/admin/people')}>People</ButtonLink>}
          >
            Open an administrator under People and ask for a pass; it waits here for a second administrator.
            Where there is nobody else, the command line on the server is the way: npm run admin -- tap issue.
          </EmptyState>
        ) : (
          <ul className="grid gap-4 xl:grid-cols-2">
            {open.map((request) => (
              <OpenRequest key={request.id} request={request} actor={actor} />
            ))}
          </ul>
        )}
        {over.length === 0 ? null : (
          <Section
            title="Before"
            note="Decided, collected or run out; kept for 90 days. The event log has all of it."
          >
            <DataTable
              caption="Requests that are over"
              columns={columns}
              rows={over}
              rowKey={({ id }) => id}
              foot={`${counted(over.length, 'request')}.`}
            />
          </Section>
        )}
      </Outcomes>
    </AdminPage>
  );
}

function terms({ lifetimeMinutes, oneTime }: PassRequestSummary): string {
  return `${minutesWords(lifetimeMinutes)}, ${oneTime ? 'works once' : 'works as often as needed'}`;
}

/** One request that waits: whose, who asked and why, and what this administrator can do about it. */
function OpenRequest({ request, actor }: { request: PassRequestSummary; actor: Person }) {
  const { whose, requestedBy, decidedBy, state } = request;
  const { text, tone } = stateWords[state];
  const mine = requestedBy.id === actor.id;
  return (
    <li className="flex flex-col gap-4 rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <Link href={address('/admin/people', { person: whose.id })} className="link min-w-0">
          <NameLines name={`A pass for ${whose.displayName}`} upn={whose.upn} />
        </Link>
        <Badge tone={tone}>{text}</Badge>
      </div>
      <blockquote className="border-line-strong border-l-2 pl-4 wrap-anywhere">{request.reason}</blockquote>
      <p className="text-14 text-ink-soft">
        {requestedBy.displayName} asked <Time at={request.createdAt.toISOString()} />. {terms(request)}
        {request.startsAt === null ? null : (
          <>
            , from <Time at={request.startsAt.toISOString()} form="absolute" />
          </>
        )}
        . {decidedBy === null ? null : <>{decidedBy.displayName} approved it. </>}
        It runs out <Time at={request.expiresAt.toISOString()} />.
      </p>
      {mayDecide(actor, request) ? (
        <div className="flex flex-wrap gap-2">
          <Act
            trigger={{ label: 'Approve', size: 'small', tone: 'primary', icon: <Check size={16} /> }}
            title={`Approve a pass for ${whose.displayName}?`}
            confirmLabel="Approve 1 pass"
            pendingLabel="Approving"
            tone="primary"
            action={decideRequest}
            input={{ requestId: request.id, approve: true }}
            done={`Approved. ${requestedBy.displayName} collects the pass.`}
          >
            <p>
              {requestedBy.displayName} then sees a pass that sets up a key for {whose.displayName}, with all
              that their roles allow.
            </p>
            <p>Ask {whose.displayName} yourself first, face to face or on a number that you know.</p>
          </Act>
          <Act
            trigger={{ label: 'Decline', size: 'small', icon: <X size={16} /> }}
            title={`Decline a pass for ${whose.displayName}?`}
            confirmLabel="Decline 1 pass"
            pendingLabel="Declining"
            action={decideRequest}
            input={{ requestId: request.id, approve: false }}
            done="Declined. No pass is made."
          >
            <p>No pass is made, and {requestedBy.displayName} is told. They can ask again.</p>
          </Act>
        </div>
      ) : state === 'approved' && mine ? (
        <div>
          <Collect requestId={request.id} name={whose.displayName} />
        </div>
      ) : (
        <p className="text-14 text-ink-soft">{waitsFor(request, actor)}</p>
      )}
    </li>
  );
}

/** Why this administrator has nothing to press here. */
function waitsFor({ state, requestedBy, whose }: PassRequestSummary, actor: Person): string {
  if (state === 'approved') return `${requestedBy.displayName} collects it.`;
  if (requestedBy.id === actor.id) return 'You asked: another administrator decides.';
  if (whose.id === actor.id) return 'It is for you: others decide.';
  return mayAdminister(actor.roles, 'manage_methods')
    ? 'A Global Administrator or a Privileged Authentication Administrator decides.'
    : 'An administrator who may issue passes decides.';
}

const columns: Column<PassRequestSummary>[] = [
  {
    key: 'whose',
    title: 'For',
    cell: ({ whose }) => (
      <Link href={address('/admin/people', { person: whose.id })} className="link">
        <NameLines name={whose.displayName} upn={whose.upn} />
      </Link>
    ),
  },
  { key: 'by', title: 'Asked by', cell: ({ requestedBy }) => requestedBy.displayName },
  {
    key: 'reason',
    title: 'Why',
    width: 'wide',
    cell: ({ reason }) => <span className="wrap-anywhere text-ink-soft">{reason}</span>,
  },
  { key: 'decided', title: 'Decided by', cell: ({ decidedBy }) => decidedBy?.displayName ?? 'Nobody' },
  {
    key: 'state',
    title: 'State',
    width: 'tight',
    cell: ({ state }) => <Badge tone={stateWords[state].tone}>{stateWords[state].text}</Badge>,
  },
  {
    key: 'when',
    title: 'Asked',
    width: 'tight',
    cell: ({ createdAt }) => <Time at={createdAt.toISOString()} />,
  },
];
