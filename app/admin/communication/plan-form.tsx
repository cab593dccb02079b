'use client';

import { CalendarClock } from 'lucide-react';
import { startTransition as together, useRef, useState, useTransition } from 'react';
import { answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { dayWords } from '#domain/communication/fields';
import { PLAN_DAYS_MAX, type PlanLine } from '#domain/communication/schedule';
import { type MessageName, messageNames, messages } from '#domain/communication/templates';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { Select } from '#ui/select';
import { useReport } from '../outcomes.tsx';
import { savePlan } from './actions.ts';
import { Meanwhile } from './meanwhile.tsx';
import { hourWords, lineWords } from './words.ts';
import { useZone } from './zone.ts';

const hours = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: hourWords(hour) }));
const sides = [
  { value: '-1', label: 'before' },
  { value: '1', label: 'after' },
];

/**
 * The day of a ring, and which messages leave how long before or after it. Where somebody else planned first, it shows what
 * they planned, and either can be taken.
 */
export function PlanForm({
  ringId,
  ringName,
  startsOn,
  opened,
  lines,
  zone,
}: {
  ringId: string;
  ringName: string;
  startsOn: string | null;
  opened: boolean;
  lines: readonly PlanLine[];
  /** Where days and hours are those of; null while nobody has chosen. */
  zone: string | null;
}) {
  const report = useReport();
  const form = useRef<HTMLFormElement>(null);
  const timeZone = useZone(zone);
  const [open, setOpen] = useState(false);
  const [seen, setSeen] = useState({ startsOn, lines });
  const [beginning, setBeginning] = useState(0);
  const [chosen, setChosen] = useState<readonly MessageName[]>([]);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const overtaken = problem?.code === 'communication_changed_meanwhile';

  function begin() {
    setProblem(null);
    setSeen({ startsOn, lines });
    setChosen(lines.map(({ template }) => template));
    setBeginning(beginning + 1);
  }

  function turn(next: boolean) {
    setOpen(next);
    if (next) begin();
  }

  function read(from: HTMLFormElement) {
    const data = new FormData(from);
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

  function save(from: { readonly startsOn: string | null; readonly lines: readonly PlanLine[] }) {
    if (form.current === null) return;
    const typed = read(form.current);
    start(async () => {
      const before = { startsOn: from.startsOn, lines: [...from.lines] };
      const answer = await answered(savePlan({ ...typed, seen: before, timeZone }));
      together(() => {
        if (!answer.ok) return setProblem(answer.problem);
        turn(false);
        report({ done: `What ${ringName} sends was planned.` });
      });
    });
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
        ref={form}
        key={beginning}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save(seen);
        }}
      >
        {opened ? null : (
          <Field
            label="Planned start"
            name="startsOn"
            type="date"
            optional
            hint="It opens nothing. Once the ring is open, the day of that counts."
            defaultValue={seen.startsOn ?? ''}
          />
        )}
        <div className="flex flex-col divide-y divide-line">
          {messageNames.map((template) => (
            <Message
              key={template}
              template={template}
              line={seen.lines.find((each) => each.template === template)}
              chosen={chosen.includes(template)}
              choose={(on) =>
                setChosen(on ? [...chosen, template] : chosen.filter((each) => each !== template))
              }
            />
          ))}
        </div>
        <p className="text-14 text-ink-soft">
          Days and hours are those of {timeZone.replaceAll('_', ' ')}
          {zone === null ? ', as in this browser: choose another under Your organisation.' : '.'}
        </p>
        {overtaken ? (
          <Meanwhile takeTheirs={begin} putMineOnTop={() => save({ startsOn, lines })}>
            <p>{lines.length === 0 ? 'It sends nothing now.' : 'What it sends now:'}</p>
            <ul>
              {lines.map((line) => (
                <li key={line.template}>
                  {messages[line.template].title}: {lineWords(line)}
                </li>
              ))}
            </ul>
            <p>{startsOn === null ? 'No day is planned.' : `Planned for ${dayWords(startsOn)}.`}</p>
          </Meanwhile>
        ) : null}
        {problem === null || overtaken ? null : (
          <Notice tone="danger" title={problem.title} safe={safeAfter(problem)}>
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
