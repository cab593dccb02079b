import { describe, expect, test } from 'vitest';
import {
  BROWSER_COOKIE,
  browserCookie,
  readCaller,
  refuseOrigin,
  SESSION_COOKIE,
  sessionCookie,
} from './request.ts';
import { aBrowser, aPerson, aRuntime, aSession, ORIGIN, type TestRuntime } from './testing.ts';

describe('where a request comes from', () => {
  test.each([
    ['our own origin', { origin: ORIGIN }, true],
    [
      'our own origin, whatever the fetch metadata say',
      { origin: ORIGIN, 'sec-fetch-site': 'cross-site' },
      true,
    ],
    ['no origin, but same-origin by fetch metadata', { 'sec-fetch-site': 'same-origin' }, true],
    ['neither', {}, false],
    ['no origin and another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['no origin and the same site', { 'sec-fetch-site': 'same-site' }, false],
    ['no origin and no page at all', { 'sec-fetch-site': 'none' }, false],
    ['another origin', { origin: 'https://evil.example' }, false],
    [
      'another origin that claims to be same-origin',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
      false,
    ],
    ['our name at another port', { origin: 'http://localhost:3001' }, false],
    ['our name over another scheme', { origin: 'https://localhost:3000' }, false],
    ['our name as a prefix', { origin: `${ORIGIN}.evil.example` }, false],
    ['our origin in capitals', { origin: 'HTTP://LOCALHOST:3000' }, false],
    ['an opaque origin', { origin: 'null' }, false],
    ['an empty origin', { origin: '' }, false],
  ])('%s', (_what, headers, passes) => {
    expect(refuseOrigin(new Headers(headers as Record<string, string>), ORIGIN)?.code ?? null).toBe(
      passes ? null : 'cross_origin',
    );
  });
});

describe('who asks', () => {
  const read = (
    runtime: TestRuntime,
    cookies: Record<string, string>,
    headers: Record<string, string> = {},
  ) =>
    readCaller(
      runtime,
      { get: (name) => (Object.hasOwn(cookies, name) ? { value: cookies[name] ?? '' } : undefined) },
      new Headers(headers),
    );

  test('is known by the session’s cookie, and the browser by its own', async () => {
    const runtime = await aRuntime();
    const { token, session } = await aSession(runtime, await aPerson(runtime), 'passkey');
    const { browser } = aBrowser(runtime);
    const { caller, newBrowser } = await read(
      runtime,
      { [SESSION_COOKIE]: token, [BROWSER_COOKIE]: browser },
      { 'x-forwarded-for': '192.0.2.9' },
    );
    expect(newBrowser).toBe(false);
    expect(caller).toMatchObject({ browser, address: '192.0.2.9', session: { id: session.id } });
  });

  test('is nobody with a token that is none, and gets a new browser cookie for one that is none', async () => {
    const runtime = await aRuntime();
    for (const bad of ['', 'x', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, 'ä'.repeat(43)]) {
      const { caller, newBrowser } = await read(runtime, { [SESSION_COOKIE]: bad, [BROWSER_COOKIE]: bad });
      expect(caller.session).toBeNull();
      expect(newBrowser).toBe(true);
      expect(caller.browser).toMatch(/^[A-Za-z0-9_-]{43}$/);
    }
  });

  test.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0',
      'Edge 156 on Windows',
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'Chrome 156 on Linux',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/20.1 Safari/605.1.15',
      'Safari 20 on macOS',
    ],
    ['<script>alert(1)</script>\u202e', 'A program'],
    ['', 'A program'],
  ])('is told from %s as %s, and nothing else of it is kept', async (userAgent, words) => {
    const runtime = await aRuntime();
    const headers = /^[\x20-\x7e]*$/.test(userAgent) ? { 'user-agent': userAgent } : {};
    expect((await read(runtime, {}, headers)).caller.userAgent).toBe(words);
  });
});

test('both cookies are for this host alone, over TLS, and out of reach of scripts', async () => {
  const runtime = await aRuntime();
  for (const cookie of [
    browserCookie(aBrowser(runtime)),
    sessionCookie({ token: 't' }),
    sessionCookie('clear'),
  ]) {
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'lax', path: '/' });
    expect(cookie.name).toMatch(/^__Host-/);
    expect(cookie).not.toHaveProperty('domain');
  }
  expect(sessionCookie('clear')).toMatchObject({ value: '', maxAge: 0 });
  expect(sessionCookie({ token: 't' }).maxAge).toBe(24 * 3600);
});
