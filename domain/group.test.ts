import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  closure,
  GROUP_DESCRIPTION_LENGTH,
  GROUP_NAME_LENGTH,
  type Nesting,
  readGroupWords,
} from './group.ts';

describe('closure', () => {
  const id = fc.constantFrom(...'abcdefgh');
  const nestings = fc.array(fc.record({ outerId: id, innerId: id }), { maxLength: 20 });

  /** Adds whatever an edge adds until nothing is new. */
  function naive(edges: readonly Nesting[], from: readonly string[]): string[] {
    let found = [...new Set(from)];
    for (;;) {
      const more = edges.filter(({ innerId }) => found.includes(innerId)).map(({ outerId }) => outerId);
      const next = [...new Set([...found, ...more])];
      if (next.length === found.length) return next.sort();
      found = next;
    }
  }

  test('is what adding edge after edge finds, circles included, asked in any order and again', () => {
    fc.assert(
      fc.property(nestings, fc.array(fc.array(id, { maxLength: 4 }), { maxLength: 6 }), (edges, asked) => {
        const outerOf = closure(edges);
        for (const from of [...asked, ...asked])
          expect([...outerOf(from)].sort()).toEqual(naive(edges, from));
      }),
    );
  });

  test('holds for somebody in several groups what it holds for each of them', () => {
    fc.assert(
      fc.property(nestings, fc.array(id), (edges, from) => {
        const outerOf = closure(edges);
        const each = from.flatMap((one) => [...outerOf([one])]);
        expect([...outerOf(from)].sort()).toEqual([...new Set(each)].sort());
      }),
    );
  });

  test('reaches the end of a chain, a star and a circle of 10,000 groups', () => {
    const groups = Array.from({ length: 10_000 }, (_, index) => `g${index}`);
    const [first = '', ...others] = groups;
    const chain = others.map((outerId, index) => ({ outerId, innerId: groups[index] ?? '' }));
    const star = others.map((outerId) => ({ outerId, innerId: first }));
    const circle = [...chain, { outerId: first, innerId: others.at(-1) ?? '' }];
    for (const edges of [chain, star, circle]) expect(closure(edges)([first]).size).toBe(10_000);
    expect(closure(circle)([groups[5000] ?? '']).size).toBe(10_000);
    const outerOf = closure(chain);
    expect(groups.slice(-500).map((each) => outerOf([each]).size)).toEqual(
      Array.from({ length: 500 }, (_, index) => 500 - index),
    );
  });
});

describe("a group's words", () => {
  test('are stored in one form', () => {
    expect(readGroupWords({ name: '  Dési\u0067n ', description: ' Who draws. ' })).toEqual({
      name: 'Désign',
      description: 'Who draws.',
    });
    expect(readGroupWords({ name: 'Cafe\u0301' })).toEqual({ name: 'Café', description: '' });
  });

  test.each([
    ['empty', ''],
    ['blank', ' \t '],
    ['too long', 'x'.repeat(GROUP_NAME_LENGTH + 1)],
    ['with a comma', 'Design, IT'],
    ['the word for everybody', 'All_Users'],
    ['with an invisible letter', 'De\u200bsign'],
    ['with a line break', 'De\nsign'],
    ['with half a letter', 'De\ud800sign'],
  ])('a name that is %s is refused', (_what, name) => {
    expect(readGroupWords({ name })).toBeNull();
  });

  test('a description that is too long, or has a control character, is refused', () => {
    expect(readGroupWords({ name: 'x'.repeat(GROUP_NAME_LENGTH), description: '' })).not.toBeNull();
    expect(readGroupWords({ name: 'IT', description: 'x'.repeat(GROUP_DESCRIPTION_LENGTH + 1) })).toBeNull();
    expect(readGroupWords({ name: 'IT', description: 'a\u0000' })).toBeNull();
  });
});
