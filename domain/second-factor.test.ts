import { describe, expect, test } from 'vitest';
import { askedFirst, type SecondFactorKind } from './second-factor.ts';

describe('what is asked for first', () => {
  test.each<[number, number, SecondFactorKind | null, SecondFactorKind | null]>([
    [0, 0, null, null],
    [0, 0, 'totp', null],
    [1, 0, null, 'authenticator'],
    [0, 2, null, 'totp'],
    [1, 1, null, 'authenticator'],
    [1, 1, 'totp', 'totp'],
    [1, 1, 'authenticator', 'authenticator'],
    [1, 0, 'totp', 'authenticator'],
    [0, 1, 'authenticator', 'totp'],
  ])('%i phones, %i apps and the choice %s: %s', (authenticator, totp, preferred, first) => {
    expect(askedFirst({ authenticator, totp }, preferred)).toBe(first);
  });
});
