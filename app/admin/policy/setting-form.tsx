'use client';

import { RotateCcw } from 'lucide-react';
import {
  type FormEvent,
  startTransition as together,
  useEffect,
  useRef,
  useState,
  useTransition,
} from 'react';
import { type Answer, answered } from '#device/answered';
import type { Trouble } from '#device/trouble';
import { useTyped } from '#device/use-typed';
import { Button } from '#ui/button';
import { SettingControl } from './setting-control.tsx';

/** Why a value was not taken; of settings that contradict each other, what would have to hold. */
export function refusalWords({ code, title, detail, facts = {} }: Trouble): string {
  return code === 'settings_disagree' ? `${facts.sentence} ${detail}` : `${title} ${detail}`;
}

const onOff = [
  { value: 'true', label: 'On' },
  { value: 'false', label: 'Off' },
];

/** Changes one setting in place; what is wrong stands at the field. */
export function SettingForm({
  name,
  title,
  value,
  byTenant,
  fallback,
  range,
  choices = onOff,
  text,
  told,
  save,
}: {
  name: string;
  title: string;
  /** The value that applies, as text. */
  value: string;
  /** Whether the tenant has set it. */
  byTenant: boolean;
  /** "On": what the built-in default is. */
  fallback: string;
  /** The bounds of a number; a switch has none. */
  range?: { readonly minimum: number; readonly maximum: number } | undefined;
  /** The words of a setting that is one of a few; else on and off. */
  choices?: readonly { readonly value: string; readonly label: string }[] | undefined;
  /** What a text has to be. */
  text?: { readonly hint: string; readonly maximumLength: number } | undefined;
  /** What is said once it is saved: from when it applies. */
  told: string;
  save: (input: {
    name: string;
    value: string | null;
    seen: string;
    confirmed?: boolean;
  }) => Promise<Answer<null>>;
}) {
  const [typed, setTyped] = useState(value);
  /** What is saved only once it is confirmed. */
  const [doubtful, setDoubtful] = useState<string | null | undefined>();
  const [error, setError] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const [pending, startTransition] = useTransition();

  useEffect(() => setTyped(value), [value]);
  const form = useRef<HTMLFormElement>(null);
  useTyped(form, (found) => setTyped(found(name)));

  function store(next: string | null, words: string, confirmed = false) {
    setSaid('');
    setError(null);
    setDoubtful(undefined);
    startTransition(async () => {
      const answer = await answered(
        save({ name, value: next, seen: value, ...(confirmed && { confirmed }) }),
      );
      if (!answer.ok && answer.problem.code === 'administrators_not_confirmed') setDoubtful(next);
      // Together with the fresh value that the action brings, not before it.
      if (answer.ok) together(() => setSaid(words));
      else if (answer.problem.code === 'invalid_value' && range !== undefined) {
        setError(`Choose a whole number from ${range.minimum} to ${range.maximum}.`);
      } else if (answer.problem.code === 'invalid_value' && text !== undefined) {
        setError(`That is not what this setting takes. ${text.hint}`);
      } else setError(refusalWords(answer.problem));
    });
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    store(typed.trim(), told);
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="flex flex-col gap-2">
      <div className="flex items-start gap-2">
        <div className="w-48 min-w-0 grow sm:grow-0">
          <SettingControl
            name={name}
            label={title}
            takes={text ?? range ?? { choices }}
            value={typed}
            change={(next) => {
              setTyped(next);
              setDoubtful(undefined);
            }}
            error={error}
          />
        </div>
        <div className="mt-2">
          <Button
            type="submit"
            tone={typed === value ? 'secondary' : 'primary'}
            disabled={typed === value}
            pending={pending && 'Saving'}
            onPendingClick={(event) => event.preventDefault()}
          >
            Save
          </Button>
        </div>
      </div>
      {doubtful === undefined ? null : (
        <div>
          <Button size="small" tone="danger" disabled={pending} onClick={() => store(doubtful, told, true)}>
            Save it all the same
          </Button>
        </div>
      )}
      {byTenant ? (
        <div>
          <Button
            size="small"
            tone="quiet"
            icon={<RotateCcw size={16} />}
            disabled={pending}
            onClick={() => store(null, `Back to the default: ${fallback}.`)}
          >
            Back to default ({fallback})
          </Button>
        </div>
      ) : null}
      <p role="status" className="text-14 text-success-ink empty:hidden">
        {said}
      </p>
    </form>
  );
}
