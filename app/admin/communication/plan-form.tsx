'use client';

import { CalendarClock } from 'lucide-react';
import { startTransition as together, useState, useTransition } from 'react';
import { PLAN_DAYS_MAX, type PlanLine } from '#domain/communication/schedule';
import { type MessageName, messageNames, messages } from '#domain/communication/templates';
import type { Problem } from '#domain/problem';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { Select } from '#ui/select';
import { useReport } from '../outcomes.tsx';
import { savePlan } from './actions.ts';
import { hourWords } from './words.ts';

const hours = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: hourWords(hour) }));
const sides = [
  { value: '-1', label: 'before' },
  { value: '1', label: 'after' },
];

/** The day of a ring, and which messages leave how long before or after it. */
export function PlanForm({
  ringId,
  ringName,
  startsOn,
  opened,
  lines,
}: {
  ringId: string;
  ringName: string;
  startsOn: string | null;
  opened: boolean;
  lines: readonly PlanLine[];
}) {
  const report = useReport();
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<readonly MessageName[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [pending, start] = useTransition();

  function turn(next: boolean) {
    setOpen(next);
    setProblem(null);
    setChosen(lines.map(({ template }) => template));
  }

  function read(form: HTMLFormElement) {
    const data = new FormData(form);
    const number = (name: string) => Number(data.get(name));
    return {
      ringId,
      startsOn: opened ? startsOn : String(data.get('startsOn') ?? '') || null,
      lines: chosen.map((template) => ({
        template,
        days: number(`${template} days`) * number(`${template} side`),
        hour: number(`${template} hour`),
      })),
    };
  }

  return (
    <Dialog
      trigger={{
        label: (
          <>
            Plan<span className="sr-only"> what {ringName} sends</span>
          </>
        ),
        size: 'small',
        icon: <CalendarClock size={16} />,
      }}
      title={`What ${ringName} sends`}
      intro="What is meant for the day of the start and later leaves once the ring is open. A day that has passed by more than five is not made up for."
      open={open}
      onOpenChange={turn}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = read(event.currentTarget);
          start(async () => {
            const answer = await savePlan(typed);
            together(() => {
              if (!answer.ok) return setProblem(answer.problem);
              turn(false);
              report({ done: `What ${ringName} sends was planned.` });
            });
          });
        }}
      >
        {opened ? null : (
          <Field
            label="Planned start"
            name="startsOn"
            type="date"
            optional
            hint="It opens nothing. Once the ring is open, the day of that counts."
            defaultValue={startsOn ?? ''}
          />
        )}
        <div className="flex flex-col divide-y divide-line">
          {messageNames.map((template) => (
            <Message
              key={template}
              template={template}
              line={lines.find((each) => each.template === template)}
              chosen={chosen.includes(template)}
              choose={(on) =>
                setChosen(on ? [...chosen, template] : chosen.filter((each) => each !== template))
              }
            />
          ))}
        </div>
        {problem === null ? null : (
          <Notice tone="danger" title={problem.title} safe="Nothing was changed.">
            {problem.detail}
          </Notice>
        )}
        <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={() => turn(false)}>Keep things as they are</Button>
          <Button type="submit" tone="primary" pending={pending && 'Saving'}>
            Save the plan
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Message({
  template,
  line,
  chosen,
  choose,
}: {
  template: MessageName;
  line: PlanLine | undefined;
  chosen: boolean;
  choose: (on: boolean) => void;
}) {
  const { title, about, proposed } = messages[template];
  const { days, hour } = line ?? proposed;
  return (
    <div className="flex flex-col gap-2 py-2">
      <Checkbox
        name={template}
        label={title}
        hint={about}
        checked={chosen}
        onChange={(event) => choose(event.target.checked)}
      />
      {chosen ? (
        <div className="grid gap-3 pb-2 pl-8 sm:grid-cols-3">
          <Field
            label="Days"
            name={`${template} days`}
            type="number"
            required
            min={0}
            max={PLAN_DAYS_MAX}
            step={1}
            defaultValue={Math.abs(days)}
          />
          <Select
            label="Before or after"
            name={`${template} side`}
            options={sides}
            defaultValue={days < 0 ? '-1' : '1'}
          />
          <Select label="Hour" name={`${template} hour`} options={hours} defaultValue={String(hour)} />
        </div>
      ) : null}
    </div>
  );
}
