import { expect, test } from 'vitest';
import { answerFacts } from '#domain/live-ceremony/recorded';
import { ok, refuse } from '#domain/result';
import type { SignedInSession } from './caller.ts';
import { record } from './event.ts';
import { keptTrace, seenOf } from './live-ceremony.ts';
import type { LoggedStep, Trace } from './runtime.ts';
import { aRuntime } from './testing.ts';
import { traced } from './trace.ts';

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
  const seen = seenOf(trace, { session: null }, ok({}), mia);
  expect(codes(seen)).toEqual(['sign_in']);
  expect(seen).toMatchObject({ session: null, given: { kind: 'ordinary', method: 'hello', onDevice: true } });
  expect(seenOf(trace, { session: null }, ok({}), null)).toEqual({ events: [], session: null, given: null });
});

test('a session hears of its own person, and nothing that is for administrators', () => {
  const trace = tracing(
    step({ code: 'step_up' }),
    step({ code: 'unlock', userId: 'tom' }),
    step({ code: 'events_exported' }),
  );
  const seen = seenOf(trace, { session: mia }, ok({}), null);
  expect(codes(seen)).toEqual(['step_up']);
  expect(seen.session).toEqual({ kind: 'ordinary', method: 'hello', onDevice: true });
});

test('of a refusal nothing is told, and where nobody watches nothing is kept', () => {
  expect(codes(seenOf(tracing(step({})), { session: mia }, refuse('sign_in_failed'), null))).toEqual([]);
  expect(codes(seenOf({ trace: { eventId: null } }, { session: mia }, ok({}), null))).toEqual([]);
});

test('the browser reads what the server tells, and drops anything else', () => {
  const after = { ...mia, deviceId: null };
  const seen = seenOf(tracing(step({ code: 'step_up' })), { session: mia }, ok({}), after);
  const facts = answerFacts(200, {}, JSON.stringify(seen));
  expect(facts.slice(1).map(({ name, value }) => [name.split(',')[0], value])).toEqual([
    ['Logged', expect.stringContaining('(step_up)')],
    ['Session', 'ordinary, by hello'],
    ['Session is on a device', 'yes'],
    ['Session of the new cookie', 'ordinary, by hello'],
    ['Session of the new cookie is on a device', 'no'],
  ]);
  for (const header of [
    '',
    'null',
    '{',
    '{"events":["a secret"],"session":null,"given":null}',
    JSON.stringify({ ...seen, given: { ...seen.given, kind: 'A secret' } }),
    JSON.stringify({ ...seen, events: [{ code: 'step_up', support: 'a secret of somebody' }] }),
  ])
    expect(answerFacts(200, { code: 'a secret', token: 'a secret' }, header)).toEqual([
      { name: 'Status', value: '200' },
    ]);
});

test('what a transaction logged that was begun again is not told', async () => {
  const { runtime, trace } = traced(await aRuntime(), true);
  const step_up = { code: 'step_up', sessionId: null } as const;
  const lost = runtime.db.$transaction(async (tx) => {
    await record(tx, runtime, step_up);
    throw new Error('Lost.');
  });
  await expect(lost).rejects.toThrow('Lost.');
  await runtime.db.$transaction((tx) => record(tx, runtime, step_up));
  expect(trace.events).toHaveLength(2);
  const [last] = await runtime.db.event.findMany();
  expect((await keptTrace(runtime)).trace?.events?.map(({ id }) => id)).toEqual([last?.id]);
});
