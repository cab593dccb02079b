import 'server-only';
import { cookies, headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import type { Permission } from '#domain/identity';
import type { ClockAnswer } from '#domain/presentation/clock';
import { registrationPage, strengthMissing } from '#domain/session';
import { administrator, type SignedIn } from './caller.ts';
import { readDemoClock } from './demo-clock.ts';
import { isHeld } from './enrollment-status.ts';
import { noteOutage } from './outage.ts';
import { mustChangePin } from './own-pin.ts';
import { passwordFaceHere } from './password-face.ts';
import { theRuntime } from './product.ts';
import { LAST_PERSON_COOKIE, readCaller } from './request.ts';
import type { Runtime } from './runtime.ts';
import { webSignInHere } from './web-sign-in.ts';

/** The front door's note about the request that is being served, see `serve.mjs`. */
const front = globalThis as { latchkeyRequest?: { getStore(): { unavailable?: boolean } | undefined } };

/**
 * Who asks for this page; read once a request. Where the store is away the error page is told so by the digest, and the
 * front door makes the answer a 503.
 */
export const pageCaller = cache(async () => {
  const [jar, sent] = await Promise.all([cookies(), headers()]);
  try {
    const runtime = await theRuntime();
    const { caller } = await readCaller(runtime, jar, sent);
    return { runtime, caller };
  } catch (error) {
    if (!noteOutage(error)) throw error;
    const request = front.latchkeyRequest?.getStore();
    if (request !== undefined) request.unavailable = true;
    throw Object.assign(new Error('The store is unavailable', { cause: error }), {
      digest: 'store_unavailable',
    });
  }
});

/** How the clock of this demo tenant stands, for every page to show; null elsewhere, or where nothing is known. */
export async function clockOfPage(): Promise<ClockAnswer | null> {
  try {
    return await readDemoClock(await theRuntime());
  } catch (error) {
    if (noteOutage(error)) return null;
    throw error;
  }
}

/** What of a password the signed-out pages of this browser show, by who signed in here last. */
export async function passwordFaceOfBrowser() {
  const [{ runtime, caller }, jar] = await Promise.all([pageCaller(), cookies()]);
  return await passwordFaceHere(runtime, caller, jar.get(LAST_PERSON_COOKIE)?.value);
}

/** Whether the signed-out pages of this browser show web sign-in, by where somebody signed in here last. */
export async function webSignInOfBrowser(): Promise<boolean> {
  const [{ runtime, caller }, jar] = await Promise.all([pageCaller(), cookies()]);
  return await webSignInHere(runtime, caller, jar.get(LAST_PERSON_COOKIE)?.value);
}

interface Page {
  readonly runtime: Runtime;
  readonly caller: SignedIn;
}

/** A page for anybody signed in, a pass session included; others are led to sign in or to unlock. */
export async function signedInPage(): Promise<Page> {
  const { runtime, caller } = await pageCaller();
  if (caller.session === null) redirect('/sign-in');
  if (caller.session.lockedAt !== null) redirect('/locked');
  return { runtime, caller: { ...caller, session: caller.session } };
}

/**
 * A page for an ordinary session; a pass session is led to what it is for, and a new device waits for its policy. Whoever
 * came in with less than policy asks for is asked for more, on the page that is for that; whoever came in with a PIN that has to be changed changes it first, on the page that is for that.
 */
export async function memberPage(place: 'anywhere' | 'pin_change' = 'anywhere'): Promise<Page> {
  const page = await signedInPage();
  const { session } = page.caller;
  if (session.kind === 'registration') redirect(registrationPage(session));
  if (await isHeld(page.runtime.db, session)) redirect('/provision');
  if (strengthMissing(session, 'signIn') !== null) redirect('/step-up');
  if (place === 'anywhere' && (await mustChangePin(page.runtime, session))) redirect('/security-info/pin');
  return page;
}

/** A page of administration, for which policy may ask more. For everybody else it does not exist. */
export async function administratorPage(permission: Permission = 'read'): Promise<Page> {
  const page = await memberPage();
  const guarded = administrator(permission)(page.caller);
  if (guarded.ok) return page;
  if (guarded.problem.code === 'strength_required') redirect('/step-up?for=administration');
  notFound();
}
