'use client';

import { Filter } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '#ui/button';
import { Field } from '#ui/field';
import { Select, type SelectOption } from '#ui/select';
import { eventsAddress, type FilterWords } from './address.ts';

const spans: readonly SelectOption[] = [
  { value: '', label: 'Any time' },
  { value: '-1h', label: 'The last hour' },
  { value: '-24h', label: 'The last 24 hours' },
  { value: '-7d', label: 'The last 7 days' },
  { value: '-30d', label: 'The last 30 days' },
  { value: 'between', label: 'From … to' },
];

const two = (n: number) => String(n).padStart(2, '0');

/** A moment as `datetime-local` has it, in the reader's own time. */
function asLocal(written: string | undefined): string {
  const at = new Date(written ?? '');
  return Number.isNaN(at.getTime())
    ? ''
    : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The rest of the filter, field by field. What is left empty does not count. */
export function FilterForm({
  words,
  order,
  codes,
}: {
  words: FilterWords;
  order: string | undefined;
  codes: readonly SelectOption[];
}) {
  const router = useRouter();
  const known = spans.some(({ value }) => value === (words.from ?? '')) && words.to === undefined;
  const [span, setSpan] = useState(known ? (words.from ?? '') : 'between');
  const [edges, setEdges] = useState({ from: '', to: '' });
  // Only the browser knows the reader's time zone.
  useEffect(() => setEdges({ from: asLocal(words.from), to: asLocal(words.to) }), [words.from, words.to]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const field = (name: string) => String(given.get(name) ?? '').trim() || undefined;
    const moment = (local: string) => (local === '' ? undefined : new Date(local).toISOString());
    router.push(
      eventsAddress(
        {
          ...words,
          person: field('person'),
          device: field('device'),
          group: field('group'),
          support: field('support'),
          code: field('code'),
          windowsId: field('windowsId')?.replaceAll(/[\s,;]+/g, ','),
          from: span === 'between' ? moment(edges.from) : span || undefined,
          to: span === 'between' ? moment(edges.to) : undefined,
        },
        { order },
      ),
      { scroll: false },
    );
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4 p-4">
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        <Field
          label="Person"
          name="person"
          defaultValue={words.person}
          maxLength={320}
          placeholder="Account (UPN)"
        />
        <Field label="Device" name="device" defaultValue={words.device} maxLength={64} placeholder="Name" />
        <Field label="Group" name="group" defaultValue={words.group} maxLength={2000} placeholder="Name" />
        <Select label="Event" name="code" defaultValue={words.code ?? ''} options={codes} />
        <Field
          label="Windows event ID"
          name="windowsId"
          defaultValue={words.windowsId}
          maxLength={100}
          placeholder="300, 358"
        />
        <Field
          label="Support code"
          name="support"
          defaultValue={words.support}
          maxLength={32}
          placeholder="7K2M-Q9XA"
          autoComplete="off"
          spellCheck={false}
        />
        <Select
          label="When"
          name="when"
          value={span}
          onChange={(event) => setSpan(event.target.value)}
          options={spans}
        />
        {span === 'between' ? (
          <>
            <Field
              label="From"
              name="from"
              type="datetime-local"
              value={edges.from}
              onChange={(event) => setEdges({ ...edges, from: event.target.value })}
            />
            <Field
              label="To"
              name="to"
              type="datetime-local"
              value={edges.to}
              onChange={(event) => setEdges({ ...edges, to: event.target.value })}
            />
          </>
        ) : null}
      </div>
      <div>
        <Button type="submit" icon={<Filter size={16} />}>
          Apply
        </Button>
      </div>
    </form>
  );
}
