import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineChanges } from './changes.ts';

const words = (before: string, after: string) =>
  lineChanges(before, after).map(({ kind, text }) => `${kind === 'in' ? '+' : '-'} ${text}`);

test('a changed line is the old one out and the new one in, in their place', () => {
  expect(words('a\n\nb\nc', 'a\nB\n\nc\nd')).toEqual(['- b', '+ B', '+ d']);
  expect(words('a\nb', 'a\n\nb')).toEqual([]);
  expect(words('', 'a')).toEqual(['+ a']);
  expect(words('a', '')).toEqual(['- a']);
});

test('what was lost and gained makes the one text of the other, and nothing more than that', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const changes = lineChanges(before.join('\n'), after.join('\n'));
      const count = (lines: readonly string[], line: string) => lines.filter((each) => each === line).length;
      for (const line of ['a', 'b', 'c', 'd']) {
        const of = (kind: string) =>
          changes.filter((each) => each.kind === kind && each.text === line).length;
        expect(count(before, line) - of('out') + of('in')).toBe(count(after, line));
      }
      expect(changes.length === 0).toBe(before.join() === after.join());
    }),
  );
});
