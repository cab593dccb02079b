import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentChanges, emptyDocument, type PolicyDocument, settingsOf } from './source.ts';
import { disagreementIn, mergeDocuments, withValues } from './source-edit.ts';

const places = (['device', 'user'] as const).flatMap((scope) =>
  settingsOf('settings_catalog', scope)
    .slice(0, 4)
    .map((name) => ({ scope, name })),
);
const groups = ['a', 'b', 'c'];
const list = fc.subarray(groups);
const document: fc.Arbitrary<PolicyDocument> = fc
  .record({
    name: fc.constantFrom('One', 'Two'),
    description: fc.constantFrom('', 'Said'),
    enabled: fc.boolean(),
    required: fc.boolean(),
    order: fc.integer({ min: 1, max: 3 }),
    include: list,
    exclude: list,
    scopeTags: list,
    set: fc.array(fc.tuple(fc.constantFrom(...places), fc.constantFrom('true', 'false'))),
  })
  .map(({ set, ...fields }) =>
    withValues(
      { ...emptyDocument, ...fields },
      set.map(([place, value]) => ({ ...place, value })),
    ),
  );

describe('two editors at once', () => {
  test('what only one of them changed is as that one has it', () => {
    fc.assert(
      fc.property(document, document, (base, other) => {
        expect(documentChanges(mergeDocuments(base, base, other), other)).toEqual([]);
        expect(documentChanges(mergeDocuments(base, other, base), other)).toEqual([]);
      }),
    );
  });

  test('lose nothing: every place is as mine where I changed it, and as theirs where I did not', () => {
    fc.assert(
      fc.property(document, document, document, (base, mine, theirs) => {
        const merged = mergeDocuments(base, mine, theirs);
        const isList = (what: unknown) => ['include', 'exclude', 'scopeTags'].includes(String(what));
        const key = (what: unknown) => JSON.stringify(what);
        const changed = new Set(documentChanges(base, mine).map(({ what }) => key(what)));
        for (const { what } of documentChanges(merged, mine).filter((each) => !isList(each.what)))
          expect(changed.has(key(what))).toBe(false);
        for (const { what } of documentChanges(merged, theirs).filter((each) => !isList(each.what)))
          expect(changed.has(key(what))).toBe(true);
        for (const field of ['include', 'exclude', 'scopeTags'] as const)
          for (const group of groups) {
            const [was, is, other] = [base, mine, theirs].map((each) => each[field].includes(group));
            expect([field, group, merged[field].includes(group)]).toEqual([
              field,
              group,
              is !== was ? is : other,
            ]);
          }
      }),
    );
  });
});

test('values stand in the order of the table, each place once', () => {
  fc.assert(
    fc.property(document, ({ values }) => {
      const keys = values.map(({ scope, name }) => `${name} ${scope}`);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
  const [first, second] = places;
  if (first === undefined || second === undefined) throw new Error('the table is empty');
  const there = withValues(emptyDocument, [
    { ...second, value: 'true' },
    { ...first, value: 'true' },
  ]);
  expect(there.values.map(({ name }) => name)).toEqual([first.name, second.name]);
  expect(withValues(there, [{ ...first, value: null }]).values).toEqual([{ ...second, value: 'true' }]);
});

describe('values that contradict each other in one document', () => {
  const lengths = (
    ...values: readonly [scope: 'device' | 'user', side: 'Minimum' | 'Maximum', value: string][]
  ) => ({
    values: values.map(([scope, side, value]) => ({
      scope,
      name: `PINComplexity/${side}PINLength` as const,
      value,
    })),
  });

  test('are those that it says itself: what it leaves out another source may say', () => {
    expect(disagreementIn(lengths(['device', 'Maximum', '4']))).toBeNull();
    expect(disagreementIn(lengths(['device', 'Minimum', '127']))).toBeNull();
    expect(disagreementIn(lengths(['device', 'Maximum', '4'], ['user', 'Minimum', '8']))).toBeNull();
    expect(disagreementIn(lengths(['user', 'Maximum', '4'], ['user', 'Minimum', '8']))).toMatchObject({
      scope: 'user',
    });
  });
});
