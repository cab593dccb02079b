import { z } from 'zod';
import { type EventCode, eventCodes } from '../event.ts';
import { type AttackName, type AttackReport, attackNames } from './attack.ts';
import { chapters } from './chapters.ts';

/** Where a presentation is. Both windows hold the same, either may change it, and no secret is ever part of it. */
export const showSchema = z.strictObject({
  chapter: z
    .int()
    .min(0)
    .max(chapters.length - 1),
  /** The audience sees nothing. */
  blank: z.boolean(),
  /** When the timer was started, in milliseconds; null while it stands. */
  startedAt: z.number().nullable(),
  /** Whether keys without a modifier are heard. */
  clicker: z.boolean(),
  /** The attack that is running now. */
  attacking: z.enum(attackNames).nullable(),
  /** Of the last attack of this chapter. */
  report: z
    .strictObject({
      attack: z.enum(attackNames),
      sent: z
        .array(z.strictObject({ what: z.string(), request: z.string(), status: z.int(), answer: z.string() }))
        .readonly(),
      held: z.boolean(),
      event: z
        .strictObject({
          code: z.enum(eventCodes as [EventCode, ...EventCode[]]),
          cause: z.string(),
          support: z.string(),
        })
        .nullable(),
    })
    .nullable(),
});
export type Show = z.infer<typeof showSchema>;

export const beginning: Show = {
  chapter: 0,
  blank: false,
  startedAt: null,
  clicker: true,
  attacking: null,
  report: null,
};

/** What was remembered or told, or the beginning where it is none. */
export function readShow(text: string | null): Show {
  try {
    return showSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return beginning;
  }
}

/** Another chapter: its report is its own, and the audience sees again. */
export function goTo(show: Show, chapter: number): Show {
  const to = Math.min(Math.max(chapter, 0), chapters.length - 1);
  return to === show.chapter
    ? { ...show, blank: false }
    : { ...show, chapter: to, blank: false, attacking: null, report: null };
}

/** An attack begins: what the last one met makes room. */
export function attack(show: Show, name: AttackName): Show {
  return { ...show, attacking: name, report: null };
}

/** It ended, with its report or (null) without. One that ends after its chapter was left is shown to nobody. */
export function attackEnded(show: Show, name: AttackName, report: AttackReport | null): Show {
  return show.attacking === name ? { ...show, attacking: null, report } : show;
}

/** What clickers send, and what a keyboard has for the same. */
const keys: Readonly<Record<string, (show: Show) => Show>> = {
  PageDown: (show) => goTo(show, show.chapter + 1),
  ArrowRight: (show) => goTo(show, show.chapter + 1),
  PageUp: (show) => goTo(show, show.chapter - 1),
  ArrowLeft: (show) => goTo(show, show.chapter - 1),
  b: (show) => ({ ...show, blank: !show.blank }),
  '.': (show) => ({ ...show, blank: !show.blank }),
};

/** The show after a key, or null for a key that means nothing here. */
export function pressed(show: Show, key: string): Show | null {
  const name = key.length === 1 ? key.toLowerCase() : key;
  return show.clicker && Object.hasOwn(keys, name) ? (keys[name]?.(show) ?? null) : null;
}
