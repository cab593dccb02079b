import { NextRequest } from 'next/server';
import { describe, expect, test } from 'vitest';
import { browserErrors } from '#domain/doctor';
import { limits } from '#domain/rate-limit';
import { idsOfSupportCode } from '#domain/support-code';
import { MINUTE_MS } from '#domain/time';
import { type CeremonyReport, ceremonyReport } from '#domain/wire';
import { anyone } from './caller.ts';
import { reportCeremony } from './ceremony-report.ts';
import { endpoint } from './endpoint.ts';
import { listEvents } from './event.ts';
import type { Runtime } from './runtime.ts';
import { aBrowser, aPerson, aRuntime, aSession, done, ORIGIN, type TestRuntime } from './testing.ts';

const report: CeremonyReport = {
  ceremony: 'asking',
  error: 'NotAllowedError',
  took: 'short',
  windows: true,
  keyExpected: false,
};

const home = globalThis as { latchkeyRuntime?: Promise<Runtime> };

/** Sends a body to the real door, from an address. */
async function post(runtime: TestRuntime, body: unknown, address = '192.0.2.7') {
  home.latchkeyRuntime = Promise.resolve(runtime);
  const door = endpoint('ceremony-report', ceremonyReport, anyone, reportCeremony);
  const headers = { origin: ORIGIN, 'content-type': 'application/json', 'x-forwarded-for': address };
  const request = new NextRequest(`${ORIGIN}/api/ceremony-reports`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const response = await door(request);
  delete home.latchkeyRuntime;
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

describe('a ceremony that ended in the browser', () => {
  test('is found by the support code that its report gets, with its person and device where they are known', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    for (const caller of [aBrowser(runtime), session]) {
      const { support } = done(await reportCeremony(runtime, caller, report));
      const [event] = await listEvents(runtime, { ids: idsOfSupportCode(support) }, 2);
      expect(event).toMatchObject({
        code: 'ceremony_abandoned',
        outcome: 'failure',
        userId: caller.session?.userId ?? null,
        sessionId: caller.session?.id ?? null,
        detail: {
          cause: 'NotAllowedError',
          ceremony: 'asking',
          took: 'short',
          windows: true,
          keyExpected: false,
        },
      });
    }
  });

  test('can be told for every error that the doctor knows, and in no other words', async () => {
    const runtime = await aRuntime();
    for (const error of browserErrors) expect((await post(runtime, { ...report, error })).status).toBe(200);
    for (const wrong of [
      { ...report, error: 'SomethingElse' },
      { ...report, error: '<script>' },
      { ...report, took: 12 },
      { ...report, ceremony: 'sign-in' },
      { ...report, note: 'free text' },
      { ...report, windows: 'yes' },
      {},
    ])
      expect((await post(runtime, wrong)).answer.code).toBe('bad_request');
    expect(await runtime.db.event.count()).toBe(browserErrors.length);
  });

  test('fills no log: from one address a few get through in a while, and one more line says that it was too many', async () => {
    const runtime = await aRuntime();
    const attempts = limits['ceremony-report'].find(({ by }) => by === 'address')?.attempts ?? 0;
    for (let time = 0; time < attempts + 15; time += 1) {
      const { status, answer } = await post(runtime, report);
      expect(status).toBe(time < attempts ? 200 : 429);
      // The one that is logged as too many is found too; those after it are not there to be found.
      expect(typeof answer.support).toBe(time <= attempts ? 'string' : 'undefined');
    }
    expect(await runtime.db.event.count()).toBe(attempts + 1);
    expect((await post(runtime, report, '198.51.100.9')).status).toBe(200);
    runtime.pass(6 * MINUTE_MS);
    expect((await post(runtime, report)).status).toBe(200);
  });
});
