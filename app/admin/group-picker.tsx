'use client';

import { useState } from 'react';
import { Checkbox } from '#ui/checkbox';
import { Field } from '#ui/field';
import { counted } from './words.ts';

/** A group as somebody chooses it. */
export interface PickedGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly members: number;
  readonly devices: number;
}

/** More groups than this are easier to find than to read through. */
const READ_THROUGH = 8;
/** As many are listed at once, whatever their number. */
const SHOWN = 100;

/** Any number of groups, found by their names. Those that were chosen stand first, and none moves while it is ticked. */
export function GroupPicker({
  legend = 'Groups',
  groups,
  ids,
  choose,
  stays = [],
  none,
}: {
  legend?: string;
  groups: readonly PickedGroup[];
  ids: readonly string[];
  choose: (ids: readonly string[]) => void;
  /** Groups that can't be taken out any more. */
  stays?: readonly string[];
  /** What it means that none is chosen. */
  none: string;
}) {
  const [search, setSearch] = useState('');
  const [first] = useState(ids);
  const wanted = search.trim().toLowerCase();
  const wasChosen = ({ id }: PickedGroup) => first.includes(id);
  const found = [...groups.filter(wasChosen), ...groups.filter((group) => !wasChosen(group))].filter(
    ({ name }) => name.toLowerCase().includes(wanted),
  );
  const tick = (id: string, on: boolean) => {
    if (on) choose([...new Set([...ids, id])]);
    else if (!stays.includes(id)) choose(ids.filter((each) => each !== id));
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="pb-2 text-14 font-semibold">{legend}</legend>
      {groups.length > READ_THROUGH ? (
        <Field
          label="Find a group"
          name={`search ${legend}`}
          type="search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      ) : null}
      {found.length === 0 ? (
        <p className="text-14 text-ink-soft">
          {groups.length === 0 ? 'There are no groups yet.' : 'No group has that in its name.'}
        </p>
      ) : (
        <div className="max-h-72 divide-y divide-line overflow-y-auto rounded-card border border-line px-3">
          {found.slice(0, SHOWN).map((group) => (
            <Checkbox
              key={group.id}
              name={group.id}
              label={group.name}
              hint={[
                group.description,
                counted(group.members, 'direct member'),
                group.devices > 0 ? counted(group.devices, 'device') : '',
                stays.includes(group.id) ? 'It stays: the ring was opened.' : '',
              ]
                .filter(Boolean)
                .join(' · ')}
              checked={ids.includes(group.id)}
              // Greyed out it would look like one that is not ticked.
              aria-disabled={stays.includes(group.id) ? true : undefined}
              onChange={(event) => tick(group.id, event.target.checked)}
            />
          ))}
        </div>
      )}
      {found.length > SHOWN ? (
        <p className="text-12 text-ink-soft">And {found.length - SHOWN} more: type a part of the name.</p>
      ) : null}
      <p role="status" className="text-12 text-ink-soft">
        {ids.length === 0 ? none : `${counted(ids.length, 'group')} chosen.`}
      </p>
    </fieldset>
  );
}
