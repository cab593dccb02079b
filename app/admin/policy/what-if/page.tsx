import { FlaskConical, ListChecks, UserSearch } from 'lucide-react';
import type { Metadata } from 'next';
import Form from 'next/form';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Suspense } from 'react';
import { targetReasons } from '#domain/policy/assignment';
import { type SourcesChange, whatIf } from '#domain/policy/effect';
import { type DeviceSummary, listDevices } from '#server/device';
import { findGroups } from '#server/group';
import { administratorPage } from '#server/page';
import { readEffect } from '#server/policy-effect';
import { listSources, type SourceSummary } from '#server/policy-source';
import { readWhatIf, type WhatIfAnswer } from '#server/resultant';
import type { Runtime } from '#server/runtime';
import { AdminPage } from '#ui/admin-page';
import { ButtonLink } from '#ui/button';
import { Card, Section } from '#ui/card';
import { DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { Select } from '#ui/select';
import { Skeleton } from '#ui/skeleton';
import { SubmitButton } from '#ui/submit-button';
import { address, asked, type SearchParams } from '../../address.ts';
import { ChoosePerson } from '../choose-person.tsx';
import { Effect } from '../effect.tsx';
import { ResultantSetting } from '../resultant-setting.tsx';
import { kindTitle, SourceLink } from '../source-link.tsx';
import { PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'What if' };

const PATH = '/admin/policy/what-if';
const NEW_DEVICE = 'new';
/** The parts of the address that name groups, by what the person or device does to them. */
const memberships = {
  join: 'The person joins',
  leave: 'The person leaves',
  deviceJoin: 'The device joins',
  deviceLeave: 'The device leaves',
} as const;
type Membership = keyof typeof memberships;
const membershipNames = Object.keys(memberships) as Membership[];

export default async function WhatIfPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const params = await searchParams;
  const [user, source, other] = [asked(params, 'user'), asked(params, 'source'), asked(params, 'other')];
  const back = (
    <Link href={address('/admin/policy/resultant', { user })} className="link">
      Resultant policy
    </Link>
  );
  const [sources, typed] = [await listSources(runtime.db), await readTyped(runtime, params)];
  const change = sourceChange(source);
  const changesSource = change.publish.length + change.off.length + change.on.length > 0;
  if (user === undefined)
    return (
      <AdminPage title="What if" purpose={PURPOSE} back={back}>
        {changesSource ? (
          <Everybody runtime={runtime} personId={caller.session.userId} change={change} />
        ) : null}
        <ChoosePerson
          runtime={runtime}
          action={address(PATH)}
          words={asked(params, 'q')}
          kept={{ source }}
          href={(userId) => address(PATH, { user: userId, source })}
        />
      </AdminPage>
    );
  const devices = await listDevices(runtime, { userId: user });
  const device = asked(params, 'device') ?? devices[0]?.id ?? NEW_DEVICE;
  const wanted = whatIf.safeParse({ ...change, ...typed.ids });
  if (!wanted.success) notFound();
  const read = await readWhatIf(
    runtime,
    { userId: user, deviceId: device === NEW_DEVICE ? null : device },
    {
      ...wanted.data,
      other: other === undefined || other === device ? undefined : other === NEW_DEVICE ? null : other,
    },
  );
  if (!read.ok && read.problem.code !== 'policy_changed_meanwhile') notFound();
  return (
    <AdminPage
      title={read.ok ? `What if, for ${read.value.person.displayName}` : 'What if'}
      purpose={PURPOSE}
      back={back}
      action={
        <>
          <ButtonLink
            href={address('/admin/policy/resultant', { user, device })}
            icon={<ListChecks size={16} />}
          >
            What applies now
          </ButtonLink>
          <ButtonLink href={address(PATH, { source })} icon={<UserSearch size={16} />}>
            Somebody else
          </ButtonLink>
        </>
      }
    >
      <Card>
        <ChangeForm
          user={user}
          device={device}
          other={other}
          devices={devices}
          sources={sources}
          source={source}
          typed={typed}
        />
      </Card>
      {read.ok ? (
        <>
          <Difference answer={read.value} isAsked={changesSource || other !== undefined || typed.any} />
          {changesSource ? (
            <Everybody runtime={runtime} personId={caller.session.userId} change={change} />
          ) : null}
        </>
      ) : (
        <Notice tone="warning" live="none" title="That source has no draft any more">
          It was published, or thrown away. Choose again.
        </Notice>
      )}
    </AdminPage>
  );
}

const UUID = /^[0-9a-f-]{36}$/;

/** `publish:<ID>`, `off:<ID>` or `on:<ID>` in the address. */
function sourceChange(text: string | undefined): SourcesChange {
  const [what = '', id = ''] = text?.split(':') ?? [];
  const of = (name: string) => (what === name && UUID.test(id) ? [id] : []);
  return { publish: of('publish'), off: of('off'), on: of('on') };
}

interface Typed {
  readonly ids: Readonly<Record<Membership, string[]>>;
  readonly words: Readonly<Record<Membership, string>>;
  /** Names that no group has. */
  readonly unknown: Readonly<Record<Membership, readonly string[]>>;
  readonly any: boolean;
}

/** Groups by name with commas between them, as the command line takes them. */
async function readTyped(runtime: Runtime, params: SearchParams): Promise<Typed> {
  const text = (name: Membership) => {
    const given = params[name];
    return typeof given === 'string' ? given.slice(0, 2000) : '';
  };
  const namesIn = (name: Membership) =>
    [
      ...new Set(
        text(name)
          .split(',')
          .map((part) => part.trim()),
      ),
    ]
      .filter((part) => part !== '')
      .slice(0, 20);
  const groups = await findGroups(runtime.db, { names: membershipNames.flatMap(namesIn) });
  const idOf = new Map(groups.map(({ id, name }) => [name, id]));
  const each = <T,>(of: (name: Membership) => T) =>
    Object.fromEntries(membershipNames.map((name) => [name, of(name)])) as Record<Membership, T>;
  return {
    ids: each((name) => namesIn(name).flatMap((group) => idOf.get(group) ?? [])),
    words: each(text),
    unknown: each((name) => namesIn(name).filter((group) => !idOf.has(group))),
    any: membershipNames.some((name) => namesIn(name).length > 0),
  };
}

function ChangeForm({
  user,
  device,
  other,
  devices,
  sources,
  source,
  typed,
}: {
  user: string;
  device: string;
  other: string | undefined;
  devices: readonly DeviceSummary[];
  sources: readonly SourceSummary[];
  source: string | undefined;
  typed: Typed;
}) {
  const places = [
    ...devices.map(({ id, name }) => ({ value: id, label: name })),
    { value: NEW_DEVICE, label: 'A new device' },
  ];
  const changes = sources.flatMap(({ id, draft, published }) => {
    const name = (published ?? draft)?.name || 'A source without a name';
    return [
      ...(draft === null ? [] : [{ value: `publish:${id}`, label: `Publish the draft of ${name}` }]),
      ...(published === null
        ? []
        : published.enabled
          ? [{ value: `off:${id}`, label: `Switch off ${name}` }]
          : [{ value: `on:${id}`, label: `Switch on ${name}` }]),
    ];
  });
  return (
    <Form action={address(PATH)} scroll={false} className="flex flex-col gap-5">
      <input type="hidden" name="user" value={user} />
      <div className="grid gap-5 sm:grid-cols-2 xl:grid-cols-3">
        <Select label="On" name="device" options={places} defaultValue={device} key={`at ${device}`} />
        <Select
          label="Compared with"
          name="other"
          options={[{ value: '', label: 'The same device' }, ...places]}
          defaultValue={other ?? ''}
          key={`with ${other}`}
        />
        <Select
          label="Source"
          name="source"
          options={[{ value: '', label: 'As they are' }, ...changes]}
          defaultValue={source ?? ''}
          key={source}
        />
      </div>
      <div className="grid gap-5 sm:grid-cols-2">
        {membershipNames.map((name) => (
          <Field
            key={`${name} ${typed.words[name]}`}
            label={memberships[name]}
            name={name}
            defaultValue={typed.words[name]}
            maxLength={2000}
            autoComplete="off"
            hint="Names of groups, with commas between them"
            error={
              typed.unknown[name].length === 0
                ? undefined
                : `No group is called ${typed.unknown[name].map((group) => `“${group}”`).join(', ')}.`
            }
          />
        ))}
      </div>
      <div className="flex flex-wrap gap-2">
        <SubmitButton icon={<FlaskConical size={16} />} pendingLabel="Working it out">
          Show the difference
        </SubmitButton>
        <ButtonLink href={address(PATH, { user, device })}>Start again</ButtonLink>
      </div>
    </Form>
  );
}

function Difference({ answer, isAsked }: { answer: WhatIfAnswer; isAsked: boolean }) {
  const changed = answer.settings.filter(({ changes }) => changes !== 'no');
  const sources = answer.sources.filter(({ before, after }) => before !== after);
  const where = answer.device === null ? 'a new device' : answer.device.name;
  return (
    <Section
      title={`For ${answer.person.displayName} on ${where}`}
      note="At the next refresh, without and with the change."
    >
      {!isAsked ? (
        <EmptyState icon={<FlaskConical size={32} />} title="Choose what would be different">
          Groups, another device, or a source. Nothing is changed by looking.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-4">
          {changed.length === 0 ? (
            <p className="text-14 text-ink-soft">Every value stays what it is.</p>
          ) : (
            <Card flush>
              <ul className="divide-y divide-line">
                {changed.map((setting) => (
                  <ResultantSetting
                    key={setting.name}
                    setting={setting}
                    words={{ now: 'Without', next: 'With the change' }}
                  />
                ))}
              </ul>
            </Card>
          )}
          {sources.length === 0 ? null : (
            <DataTable
              caption="Sources that apply otherwise"
              columns={[
                {
                  key: 'source',
                  title: 'Source',
                  cell: ({ source }) => (
                    <span className="flex min-w-0 flex-col">
                      <SourceLink source={source} />
                      <span className="text-12 font-normal text-ink-soft">{kindTitle(source.kind)}</span>
                    </span>
                  ),
                },
                { key: 'before', title: 'Without', cell: ({ before }) => reasonWords(before) },
                { key: 'after', title: 'With the change', cell: ({ after }) => reasonWords(after) },
              ]}
              rows={sources}
              rowKey={({ source, scope }) => `${source.id} ${scope}`}
            />
          )}
        </div>
      )}
    </Section>
  );
}

const reasonWords = (reason: WhatIfAnswer['sources'][number]['before']) =>
  reason === null ? 'It says nothing.' : targetReasons[reason];

/** Counted apart, so that what concerns the one person is there at once. */
function Everybody(asked: { runtime: Runtime; personId: string; change: SourcesChange }) {
  return (
    <Section
      title="For everybody"
      note="Every person whose account is on, on every device that can be used, once each device has asked again. Groups that you tried above count for that one person only."
    >
      <Suspense
        key={JSON.stringify(asked.change)}
        fallback={<Skeleton label="Counting everybody" shape="tiles" />}
      >
        <Counted {...asked} />
      </Suspense>
    </Section>
  );
}

async function Counted({ runtime, personId, change }: Parameters<typeof Everybody>[0]) {
  const read = await readEffect(runtime, personId, change);
  return read.ok ? (
    <Effect effect={read.value} />
  ) : (
    <Notice tone="warning" live="none" title={read.problem.title}>
      {read.problem.detail}
    </Notice>
  );
}
