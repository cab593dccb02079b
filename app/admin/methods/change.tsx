'use client';

import { type ReactNode, useState, useTransition } from 'react';
import { answered } from '#device/answered';
import { type GovernedMethod, governedMethods, methods } from '#domain/methods';
import { placeTitle, type StrengthPlace } from '#domain/strength';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { refusalWords } from '../policy/setting-form.tsx';
import { counted } from '../words.ts';
import { previewMethods, saveMethods } from './actions.ts';

type Values = Readonly<Record<string, string | null>>;

/** What a change would do, as the server counted it. */
export interface Effect {
  readonly policyVersion: number;
  readonly losing: Readonly<Record<GovernedMethod, number>>;
  readonly passwordAlone: number;
  readonly lockedOut: number;
  readonly short: Readonly<Partial<Record<StrengthPlace, number>>>;
  readonly barred: number;
  /** Those and whoever is left with the password alone: the number that is confirmed. */
  readonly toConfirm: number;
  readonly sessionsEnded: number;
  readonly administrators: { readonly before: number; readonly after: number };
}

const people = (count: number) => counted(count, 'person', 'people');

/** What a change would do, line by line; what is not concerned is left out. */
function effectLines(effect: Effect): string[] {
  const { losing, passwordAlone, lockedOut, short, sessionsEnded, administrators } = effect;
  return [
    ...governedMethods
      .filter((name) => losing[name] > 0)
      .map(
        (name) =>
          `${methods[name].title}: ${people(losing[name])} who registered one lose it, or a use of it.`,
      ),
    ...(passwordAlone > 0 ? [`${people(passwordAlone)} would sign in with the password alone.`] : []),
    ...(lockedOut > 0 ? [`${people(lockedOut)} who get in now could not get in any more.`] : []),
    ...Object.entries(short).map(
      ([place, count]) =>
        `${placeTitle(place as StrengthPlace)}: ${people(count)} could not show what it asks for.`,
    ),
    ...(sessionsEnded > 0 ? [`${counted(sessionsEnded, 'session')} would end at once.`] : []),
    ...(administrators.after === 0 && administrators.before > 0
      ? ['No Global Administrator would get into administration: this is refused.']
      : []),
  ];
}

function titleOf({ barred, passwordAlone }: Effect): string {
  if (barred > 0) return `This keeps ${people(barred)} from something that they can do now`;
  if (passwordAlone > 0) return `This leaves ${people(passwordAlone)} with the password alone`;
  return 'This is what it does';
}

/** Shows what a change does before it is saved, and saves it with the number that was seen. */
export function useMethodsChange(saved: () => void): {
  /** To be called when what is asked for changes: what was shown is of something else then. */
  forget: () => void;
  foot: (values: Values, what: string) => ReactNode;
} {
  const [effect, setEffect] = useState<Effect | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [pending, startTransition] = useTransition();
  const forget = () => {
    setEffect(null);
    setError(null);
  };

  function look(values: Values) {
    forget();
    startTransition(async () => {
      const answer = await answered(previewMethods({ values }));
      if (answer.ok) setEffect(answer.value);
      else setError(refusalWords(answer.problem));
    });
  }

  function save(values: Values, { policyVersion, toConfirm }: Effect) {
    setError(null);
    startTransition(async () => {
      const answer = await answered(saveMethods({ values, policyVersion, confirmed: toConfirm }));
      if (answer.ok) return saved();
      setEffect(null);
      setError(refusalWords(answer.problem));
    });
  }

  return {
    forget,
    foot: (values, what) => {
      const lines = effect === null ? [] : effectLines(effect);
      return (
        <div className="flex flex-col gap-4">
          <div aria-live="polite" className="flex flex-col gap-4 empty:hidden">
            {error === null ? null : <Notice tone="danger" live="none" title={error} />}
            {effect === null ? null : lines.length === 0 ? (
              <Notice tone="success" live="none" title="This takes nothing from anybody" />
            ) : (
              <Notice tone={effect.toConfirm > 0 ? 'danger' : 'warning'} live="none" title={titleOf(effect)}>
                <ul className="flex list-disc flex-col gap-1 pl-5">
                  {lines.map((line) => (
                    <li key={line}>{line}</li>
                  ))}
                </ul>
              </Notice>
            )}
          </div>
          <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
            {effect === null ? (
              <Button tone="primary" pending={pending && 'Counting'} onClick={() => look(values)}>
                See what this does
              </Button>
            ) : (
              <Button
                tone={effect.toConfirm > 0 ? 'danger' : 'primary'}
                pending={pending && 'Saving'}
                onClick={() => save(values, effect)}
              >
                {effect.toConfirm > 0 ? `Save all the same: ${people(effect.toConfirm)}` : `Save ${what}`}
              </Button>
            )}
          </div>
        </div>
      );
    },
  };
}
