import { NextRequest } from 'next/server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { ok } from '#domain/result';
import { anyone } from './caller.ts';
import { streaming } from './endpoint.ts';
import type { Runtime } from './runtime.ts';
import { aRuntime, ORIGIN } from './testing.ts';

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
