import { expect, test } from 'vitest';
import { openRungs, recoveryRungs } from './recovery-ladder.ts';

const none = { resettable: false, otherKeys: false, passes: false, administrator: false };

test('each rung stands on a fact of its own, and the order is that of Windows', () => {
  expect(openRungs(none)).toEqual([]);
  expect(openRungs({ ...none, resettable: true })).toEqual(['pin_reset']);
  expect(openRungs({ ...none, otherKeys: true })).toEqual(['another_key']);
  expect(openRungs({ ...none, passes: true })).toEqual(['temporary_access_pass']);
  expect(openRungs({ ...none, administrator: true })).toEqual(['command_line']);
  expect(openRungs({ resettable: true, otherKeys: true, passes: true, administrator: true })).toEqual([
    ...recoveryRungs,
  ]);
});
