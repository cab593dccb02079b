import { NextRequest } from 'next/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { SEEN_HEADER, WATCH_HEADER } from '#domain/live-ceremony/recorded';
import { ok } from '#domain/result';
import { anyone } from './caller.ts';
import { endpoint, streaming } from './endpoint.ts';
import { setPolicy } from './policy-setting.ts';
import type { Runtime } from './runtime.ts';
import { aRuntime, done, ORIGIN } from './testing.ts';

const home = globalThis as { latchkeyRuntime?: Promise<Runtime> };
beforeEach(() => {
  home.latchkeyRuntime = aRuntime();
});
afterEach(() => {
  delete home.latchkeyRuntime;
});

/** A door that goes on until it is closed, and what was closed of it. */
function aDoor() {
  const seen = { closed: 0, ended: 0 };
  async function* chunks() {
    try {
      while (true) yield 'more';
    } finally {
      seen.ended += 1;
    }
  }
  const closed = () => {
    seen.closed += 1;
  };
  const get = streaming(z.strictObject({}), anyone, async () =>
    ok({ headers: {}, chunks: chunks(), closed }),
  );
  const ask = (init: ConstructorParameters<typeof NextRequest>[1] = {}) =>
    get(new NextRequest(`${ORIGIN}/api/x`, { headers: { origin: ORIGIN }, ...init }));
  return { seen, ask };
}

test('a stream that nobody reads gives its place back: of a HEAD, and of a reader who left before it began', async () => {
  const { seen, ask } = aDoor();
  expect((await ask({ method: 'HEAD' })).body).toBeNull();
  expect(seen.closed).toBe(1);
  expect((await ask({ signal: AbortSignal.abort() })).body).toBeNull();
  expect(seen.closed).toBe(2);
});

test('a reader who leaves gives it back, whether the body is cancelled or the connection is lost', async () => {
  const { seen, ask } = aDoor();
  await (await ask()).body?.cancel();
  expect(seen.closed).toBe(1);
  const connection = new AbortController();
  const { body } = await ask({ signal: connection.signal });
  await body?.getReader().read();
  connection.abort();
  expect(seen.closed).toBe(2);
});

test('what was done is answered with its cookie, also where what a watcher sees of it cannot be read', async () => {
  const runtime = await aRuntime();
  done(await setPolicy(runtime, null, { name: 'LiveCeremony.state', value: 'true' }));
  let gone = false;
  const db = new Proxy(runtime.db, {
    get: (store, name, self) => {
      if (gone && name === 'policyValue')
        throw Object.assign(new Error('The store is gone.'), { code: 'ECONNREFUSED' });
      return Reflect.get(store, name, self);
    },
  });
  home.latchkeyRuntime = Promise.resolve({ ...runtime, db });
  const post = endpoint(
    'options',
    z.strictObject({ lose: z.boolean() }),
    anyone,
    async (_runtime, _caller, { lose }) => {
      gone = lose;
      return ok({ made: true }, { token: 'a token' });
    },
  );
  const answer = async (lose: boolean) =>
    await post(
      new NextRequest(`${ORIGIN}/api/x`, {
        method: 'POST',
        headers: { origin: ORIGIN, 'content-type': 'application/json', [WATCH_HEADER]: '1' },
        body: JSON.stringify({ lose }),
      }),
    );
  const watched = await answer(false);
  expect(watched.headers.get(SEEN_HEADER)).not.toBeNull();
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  const lost = await answer(true);
  expect(told).toHaveBeenCalledOnce();
  expect(lost.status).toBe(200);
  expect(await lost.json()).toEqual({ made: true });
  expect(lost.headers.get(SEEN_HEADER)).toBeNull();
  expect(lost.headers.getSetCookie().join()).toContain('=a%20token');
});
