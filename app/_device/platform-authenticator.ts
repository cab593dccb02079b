import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
} from '@simplewebauthn/browser';
import type { Ceremony } from '#domain/doctor';
import type { AuthenticationResponse, RegistrationResponse } from '#domain/wire';
import type { KeyHome } from './key-home.ts';
import { browserTrouble, failed, type Outcome, unsupportedTrouble } from './trouble.ts';

/** The JSON forms of WebAuthn L3 5.4 and 5.5, as the library reads them. */
export type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON'];
export type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON'];

/** Lets the system answer; what it throws becomes a trouble that knows how long it took. */
async function asked<T>(ceremony: Ceremony, answer: () => Promise<unknown>): Promise<Outcome<T>> {
  if (!browserSupportsWebAuthn()) return failed(await unsupportedTrouble(ceremony));
  const start = performance.now();
  try {
    return { ok: true, value: (await answer()) as T };
  } catch (error) {
    return failed(await browserTrouble(error, ceremony, performance.now() - start));
  }
}

export const platformAuthenticator: KeyHome = {
  async create(ask) {
    const options = await ask();
    if (!options.ok) return options;
    const response = await asked<RegistrationResponse>('creating', () =>
      startRegistration({ optionsJSON: options.value }),
    );
    return response.ok ? { ok: true, value: { options: options.value, response: response.value } } : response;
  },
  async get(ask, ceremony, handIn) {
    const options = await ask();
    if (!options.ok) return options;
    const response = await asked<AuthenticationResponse>(ceremony, () =>
      startAuthentication({ optionsJSON: options.value }),
    );
    return response.ok ? await handIn(options.value, response.value) : response;
  },
};

/** Whether keys can be offered in the autofill list of a field (Windows 11 22H2 with a current browser). */
export async function autofillAvailable(): Promise<boolean> {
  return await browserSupportsWebAuthnAutofill();
}

/** Waits until a key is chosen from autofill; null when it was stopped or the browser gave up. Never interrupts. */
export async function getFromAutofill(options: RequestOptions): Promise<AuthenticationResponse | null> {
  try {
    return (await startAuthentication({
      optionsJSON: options,
      useBrowserAutofill: true,
    })) as AuthenticationResponse;
  } catch {
    return null;
  }
}

/** Ends a pending request, so that another can begin. */
export function stopPending(): void {
  WebAuthnAbortService.cancelCeremony();
}

/** Whether this browser can use keys at all. */
export function keysAvailable(): boolean {
  return browserSupportsWebAuthn();
}
