import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AUTHORITY_LIFETIME_MS,
  authorityName,
  CERTIFICATE_LIFETIME_MS,
  certificateState,
  isRenewalDue,
  mayIssue,
  REVOCATION_LIST_LIFETIME_MS,
  REVOCATION_LIST_PERIOD_MS,
  renewsFrom,
  revocationListEdition,
  SERIAL_BYTES,
  serialNumber,
  validityFrom,
} from './device-certificate.ts';
import { DAY_MS, later, SECOND_MS } from './time.ts';

const START = new Date('2026-03-02T09:00:00.000Z');
const moments = fc.date({
  min: new Date('2026-01-01'),
  max: new Date('2099-12-31'),
  noInvalidDate: true,
});
const certificate = { ...validityFrom(START, CERTIFICATE_LIFETIME_MS), authorityId: 'a' };
const at = (share: number) => later(START, Math.ceil(CERTIFICATE_LIFETIME_MS * share));

describe('a serial number', () => {
  test('is positive, of one length, and keeps 126 of its random bits', () => {
    const random = fc.uint8Array({ minLength: SERIAL_BYTES, maxLength: SERIAL_BYTES });
    fc.assert(
      fc.property(random, random, (one, other) => {
        const serial = serialNumber(one);
        expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
        const kept = (bytes: Uint8Array) => [(bytes[0] ?? 0) & 0x3f, ...bytes.slice(1)].join();
        expect(serial === serialNumber(other)).toBe(kept(one) === kept(other));
      }),
    );
  });
});

describe('validity', () => {
  test('is in whole seconds, has begun, and is as long as asked', () => {
    fc.assert(
      fc.property(moments, (now) => {
        const { startsAt, expiresAt } = validityFrom(now, CERTIFICATE_LIFETIME_MS);
        expect(startsAt.getTime() % SECOND_MS).toBe(0);
        expect(startsAt.getTime()).toBeLessThanOrEqual(now.getTime());
        expect(expiresAt.getTime() - startsAt.getTime()).toBe(CERTIFICATE_LIFETIME_MS);
      }),
    );
  });

  test('of an authority covers what it issues: it stops a certificate’s life before its own end', () => {
    const authority = validityFrom(START, AUTHORITY_LIFETIME_MS);
    const last = later(authority.expiresAt, -CERTIFICATE_LIFETIME_MS);
    expect(mayIssue(authority, START)).toBe(true);
    expect(mayIssue(authority, last)).toBe(true);
    expect(mayIssue(authority, later(last, SECOND_MS))).toBe(false);
  });
});

describe('renewal', () => {
  test.each([
    ['just issued', certificate, 'a', START, false],
    ['a day before two thirds of its life', certificate, 'a', later(at(2 / 3), -DAY_MS), false],
    ['at two thirds of its life', certificate, 'a', at(2 / 3), true],
    ['expired', certificate, 'a', at(2), true],
    ['of an older authority', certificate, 'b', START, true],
    ['missing', null, 'a', START, true],
    ['missing, and there is no authority', null, null, START, true],
  ])('of a certificate that is %s', (_, held, latest, now, due) => {
    expect(isRenewalDue(held, latest, now)).toBe(due);
  });

  test('once due stays due', () => {
    fc.assert(
      fc.property(moments, fc.nat({ max: 4_000_000 }), (now, seconds) => {
        if (isRenewalDue(certificate, 'a', now))
          expect(isRenewalDue(certificate, 'a', later(now, seconds * SECOND_MS))).toBe(true);
      }),
    );
  });
});

describe('the state of a certificate', () => {
  const free = { ...certificate, revokedAt: null, revocationReason: null };
  test.each([
    ['valid', free, START],
    ['renewal_due', free, renewsFrom(free)],
    ['expired', free, free.expiresAt],
    ['on_hold', { ...free, revokedAt: START, revocationReason: 'certificateHold' as const }, at(2)],
    ['revoked', { ...free, revokedAt: START, revocationReason: 'superseded' as const }, START],
    ['revoked', { ...free, revokedAt: START, revocationReason: 'cessationOfOperation' as const }, at(2)],
  ])('is %s', (state, held, now) => {
    expect(certificateState(held, now)).toBe(state);
  });
});

describe('the edition of a revocation list', () => {
  test('has a larger number after each change and each period, and the same number otherwise', () => {
    const history = fc.record({ changes: fc.nat({ max: 1000 }), hours: fc.nat({ max: 90_000 }) });
    fc.assert(
      fc.property(history, history, (one, other) => {
        const edition = ({ changes, hours }: typeof one) =>
          revocationListEdition({ createdAt: START, changes }, later(START, hours * 3_600_000)).number;
        const period = ({ hours }: typeof one) => Math.floor((hours * 3_600_000) / REVOCATION_LIST_PERIOD_MS);
        // Later in time and in changes, as histories go.
        const [early, late] = [
          { changes: Math.min(one.changes, other.changes), hours: Math.min(one.hours, other.hours) },
          { changes: Math.max(one.changes, other.changes), hours: Math.max(one.hours, other.hours) },
        ];
        const same = early.changes === late.changes && period(early) === period(late);
        expect(edition(late) > edition(early)).toBe(!same);
        expect(edition(early)).toBeGreaterThan(0);
      }),
    );
  });

  test('is good for at least one period from any moment that it is served', () => {
    fc.assert(
      fc.property(moments, fc.nat({ max: 999_999_999 }), (createdAt, age) => {
        const now = later(createdAt, age);
        const left =
          revocationListEdition({ createdAt, changes: 0 }, now).nextUpdate.getTime() - now.getTime();
        expect(left).toBeGreaterThan(REVOCATION_LIST_PERIOD_MS - SECOND_MS);
        expect(left).toBeLessThanOrEqual(REVOCATION_LIST_LIFETIME_MS);
      }),
    );
  });
});

test('an authority’s name is its own, and no longer than a certificate takes', () => {
  const id = '3f2a9c01-7d1e-4f5a-9b1c-000000000000';
  expect(authorityName(id, 'Tidewater Studio')).toEqual({
    commonName: 'Latchkey Device CA 3F2A9C01',
    organisation: 'Tidewater Studio',
  });
  expect(authorityName(id, null).organisation).toBeNull();
  expect([...(authorityName(id, '🌊'.repeat(80)).organisation ?? '')]).toHaveLength(64);
});
