import { CalendarClock } from 'lucide-react';
import { dayWords, type FieldName, mergeFields } from '#domain/communication/fields';
import { audiences, type MessageName, messages } from '#domain/communication/templates';
import { momentWords } from '#domain/time-zone';
import type { PlannedLine, Reach, RingPlan } from '#server/communication-plan';
import { Badge } from '#ui/badge';
import { capital, counted } from '../words.ts';
import { PlanForm } from './plan-form.tsx';
import { lineWords, planStates } from './words.ts';

/** What a ring sends and when, and how far it is. */
export function RingPlanCard({
  plan: { ring, startsOn, start, zone, lines },
  chosenZone,
  manages,
  reach,
  missing,
}: {
  plan: RingPlan;
  /** The time zone as it was chosen; null while nobody has. */
  chosenZone: string | null;
  manages: boolean;
  /** How many people a message would still reach now. */
  reach: (template: MessageName) => Reach | null;
  /** The fields of a message that nobody has filled in. */
  missing: (template: MessageName) => readonly FieldName[];
}) {
  return (
    <li className="flex min-w-0 flex-col gap-4 rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="flex min-w-0 flex-col gap-1">
          <h4 className="text-16 font-semibold wrap-anywhere">{ring.name}</h4>
          <p className="text-14 text-ink-soft">
            {start === null
              ? 'Has no day yet.'
              : `${ring.openedAt === null ? 'Planned for' : 'Started on'} ${dayWords(start)}.`}
          </p>
        </div>
        {manages ? (
          <PlanForm
            ringId={ring.id}
            ringName={ring.name}
            startsOn={startsOn}
            opened={ring.openedAt !== null}
            lines={lines.map(({ template, days, hour }) => ({ template, days, hour }))}
            zone={chosenZone}
          />
        ) : null}
      </div>
      {lines.length === 0 ? (
        <p className="flex items-center gap-2 text-14 text-ink-soft">
          <CalendarClock size={16} className="shrink-0" />
          It sends nothing yet.
        </p>
      ) : (
        <ol className="divide-y divide-line border-line border-t">
          {lines.map((line) => (
            <Line
              key={line.template}
              line={line}
              zone={zone}
              reach={reach(line.template)}
              missing={missing(line.template)}
            />
          ))}
        </ol>
      )}
    </li>
  );
}

function Line({
  line: { template, days, hour, at, state, sent },
  zone,
  reach,
  missing,
}: {
  line: PlannedLine;
  zone: string;
  reach: Reach | null;
  missing: readonly FieldName[];
}) {
  const { text, tone } = planStates[state];
  const blocked = missing.length > 0 && state !== 'over';
  const sample = sent.sample + (reach?.sample ?? 0);
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 py-3 text-14">
      <div className="flex min-w-0 grow basis-56 flex-col gap-0.5">
        <span className="font-semibold">{messages[template].title}</span>
        <span className="text-ink-soft">{capital(lineWords({ days, hour }))}</span>
        {at === null ? null : (
          <time dateTime={at.toISOString()} title={at.toISOString()} className="figures text-ink-soft">
            {momentWords(zone, at)}, {zone.replaceAll('_', ' ')}
          </time>
        )}
        <span className="text-12 text-ink-soft">
          {capital(counted(sent.people, 'person', 'people'))} written to
          {reach === null
            ? '.'
            : `, ${reach.people} to go: ${audiences[messages[template].audience].title.toLowerCase()}.`}
        </span>
        {sample === 0 ? null : (
          <span className="text-12 text-ink-soft">
            {capital(counted(sample, 'sample person', 'sample people'))} among them: what is written to them
            stays in the outbox.
          </span>
        )}
        {blocked ? (
          <span className="text-12 text-danger-ink">
            Not sent before this is filled in: {missing.map((field) => mergeFields[field].title).join(', ')}.
          </span>
        ) : null}
      </div>
      <Badge tone={blocked ? 'danger' : tone}>{blocked ? 'Held back' : text}</Badge>
    </li>
  );
}
