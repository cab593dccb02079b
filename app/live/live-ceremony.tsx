'use client';

import { Radio } from 'lucide-react';
import { useEffect, useState } from 'react';
import { messageOf } from '#domain/live-ceremony/messages';
import { participants } from '#domain/live-ceremony/participants';
import type { Recorded } from '#domain/live-ceremony/recorded';
import { Checkbox } from '#ui/checkbox';
import { EmptyState } from '#ui/empty-state';
import { Select } from '#ui/select';
import { followCeremonies, forgetCeremonies } from '../_device/live-ceremony.ts';
import { ShownCeremony } from './shown-ceremony.tsx';
import { isAside, runsOf } from './shown-runs.ts';

/** What the choice of a ceremony says beside naming one. */
const NEWEST = 'newest';
const ALL = 'all';

const clock = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' });

/** Draws what the tabs of this browser tell while the page is open: the newest ceremony, a chosen one, or all of them. */
export function LiveCeremony() {
  const [recorded, setRecorded] = useState<readonly Recorded[]>([]);
  const [chosen, setChosen] = useState(NEWEST);
  const [withAsides, setWithAsides] = useState(false);
  useEffect(() => followCeremonies(setRecorded), []);

  const shown = withAsides ? recorded : recorded.filter((each) => !isAside(each));
  const runs = runsOf(shown);
  const newest = runs.at(-1);
  const run = chosen === NEWEST ? newest : runs.find(({ id }) => id === chosen);
  const messages = chosen === ALL ? shown : (run?.messages ?? []);
  const last = shown.at(-1);
  const lastMessage = last && messageOf(last.id);
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <p role="status" className="sr-only">
        {lastMessage
          ? `${shown.length}: ${participants[lastMessage.from].name} to ${participants[lastMessage.to].name}, ${lastMessage.name}`
          : ''}
      </p>
      {newest === undefined ? (
        <EmptyState
          icon={<Radio size={32} aria-hidden />}
          title="Ceremonies of this browser will be drawn here."
        >
          Only while this window is open, and only of this browser.
        </EmptyState>
      ) : (
        <>
          <div className="grid items-end gap-x-6 gap-y-2 sm:grid-cols-2">
            <Select
              label="Ceremony"
              name="ceremony"
              value={chosen}
              onChange={(event) => setChosen(event.target.value)}
              options={[
                { value: NEWEST, label: 'The newest, while it happens' },
                { value: ALL, label: 'All, one after the other' },
                ...runs.toReversed().map(({ id, title, messages: of }) => ({
                  value: id,
                  label: `${clock.format(of[0]?.at)}  ${title} (${of.length})`,
                })),
              ]}
            />
            <Checkbox
              name="asides"
              label="Also what pages ask on the side"
              checked={withAsides}
              onChange={(event) => setWithAsides(event.target.checked)}
            />
          </div>
          <ShownCeremony
            key={chosen === ALL ? ALL : run?.id}
            title={chosen === ALL ? 'Ceremonies of this browser' : (run?.title ?? 'Ceremony')}
            messages={messages}
            inParts={chosen === ALL}
            follows={chosen === NEWEST || chosen === ALL}
            onClear={() => {
              setRecorded(forgetCeremonies());
              setChosen(NEWEST);
            }}
          />
        </>
      )}
    </div>
  );
}
