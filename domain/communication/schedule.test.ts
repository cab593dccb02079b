import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, later } from '../time.ts';
import { type PlanState, planWords, type RingTime, startDay, turnOf } from './schedule.ts';

const START = new Date('2026-12-01T00:00:00.000Z');
const planned: RingTime = { state: 'waiting', openedAt: null, startsOn: '2026-12-01', zone: 'UTC' };
const open: RingTime = {
  state: 'open',
  openedAt: new Date('2026-12-03T15:00:00.000Z'),
  startsOn: '2026-12-01',
  zone: 'UTC',
};

describe('a line of a plan', () => {
  test.each<[string, RingTime, number, number, PlanState]>([
    ['has no turn without a day', { ...planned, startsOn: null }, -7, 0, 'unplanned'],
    ['waits for its hour', planned, -7, -7 * DAY_MS + 8 * HOUR_MS - 1, 'waiting'],
    ['before the start leaves by the planned day', planned, -7, -7 * DAY_MS + 8 * HOUR_MS, 'due'],
    ['on the day of the start waits for the ring', planned, 0, DAY_MS, 'unopened'],
    ['counts from the day of the opening', open, 0, 2 * DAY_MS + 8 * HOUR_MS, 'due'],
    ['is not early because another day was planned', open, 0, 2 * DAY_MS + 8 * HOUR_MS - 1, 'waiting'],
    ['rests while the ring is paused', { ...open, state: 'paused' }, 0, 3 * DAY_MS, 'paused'],
    ['is no news after five days', open, 0, 8 * DAY_MS, 'over'],
  ])('%s', (_, ring, days, since, state) => {
    expect(turnOf(ring, { days, hour: 8 }, later(START, since)).state).toBe(state);
  });

  test('has the days and hours of its organisation, in summer as in winter', () => {
    const berlin: RingTime = { ...planned, startsOn: '2026-03-27', zone: 'Europe/Berlin' };
    const turns = [-1, 0, 2, 3].map((days) => turnOf(berlin, { days, hour: 8 }, START).at?.toISOString());
    expect(turns).toEqual([
      '2026-03-26T07:00:00.000Z',
      '2026-03-27T07:00:00.000Z',
      '2026-03-29T06:00:00.000Z',
      '2026-03-30T06:00:00.000Z',
    ]);
    const late: RingTime = { ...open, openedAt: new Date('2026-12-03T23:30:00.000Z'), zone: 'Europe/Berlin' };
    expect([startDay(late), startDay({ ...late, zone: 'UTC' })]).toEqual(['2026-12-04', '2026-12-03']);
  });

  test('says when in words', () => {
    expect([-7, -1, 0, 1, 14].map(planWords)).toEqual([
      '7 days before the start',
      '1 day before the start',
      'on the day of the start',
      '1 day after the start',
      '14 days after the start',
    ]);
  });
});
