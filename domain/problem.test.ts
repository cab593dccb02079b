import { describe, expect, test } from 'vitest';
import { eventCodes, eventText, windowsEventId } from './event.ts';
import { problem, problemCodes } from './problem.ts';
import { ok, refuse } from './result.ts';

describe('the table of problems', () => {
  test.each(problemCodes)('%s has a status, a sentence for a person and what to do next', (code) => {
    const { status, title, detail } = problem(code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    for (const sentence of [title, detail]) {
      expect(sentence).toMatch(/^[A-Z].*[.!”]$/s);
      expect(sentence.length).toBeLessThanOrEqual(120);
    }
  });

  test('tells nobody whether a name exists: every failed sign-in reads the same', () => {
    const { title, detail } = problem('sign_in_failed');
    expect(`${title} ${detail}`).not.toMatch(/account|user|name|password|pass\b|exist|unknown|disabled/i);
  });

  test('carries facts and a waiting time only where they were given', () => {
    expect(Object.keys(problem('not_found')).sort()).toEqual(['code', 'detail', 'status', 'title']);
    expect(problem('too_many_attempts', { retryAfterSeconds: 9 }).retryAfterSeconds).toBe(9);
    expect(refuse('wrong_device', { facts: { deviceName: 'STUDIO-07' } })).toMatchObject({
      ok: false,
      problem: { facts: { deviceName: 'STUDIO-07' } },
    });
  });

  test('a success carries a session only where one was given', () => {
    expect(ok(1)).toEqual({ ok: true, value: 1 });
    expect(ok(1, 'clear')).toEqual({ ok: true, value: 1, session: 'clear' });
  });
});

describe('the table of events', () => {
  test.each(eventCodes)('%s has a text', (code) => {
    expect(eventText(code)).toMatch(/^[A-Z]/);
  });

  test('has the Windows event IDs of the User Device Registration log, each for one code', () => {
    const ids = eventCodes.flatMap((code) => windowsEventId(code) ?? []);
    expect([...ids].sort()).toEqual([105, 300, 301, 304, 358, 360]);
    expect(windowsEventId('key_registered')).toBe(300);
    expect(windowsEventId('provisioning_will_launch')).toBe(358);
    expect(windowsEventId('provisioning_will_not_launch')).toBe(360);
  });
});
