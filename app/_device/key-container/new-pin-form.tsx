'use client';

import { Circle, CircleCheck } from 'lucide-react';
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import {
  historySentence,
  isSimplePin,
  judgePin,
  lettersAllowed,
  lettersRequired,
  type PinRules,
} from '#domain/pin/rules';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { PinInput } from '#ui/pin-input';

/** The rules for a PIN of digits, where letters are a choice that was not taken. */
function digitsOnly(rules: PinRules): PinRules {
  return {
    ...rules,
    classes: { ...rules.classes, lowercase: 'forbid', uppercase: 'forbid', specials: 'forbid' },
  };
}

const SIMPLE =
  'From each digit to the next it is always the same step, as in 1111, 1234 or 2468. Those are tried first.';

/** A new PIN, twice. Every rule shows whether it is met while the PIN is typed; nothing is sent. */
export function NewPinForm({
  rules,
  word,
  pending,
  refusal = null,
  others,
  onPin,
}: {
  rules: PinRules;
  /** What the button does. */
  word: string;
  /** What is being done, while it is. */
  pending: string | false;
  /** Why the PIN that was just chosen cannot be it. */
  refusal?: string | null;
  others?: ReactNode;
  /** A PIN that meets every rule. The fields are empty by then. */
  onPin: (pin: string) => void;
}) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLInputElement>(null);
  const asksLetters = lettersAllowed(rules) && !lettersRequired(rules);
  const [wanted, setWanted] = useState(false);
  const letters = lettersRequired(rules) || (asksLetters && wanted);
  const [typed, setTyped] = useState({ pin: '', confirmation: '' });
  const type = (more: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...more }));
  const [tried, setTried] = useState<'pin' | 'confirmation' | null>(null);
  // What was typed before the scripts of the page were here; the fields have no names, so no form data has them.
  useEffect(
    () => setTyped({ pin: field.current?.value ?? '', confirmation: again.current?.value ?? '' }),
    [],
  );

  const counting = asksLetters && !wanted ? digitsOnly(rules) : rules;
  const judgement = judgePin(typed.pin, counting);
  const history = historySentence(rules);
  const differs = typed.confirmation !== typed.pin;
  const unmet = judgement.rules.find(({ met }) => !met);

  function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    if (pending) return;
    if (!judgement.ok) {
      setTried('pin');
      return field.current?.focus();
    }
    if (differs) {
      setTried('confirmation');
      return again.current?.focus();
    }
    const { pin } = typed;
    setTyped({ pin: '', confirmation: '' });
    setTried(null);
    onPin(pin);
  }

  const pinError =
    typed.pin === '' && refusal !== null
      ? refusal
      : isSimplePin(typed.pin)
        ? SIMPLE
        : tried === 'pin' && !judgement.ok
          ? `This PIN can't be it yet. ${unmet?.sentence ?? ''}.`
          : undefined;
  // As soon as it can be seen, and never when the field is left: what moves then is missed by the press that leaves it.
  const isAsLong = typed.confirmation !== '' && typed.confirmation.length >= typed.pin.length;
  const confirmationError =
    differs && (tried === 'confirmation' || isAsLong)
      ? 'The two are not the same. Type the PIN once more.'
      : undefined;

  return (
    <form onSubmit={submit} className="flex grow flex-col gap-5" autoComplete="off">
      <PinInput
        ref={field}
        label="New PIN"
        value={typed.pin}
        onChange={(pin) => type({ pin })}
        letters={letters}
        error={pinError}
        describedBy={`${id}-rules`}
        readOnly={pending !== false}
      />
      {asksLetters ? (
        <div className="-my-2">
          <Checkbox
            name="letters"
            label="Include letters and symbols"
            checked={wanted}
            onChange={(event) => setWanted(event.target.checked)}
          />
        </div>
      ) : null}
      <ul id={`${id}-rules`} aria-label="What your PIN needs" className="flex flex-col gap-2 text-14">
        {judgement.rules.map(({ rule, sentence, met }) => {
          const Mark = met ? CircleCheck : Circle;
          return (
            <li key={rule} className="flex gap-2">
              <Mark
                size={16}
                aria-hidden
                className={`mt-0.5 shrink-0 ${met ? 'text-success-ink' : 'text-ink-soft'}`}
              />
              <span className={met ? 'text-ink' : 'text-ink-soft'}>
                {sentence}
                <span className="sr-only">{met ? ', met' : ', not yet'}</span>
              </span>
            </li>
          );
        })}
        {history === null ? null : (
          <li className="flex gap-2 text-ink-soft">
            <Circle size={16} aria-hidden className="mt-0.5 shrink-0" />
            <span>{history}. We can only tell at the end.</span>
          </li>
        )}
      </ul>
      <p role="status" className="sr-only">
        {typed.pin === ''
          ? ''
          : judgement.ok
            ? 'Your PIN meets every rule.'
            : `Still needed: ${unmet?.sentence}`}
      </p>
      <PinInput
        ref={again}
        label="Confirm the PIN"
        value={typed.confirmation}
        onChange={(confirmation) => type({ confirmation })}
        letters={letters}
        error={confirmationError}
        readOnly={pending !== false}
      />
      <Actions>
        <Button
          type="submit"
          tone="primary"
          size="large"
          pending={pending}
          onPendingClick={(event) => event.preventDefault()}
        >
          {word}
        </Button>
        {others}
      </Actions>
    </form>
  );
}
