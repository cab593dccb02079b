import { type RefObject, useEffect, useEffectEvent } from 'react';

/**
 * Tells a form once what its fields hold, by their names: what was typed before the scripts of the page were here would
 * otherwise be taken away as soon as another field changes.
 */
export function useTyped(
  form: RefObject<HTMLFormElement | null>,
  take: (typed: (name: string) => string) => void,
): void {
  const begin = useEffectEvent(take);
  useEffect(() => begin((name) => fieldOf(new FormData(form.current ?? undefined), name)), [form]);
}

/**
 * What was typed into a field of a form that is sent. Its action reads it here and not from the state of the page, which knows
 * nothing yet of a form that was sent before the scripts of the page were here.
 */
export function fieldOf(sent: FormData, name: string): string {
  return String(sent.get(name) ?? '');
}
