import { describe, expect, test } from 'vitest';
import { type Row, restoreRule, restoreRules } from './restore.ts';
import { HOUR_MS, later } from './time.ts';

const now = new Date('2026-03-02T09:00:00.000Z');
const apply = (table: keyof typeof restoreRules, row: Row) => restoreRules[table].apply(row, now);

describe('of what is restored', () => {
  test('no session is alive, and one that had ended keeps its time', () => {
    expect(apply('Session', { id: 's', endedAt: null })).toEqual({ id: 's', endedAt: now });
    const ended = { id: 's', endedAt: later(now, -HOUR_MS) };
    expect(apply('Session', ended)).toBe(ended);
  });

  test.each([
    ['open', { oneTime: true, usedAt: null }, 'dropped'],
    ['open and used, for it works more than once', { oneTime: false, usedAt: now }, 'dropped'],
    ['not valid yet', { oneTime: true, usedAt: null, startsAt: later(now, HOUR_MS / 2) }, 'dropped'],
    ['used up', { oneTime: true, usedAt: now }, 'kept'],
    ['run out', { oneTime: false, usedAt: null, expiresAt: now }, 'kept'],
  ])('a pass that is %s is %s', (_what, pass, outcome) => {
    const row = { id: 'p', startsAt: later(now, -HOUR_MS), expiresAt: later(now, HOUR_MS), ...pass };
    expect(apply('TemporaryAccessPass', row)).toBe(outcome === 'kept' ? row : null);
  });

  test('no authenticator app may repeat a code of this moment, even by a clock that is a step ahead', () => {
    const step = Math.floor(now.getTime() / 30_000);
    expect(apply('TotpSecret', { id: 't', lastStep: step - 1 })).toEqual({ id: 't', lastStep: step + 1 });
    const ahead = { id: 't', lastStep: step + 2 };
    expect(apply('TotpSecret', ahead)).toBe(ahead);
  });

  test('no phone is being added, and no request to a phone is open or waits for its page; what is over stays', () => {
    expect(apply('PhoneOffer', { id: 'o' })).toBeNull();
    for (const state of ['pending', 'approved'])
      expect(apply('ApprovalRequest', { id: 'r', state })).toBeNull();
    const over = { id: 'r', state: 'taken' };
    expect(apply('ApprovalRequest', over)).toBe(over);
  });

  test('no request for a pass is open, and no e-mail waits; what is over stays', () => {
    const request = { id: 'r', collectedAt: null, expiresAt: later(now, HOUR_MS) };
    expect(apply('PassRequest', request)).toBeNull();
    for (const over of [
      { ...request, collectedAt: now },
      { ...request, expiresAt: now },
    ])
      expect(apply('PassRequest', over)).toBe(over);
    expect(apply('Mail', { id: 'm', sentAt: null })).toBeNull();
    const sent = { id: 'm', sentAt: now };
    expect(apply('Mail', sent)).toBe(sent);
  });

  test('nobody holds a lease, and everything else is as it was', () => {
    expect(apply('Lease', { name: 'sweep' })).toBeNull();
    for (const table of ['User', 'Credential', 'ConsumedChallenge', 'RateLimit', 'Event', 'toString'])
      expect(restoreRule(table)).toBeNull();
  });
});
