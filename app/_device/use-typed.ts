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
  useEffect(() => begin((name) => String(new FormData(form.current ?? undefined).get(name) ?? '')), [form]);
}
