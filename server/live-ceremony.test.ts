import { expect, test } from 'vitest';
import { answerFacts } from '#domain/live-ceremony/recorded';
import { ok, refuse } from '#domain/result';
import type { SignedInSession } from './caller.ts';
import { seenOf } from './live-ceremony.ts';
import type { LoggedStep, Trace } from './runtime.ts';

const step = (more: Partial<LoggedStep>): LoggedStep => ({
  id: '00000000-0000-7000-8000-000000000001',
  code: 'sign_in',
  userId: 'mia',
  sessionId: 'a session',
  ...more,
});
const tracing = (...events: LoggedStep[]): { trace: Trace } => ({ trace: { eventId: null, events } });
const mia = {
  userId: 'mia',
  kind: 'ordinary',
  method: 'hello',
  deviceId: 'a device',
} as unknown as SignedInSession;
const codes = (seen: ReturnType<typeof seenOf>) => seen.events.map(({ code }) => code);

test('a sign-in tells its own event to whoever gets the session, and to nobody else', () => {
  const trace = tracing(step({}));
  expect(codes(seenOf(trace, { session: null }, ok({}, { token: 'a token' })))).toEqual(['sign_in']);
  expect(codes(seenOf(trace, { session: null }, ok({})))).toEqual([]);
  expect(codes(seenOf(trace, { session: null }, ok({}, 'clear')))).toEqual([]);
});

test('a session hears of its own person, and nothing that is for administrators', () => {
  const trace = tracing(
    step({ code: 'step_up' }),
    step({ code: 'unlock', userId: 'tom' }),
    step({ code: 'events_exported' }),
  );
  const seen = seenOf(trace, { session: mia }, ok({}));
  expect(codes(seen)).toEqual(['step_up']);
  expect(seen.session).toEqual({ kind: 'ordinary', method: 'hello', onDevice: true });
});

test('of a refusal nothing is told, and where nobody watches nothing is kept', () => {
  expect(codes(seenOf(tracing(step({})), { session: mia }, refuse('sign_in_failed')))).toEqual([]);
  expect(codes(seenOf({ trace: { eventId: null } }, { session: mia }, ok({})))).toEqual([]);
});

test('the browser reads what the server tells, and drops anything else', () => {
  const seen = seenOf(tracing(step({ code: 'step_up' })), { session: mia }, ok({}));
  const facts = answerFacts(200, {}, JSON.stringify(seen));
  expect(facts.map(({ value }) => value).join()).toMatch(/\(step_up\).*ordinary, by hello/);
  for (const header of [
    '',
    'null',
    '{',
    '{"events":["a secret"],"session":null}',
    JSON.stringify({ ...seen, events: [{ code: 'step_up', support: 'a secret of somebody' }] }),
  ])
    expect(answerFacts(200, { code: 'a secret', token: 'a secret' }, header)).toEqual([
      { name: 'Status', value: '200' },
    ]);
});
