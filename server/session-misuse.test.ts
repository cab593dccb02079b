import { NextRequest } from 'next/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EventCode } from '#domain/event';
import { MINUTE_MS } from '#domain/time';
import { signedIn } from './caller.ts';
import { endpoint } from './endpoint.ts';
import { listEvents } from './event.ts';
import { BROWSER_COOKIE, SESSION_COOKIE } from './request.ts';
import type { Runtime } from './runtime.ts';
import { endSessions, lockSession, tokenHashOf } from './session.ts';
import { aPerson, aRuntime, aSession, done, ORIGIN, type TestRuntime } from './testing.ts';

const home = globalThis as { latchkeyRuntime?: Promise<Runtime> };
let runtime: TestRuntime;
beforeEach(async () => {
  runtime = await aRuntime();
  home.latchkeyRuntime = Promise.resolve(runtime);
});
afterEach(() => {
  delete home.latchkeyRuntime;
});

const door = endpoint('options', z.strictObject({}), signedIn, () =>
  Promise.reject(new Error('It was let in.')),
);

/** Asks at a door for people who are signed in. */
async function ask(token: string, address = '192.0.2.9') {
  const cookie = `${BROWSER_COOKIE}=${'b'.repeat(43)}; ${SESSION_COOKIE}=${token}`;
  const headers = { origin: ORIGIN, 'content-type': 'application/json', 'x-forwarded-for': address, cookie };
  const response = await door(new NextRequest(`${ORIGIN}/api/x`, { method: 'POST', headers, body: '{}' }));
  return (await response.json()) as { code: string; support?: string };
}

const logged = (code: EventCode) => listEvents(runtime, { codes: [code] }, 100);

describe('a session that is locked', () => {
  test('is logged when it is used, once in a while, and the answer names the line', async () => {
    const ada = await aSession(runtime, await aPerson(runtime), 'hello');
    done(await lockSession(runtime, ada));
    const first = await ask(ada.token);
    expect(first).toMatchObject({ code: 'session_locked', support: expect.any(String) });
    for (let again = 0; again < 5; again += 1) expect((await ask(ada.token)).code).toBe('session_locked');
    expect(await logged('locked_session_used')).toMatchObject([
      { outcome: 'failure', userId: ada.session.userId, sessionId: ada.session.id },
    ]);
    runtime.pass(16 * MINUTE_MS);
    await ask(ada.token);
    expect(await logged('locked_session_used')).toHaveLength(2);
  });
});

describe('what the store keeps of a session', () => {
  test('opens nothing as a cookie, and whoever sends it has read the store: that is logged, once in a while', async () => {
    const ada = await aSession(runtime, await aPerson(runtime), 'hello');
    const fingerprint = await tokenHashOf(runtime, ada);
    expect(await ask(fingerprint)).toMatchObject({ code: 'sign_in_required', support: expect.any(String) });
    for (const address of ['192.0.2.9', '198.51.100.1', '2001:db8::1'])
      expect((await ask(fingerprint, address)).code).toBe('sign_in_required');
    expect(await logged('session_forged')).toMatchObject([
      { outcome: 'failure', userId: ada.session.userId, sessionId: ada.session.id },
    ]);
  });

  test('is told from a session that is over, and from a token of nobody', async () => {
    const ada = await aSession(runtime, await aPerson(runtime), 'hello');
    await endSessions(runtime.db, runtime, { id: ada.session.id });
    for (const token of [ada.token, 'a'.repeat(43), 'x', '%00', encodeURIComponent('a\u0000'.repeat(21))])
      expect(await ask(token)).toEqual(expect.objectContaining({ code: 'sign_in_required' }));
    expect(await logged('session_forged')).toEqual([]);
  });
});
