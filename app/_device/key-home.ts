import type { Ceremony } from '#domain/doctor';
import type { AuthenticationResponse, RegistrationResponse } from '#domain/wire';
import type { CreationOptions, RequestOptions } from './platform-authenticator.ts';
import type { Outcome } from './trouble.ts';

/** Fetches the options of a ceremony; a Hello container shows by a ticket that its PIN was tried. */
export type Ask<O> = (ticket?: string) => Promise<Outcome<O>>;

/** Hands in what a home answered to these options. */
export type HandIn<O, R, T> = (options: O, response: R) => Promise<Outcome<T>>;

/**
 * A home for keys: the operating system's own authenticator (Windows Hello on Windows), or the Hello container that this
 * browser keeps. Each asks for its options itself, because a container is opened before there is a challenge. Pages talk to
 * it through the ceremonies and do not know which one they have.
 */
export interface KeyHome {
  create(
    ask: Ask<CreationOptions>,
  ): Promise<Outcome<{ options: CreationOptions; response: RegistrationResponse }>>;
  get<T>(
    ask: Ask<RequestOptions>,
    ceremony: Ceremony,
    handIn: HandIn<RequestOptions, AuthenticationResponse, T>,
  ): Promise<Outcome<T>>;
}
