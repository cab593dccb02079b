import { ChevronLeft, Sparkles, Waves } from 'lucide-react';
import type { Metadata, Route } from 'next';
import Link from 'next/link';
import { mayAdminister } from '#domain/identity';
import { sourceKinds } from '#domain/policy/source';
import { proposedRings, RINGS_MAX } from '#domain/rollout';
import { listGroups } from '#server/group';
import { administratorPage } from '#server/page';
import { listSources, readSource, type SourceSummary } from '#server/policy-source';
import { countRings, readRings } from '#server/rollout';
import { readRingProgress } from '#server/rollout-progress';
import type { Runtime } from '#server/runtime';
import { readPolicyVersion } from '#server/tenant';
import { AdminPage } from '#ui/admin-page';
import { ButtonLink } from '#ui/button';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { address, asked, type SearchParams } from '../../address.ts';
import { Outcomes } from '../../outcomes.tsx';
import { planRings } from './actions.ts';
import { RingAct } from './ring-act.tsx';
import { RingCard } from './ring-card.tsx';
import { RingForm } from './ring-form.tsx';
import { PURPOSE, ringsInWords, TITLE } from './words.ts';

export const metadata: Metadata = { title: TITLE };

const HERE = '/admin/policy/rollout';
const nameOf = ({ published, draft }: SourceSummary) => (published ?? draft)?.name || 'Without a name';

export default async function RolloutPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const sourceId = asked(await searchParams, 'source');
  return sourceId === undefined ? (
    <Sources runtime={runtime} />
  ) : (
    <Rollout runtime={runtime} sourceId={sourceId} manages={manages} />
  );
}

interface Line {
  readonly source: SourceSummary;
  readonly rings: string;
}

const columns: Column<Line>[] = [
  {
    key: 'name',
    title: 'Source',
    cell: ({ source }) => <span className="wrap-anywhere">{nameOf(source)}</span>,
  },
  { key: 'kind', title: 'Kind', extra: true, cell: ({ source }) => sourceKinds[source.kind].title },
  {
    key: 'version',
    title: 'Published',
    extra: true,
    cell: ({ source }) => (source.version === 0 ? 'Not yet' : `Version ${source.version}`),
  },
  { key: 'rings', title: 'Rings', cell: ({ rings }) => rings || 'None: everybody at once' },
];

const back = (
  <Link href={'/admin/policy' as Route} className="link inline-flex items-center gap-1">
    <ChevronLeft size={16} /> Policy
  </Link>
);

/** Every source, with how far its rings are. */
async function Sources({ runtime }: { runtime: Runtime }) {
  const [sources, counts] = await Promise.all([listSources(runtime.db), countRings(runtime.db)]);
  return (
    <AdminPage title={TITLE} purpose={PURPOSE} back={back}>
      <DataTable
        caption="Sources of policy with their rings"
        columns={columns}
        rows={sources.map((source): Line => {
          const count = counts.get(source.id);
          return { source, rings: count === undefined ? '' : ringsInWords(count) };
        })}
        rowKey={({ source }) => source.id}
        rowHref={({ source }) => address(HERE, { source: source.id })}
        empty={
          <EmptyState
            icon={<Waves size={32} />}
            title="Sources of policy will be listed here"
            action={<ButtonLink href={'/admin/policy/sources' as Route}>Open sources</ButtonLink>}
          >
            A roll-out gives one source to ring after ring. Make a source first: a profile or a group policy
            object.
          </EmptyState>
        }
      />
    </AdminPage>
  );
}

const backToAll = (
  <Link href={HERE as Route} className="link inline-flex items-center gap-1">
    <ChevronLeft size={16} /> Roll-outs
  </Link>
);

/** The rings of one source, in their turn. */
async function Rollout({
  runtime,
  sourceId,
  manages,
}: {
  runtime: Runtime;
  sourceId: string;
  manages: boolean;
}) {
  const { db } = runtime;
  // Before the rings: what changes meanwhile is refused, and looked at again.
  const seen = await readPolicyVersion(db);
  const source = await readSource(db, sourceId);
  if (source === null)
    return (
      <AdminPage title={TITLE} purpose={PURPOSE} back={backToAll}>
        <EmptyState
          title="There is no such source"
          action={<ButtonLink href={HERE as Route}>Show every roll-out</ButtonLink>}
        >
          It may have been deleted; its rings went with it.
        </EmptyState>
      </AdminPage>
    );
  const [rings, groups] = await Promise.all([readRings(db, sourceId), listGroups(runtime)]);
  const progress = await Promise.all(rings.map((ring) => readRingProgress(runtime, sourceId, ring)));
  const name = nameOf(source);
  const published = source.version > 0;
  const add = <RingForm sourceId={sourceId} ring={null} groups={groups} seen={seen} />;
  return (
    <AdminPage
      title={<span className="wrap-anywhere">Roll-out of {name}</span>}
      purpose={PURPOSE}
      back={backToAll}
      action={
        <>
          <ButtonLink href={`/admin/policy/sources/${sourceId}` as Route}>Open the source</ButtonLink>
          {manages && rings.length > 0 && rings.length < RINGS_MAX ? add : null}
        </>
      }
    >
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          Policy is changed by a Global Administrator.
        </Notice>
      )}
      <Outcomes>
        <div className="flex flex-col gap-6">
          {published ? null : (
            <Notice tone="info" live="none" title="Nothing of this source is published yet">
              Plan its rings now and publish it then: while a ring waits, nobody in it gets anything.
            </Notice>
          )}
          {published && source.published?.enabled === false ? (
            <Notice tone="warning" live="none" title="The source is switched off">
              Whatever its rings say, no device gets it, and those that had it lose it at their next refresh.
            </Notice>
          ) : null}
          {rings.length === 0 ? (
            <EmptyState
              icon={<Waves size={32} />}
              title={published ? 'Everybody gets it at once' : 'Everybody will get it at once'}
              action={
                manages ? (
                  <div className="flex flex-wrap justify-center gap-2">
                    <RingAct
                      trigger={{ label: 'Plan three rings', tone: 'primary', icon: <Sparkles size={16} /> }}
                      title="Plan Pilot, Early and Everybody?"
                      confirmLabel="Plan 3 rings"
                      pendingLabel="Planning"
                      action={planRings}
                      input={{
                        sourceId,
                        seen,
                        rings: proposedRings.map((ring) => ({ name: ring.name, groups: [...ring.groups] })),
                      }}
                      done="Three rings were planned. Name the groups of the first two, then open them one by one."
                    >
                      <p>
                        Pilot is for those who try it, Early for those who follow; you name their groups next.
                        All three wait: nobody gets {name} before you open a ring.
                      </p>
                    </RingAct>
                    {add}
                  </div>
                ) : null
              }
            >
              With rings, a source reaches one circle of people after another. Each ring waits until you open
              it, can be paused, and shows how many could set up a key. Three are enough for most: Pilot,
              Early, Everybody.
            </EmptyState>
          ) : (
            <ol className="flex flex-col gap-6">
              {rings.map((ring, index) => {
                const far = progress[index];
                return far === undefined ? null : (
                  <li key={ring.id}>
                    <RingCard
                      ring={ring}
                      index={index}
                      rings={rings}
                      progress={far}
                      groups={groups}
                      sourceId={sourceId}
                      sourceName={name}
                      published={published}
                      seen={seen}
                      manages={manages}
                    />
                  </li>
                );
              })}
            </ol>
          )}
          {rings.length > 0 ? (
            <p className="max-w-line text-12 text-ink-soft">
              Somebody in several rings counts in each, and gets the source with the first that opens.
              Somebody in none never gets it.
            </p>
          ) : null}
        </div>
      </Outcomes>
    </AdminPage>
  );
}
