import { ChevronDown, X } from 'lucide-react';
import { eventCodes, eventText, windowsEventId } from '#domain/event';
import { type EventFilterPart, eventFilterPartNames } from '#domain/event-filter';
import { type EventKind, eventKinds, kindWords } from '#domain/event-kind';
import { readSupportCode } from '#domain/support-code';
import { ButtonLink } from '#ui/button';
import { FilterChips } from '#ui/chip';
import { Time } from '#ui/time';
import { eventsAddress, type FilterWords } from './address.ts';
import { FilterForm } from './filter-form.tsx';

/** What is often asked, a press away. */
const presets: readonly { readonly label: string; readonly words: FilterWords }[] = [
  { label: 'Failures, last 24 hours', words: { kind: 'problems', from: '-24h' } },
  { label: 'Failed sign-ins, last 24 hours', words: { kind: 'sign-ins', outcome: 'failure', from: '-24h' } },
  { label: 'Keys made, last 7 days', words: { windowsId: '300', from: '-7d' } },
  { label: 'Set-up not launched, last 7 days', words: { windowsId: '360,362', from: '-7d' } },
  { label: 'Keys set aside', words: { code: 'credential_quarantined' } },
];

const same = (a: FilterWords, b: FilterWords) => eventFilterPartNames.every((part) => a[part] === b[part]);

const ages: Readonly<Record<string, string>> = { m: 'minutes', h: 'hours', d: 'days' };

/** A moment of the filter in words: "the last 24 hours", or the moment itself. */
function momentWords(part: 'from' | 'to', written: string) {
  const [, count, unit = ''] = /^-(\d+)([mhd])$/.exec(written) ?? [];
  if (count !== undefined)
    return part === 'from' ? `The last ${count} ${ages[unit]}` : `Until ${count} ${ages[unit]} ago`;
  const label = part === 'from' ? 'From' : 'To';
  if (/^\d{4}-\d{2}-\d{2}$/.test(written)) return `${label} ${written} (UTC)`;
  const at = /(Z|[+-]\d{2}:\d{2})$/.test(written) ? written : `${written}Z`;
  return (
    <>
      {label} <Time at={at} form="absolute" />
    </>
  );
}

/** Names for what a filter says by ID. */
export interface FilterNames {
  readonly person?: string | undefined;
  readonly device?: string | undefined;
  /** Names of groups, with commas between them. */
  readonly group?: string | undefined;
}

export function EventFilters({
  words,
  order,
  names,
}: {
  words: FilterWords;
  order: string | undefined;
  names: FilterNames;
}) {
  const at = (change: FilterWords) => eventsAddress({ ...words, ...change }, { order });
  const kind = words.kind as EventKind | undefined;
  const given = eventFilterPartNames.filter(
    (part) => words[part] !== undefined && part !== 'kind' && part !== 'outcome',
  );
  return (
    <div className="flex w-full flex-col gap-3">
      <FilterChips
        label="Kind of event"
        chips={[
          { href: at({ kind: undefined }), label: 'All', current: kind === undefined },
          ...eventKinds.map((each) => ({
            href: at({ kind: each, outcome: each === 'problems' ? undefined : words.outcome }),
            label: kindWords[each],
            current: kind === each,
          })),
        ]}
      />
      {kind === 'problems' ? null : (
        <FilterChips
          label="Outcome"
          chips={[
            { href: at({ outcome: undefined }), label: 'Any outcome', current: words.outcome === undefined },
            { href: at({ outcome: 'success' }), label: 'Succeeded', current: words.outcome === 'success' },
            { href: at({ outcome: 'failure' }), label: 'Failed', current: words.outcome === 'failure' },
          ]}
        />
      )}
      <details className="group rounded-card border border-line bg-surface">
        <summary className="flex min-h-11 items-center gap-2 px-4 text-14 font-semibold">
          <ChevronDown size={16} className="transition-transform group-open:rotate-180" />
          More filters
        </summary>
        <div className="border-line border-t">
          <div className="px-4 pt-4">
            <FilterChips
              label="Often asked"
              chips={presets.map(({ label, words: asked }) => ({
                href: eventsAddress(asked, { order }),
                label,
                current: same(words, asked),
              }))}
            />
          </div>
          <FilterForm
            key={JSON.stringify(words)}
            words={words}
            order={order}
            codes={[
              { value: '', label: 'Any event' },
              // Several at once come by an address only; they stay chosen as they are.
              ...(words.code?.includes(',') ? [{ value: words.code, label: words.code }] : []),
              ...eventCodes
                .map((code) => {
                  const id = windowsEventId(code);
                  return { value: code, label: `${eventText(code)}${id === null ? '' : ` (${id})`}` };
                })
                .sort((a, b) => a.label.localeCompare(b.label, 'en')),
            ]}
          />
        </div>
      </details>
      {given.length === 0 ? null : (
        <ul aria-label="What is filtered" className="flex flex-wrap gap-2">
          {given.map((part) => (
            <li key={part} className="min-w-0">
              <ButtonLink
                size="small"
                icon={<X size={16} className="shrink-0" />}
                href={at({ [part]: undefined })}
              >
                <span className="font-normal wrap-anywhere">
                  {valueWords(part, words[part] ?? '', names)}
                </span>
                <span className="sr-only">, stop filtering by {partWords[part]}</span>
              </ButtonLink>
            </li>
          ))}
          <li>
            <ButtonLink size="small" tone="quiet" href={eventsAddress({}, { order })}>
              Clear all
            </ButtonLink>
          </li>
        </ul>
      )}
    </div>
  );
}

const partWords: Readonly<Record<EventFilterPart, string>> = {
  person: 'person',
  device: 'device',
  group: 'group',
  credential: 'key',
  session: 'session',
  support: 'support code',
  code: 'event',
  windowsId: 'Windows event ID',
  kind: 'kind',
  outcome: 'outcome',
  from: 'the beginning',
  to: 'the end',
};

function valueWords(part: EventFilterPart, value: string, names: FilterNames) {
  const code = eventCodes.find((each) => each === value);
  switch (part) {
    case 'person':
      return `Only ${names.person ?? value}`;
    case 'device':
      return `On ${names.device ?? value}`;
    case 'group':
      return `People of ${names.group ?? value.replaceAll(',', ', ')}`;
    case 'credential':
      return `Key ${value.slice(0, 8)}…`;
    case 'session':
      return `Session ${value.slice(0, 8)}…`;
    case 'support':
      return `Support code ${readSupportCode(value) ?? value}`;
    case 'code':
      return code === undefined ? value.replaceAll(',', ', ') : eventText(code);
    case 'windowsId':
      return `Windows ID ${value.replaceAll(',', ', ')}`;
    case 'from':
    case 'to':
      return momentWords(part, value);
    default:
      return value;
  }
}
