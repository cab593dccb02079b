'use client';

import type { CredentialKind } from '#domain/authentication';
import { CHALLENGE_LIFETIME_MS, PIN_RESET_CHALLENGE_LIFETIME_MS } from '#domain/ceremony';
import { MINUTE_MS, SECOND_MS } from '#domain/time';
import type {
  AuthenticationAnswer,
  AuthenticationResponse,
  DeviceAnswer,
  DeviceRecognition,
  RegistrationAnswer,
} from '#domain/wire';
import { type KeptReset, keepReset } from './kept-reset.ts';
import { readMachine } from './machine.ts';
import {
  autofillAvailable,
  type CreationOptions,
  getFromAutofill,
  platformAuthenticator,
  type RequestOptions,
  stopPending,
} from './platform-authenticator.ts';
import { post } from './post.ts';
import {
  deviceProof,
  dropPendingKeys,
  keepProfile,
  pendingKeys,
  profileOfUpn,
  signProof,
} from './profile.ts';
import { expectKey, settleKey, signalUnknownKey, tellBrowser } from './signals.ts';
import type { Outcome } from './trouble.ts';

/** Every ceremony that a page can start. Each asks for options, lets the device answer, and hands the answer in. */

export type AuthenticationPurpose = 'sign-in' | 'unlock' | 'step-up';

/** Repeats a ceremony once, unseen, when its challenge ran out while somebody was thinking. */
async function renewing<T>(ceremony: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const first = await ceremony();
  return !first.ok && first.trouble.code === 'challenge_expired' ? await ceremony() : first;
}

/** As `renewing`, and once more with new keys where the kept ones turn out to be somebody else's. */
async function introducing(ceremony: () => Promise<Outcome<DeviceAnswer>>): Promise<Outcome<DeviceAnswer>> {
  const first = await renewing(ceremony);
  if (first.ok || first.trouble.code !== 'device_already_registered') return first;
  await dropPendingKeys();
  return await renewing(ceremony);
}

/** Signs in, unlocks or confirms with a key on this device or on another, but for those with an ID in `leaveOut`. */
export async function authenticate(
  purpose: AuthenticationPurpose,
  leaveOut: readonly string[] = [],
): Promise<Outcome<AuthenticationAnswer>> {
  stopPending();
  return await renewing(async () => {
    const options = await post<RequestOptions>('/api/authentication/options', { purpose });
    if (!options.ok) return options;
    const { allowCredentials = [] } = options.value;
    const response = await platformAuthenticator.get(
      { ...options.value, allowCredentials: allowCredentials.filter(({ id }) => !leaveOut.includes(id)) },
      purpose === 'unlock' ? 'unlock' : 'asking',
    );
    if (!response.ok) return response;
    return await finishAuthentication(options.value, response.value);
  });
}

async function finishAuthentication(
  { challenge, rpId }: RequestOptions,
  response: AuthenticationResponse,
): Promise<Outcome<AuthenticationAnswer>> {
  const device = await deviceProof(response.response.userHandle ?? undefined, challenge, response.id);
  const finished = await post<AuthenticationAnswer>('/api/authentication/verification', {
    response,
    ...(device && { device }),
  });
  // After the others a page of the new session follows, which tells the browser itself.
  if (finished.ok && finished.value.purpose === 'step-up') void tellBrowser();
  if (!finished.ok && finished.trouble.code === 'credential_unknown')
    void signalUnknownKey(rpId ?? window.location.hostname, response.id);
  return finished;
}

/** Autofill is asked again this long before its challenge would run out. */
const AUTOFILL_RENEWAL_MS = CHALLENGE_LIFETIME_MS - MINUTE_MS;

/**
 * Offers keys in the autofill list until one is chosen or `signal` aborts. The challenge is renewed before it expires and
 * when the tab wakes, so that a page left open overnight still works. Null when nothing was chosen.
 */
export async function authenticateByAutofill(
  signal: AbortSignal,
): Promise<Outcome<AuthenticationAnswer> | null> {
  if (!(await autofillAvailable())) return null;
  while (!signal.aborted) {
    const options = await post<RequestOptions>('/api/authentication/options', { purpose: 'sign-in' });
    if (!options.ok || signal.aborted) return null;
    let renewed = false;
    const renew = () => {
      renewed = true;
      stopPending();
    };
    const timer = setTimeout(renew, AUTOFILL_RENEWAL_MS);
    const asked = Date.now();
    const wake = () => {
      if (document.visibilityState === 'visible' && Date.now() - asked > AUTOFILL_RENEWAL_MS) renew();
    };
    document.addEventListener('visibilitychange', wake);
    const response = await getFromAutofill(options.value);
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', wake);
    if (response !== null && !signal.aborted) {
      const finished = await finishAuthentication(options.value, response);
      if (finished.ok || finished.trouble.code !== 'challenge_expired') return finished;
    } else if (!renewed) {
      return null;
    }
  }
  return null;
}

/** Registers this browser as a device of the person who is signed in. */
export async function registerDevice(name: string): Promise<Outcome<DeviceAnswer>> {
  return await introducing(async () => {
    const options = await post<{ challenge: string }>('/api/device-registration/options', {
      purpose: 'register-device',
    });
    if (!options.ok) return options;
    const { challenge } = options.value;
    const { keys, publicKey } = await pendingKeys();
    const answer = await post<DeviceAnswer>('/api/device-registration/verification', {
      ...(await readMachine()),
      name,
      joinType: 'joined',
      publicKey,
      challenge,
      signature: await signProof(keys, challenge),
    });
    if (answer.ok) await keepProfile(answer.value, keys);
    return answer;
  });
}

/** Adds this browser to the device whose Hello key answers. */
export async function addBrowser(): Promise<Outcome<DeviceAnswer>> {
  stopPending();
  return await introducing(async () => {
    const options = await post<RequestOptions>('/api/authentication/options', { purpose: 'add-browser' });
    if (!options.ok) return options;
    const { challenge } = options.value;
    const response = await platformAuthenticator.get(options.value);
    if (!response.ok) return response;
    const { keys, publicKey } = await pendingKeys();
    const { browser } = await readMachine();
    const answer = await post<DeviceAnswer>('/api/device-registration/profile', {
      publicKey,
      browser,
      signature: await signProof(keys, challenge, response.value.id),
      response: response.value,
    });
    if (answer.ok) await keepProfile(answer.value, keys);
    return answer;
  });
}

/**
 * Makes a key: a Hello key on this device, or a passkey wherever the person chooses. `attestation` is `none` on the
 * second attempt: a key whose protection stays unproven is a result, not an error.
 */
export async function registerKey(
  kind: CredentialKind,
  userHandle: string,
  attestation: 'direct' | 'none' = 'direct',
): Promise<Outcome<RegistrationAnswer>> {
  stopPending();
  return await renewing(async () => {
    const options = await post<CreationOptions>('/api/registration/options', {
      purpose: kind,
      attestation,
    });
    if (!options.ok) return options;
    const response = await platformAuthenticator.create(options.value);
    if (!response.ok) return response;
    const device =
      kind === 'hello'
        ? await deviceProof(userHandle, options.value.challenge, response.value.id)
        : undefined;
    expectKey(response.value.id, CHALLENGE_LIFETIME_MS);
    const registered = await post<RegistrationAnswer>('/api/registration/verification', {
      response: response.value,
      ...(device && { device }),
    });
    // An offer to keep it as a passkey is open as long as the key is expected.
    const open = !registered.ok && ['offline', 'not_a_hello_key'].includes(registered.trouble.code);
    if (!open) {
      settleKey(response.value.id);
      // Refused, too: the authenticator holds a key that counts nowhere, and may drop it.
      void tellBrowser();
    }
    return registered;
  });
}

/** Refusals that a device may give only because it was asked to prove its hardware. */
export const WITHOUT_STATEMENT: ReadonlySet<string> = new Set([
  'attestation_unverifiable',
  'statement_missing',
  'UnknownError',
  'NotReadableError',
  'NotAllowedError',
]);
/** Windows prepares its statement in the background: the first attempt at a new site often comes too early. */
export const SECOND_TRY_AFTER_MS = 3 * SECOND_MS;

/**
 * Lets this device make the key of a PIN reset. The old key may be overwritten by that, so that the response is kept in
 * this tab before anything else; `handIn` does the rest.
 */
export async function makeReplacement(
  userHandle: string,
  attestation: 'direct' | 'none',
): Promise<Outcome<KeptReset>> {
  stopPending();
  const options = await post<CreationOptions>('/api/registration/options', {
    purpose: 'pin-reset',
    attestation,
  });
  if (!options.ok) return options;
  const response = await platformAuthenticator.create(options.value);
  if (!response.ok) return response;
  const kept = { userHandle, challenge: options.value.challenge, response: response.value };
  keepReset(kept);
  expectKey(response.value.id, PIN_RESET_CHALLENGE_LIFETIME_MS);
  return { ok: true, value: kept };
}

/** Shows which device this is, beside a name and a typed secret; undefined where this person never registered it. */
export async function recognition(upn: string): Promise<DeviceRecognition | undefined> {
  const profile = await profileOfUpn(upn);
  if (profile === undefined) return undefined;
  const options = await post<{ challenge: string }>('/api/device-registration/options', {
    purpose: 'recognise-device',
  });
  if (!options.ok) return undefined;
  const { challenge } = options.value;
  return { id: profile.profileId, challenge, signature: await signProof(profile.keys, challenge) };
}
