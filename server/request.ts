import 'server-only';
import { toBase64Url } from '#domain/base64url';
import { type Problem, problem } from '#domain/problem';
import type { SessionCookie } from '#domain/result';
import { SESSION_ABSOLUTE_MS } from '#domain/session';
import { DAY_MS, SECOND_MS } from '#domain/time';
import type { Caller } from './caller.ts';
import { LAST_PERSON_KEPT_MS } from './last-person.ts';
import type { Runtime } from './runtime.ts';
import { findSession } from './session.ts';
import { noteForgedSession } from './session-misuse.ts';

/** `__Host-`: Secure, for this host only, whole path (RFC 6265bis 4.1.3.2). */
export const SESSION_COOKIE = '__Host-latchkey-session';
/** The pre-session cookie that every challenge is bound to. It names a browser, never a person. */
export const BROWSER_COOKIE = '__Host-latchkey-browser';
/** Who signed in here last and how, sealed: what the sign-in page may leave out. It opens nothing. */
export const LAST_PERSON_COOKIE = '__Host-latchkey-last';
const BROWSER_COOKIE_LIFETIME_MS = 400 * DAY_MS;

/** Whether any text in an input holds U+0000: nobody types one, and PostgreSQL can keep none in a text. */
export function holdsNul(input: unknown): boolean {
  return JSON.stringify(input)?.includes('\\u0000') ?? false;
}

export interface CookieReader {
  get(name: string): { readonly value: string } | undefined;
}

/**
 * Reads who asks. `newBrowser` is set when the browser had no pre-session cookie yet: the answer must set it.
 * The server in front of Next puts the one trustworthy address into `x-forwarded-for`.
 */
export async function readCaller(
  runtime: Runtime,
  cookies: CookieReader,
  headers: Headers,
  find: (runtime: Runtime, token: string) => Promise<Caller['session']> = findSession,
): Promise<{ caller: Caller; newBrowser: boolean }> {
  const known = cookies.get(BROWSER_COOKIE)?.value;
  const browser = known !== undefined && /^[A-Za-z0-9_-]{43}$/.test(known) ? known : null;
  const token = cookies.get(SESSION_COOKIE)?.value;
  const address = headers.get('x-forwarded-for') ?? 'unknown';
  const session = token === undefined ? null : await find(runtime, token);
  if (token !== undefined && session === null) await noteForgedSession(runtime, token, address);
  return {
    caller: {
      browser: browser ?? toBase64Url(runtime.random.bytes(32)),
      session,
      address,
      userAgent: browserWords(headers.get('user-agent') ?? ''),
    },
    newBrowser: browser === null,
  };
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly maxAge: number;
  readonly httpOnly: true;
  readonly secure: true;
  readonly sameSite: 'lax';
  readonly path: '/';
}

const attributes = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

export function browserCookie(caller: Caller): Cookie {
  return {
    name: BROWSER_COOKIE,
    value: caller.browser,
    maxAge: BROWSER_COOKIE_LIFETIME_MS / SECOND_MS,
    ...attributes,
  };
}

export function sessionCookie(session: SessionCookie): Cookie {
  return session === 'clear'
    ? { name: SESSION_COOKIE, value: '', maxAge: 0, ...attributes }
    : { name: SESSION_COOKIE, value: session.token, maxAge: SESSION_ABSOLUTE_MS / SECOND_MS, ...attributes };
}

/** What an answer does to the cookies of a session. */
export function cookiesOf(session: SessionCookie): Cookie[] {
  if (session === 'clear' || session.last === undefined) return [sessionCookie(session)];
  const maxAge = LAST_PERSON_KEPT_MS / SECOND_MS;
  return [sessionCookie(session), { name: LAST_PERSON_COOKIE, value: session.last, maxAge, ...attributes }];
}

/**
 * Whether a state change comes from our own pages: a matching `Origin`, or none with `Sec-Fetch-Site: same-origin`.
 * A program without cookies sends neither and is refused too: it may set `Origin` as any client can, because the header
 * protects browsers' cookies, not the door.
 */
export function refuseOrigin(headers: Headers, origin: string): Problem | null {
  const sent = headers.get('origin');
  if (sent !== null) return sent === origin ? null : problem('cross_origin');
  return headers.get('sec-fetch-site') === 'same-origin' ? null : problem('cross_origin');
}

/** "Edge 140 on Windows": what a browser claims to be, short. */
function browserWords(userAgent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Version)\/(\d+)/g;
  const names: Record<string, string> = {
    Edg: 'Edge',
    OPR: 'Opera',
    Firefox: 'Firefox',
    Chrome: 'Chrome',
    Version: 'Safari',
  };
  const found = new Map(
    [...userAgent.matchAll(browser)].map(([, name = '', version = '']) => [name, version]),
  );
  const name = Object.keys(names).find((known) => found.has(known));
  const system = /Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux/
    .exec(userAgent)?.[0]
    ?.replace('Mac OS X', 'macOS');
  const words = name === undefined ? 'A program' : `${names[name]} ${found.get(name)}`;
  return system === undefined ? words : `${words} on ${system}`;
}
