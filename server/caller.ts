import 'server-only';
import { mayAdminister, type Permission, type Role } from '#domain/identity';
import { ok, type Result, refuse } from '#domain/result';
import { type Session, strengthMissing } from '#domain/session';
import type { StrengthPlace } from '#domain/strength';

/** The person of a session, as every page needs them. */
export interface Person {
  readonly id: string;
  readonly upn: string;
  readonly displayName: string;
  readonly userHandle: string;
  readonly roles: readonly Role[];
}

export interface SignedInSession extends Session {
  readonly person: Person;
  readonly device: { readonly id: string; readonly name: string } | null;
}

/** Who asks: a browser by its pre-session cookie, perhaps a live session, and from where. */
export interface Caller {
  readonly browser: string;
  readonly session: SignedInSession | null;
  readonly address: string;
  /** The browser in words, for lists and logs; whatever it claims. */
  readonly userAgent: string;
}

export interface SignedIn extends Caller {
  readonly session: SignedInSession;
}

/** Narrows a caller to one that may go on, or says why not. */
export type Guard<C extends Caller> = (caller: Caller) => Result<C>;

export const anyone: Guard<Caller> = (caller) => ok(caller);

/** Any live session that is not locked, one opened by a pass included. */
export const signedIn: Guard<SignedIn> = (caller) => {
  if (caller.session === null) return refuse('sign_in_required');
  return caller.session.lockedAt === null
    ? ok({ ...caller, session: caller.session })
    : refuse('session_locked');
};

/** An ordinary session, unlocked, however strong: for confirming that it is still oneself. */
export const ordinary: Guard<SignedIn> = (caller) => {
  const guarded = signedIn(caller);
  if (!guarded.ok) return guarded;
  return guarded.value.session.kind === 'ordinary' ? guarded : refuse('registration_only');
};

/** The same, as strong as policy asks for signing in. */
export const member: Guard<SignedIn> = (caller) => {
  const guarded = ordinary(caller);
  return guarded.ok ? strongEnough(guarded.value, 'signIn') : guarded;
};

function strongEnough(caller: SignedIn, place: StrengthPlace): Result<SignedIn> {
  const strength = strengthMissing(caller.session, place);
  return strength === null ? ok(caller) : refuse('strength_required', { facts: { strength, place } });
}

/** A live session, locked or not: signing out and locking are always open. */
export const lockedOrNot: Guard<SignedIn> = (caller) =>
  caller.session === null ? refuse('sign_in_required') : ok({ ...caller, session: caller.session });

/**
 * An administrator whose roles carry the permission. Members learn nothing: administration is not there for them.
 * A reader who tries to act hears that the role does not allow it.
 */
export function administrator(permission: Permission): Guard<SignedIn> {
  return (caller) => {
    const guarded = member(caller);
    if (!guarded.ok) return guarded;
    const { roles } = guarded.value.session.person;
    if (!mayAdminister(roles, 'read')) return refuse('not_found');
    if (!mayAdminister(roles, permission)) return refuse('not_permitted');
    return strongEnough(guarded.value, 'administration');
  };
}
