import { expect, test } from 'vitest';
import { finishAuthentication } from './authentication.ts';
import { findSession } from './session.ts';
import {
  answerChallenge,
  aPersonWithHelloKey,
  aRuntime,
  lastCause,
  outcome,
  rows,
  signedInAt,
  signIn,
} from './testing.ts';

test('a counter that goes back after a younger challenge sets the key aside, ends its sessions and says so', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  const session = await signedInAt(runtime, desk);
  runtime.pass(1000);
  expect(outcome(await signIn(runtime, desk, { counter: 1 }))).toBe('credential_quarantined');
  expect(await lastCause(runtime)).toBe('counter_went_back');
  expect(await findSession(runtime, session.token)).toBeNull();
  const event = await runtime.db.event.findFirstOrThrow({ where: { code: 'credential_quarantined' } });
  expect(JSON.parse(event.detail)).toEqual({ stored: '1', presented: '1' });
});

test('a key that was set aside stays so, also for the honest one, until an administrator decides', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  await signIn(runtime, desk, { counter: 50 });
  runtime.pass(1000);
  await signIn(runtime, desk, { counter: 3 });
  runtime.pass(1000);
  expect(outcome(await signIn(runtime, desk, { counter: 60 }))).toBe('credential_quarantined');
  expect((await rows(runtime)).liveSessions).toBe(0);
});

test('a counter that goes back without a valid signature sets nothing aside: a stranger cannot spoil a key', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  await signIn(runtime, desk, { counter: 50 });
  runtime.pass(1000);
  expect(outcome(await signIn(runtime, desk, { counter: 1, secretKey: new Uint8Array(32).fill(7) }))).toBe(
    'sign_in_failed',
  );
  expect(outcome(await signIn(runtime, desk, { counter: 51 }))).toBe('ok');
});

test('two tabs that answer out of order: the late one is refused, the key stays good', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  const late = await answerChallenge(runtime, desk.browser, desk, 'sign-in', { counter: 1 });
  runtime.pass(1000);
  expect(outcome(await signIn(runtime, desk, { counter: 2 }))).toBe('ok');
  expect(outcome(await finishAuthentication(runtime, desk.browser, late))).toBe('sign_in_failed');
  expect(await lastCause(runtime)).toBe('another_answer_came_first');
  expect(outcome(await signIn(runtime, desk, { counter: 3 }))).toBe('ok');
});

test('two tabs that answer with the same count at the same instant: exactly one wins, the key stays good', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  const answers = await Promise.all(
    [1, 2, 3].map(() => answerChallenge(runtime, desk.browser, desk, 'sign-in', { counter: 7 })),
  );
  const results = await Promise.all(
    answers.map((answer) => finishAuthentication(runtime, desk.browser, answer)),
  );
  expect(results.map(outcome).sort()).toEqual(['ok', 'sign_in_failed', 'sign_in_failed']);
  expect((await runtime.db.credential.findFirstOrThrow()).quarantinedAt).toBeNull();
  expect((await rows(runtime)).liveSessions).toBe(1);
});

test('an authenticator without a counter says zero for ever and is never suspected', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  for (let times = 0; times < 3; times += 1) {
    expect(outcome(await signIn(runtime, desk, { counter: 0 }))).toBe('ok');
    runtime.pass(1000);
  }
});

test('an authenticator that counted and says zero now is suspected', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  await signIn(runtime, desk, { counter: 5 });
  runtime.pass(1000);
  expect(outcome(await signIn(runtime, desk, { counter: 0 }))).toBe('credential_quarantined');
});

test('a counter at the end of its range is taken as it is', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  expect(outcome(await signIn(runtime, desk, { counter: 4_294_967_295 }))).toBe('ok');
  expect((await runtime.db.credential.findFirstOrThrow()).counter).toBe(4_294_967_295n);
});

test('a session that the copied key strengthened ends with it, though another key began it', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  const session = await signedInAt(runtime, desk);
  await runtime.db.session.updateMany({ data: { credentialId: null, method: 'passkey' } });
  await runtime.db.proof.updateMany({ data: { credentialId: null } });
  await signIn(runtime, desk, {}, session, 'step-up');
  runtime.pass(1000);
  expect(outcome(await signIn(runtime, desk, { counter: 1 }))).toBe('credential_quarantined');
  expect((await rows(runtime)).liveSessions).toBe(0);
});
