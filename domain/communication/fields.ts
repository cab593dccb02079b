/** What a template may leave open, to be filled in when it is merged. */

/**
 * What of a field is known where: `organisation` always, `ring` in what a ring sends, `person` only where a message goes
 * to one person.
 */
export type FieldOf = 'organisation' | 'ring' | 'person';

interface Field {
  readonly title: string;
  readonly about: string;
  readonly kind: 'text' | 'link';
  readonly of: FieldOf;
}

export const mergeFields = {
  person: { title: 'Name', about: 'What the person is called.', kind: 'text', of: 'person' },
  account: { title: 'Account', about: 'The name they sign in with.', kind: 'text', of: 'person' },
  organisation: {
    title: 'Organisation',
    about: 'As the organisation calls itself.',
    kind: 'text',
    of: 'organisation',
  },
  latchkey_link: {
    title: 'Link to Latchkey',
    about: 'Its own address. The link signs nobody in.',
    kind: 'link',
    of: 'organisation',
  },
  contact: { title: 'Contact', about: 'Who helps, and how to reach them.', kind: 'text', of: 'organisation' },
  help_link: { title: 'Link to help', about: 'A page of your own.', kind: 'link', of: 'organisation' },
  start_date: { title: 'Start', about: 'The day on which the ring starts.', kind: 'text', of: 'ring' },
  password_date: {
    title: 'End of the password',
    about: 'The day from which passwords open nothing.',
    kind: 'text',
    of: 'organisation',
  },
} as const satisfies Readonly<Record<string, Field>>;

export type FieldName = keyof typeof mergeFields;
export const fieldNames = Object.keys(mergeFields) as FieldName[];

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(mergeFields, name);
}

/** What each field says; empty where nobody has said it yet. */
export type MergeValues = Readonly<Record<FieldName, string>>;

/** No value is longer in a message. */
export const VALUE_MAX = 120;

/**
 * A value as a message may show it: one line, without marks that turn the direction of a text around, hide in it or end a
 * header, and not endless.
 */
export function plainValue(value: string): string {
  const line = value
    .normalize('NFC')
    .replace(/[\p{Bidi_Control}\u200B\u2060\uFEFF\u00AD\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .trim();
  const points = [...line];
  return points.length <= VALUE_MAX ? line : `${points.slice(0, VALUE_MAX - 1).join('')}…`;
}

/** What a mail program would make a link of by itself, or ring. */
const LINKISH = /@|:\/\/|www\.|[\p{L}\p{N}-]\.(\p{L}{2}|\p{N})|\p{N}{6}/iu;

/** The name in a greeting. Names are typed by anybody: one that a mail program could make a link of stays out. */
export function greetingName(displayName: string): string {
  const name = plainValue(displayName);
  return name === '' || LINKISH.test(name) ? 'there' : name;
}

/** A day such as `2026-12-01` in words. */
export function dayWords(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day));
}

/** Whether a text is a day of the calendar. */
export function isDay(text: string): boolean {
  if (!/^20\d\d-\d\d-\d\d$/.test(text)) return false;
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** The one form of an address that a link may have, or null: http or https, without credentials. */
export function readLink(typed: string): string | null {
  const text = typed.trim();
  if (text.length > 500 || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.hostname !== '' ? url.href : null;
}
