import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attackNames } from './attack.ts';
import { chapterIds, chapterOf, chapters } from './chapters.ts';
import { aheadWords, clockMove, clockSteps } from './clock.ts';
import { seenOf, seenSchema } from './shared.ts';
import { attack, attackEnded, beginning, goTo, pressed, readShow, type Show } from './show.ts';

const LAST = chapters.length - 1;

describe('the chapters', () => {
  test('have a name of their own each, and something to say, to do and to look at', () => {
    expect(new Set(chapterIds).size).toBe(chapters.length);
    for (const id of chapterIds) {
      const { title, line, points, steps, look } = chapterOf(id);
      expect([id, title.length, line.length].every(Boolean)).toBe(true);
      expect([id, points.length, steps.length, look.length].every(Boolean)).toBe(true);
    }
  });

  test('run every attack there is', () => {
    const run = chapterIds.flatMap((id) => chapterOf(id).attacks);
    expect(run.toSorted()).toEqual([...attackNames].toSorted());
  });
});

describe('a show', () => {
  const shows = fc.record({
    chapter: fc.integer({ min: 0, max: LAST }),
    blank: fc.boolean(),
    startedAt: fc.option(fc.nat()),
    clicker: fc.boolean(),
    attacking: fc.constantFrom(null, ...attackNames),
    report: fc.constant(null),
  });
  const keys = fc.constantFrom('PageDown', 'PageUp', 'ArrowRight', 'ArrowLeft', 'b', 'B', '.');

  test('stays among its chapters, whatever is pressed', () => {
    fc.assert(
      fc.property(shows, fc.array(keys), (from, all) => {
        const show = all.reduce<Show>((at, key) => pressed(at, key) ?? at, from);
        expect(show.chapter).toBeGreaterThanOrEqual(0);
        expect(show.chapter).toBeLessThanOrEqual(LAST);
        expect(readShow(JSON.stringify(show))).toEqual(show);
      }),
    );
  });

  test('goes on and back with a clicker, and dark and light with b', () => {
    const second = pressed(beginning, 'PageDown');
    expect(second).toMatchObject({ chapter: 1 });
    expect(pressed(second as Show, 'PageUp')).toMatchObject({ chapter: 0 });
    const dark = pressed(beginning, 'b');
    expect(dark).toMatchObject({ blank: true, chapter: 0 });
    expect(pressed(dark as Show, '.')).toMatchObject({ blank: false });
    expect(pressed(dark as Show, 'PageDown')).toMatchObject({ blank: false, chapter: 1 });
  });

  test('hears no other key, and none where the clicker is off', () => {
    for (const key of ['a', 'Enter', 'Escape', 'F5', 'constructor'])
      expect(pressed(beginning, key)).toBeNull();
    expect(pressed({ ...beginning, clicker: false }, 'PageDown')).toBeNull();
  });

  test('shows what an attack met in its own chapter only', () => {
    const report = { attack: 'wrong_origin', sent: [], held: true, event: null } as const;
    const show = { ...beginning, chapter: 3, report };
    expect(goTo(show, 3).report).toEqual(report);
    expect(goTo(show, 4).report).toBeNull();
  });

  test('shows an attack while it runs and what it met, and nothing of one whose chapter was left', () => {
    const report = { attack: 'wrong_origin', sent: [], held: true, event: null } as const;
    const running = attack({ ...beginning, chapter: 3, report }, 'wrong_origin');
    expect(running).toMatchObject({ attacking: 'wrong_origin', report: null });
    expect(attackEnded(running, 'wrong_origin', report)).toMatchObject({ attacking: null, report });
    expect(attackEnded(running, 'wrong_origin', null)).toMatchObject({ attacking: null, report: null });
    const left = goTo(running, 4);
    expect(left.attacking).toBeNull();
    expect(attackEnded(left, 'wrong_origin', report)).toEqual(left);
  });

  test('begins where what is remembered cannot be read', () => {
    for (const text of [null, '', 'x', '{}', '{"chapter":99}', '[]'])
      expect(readShow(text)).toEqual(beginning);
  });
});

describe('what leaves the presenter’s browser', () => {
  test('is what the audience sees and nothing else', () => {
    const seen = seenOf({ ...beginning, startedAt: 1 });
    expect(seen).toEqual({ chapter: 0, blank: false, attacking: null, report: null });
    expect(seenSchema.parse(seen)).toEqual(seen);
    for (const more of [{ startedAt: 1 }, { clicker: true }, { pass: 'x' }, { props: [] }])
      expect(seenSchema.safeParse({ ...seen, ...more }).success).toBe(false);
    const report = { attack: 'wrong_origin', sent: [], held: true, event: null, cookie: 'x' };
    expect(seenSchema.safeParse({ ...seen, report }).success).toBe(false);
  });
});

describe('the demo clock', () => {
  test('says in words how far it is ahead', () => {
    const words = [1, 31, 60, 120, 151, 1440, 1441, 44_640, 44_701].map(aheadWords);
    expect(words).toEqual([
      '1 minute',
      '31 minutes',
      '1 hour',
      '2 hours',
      '2 hours 31 minutes',
      '1 day',
      '1 day 1 minute',
      '31 days',
      '31 days 1 hour 1 minute',
    ]);
  });

  test('moves ahead by its own steps and no other, and never back', () => {
    for (const { minutes } of clockSteps) expect(clockMove.safeParse({ minutes }).success).toBe(true);
    for (const minutes of [0, -10, 1, 10.5, 100_000, '10', null])
      expect(clockMove.safeParse({ minutes }).success).toBe(false);
  });
});
