'use client';

import { type ComponentProps, startTransition as together, useRef, useState, useTransition } from 'react';
import { answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { VALUE_MAX } from '#domain/communication/fields';
import { Button } from '#ui/button';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { Select } from '#ui/select';
import { useReport } from '../outcomes.tsx';
import { saveKit } from './actions.ts';
import { Meanwhile } from './meanwhile.tsx';
import { useZone } from './zone.ts';

type Kit = Required<Omit<Parameters<typeof saveKit>[0], 'seen'>>;

const fields: readonly (Pick<ComponentProps<typeof Field>, 'label' | 'hint' | 'type' | 'placeholder'> & {
  readonly name: Exclude<keyof Kit, 'timeZone'>;
  readonly wrong: string;
})[] = [
  {
    name: 'contact',
    label: 'Contact',
    hint: 'Who helps, as it stands in a sentence: “tell the help desk on 4242”. Left empty, it says “your administrator”.',
    placeholder: 'the help desk on 4242',
    wrong: `One line of at most ${VALUE_MAX} characters.`,
  },
  {
    name: 'helpLink',
    label: 'Link to help',
    type: 'url',
    hint: 'A page of your own, with http:// or https://.',
    placeholder: 'https://intranet.example/hello',
    wrong: 'An address with http:// or https://.',
  },
  {
    name: 'passwordEndsOn',
    label: 'End of the password',
    type: 'date',
    hint: 'The day from which passwords open nothing. It switches nothing off: that is done under Passwordless.',
    wrong: 'A day of the calendar.',
  },
];

const titles: Readonly<Record<keyof Kit, string>> = {
  contact: 'Contact',
  helpLink: 'Link to help',
  passwordEndsOn: 'End of the password',
  timeZone: 'Time zone',
};
const names = Object.keys(titles) as (keyof Kit)[];

/** Who helps, where, until when a password works, and by whose clock. */
export function KitForm({
  kit,
  zone,
  zones,
  manages,
}: {
  /** As it is kept now. */
  kit: Kit;
  /** The time zone that counts now; null while nobody has chosen one. */
  zone: string | null;
  zones: readonly string[];
  manages: boolean;
}) {
  const report = useReport();
  const form = useRef<HTMLFormElement>(null);
  const [seen, setSeen] = useState(kit);
  const [beginning, setBeginning] = useState(0);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const proposed = useZone(zone);
  const [chosen, setChosen] = useState<string | null>(null);
  // A browser may call its own zone by a name of its own, and an old choice may have lost its name.
  const offered = zones.includes(proposed) ? zones : [proposed, ...zones];
  const setting = problem?.facts?.setting;
  const overtaken = problem?.code === 'communication_changed_meanwhile';

  const begin = (from: Kit) => {
    setSeen(from);
    setChosen(null);
    setProblem(null);
  };

  function save(from: Kit) {
    if (form.current === null) return;
    const data = new FormData(form.current);
    const said = (name: keyof Kit) => String(data.get(name) ?? '');
    const typed = {
      contact: said('contact'),
      helpLink: said('helpLink'),
      passwordEndsOn: said('passwordEndsOn'),
      timeZone: said('timeZone'),
    };
    start(async () => {
      const answer = await answered(saveKit({ ...typed, seen: from }));
      together(() => {
        if (!answer.ok) return setProblem(answer.problem);
        begin(answer.value);
        report({ done: 'The fields were saved.' });
      });
    });
  }

  return (
    <form
      ref={form}
      key={beginning}
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        save(seen);
      }}
    >
      {fields.map(({ name, wrong, ...field }) => (
        <Field
          key={name}
          {...field}
          name={name}
          optional
          readOnly={!manages}
          autoComplete="off"
          defaultValue={seen[name]}
          error={setting === name ? wrong : undefined}
        />
      ))}
      <Select
        label={titles.timeZone}
        name="timeZone"
        hint="Days and hours of plans are those of it, in summer as in winter."
        options={offered.map((each) => ({ value: each, label: each.replaceAll('_', ' ') }))}
        value={chosen ?? proposed}
        disabled={!manages}
        error={setting === 'timeZone' ? 'One of the list.' : undefined}
        onChange={(event) => setChosen(event.target.value)}
      />
      {overtaken ? (
        <Meanwhile
          takeTheirs={() => {
            begin(kit);
            setBeginning(beginning + 1);
          }}
          putMineOnTop={() => save(kit)}
        >
          <ul>
            {names
              .filter((name) => kit[name] !== seen[name])
              .map((name) => (
                <li key={name} className="wrap-anywhere">
                  <span className="font-semibold">{titles[name]}: </span>
                  {kit[name] === '' ? 'left empty' : kit[name]}
                </li>
              ))}
          </ul>
        </Meanwhile>
      ) : null}
      {problem === null || setting !== undefined || overtaken ? null : (
        <Notice tone="danger" title={problem.title} safe={safeAfter(problem)}>
          {problem.detail}
        </Notice>
      )}
      {manages ? (
        <div>
          <Button type="submit" tone="primary" pending={pending && 'Saving'}>
            Save the fields
          </Button>
        </div>
      ) : null}
    </form>
  );
}
