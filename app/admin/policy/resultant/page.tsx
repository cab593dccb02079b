import { CircleCheck, CircleHelp, CircleMinus, FlaskConical, UserSearch } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { targetReasons } from '#domain/policy/assignment';
import type { ResultantAnswer } from '#domain/policy/resultant';
import { policySettings, type SettingName } from '#domain/policy/settings';
import { type DeviceSummary, listDevices } from '#server/device';
import { administratorPage } from '#server/page';
import { readResultant } from '#server/resultant';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Card, Section } from '#ui/card';
import { FilterChips } from '#ui/chip';
import { DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { SearchForm } from '#ui/search-form';
import { Time } from '#ui/time';
import { address, asked, askedOf, type SearchParams } from '../../address.ts';
import { counted } from '../../words.ts';
import { ChoosePerson } from '../choose-person.tsx';
import { hasConflict, ResultantSetting } from '../resultant-setting.tsx';
import { kindTitle, SourceLink } from '../source-link.tsx';
import { PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'Resultant policy' };

const PATH = '/admin/policy/resultant';
/** In an address: a device that is not there yet. */
const NEW_DEVICE = 'new';

type SettingLine = ResultantAnswer['settings'][number];

const shows = {
  all: { label: 'All', takes: () => true },
  set: { label: 'Set by a source', takes: ({ now }: SettingLine) => now.source !== null },
  changes: { label: 'Changed at next refresh', takes: ({ changes }: SettingLine) => changes !== 'no' },
  conflicts: { label: 'Conflicts', takes: hasConflict },
  unknown: { label: 'Not known', takes: ({ now, next }: SettingLine) => !(now.known && next.known) },
} as const;
type Show = keyof typeof shows;
const showNames = Object.keys(shows) as Show[];

export default async function ResultantPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await administratorPage();
  const params = await searchParams;
  const user = asked(params, 'user');
  const q = asked(params, 'q');
  const back = (
    <Link href="/admin/policy" className="link">
      Policy
    </Link>
  );
  if (user === undefined)
    return (
      <AdminPage title="Resultant policy" purpose={PURPOSE} back={back}>
        <ChoosePerson
          runtime={runtime}
          action={address(PATH)}
          words={q}
          kept={{}}
          href={(userId) => address(PATH, { user: userId })}
        />
      </AdminPage>
    );
  const devices = await listDevices(runtime, { userId: user });
  const device = asked(params, 'device') ?? devices[0]?.id ?? NEW_DEVICE;
  const read = await readResultant(runtime, {
    userId: user,
    deviceId: device === NEW_DEVICE ? null : device,
  });
  if (!read.ok) notFound();
  const { person, settings, sources, mixed, refreshedAt } = read.value;
  const show = askedOf(params, 'show', showNames) ?? 'all';
  const at = (change: {
    readonly device?: string;
    readonly show?: string;
    readonly q?: string | undefined;
  }) =>
    address(PATH, { user, device, q, ...change, show: change.show ?? (show === 'all' ? undefined : show) });
  const words = q?.toLowerCase().split(/\s+/) ?? [];
  const found = settings.filter(({ name, title }) => {
    const text = `${name} ${title} ${policySettings[name].explanation}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const listed = found.filter(shows[show].takes);

  return (
    <AdminPage
      title={person.displayName}
      purpose={PURPOSE}
      back={back}
      action={
        <>
          <ButtonLink
            href={address('/admin/policy/what-if', { user, device })}
            icon={<FlaskConical size={16} />}
          >
            What if
          </ButtonLink>
          <ButtonLink href={address(PATH)} icon={<UserSearch size={16} />}>
            Somebody else
          </ButtonLink>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <DeviceChips devices={devices} current={device} href={(id) => at({ device: id })} />
        <p className="text-14 text-ink-soft">
          {person.upn}.{' '}
          {device === NEW_DEVICE ? (
            'What a device would be told that this person registers now.'
          ) : refreshedAt === null ? (
            'The device has not asked yet. It does at its next sign-in.'
          ) : (
            <>
              The device was told last <Time at={refreshedAt} />. It asks at each sign-in, every eight hours,
              and when somebody syncs there.
            </>
          )}
        </p>
      </div>
      <Findings settings={settings} mixed={mixed} />
      <Section title="Settings">
        <div className="flex flex-col gap-4">
          <div className="flex flex-wrap items-end justify-between gap-4">
            <SearchForm
              action={address(PATH)}
              label="Find a setting"
              placeholder="PIN, UsePassportForWork"
              words={q}
              kept={{ user, device, show: show === 'all' ? undefined : show }}
            />
            <FilterChips
              label="Which settings"
              chips={showNames
                .filter((each) => each !== 'unknown' || found.some(shows.unknown.takes))
                .map((each) => ({
                  href: address(PATH, { user, device, q, show: each === 'all' ? undefined : each }),
                  label: shows[each].label,
                  count: found.filter(shows[each].takes).length,
                  current: each === show,
                }))}
            />
          </div>
          {listed.length === 0 ? (
            <EmptyState
              title={q === undefined ? emptyWords[show] : `No setting here has “${q}” in it`}
              action={<ButtonLink href={address(PATH, { user, device })}>Show all settings</ButtonLink>}
            />
          ) : (
            <Card flush>
              <ul className="divide-y divide-line">
                {listed.map((setting) => (
                  <ResultantSetting
                    key={setting.name}
                    setting={setting}
                    words={{ now: 'Now', next: 'Next refresh' }}
                  />
                ))}
              </ul>
            </Card>
          )}
        </div>
      </Section>
      <Sources sources={sources} />
    </AdminPage>
  );
}

const emptyWords: Readonly<Record<Show, string>> = {
  all: 'There is no setting',
  set: 'Every setting has its built-in default',
  changes: 'The next refresh changes nothing',
  conflicts: 'No sources disagree here',
  unknown: 'Every value is known',
};

function DeviceChips({
  devices,
  current,
  href,
}: {
  devices: readonly DeviceSummary[];
  current: string;
  href: (id: string) => ReturnType<typeof address>;
}) {
  return (
    <FilterChips
      label="Which device"
      chips={[
        ...devices.map(({ id, name, disabledAt }) => ({
          href: href(id),
          label: disabledAt === null ? name : `${name}, disabled`,
          current: id === current,
        })),
        { href: href(NEW_DEVICE), label: 'A new device', current: current === NEW_DEVICE },
      ]}
    />
  );
}

/** What an administrator has to know first: disagreements, an unsupported mix, what is not known. */
function Findings({ settings, mixed }: Pick<ResultantAnswer, 'settings' | 'mixed'>) {
  const conflicts = settings.filter(hasConflict);
  const titles = (names: readonly string[]) =>
    names.map((name) => policySettings[name as SettingName].title).join(', ');
  return (
    <>
      {conflicts.length === 0 ? null : (
        <Notice
          tone="warning"
          live="none"
          title={`Sources disagree about ${counted(conflicts.length, 'setting')}`}
        >
          {titles(conflicts.map(({ name }) => name))}. Where two of one rank disagree neither applies: let one
          of them go.
        </Notice>
      )}
      {mixed.length === 0 ? null : (
        <Notice tone="warning" live="none" title="Group policy and Intune both speak about the same settings">
          {titles(mixed)}. Windows supports one or the other for these, not both. Here group policy wins.
        </Notice>
      )}
    </>
  );
}

const reasonLooks = {
  applies: { tone: 'success', Icon: CircleCheck, word: 'Applies' },
  unknown: { tone: 'warning', Icon: CircleHelp, word: 'Not known' },
} as const;

function ReasonBadge({ reason }: { reason: ResultantAnswer['sources'][number]['reason'] }) {
  const look =
    reason === 'applies' || reason === 'unknown'
      ? reasonLooks[reason]
      : ({ tone: 'neutral', Icon: CircleMinus, word: 'Does not apply' } as const);
  return (
    <Badge tone={look.tone} icon={<look.Icon size={12} />}>
      {look.word}
    </Badge>
  );
}

const scopeWords = { device: 'Device', user: 'Person' } as const;

function Sources({ sources }: Pick<ResultantAnswer, 'sources'>) {
  return (
    <Section title="Every source, and whether it applies" note="As it would be told now.">
      <DataTable
        caption="Sources of policy"
        columns={[
          {
            key: 'name',
            title: 'Source',
            cell: ({ source }) => (
              <span className="flex min-w-0 flex-col">
                <SourceLink source={source} />
                <span className="text-12 font-normal text-ink-soft">
                  {kindTitle(source.kind)}, version {source.version}
                </span>
              </span>
            ),
          },
          { key: 'scope', title: 'Settings for', cell: ({ scope }) => scopeWords[scope] },
          {
            key: 'applies',
            title: 'Applies',
            cell: ({ reason, held }) => (
              <span className="flex flex-wrap gap-1.5">
                <ReasonBadge reason={reason} />
                {held && reason !== 'applies' ? <Badge tone="info">The device still has it</Badge> : null}
              </span>
            ),
          },
          {
            key: 'why',
            title: 'Why',
            width: 'wide',
            cell: ({ reason }) => <span className="text-ink-soft">{targetReasons[reason]}</span>,
          },
        ]}
        rows={sources}
        rowKey={({ source, scope }) => `${source.id} ${scope}`}
        empty={
          <EmptyState
            title="No source is published"
            action={<ButtonLink href={address('/admin/policy')}>Open Policy</ButtonLink>}
          >
            What the organisation sets, and the built-in defaults, are all there is.
          </EmptyState>
        }
      />
    </Section>
  );
}
