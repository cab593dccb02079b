import 'server-only';
import { cookies, headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import type { Permission } from '#domain/identity';
import { administrator, type SignedIn } from './caller.ts';
import { theRuntime } from './product.ts';
import { readCaller } from './request.ts';
import type { Runtime } from './runtime.ts';

/** Who asks for this page; read once a request. */
export const pageCaller = cache(async () => {
  const runtime = await theRuntime();
  const { caller } = await readCaller(runtime, await cookies(), await headers());
  return { runtime, caller };
});

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

/** A page for an ordinary session; a pass session is led to what it is for. */
export async function memberPage(): Promise<Page> {
  const page = await signedInPage();
  if (page.caller.session.kind === 'registration') redirect('/provision');
  return page;
}

/** A page of administration. For everybody else it does not exist. */
export async function administratorPage(permission: Permission = 'read'): Promise<Page> {
  const page = await memberPage();
  if (!administrator(permission)(page.caller).ok) notFound();
  return page;
}
