import { CalendarClock } from 'lucide-react';
import { dayWords, type FieldName, mergeFields } from '#domain/communication/fields';
import { planWords } from '#domain/communication/schedule';
import { audiences, type MessageName, messages } from '#domain/communication/templates';
import type { PlannedLine, RingPlan } from '#server/communication-plan';
import { Badge } from '#ui/badge';
import { Time } from '#ui/time';
import { capital, counted } from '../words.ts';
import { PlanForm } from './plan-form.tsx';
import { hourWords, planStates } from './words.ts';

/** What a ring sends and when, and how far it is. */
export function RingPlanCard({
  plan: { ring, startsOn, start, lines },
  manages,
  reach,
  missing,
}: {
  plan: RingPlan;
  manages: boolean;
  /** How many people a message would still reach now. */
  reach: (template: MessageName) => number | null;
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
  reach,
  missing,
}: {
  line: PlannedLine;
  reach: number | null;
  missing: readonly FieldName[];
}) {
  const { text, tone } = planStates[state];
  const blocked = missing.length > 0 && state !== 'over';
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 py-3 text-14">
      <div className="flex min-w-0 grow basis-56 flex-col gap-0.5">
        <span className="font-semibold">{messages[template].title}</span>
        <span className="text-ink-soft">
          {capital(planWords(days))}, {hourWords(hour)}
          {at === null || state === 'over' ? null : (
            <>
              {' '}
              (<Time at={at.toISOString()} form="absolute" />)
            </>
          )}
        </span>
        <span className="text-12 text-ink-soft">
          {capital(counted(sent, 'person', 'people'))} written to
          {reach === null
            ? '.'
            : `, ${reach} to go: ${audiences[messages[template].audience].title.toLowerCase()}.`}
        </span>
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
