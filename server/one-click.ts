import 'server-only';
import type { NextRequest } from 'next/server';
import { reminderQuery } from '#domain/communication/wire';
import { problem } from '#domain/problem';
import type { Result } from '#domain/result';
import type { Caller } from './caller.ts';
import { problemResponse, thrownProblem } from './endpoint.ts';
import { theRuntime } from './product.ts';
import { passDoor } from './rate-limit.ts';
import { readCaller } from './request.ts';
import type { Runtime } from './runtime.ts';
import { supported, traced } from './trace.ts';
import { setReminders } from './unsubscribe.ts';

const NO_COOKIES = { get: () => undefined };

/**
 * The button that a mail program presses for its reader (RFC 8058): a POST by a program from anywhere, without cookies. So
 * it has no origin to compare, and whoever's browser sends it is not looked at: the token alone says whose reminders it is
 * about, and it can do nothing else. The body only says that it is that button, and is not read.
 */
export async function stopByOneClick(request: NextRequest): Promise<Response> {
  try {
    const { runtime, trace } = traced(await theRuntime());
    const { caller } = await readCaller(runtime, NO_COOKIES, request.headers);
    const limited = await passDoor(runtime, 'unsubscribe', caller);
    if (limited !== null) return problemResponse(supported(limited, trace));
    const query = reminderQuery.safeParse(Object.fromEntries(request.nextUrl.searchParams));
    if (!query.success) return problemResponse(problem('reminder_link_broken'));
    const result = await setReminders(runtime, { ...query.data, wanted: false });
    if (!result.ok) return problemResponse(result.problem);
    return Response.json({}, { headers: { 'cache-control': 'no-store' } });
  } catch (error) {
    return problemResponse(thrownProblem(error));
  }
}

/** Whoever opens that address is led to the page with the button: following a link changes nothing. */
export async function leadToReminders(request: NextRequest): Promise<Response> {
  const { relyingParty } = await theRuntime();
  const to = new URL('/reminders', relyingParty.origin);
  to.searchParams.set('token', request.nextUrl.searchParams.get('token') ?? '');
  return new Response(null, { status: 303, headers: { location: to.href, 'cache-control': 'no-store' } });
}

/** The button of the page, and the one that takes it back. */
export async function setRemindersHere(
  runtime: Runtime,
  caller: Caller,
  input: Parameters<typeof setReminders>[1],
): Promise<Result<null>> {
  const limited = await passDoor(runtime, 'unsubscribe', caller);
  return limited === null ? await setReminders(runtime, input) : { ok: false, problem: limited };
}
