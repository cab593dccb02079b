import type { Route } from 'next';

/** What an address asks for. Anybody can type anything there. */
export type SearchParams = Readonly<Record<string, string | string[] | undefined>>;

const LONGEST = 100;

/** One value of an address, trimmed and bounded; undefined when it is missing or empty. */
export function asked(params: SearchParams, name: string): string | undefined {
  const value = params[name];
  const text = (typeof value === 'string' ? value : undefined)?.trim().slice(0, LONGEST);
  return text === '' ? undefined : text;
}

/** One of these words, or undefined. */
export function askedOf<T extends string>(
  params: SearchParams,
  name: string,
  words: readonly T[],
): T | undefined {
  const text = asked(params, name);
  return words.find((word) => word === text);
}

/** An address with those of its parts that are there. */
export function address(path: string, parts: Readonly<Record<string, string | undefined>> = {}): Route {
  const entries = Object.entries(parts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return (entries.length === 0 ? path : `${path}?${new URLSearchParams(entries)}`) as Route;
}
