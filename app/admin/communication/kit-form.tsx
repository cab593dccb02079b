'use client';

import { type ComponentProps, startTransition as together, useState, useTransition } from 'react';
import { VALUE_MAX } from '#domain/communication/fields';
import type { Problem } from '#domain/problem';
import { Button } from '#ui/button';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { useReport } from '../outcomes.tsx';
import { saveKit } from './actions.ts';

type Kit = Parameters<typeof saveKit>[0];

const fields: readonly (Pick<ComponentProps<typeof Field>, 'label' | 'hint' | 'type' | 'placeholder'> & {
  readonly name: keyof Kit;
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

/** Who helps, where, and until when a password works. */
export function KitForm({ kit, manages }: { kit: Kit; manages: boolean }) {
  const report = useReport();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [pending, start] = useTransition();
  const setting = problem?.facts?.setting;

  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        const said = (name: keyof Kit) => String(data.get(name) ?? '');
        const typed = {
          contact: said('contact'),
          helpLink: said('helpLink'),
          passwordEndsOn: said('passwordEndsOn'),
        };
        start(async () => {
          const answer = await saveKit(typed);
          together(() => {
            setProblem(answer.ok ? null : answer.problem);
            if (answer.ok) report({ done: 'The fields were saved.' });
          });
        });
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
          defaultValue={kit[name]}
          error={setting === name ? wrong : undefined}
        />
      ))}
      {problem === null || setting !== undefined ? null : (
        <Notice tone="danger" title={problem.title} safe="Nothing was changed.">
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
