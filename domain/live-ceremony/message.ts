import type { Fact, Show, Site } from './fact.ts';
import type { Participant } from './participants.ts';

/**
 * What carries a message: `asks` and `answers` are the two halves of one request at a door of HTTP, `sends` and `gets` those of
 * a form of a page, `page` is a redirect of the browser, and `local` stays on the device. `told` passed between others: this
 * browser knows of it because Latchkey says so.
 */
export type Carrier = 'asks' | 'answers' | 'sends' | 'gets' | 'page' | 'local' | 'told';

/** The way to a value, and how it is shown; the fields of a message are all of it that can be seen. */
export type Field = readonly [path: string, show: Show];

export interface Message {
  readonly from: Participant;
  readonly to: Participant;
  readonly name: string;
  readonly carrier: Carrier;
  readonly fields: readonly Field[];
  /** What is never part of it, and stays where it is. */
  readonly stays?: string;
  /** What a page asks on the side: real, and no step of any ceremony. */
  readonly aside?: true;
}

/** The value at a path of own properties: what an object inherits is not in a message. */
function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const name of path === '' ? [] : path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** What may be seen of a message: its listed fields, decoded. All else of the body is left out because nothing reads it. */
export function shownOf({ fields }: Pick<Message, 'fields'>, body: unknown, site: Site): readonly Fact[] {
  return fields.flatMap(([path, show]) => {
    const value = valueAt(body, path);
    return value === undefined || value === null ? [] : show(value, site);
  });
}
