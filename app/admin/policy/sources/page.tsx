import { Layers } from 'lucide-react';
import type { Metadata, Route } from 'next';
import Link from 'next/link';
import { Fragment } from 'react';
import { mayAdminister } from '#domain/identity';
import { emptyDocument, type PolicyDocument, sourceKinds } from '#domain/policy/source';
import { listGroups } from '#server/group';
import { administratorPage } from '#server/page';
import { listSources, type SourceSummary } from '#server/policy-source';
import { AdminPage } from '#ui/admin-page';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { createPolicySource } from './actions.ts';
import { NewSource } from './new-source.tsx';
import { StateBadges } from './state-badges.tsx';
import { type GroupNames, targetsWords } from './words.ts';

export const metadata: Metadata = { title: 'Policy sources' };

type Channel = (typeof sourceKinds)[keyof typeof sourceKinds]['channel'];

/** The ranks as Windows has them, the strongest first. */
const channels: readonly { channel: Channel; title: string; note: string }[] = [
  {
    channel: 'gpo',
    title: 'Group policy objects',
    note: 'The strongest. Of two that set the same, the one with the smaller link order wins; what is set for a person wins over what is set for the computer.',
  },
  {
    channel: 'csp',
    title: 'Intune profiles',
    note: 'They count where no group policy object says anything. Two that disagree are a conflict, and neither applies.',
  },
  {
    channel: 'device_lock',
    title: 'Exchange ActiveSync and DeviceLock',
    note: 'Whatever the others say, these can make the rules for a PIN stricter, never looser.',
  },
];

/** What stands in a list for a source: what applies, or else what is drafted. */
const shown = ({ published, draft }: SourceSummary): PolicyDocument => published ?? draft ?? emptyDocument;

export default async function PolicySourcesPage() {
  const { runtime, caller } = await administratorPage();
  const [sources, groups] = await Promise.all([listSources(runtime.db), listGroups(runtime)]);
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const names: GroupNames = Object.fromEntries(groups.map(({ id, name }) => [id, name]));
  const make = manages ? <NewSource create={createPolicySource} /> : null;
  return (
    <AdminPage
      title="Policy sources"
      purpose="Profiles and group policy objects with their settings and the groups that get them, the strongest first."
      back={<Link href={'/admin/policy' as Route}>Policy</Link>}
      action={sources.length === 0 ? null : make}
    >
      {sources.length === 0 ? (
        <EmptyState icon={<Layers size={32} />} title="Give groups settings of their own" action={make}>
          <div className="flex flex-col gap-3">
            <p>
              A source is a set of settings and the groups that get them. You draft it, look at what it would
              change, and publish it. Where several say something of one setting, Windows takes the first of:
            </p>
            <ol className="mx-auto list-inside list-decimal text-left">
              <li>Group policy objects, for the person before the computer</li>
              <li>Intune profiles, for the person before the device</li>
              <li>What the organisation set when the device was enrolled</li>
              <li>The built-in default</li>
            </ol>
            <p>Exchange ActiveSync and DeviceLock can only make the rules for a PIN stricter.</p>
          </div>
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-10">
          {channels.map(({ channel, title, note }) => (
            <Fragment key={channel}>
              <SourceTable
                title={title}
                note={note}
                channel={channel}
                names={names}
                sources={sources.filter(({ kind }) => sourceKinds[kind].channel === channel)}
              />
              {channel === 'csp' ? (
                <Section
                  title="The organisation"
                  note="Its own values reach a device once, when it is enrolled, and give way to every profile. After them comes the built-in default."
                  action={
                    <ButtonLink href={'/admin/policy' as Route} size="small">
                      Open Policy
                    </ButtonLink>
                  }
                >
                  {null}
                </Section>
              ) : null}
            </Fragment>
          ))}
        </div>
      )}
    </AdminPage>
  );
}

function SourceTable({
  title,
  note,
  channel,
  sources,
  names,
}: {
  title: string;
  note: string;
  channel: Channel;
  sources: readonly SourceSummary[];
  names: GroupNames;
}) {
  const rows =
    channel === 'gpo' ? sources.toSorted((one, other) => shown(one).order - shown(other).order) : sources;
  const columns: readonly Column<SourceSummary>[] = [
    { key: 'name', title: 'Name', width: 'wide', cell: (source) => shown(source).name },
    ...(channel === 'csp'
      ? [{ key: 'kind', title: 'Kind', cell: ({ kind }: SourceSummary) => sourceKinds[kind].title }]
      : []),
    ...(channel === 'gpo'
      ? [
          {
            key: 'order',
            title: 'Link order',
            align: 'end' as const,
            width: 'tight' as const,
            cell: (source: SourceSummary) => shown(source).order,
          },
        ]
      : []),
    {
      key: 'state',
      title: 'State',
      cell: (source) => (
        <span className="flex flex-wrap justify-end gap-1.5 @2xl:justify-start">
          <StateBadges source={source} />
        </span>
      ),
    },
    {
      key: 'targets',
      title: 'Who gets it',
      cell: (source) => targetsWords(source.kind, shown(source), names),
    },
    {
      key: 'settings',
      title: 'Settings',
      align: 'end',
      width: 'tight',
      cell: (source) => shown(source).values.length,
    },
  ];
  return (
    <Section title={title} note={note}>
      <DataTable
        caption={`${title}, the strongest first`}
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        rowHref={({ id }) => `/admin/policy/sources/${id}` as Route}
        empty={<p className="text-14 text-ink-soft">None yet.</p>}
      />
    </Section>
  );
}
