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
import { recorder } from './watch.ts';

/** The JSON forms of WebAuthn L3 5.4 and 5.5, as the library reads them. */
export type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON'];
export type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON'];

/** Lets the system answer; what it throws becomes a trouble that knows how long it took. */
async function asked<T>(
  ceremony: Ceremony,
  options: CreationOptions | RequestOptions,
  answer: () => Promise<unknown>,
): Promise<Outcome<T>> {
  if (!browserSupportsWebAuthn()) return failed(await unsupportedTrouble(ceremony));
  const record = await recorder();
  const start = performance.now();
  try {
    record?.seen(ceremony === 'creating' ? 'create' : 'get', options);
    const value = (await answer()) as T;
    record?.seen('gesture');
    record?.seen(ceremony === 'creating' ? 'created' : 'signed', { ...value, keptBy: 'authenticator' });
    return { ok: true, value };
  } catch (error) {
    return failed(await browserTrouble(error, ceremony, performance.now() - start));
  }
}

export const platformAuthenticator: KeyHome = {
  async create(ask) {
    const options = await ask();
    if (!options.ok) return options;
    const response = await asked<RegistrationResponse>('creating', options.value, () =>
      startRegistration({ optionsJSON: options.value }),
    );
    return response.ok
      ? { ok: true, value: { options: options.value, response: withoutPrf(response.value) } }
      : response;
  },
  async get(ask, ceremony, handIn) {
    const options = await ask();
    if (!options.ok) return options;
    const response = await asked<AuthenticationResponse>(ceremony, options.value, () =>
      startAuthentication({ optionsJSON: options.value }),
    );
    return response.ok ? await handIn(options.value, response.value) : response;
  },
};

/** Whether this browser says that it can ask an authenticator for a secret of its own (WebAuthn L3 10.1.4, PRF). */
export async function prfAvailable(): Promise<boolean> {
  if (!browserSupportsWebAuthn()) return false;
  const { getClientCapabilities } = PublicKeyCredential;
  if (getClientCapabilities === undefined) return false;
  const capabilities = await getClientCapabilities.call(PublicKeyCredential).catch(() => undefined);
  return capabilities?.['extension:prf'] === true;
}

/** As `create`, of a passkey that shall be able to answer `getWithPrf` later. Always with a salt: without one Windows fails. */
export function withPrf(options: CreationOptions, salt: Uint8Array<ArrayBuffer>): CreationOptions {
  return { ...options, extensions: { ...options.extensions, prf: { eval: { first: salt } } } };
}

/** What a passkey answered with, and the 32 bytes that are its own for this salt; null where it has none. */
export interface PrfAnswer {
  readonly response: AuthenticationResponse;
  readonly output: Uint8Array<ArrayBuffer> | null;
}

/**
 * Lets one of these passkeys answer, each with its salt. The output never leaves this browser: the response that is handed in
 * is without it. `no_passkey`: the options ask for none of them.
 */
export async function getWithPrf(
  options: RequestOptions,
  salts: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): Promise<Outcome<PrfAnswer> | 'no_passkey'> {
  const allowCredentials = (options.allowCredentials ?? []).filter(({ id }) => salts.has(id));
  if (allowCredentials.length === 0) return 'no_passkey';
  const evalByCredential = Object.fromEntries(
    [...salts]
      .filter(([id]) => allowCredentials.some((each) => each.id === id))
      .map(([id, first]) => [id, { first }]),
  );
  const optionsJSON = {
    ...options,
    allowCredentials,
    extensions: { ...options.extensions, prf: { evalByCredential } },
  };
  const answered = await asked<AuthenticationResponse>('asking', options, () =>
    startAuthentication({ optionsJSON }),
  );
  if (!answered.ok) return answered;
  const { prf } = answered.value.clientExtensionResults as AuthenticationExtensionsClientOutputs;
  const first = prf?.results?.first;
  const output = first === undefined ? null : Uint8Array.from(bytesOf(first));
  if (first !== undefined) bytesOf(first).fill(0);
  return { ok: true, value: { response: withoutPrf(answered.value), output } };
}

const bytesOf = (source: BufferSource): Uint8Array =>
  source instanceof ArrayBuffer
    ? new Uint8Array(source)
    : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);

function withoutPrf<R extends { readonly clientExtensionResults: object }>(response: R): R {
  const { prf: _, ...clientExtensionResults } = response.clientExtensionResults as { prf?: unknown };
  return { ...response, clientExtensionResults };
}

/** Whether this device can verify who holds it, by its own face, finger or screen lock. */
export async function verifiesHolder(): Promise<boolean> {
  if (!browserSupportsWebAuthn()) return false;
  return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

/** Whether keys can be offered in the autofill list of a field (Windows 11 22H2 with a current browser). */
export async function autofillAvailable(): Promise<boolean> {
  return await browserSupportsWebAuthnAutofill();
}

/** Waits until a key is chosen from autofill; null when it was stopped or the browser gave up. Never interrupts. */
export async function getFromAutofill(options: RequestOptions): Promise<AuthenticationResponse | null> {
  try {
    const record = await recorder();
    record?.seen('get', options);
    const response = (await startAuthentication({
      optionsJSON: options,
      useBrowserAutofill: true,
    })) as AuthenticationResponse;
    record?.seen('gesture');
    record?.seen('signed', { ...response, keptBy: 'authenticator' });
    return response;
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
