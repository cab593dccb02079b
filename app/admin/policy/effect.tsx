import { ArrowRight } from 'lucide-react';
import type { EffectAnswer } from '#domain/policy/effect';
import { policySettings, type SettingName } from '#domain/policy/settings';
import { DataTable } from '#ui/data-table';
import { Notice } from '#ui/notice';
import { StatTile } from '#ui/stat-tile';
import { Term } from '#ui/term';
import { address } from '../address.ts';
import { counted } from '../words.ts';
import { SourceLink } from './source-link.tsx';
import { textWords } from './words.ts';

const number = (count: number) => count.toLocaleString('en');
const people = (count: number) => counted(count, 'person', 'people');

/** What a change of sources does to everybody: how many, which values, who could set up a key, who disagrees. */
export function Effect({ effect }: { effect: EffectAnswer }) {
  const { settings, setUp, conflicts, examples } = effect;
  const touched = effect.people.changed + effect.people.unknown;
  const fresh = conflicts.after.length > conflicts.before;
  const moves = settings.flatMap(({ name, moves }) =>
    moves.map((move) => ({ name: name as SettingName, ...move })),
  );
  return (
    <div className="flex flex-col gap-6">
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        <Reach label="People with other values" share={effect.people} />
        <Reach label="Devices with other values" share={effect.devices} />
        <StatTile
          label={
            <Term explains="People who have Windows Hello for Business switched on by policy and a device that can keep a key. Whoever has no device yet is judged by policy alone.">
              Could set up Windows Hello
            </Term>
          }
          value={number(setUp.after.yes)}
          detail={
            <>
              {setUp.after.yes === setUp.before.yes ? 'As now' : `Now ${number(setUp.before.yes)}`}.{' '}
              {setUp.after.unknown === 0 ? null : `Not known: ${number(setUp.after.unknown)}.`}
            </>
          }
        />
        <StatTile
          label={
            <Term explains="Sources of one rank that say different things about the changed settings to somebody. None of them applies there.">
              Sources that disagree
            </Term>
          }
          value={number(conflicts.after.length)}
          detail={conflicts.after.length === conflicts.before ? 'As now' : `Now ${number(conflicts.before)}`}
        />
      </div>
      {setUp.loses === 0 ? null : (
        <Notice
          tone="warning"
          live="none"
          title={`${people(setUp.loses)} could no longer set up Windows Hello`}
        >
          They could now. Keys that are there go on working.
        </Notice>
      )}
      {fresh ? (
        <Notice tone="warning" live="none" title="Sources would disagree">
          Where two of one rank disagree neither applies:{' '}
          {conflicts.after.map((source, at) => (
            <span key={source.id}>
              {at === 0 ? '' : ', '}
              <SourceLink source={{ ...source, kind: '' }} />
            </span>
          ))}
          .
        </Notice>
      ) : null}
      {moves.length === 0 ? (
        <p className="text-14 text-ink-soft">Nobody gets another value.</p>
      ) : (
        <DataTable
          caption="Which values change, and for how many"
          columns={[
            {
              key: 'setting',
              title: 'Setting',
              width: 'wide',
              cell: ({ name }) => (
                <span className="flex min-w-0 flex-col">
                  {policySettings[name].title}
                  <code className="font-mono text-12 font-normal text-ink-soft wrap-anywhere">{name}</code>
                </span>
              ),
            },
            {
              key: 'change',
              title: 'Change',
              cell: ({ name, from, to }) => (
                <span className="inline-flex flex-wrap items-center justify-end gap-1.5 @2xl:justify-start">
                  <MoveValue name={name} text={from} />
                  <ArrowRight size={14} role="img" aria-label="to" className="shrink-0 text-ink-soft" />
                  <strong className="font-semibold">
                    <MoveValue name={name} text={to} />
                  </strong>
                </span>
              ),
            },
            { key: 'people', title: 'People', align: 'end', cell: (move) => number(move.people) },
            { key: 'devices', title: 'Devices', align: 'end', cell: (move) => number(move.devices) },
          ]}
          rows={moves}
          rowKey={({ name, from, to }) => JSON.stringify([name, from, to])}
        />
      )}
      {examples.length === 0 ? null : (
        <p className="text-14 text-ink-soft">
          {touched > examples.length ? 'Among them: ' : 'These are: '}
          {examples.map(({ id, displayName }, at) => (
            <span key={id}>
              {at === 0 ? '' : ', '}
              <a href={address('/admin/policy/resultant', { user: id })} className="link">
                {displayName}
              </a>
            </span>
          ))}
          .
        </p>
      )}
    </div>
  );
}

function Reach({ label, share }: { label: string; share: EffectAnswer['people'] }) {
  return (
    <StatTile
      label={label}
      value={number(share.changed)}
      unit={`of ${number(share.all)}`}
      detail={share.unknown === 0 ? 'Known for all' : `Not known for ${number(share.unknown)}`}
    />
  );
}

function MoveValue({ name, text }: { name: SettingName; text: string | null }) {
  return text === null ? (
    <Term explains="It hangs on groups of a device, and these people have none yet.">Not known</Term>
  ) : (
    <span className="wrap-anywhere">{textWords(name, text)}</span>
  );
}
