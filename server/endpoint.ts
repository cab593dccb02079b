import 'server-only';
import { type NextRequest, NextResponse } from 'next/server';
import type { z } from 'zod';
import { SEEN_HEADER, WATCH_HEADER } from '#domain/live-ceremony/recorded';
import { type Problem, problem } from '#domain/problem';
import type { Door } from '#domain/rate-limit';
import type { Result } from '#domain/result';
import type { Caller, Guard } from './caller.ts';
import { isLiveCeremonyOn, keptTrace, seenOf } from './live-ceremony.ts';
import { noteOutage } from './outage.ts';
import { theRuntime } from './product.ts';
import { passDoor } from './rate-limit.ts';
import { browserCookie, cookiesOf, holdsNul, readCaller, refuseOrigin } from './request.ts';
import type { Runtime } from './runtime.ts';
import { peekSession } from './session.ts';
import { noteLockedUse } from './session-misuse.ts';
import { supported, traced } from './trace.ts';

/** Enough for the largest attestation statement, several times over. */
export const BODY_LIMIT_BYTES = 64 * 1024;

/** When asking again is worth it after the store was away. */
const RETRY_AFTER_SECONDS = 5;

const NO_STORE = { 'cache-control': 'no-store' } as const;

/** A problem as RFC 9457 JSON, with `Retry-After` where waiting helps. */
export function problemResponse({
  code,
  status,
  title,
  detail,
  retryAfterSeconds,
  facts,
  support,
}: Problem): NextResponse {
  return NextResponse.json(
    {
      type: `urn:latchkey:problem:${code}`,
      title,
      detail,
      status,
      code,
      ...(facts === undefined ? {} : { facts }),
      ...(support === undefined ? {} : { support }),
    },
    {
      status,
      headers: {
        ...NO_STORE,
        'content-type': 'application/problem+json',
        ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      },
    },
  );
}

/** What a thrown error becomes for the outside. Expected problems are returned, so a throw is a bug or a lost store. */
export function thrownProblem(error: unknown): Problem {
  if (noteOutage(error)) return problem('store_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });
  console.error(error);
  return problem('internal_error');
}

/**
 * A POST route handler: same origin > rate limit > guard > body > schema > use case > JSON or problem+json, never stored.
 * A problem that was logged carries the support code of its event. `door` is the row of the table of limits that it counts in. The pre-session cookie is set where it was missing, the
 * session cookie as the use case says.
 */
export function endpoint<S extends z.ZodType, C extends Caller, T>(
  door: Door,
  schema: S,
  guard: Guard<C>,
  useCase: (runtime: Runtime, caller: C, input: z.output<S>) => Promise<Result<T>>,
  /** More than any ceremony needs, where a door takes a file. The front door has to let it through. */
  bodyLimitBytes = BODY_LIMIT_BYTES,
): (request: NextRequest) => Promise<Response> {
  return async (request) => {
    try {
      const watched = request.headers.has(WATCH_HEADER);
      const { runtime, trace } = traced(await theRuntime(), watched);
      const crossOrigin = refuseOrigin(request.headers, runtime.relyingParty.origin);
      if (crossOrigin !== null) return problemResponse(crossOrigin);
      const { caller, newBrowser } = await readCaller(runtime, request.cookies, request.headers);
      const limited = await passDoor(runtime, door, caller);
      if (limited !== null) return problemResponse(supported(limited, trace));
      const guarded = guard(caller);
      if (!guarded.ok) {
        await noteLockedUse(runtime, caller, guarded.problem);
        return problemResponse(supported(guarded.problem, trace));
      }
      const body = await readJson(request, bodyLimitBytes);
      if (!body.ok) return problemResponse(body.problem);
      const input = schema.safeParse(body.value);
      if (!input.success || holdsNul(body.value)) return problemResponse(problem('bad_request'));
      const result = await useCase(runtime, guarded.value, input.data);
      const response = result.ok
        ? NextResponse.json(result.value, { headers: NO_STORE })
        : problemResponse(supported(result.problem, trace));
      const seen = watched ? await seenText(runtime, caller, result) : null;
      if (seen !== null) response.headers.set(SEEN_HEADER, seen);
      if (newBrowser) response.cookies.set(browserCookie(caller));
      if (result.session !== undefined)
        for (const each of cookiesOf(result.session)) response.cookies.set(each);
      return response;
    } catch (error) {
      return problemResponse(thrownProblem(error));
    }
  };
}

/** What goes back to whoever watches, or null. What was done is done: where this cannot be read the answer goes without it. */
async function seenText(runtime: Runtime, caller: Caller, result: Result<unknown>): Promise<string | null> {
  try {
    if (!(await isLiveCeremonyOn(runtime))) return null;
    const given =
      typeof result.session === 'object' ? await peekSession(runtime, result.session.token) : null;
    return JSON.stringify(seenOf(await keptTrace(runtime), caller, result, given));
  } catch (error) {
    if (!noteOutage(error)) console.error(error);
    return null;
  }
}

/** An answer that is sent while it is made. */
export interface Streamed<Piece extends string | Uint8Array = string> {
  readonly headers: Readonly<Record<string, string>>;
  /** One piece is made when the reader has taken the one before. */
  readonly chunks: AsyncGenerator<Piece, void>;
  /** Called once when it is over: all sent, given up, or broken. What waits inside `chunks` has to end then. */
  readonly closed: () => void;
}

/** JSON that is there at once. */
export function oneJson(value: unknown): Streamed {
  async function* chunks() {
    yield JSON.stringify(value);
  }
  return { headers: { 'content-type': 'application/json' }, chunks: chunks(), closed: () => {} };
}

/**
 * A GET route handler whose answer is streamed: same origin > guard > schema over the query > use case. Cookies come along
 * when another site leads somebody here, so that the same rule holds as for a change. A name that stands twice is refused.
 * Reading is no activity: a page that is left open does not keep its session alive.
 */
export function streaming<S extends z.ZodType, C extends Caller>(
  schema: S,
  guard: Guard<C>,
  useCase: (
    runtime: Runtime,
    caller: C,
    input: z.output<S>,
  ) => Promise<Result<Streamed<string | Uint8Array>>>,
  /** What else the request says, such as a header that stands for a part of the query. */
  more: (headers: Headers) => Readonly<Record<string, string>> = () => ({}),
): (request: NextRequest) => Promise<Response> {
  return async (request) => {
    try {
      const runtime = await theRuntime();
      const crossOrigin = refuseOrigin(request.headers, runtime.relyingParty.origin);
      if (crossOrigin !== null) return problemResponse(crossOrigin);
      const { searchParams } = request.nextUrl;
      const twice = [...searchParams.keys()].find((name) => searchParams.getAll(name).length > 1);
      const input = schema.safeParse({ ...Object.fromEntries(searchParams), ...more(request.headers) });
      const { caller } = await readCaller(runtime, request.cookies, request.headers, peekSession);
      const guarded = guard(caller);
      if (!guarded.ok) return problemResponse(guarded.problem);
      if (twice !== undefined || !input.success) {
        const part = twice ?? wrongPart(input.error);
        return problemResponse(
          problem(part === 'after' ? 'invalid_cursor' : 'invalid_filter', { facts: { part } }),
        );
      }
      const result = await useCase(runtime, guarded.value, input.data);
      if (!result.ok) return problemResponse(result.problem);
      const { headers, chunks, closed } = result.value;
      const init = { headers: { ...NO_STORE, ...headers } };
      // Next neither reads nor cancels a body that nobody takes: of a HEAD, or of a reader who has left already.
      if (request.method === 'HEAD' || request.signal.aborted) {
        closed();
        await chunks.return();
        return new Response(null, init);
      }
      request.signal.addEventListener('abort', closed, { once: true });
      return new Response(bodyOf(chunks, closed), init);
    } catch (error) {
      return problemResponse(thrownProblem(error));
    }
  };
}

/** The name of what a schema refused: an unknown key, or where the first issue is. */
function wrongPart(error: z.ZodError | undefined): string {
  const issue = error?.issues[0];
  const name = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path[0];
  return String(name ?? '').slice(0, 64);
}

/** Pulls a chunk when the connection has room for one: a slow reader makes nothing grow. */
function bodyOf(
  chunks: AsyncGenerator<string | Uint8Array, void>,
  closed: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await chunks.next();
          if (!done) return controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
          closed();
          controller.close();
        } catch (error) {
          closed();
          controller.error(error);
        }
      },
      cancel: async () => {
        closed();
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}

type Body =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: Problem };

async function readJson(request: NextRequest, limitBytes: number): Promise<Body> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return { ok: false, problem: problem('unsupported_media_type') };
  const text = await readLimited(request.body, limitBytes);
  if (text === null) return { ok: false, problem: problem('payload_too_large') };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, problem: problem('bad_request') };
  }
}

/** The body as text, or null once it is too long; the rest is not read. */
async function readLimited(
  body: ReadableStream<Uint8Array> | null,
  limitBytes: number,
): Promise<string | null> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limitBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
