import type { Route } from 'next';
import { registrationPage, type Session } from '#domain/session';

/** Where a page leads on to that adds a method: to the set-up of this device it was begun from, or to what the session is for. */
export function afterwards(
  session: Pick<Session, 'kind' | 'method'>,
  then: string | string[] | undefined,
): Route {
  if (then === 'provision') return '/provision?step=device' as Route;
  return session.kind === 'ordinary' ? '/security-info' : registrationPage(session);
}

/** The address of such a page, begun from the same place. */
export function adding(
  page: '/phone' | '/authenticator-app' | '/second-factor',
  then?: string | string[],
): Route {
  return (then === 'provision' ? `${page}?then=provision` : page) as Route;
}
