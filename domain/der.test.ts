import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { der, derInteger, derTime, TAG } from './der.ts';

const hex = (bytes: Uint8Array) => [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join('');

describe('DER', () => {
  test.each([
    [0, '020100'],
    [1, '020101'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [65_535, '020300ffff'],
    [Number.MAX_SAFE_INTEGER, '02071fffffffffffff'],
  ])('writes the integer %i in its shortest form, never negative', (value, expected) => {
    expect(hex(derInteger(value))).toBe(expected);
  });

  test('writes octets as a positive integer', () => {
    expect(hex(derInteger(Uint8Array.of(0x80, 1)))).toBe('0203008001');
    expect(hex(derInteger(Uint8Array.of(0x7f, 1)))).toBe('02027f01');
  });

  test.each([
    [127, 1],
    [128, 2],
    [255, 2],
    [256, 3],
    [70_000, 4],
  ])('writes a length of %i in its shortest form', (length, octets) => {
    const element = der(TAG.octetString, new Uint8Array(length));
    expect(element).toHaveLength(1 + octets + length);
    if (octets > 1) expect(element[1]).toBe(0x80 | (octets - 1));
  });

  test('writes times with two digits of the year through 2049, and with four from 2050 on', () => {
    const text = (at: string) => new TextDecoder().decode(derTime(new Date(at)));
    expect(text('2026-03-02T09:00:01.999Z')).toBe('\x17\x0d260302090001Z');
    expect(text('2049-12-31T23:59:59.000Z')).toBe('\x17\x0d491231235959Z');
    expect(text('2050-01-01T00:00:00.000Z')).toBe('\x18\x0f20500101000000Z');
  });

  test('of several parts is the DER of them joined', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(parts, (each) => {
        const joined = Uint8Array.from(each.flatMap((part) => [...part]));
        expect(hex(der(TAG.sequence, ...each))).toBe(hex(der(TAG.sequence, joined)));
      }),
    );
  });
});
