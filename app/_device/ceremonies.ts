'use client';

import type { CredentialKind } from '#domain/authentication';
import { CHALLENGE_LIFETIME_MS, PIN_RESET_CHALLENGE_LIFETIME_MS } from '#domain/ceremony';
import type { RunName } from '#domain/live-ceremony/runs';
import { MINUTE_MS, SECOND_MS } from '#domain/time';
import type {
  AuthenticationAnswer,
  AuthenticationResponse,
  DeviceAnswer,
  DeviceRecognition,
  RegistrationAnswer,
} from '#domain/wire';
import { type KeptReset, keepReset } from './kept-reset.ts';
import type { PinChange, PinChangeResult } from './key-container/change-pin.ts';
import type { NewPin } from './key-container/key-container.ts';
import type { NewOpener } from './key-container/passkey-protector.ts';
import { random } from './key-container/random.ts';
import type { NewPin as ResettingPin, Way } from './key-container/reset-pin.ts';
import { alone, isContainerHere } from './key-container/store.ts';
import type { Ask, KeyHome } from './key-home.ts';
import { readMachine } from './machine.ts';
import {
  autofillAvailable,
  type CreationOptions,
  getFromAutofill,
  platformAuthenticator,
  prfAvailable,
  type RequestOptions,
  stopPending,
  withPrf,
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
import { goOnRun, startRun } from './run.ts';
import { settle } from './settle.ts';
import { expectKey, signalUnknownKey, tellBrowser } from './signals.ts';
import { type Outcome, UNANSWERED } from './trouble.ts';

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

/** Whose key is asked for, and which are not. */
interface Wanted {
  /** The user handle of the person whom it is about: where this browser keeps a key of theirs, that one is asked. */
  readonly about?: string | undefined;
  /** The page offers the PIN of that key: no other one answers in its place. */
  readonly withPin?: boolean;
  /** Authenticators' IDs of keys that are not asked for. */
  readonly leaveOut?: readonly string[];
}

/** Pages without a container never load what opens one. */
async function containerOf(userHandle: string, newPin?: NewPin): Promise<KeyHome> {
  const { keyContainer } = await import('./key-container/key-container.ts');
  return keyContainer(userHandle, newPin);
}

/** The Hello container of a person, where this browser has one; else the authenticator of the device. */
async function homeOf({ about, withPin = false }: Wanted): Promise<KeyHome> {
  const kept = about !== undefined && (withPin || (await isContainerHere(about)));
  return kept ? await containerOf(about) : platformAuthenticator;
}

const askFor =
  (purpose: AuthenticationPurpose): Ask<RequestOptions> =>
  (ticket) =>
    post('/api/authentication/options', { purpose, ...(ticket === undefined ? {} : { ticket }) });

/** Signs in, unlocks or confirms with a key on this device or on another. */
export async function authenticate(
  purpose: AuthenticationPurpose,
  wanted: Wanted = {},
): Promise<Outcome<AuthenticationAnswer>> {
  stopPending();
  startRun(purpose);
  const { leaveOut = [] } = wanted;
  const home = await homeOf(wanted);
  const ask = async (ticket?: string): Promise<Outcome<RequestOptions>> => {
    const options = await askFor(purpose)(ticket);
    if (!options.ok) return options;
    const { allowCredentials = [] } = options.value;
    const left = allowCredentials.filter(({ id }) => !leaveOut.includes(id));
    return { ok: true, value: { ...options.value, allowCredentials: left } };
  };
  return await renewing(() =>
    home.get(ask, purpose === 'unlock' ? 'unlock' : 'asking', finishAuthentication),
  );
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
    startRun('sign-in');
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
  startRun('register-device');
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
  startRun('add-browser');
  const ask = () => post<RequestOptions>('/api/authentication/options', { purpose: 'add-browser' });
  return await introducing(() =>
    platformAuthenticator.get(ask, 'asking', async ({ challenge }, response) => {
      const { keys, publicKey } = await pendingKeys();
      const { browser } = await readMachine();
      const answer = await post<DeviceAnswer>('/api/device-registration/profile', {
        publicKey,
        browser,
        signature: await signProof(keys, challenge, response.id),
        response,
      });
      if (answer.ok) await keepProfile(answer.value, keys);
      return answer;
    }),
  );
}

/** How a key is made: with a statement about the hardware, without one, or by this browser itself behind a PIN. */
export type Making = 'direct' | 'none' | NewPin;

/** Lets a home make a key and answers with the options, too. */
async function create(purpose: 'hello' | 'passkey' | 'pin-reset', userHandle: string, making: Making) {
  const byBrowser = typeof making === 'object';
  const home = byBrowser ? await containerOf(userHandle, making) : platformAuthenticator;
  const ask: Ask<CreationOptions> = (ticket) =>
    post<CreationOptions>('/api/registration/options', {
      purpose,
      attestation: byBrowser ? 'none' : making,
      ...(ticket === undefined ? {} : { ticket }),
    });
  if (purpose !== 'passkey' || !(await mayOpenContainer(userHandle))) return await home.create(ask);
  const made = await home.create(async () => {
    const options = await ask();
    return options.ok ? { ok: true, value: withPrf(options.value, random(32)) } : options;
  });
  return !made.ok && FAILS_WITH_PRF.has(made.trouble.code) ? await home.create(ask) : made;
}

/** Whether a new passkey could open something here: only then is it asked for more than any other. */
async function mayOpenContainer(userHandle: string): Promise<boolean> {
  return (await isContainerHere(userHandle)) && (await prfAvailable());
}

/** How systems fail that know PRF and cannot do it: the passkey is worth making without. */
const FAILS_WITH_PRF: ReadonlySet<string> = new Set([
  'UnknownError',
  'NotReadableError',
  'NotSupportedError',
]);

/**
 * Makes a key: a Hello key on this device, or a passkey wherever the person chooses. Without a statement the key's protection
 * stays unproven: that is a result, not an error.
 */
export async function registerKey(
  kind: CredentialKind,
  userHandle: string,
  making: Making = 'direct',
): Promise<Outcome<RegistrationAnswer>> {
  stopPending();
  startRun('make-key');
  const ceremony = () => renewing(() => register(kind, userHandle, making));
  // Of two tabs the second finds what the first has made.
  return await (typeof making === 'object' ? alone(userHandle, ceremony) : ceremony());
}

/** Answers after which the key may count all the same, or may be kept as a passkey as long as it is expected. */
const OPEN: ReadonlySet<string> = new Set([...UNANSWERED, 'not_a_hello_key']);

async function register(
  kind: CredentialKind,
  userHandle: string,
  making: Making,
): Promise<Outcome<RegistrationAnswer>> {
  const made = await create(kind, userHandle, making);
  if (!made.ok) return made;
  const { options, response } = made.value;
  const device = kind === 'hello' ? await deviceProof(userHandle, options.challenge, response.id) : undefined;
  expectKey(response.id, CHALLENGE_LIFETIME_MS);
  const registered = await post<RegistrationAnswer>('/api/registration/verification', {
    response,
    ...(device && { device }),
  });
  if (registered.ok || !OPEN.has(registered.trouble.code))
    await settle(userHandle, response.id, { taken: registered.ok });
  return registered;
}

/** Changes the PIN of the key that this browser keeps for a person; see `change-pin.ts`. */
export async function changePin(userHandle: string, change: PinChange): Promise<Outcome<PinChangeResult>> {
  stopPending();
  startRun('pin-change');
  const { changePin: changeIt } = await import('./key-container/change-pin.ts');
  return await changeIt(userHandle, change, { ask: askFor('step-up'), handIn: finishAuthentication });
}

/**
 * Gives the key that this browser keeps for a person another PIN, without the old one; see `reset-pin.ts`. In a session that
 * only a pass opened the first key that answers signs in, and in any other it confirms.
 */
export async function resetPin(
  userHandle: string,
  newPin: ResettingPin,
  session: 'ordinary' | 'registration',
  way: Way = 'service',
): Promise<Outcome<'changed'>> {
  stopPending();
  startRun('pin-recovery');
  const { resetPin: resetIt } = await import('./key-container/reset-pin.ts');
  const first = { ask: askFor(session === 'ordinary' ? 'step-up' : 'sign-in'), handIn: finishAuthentication };
  return await resetIt(userHandle, newPin, way, { first, after: { ...first, ask: askFor('step-up') } });
}

/** Lets a passkey open the key that this browser keeps for a person, beside its PIN; see `passkey-protector.ts`. */
export async function addOpener(userHandle: string, opener: NewOpener): Promise<Outcome<'added'>> {
  stopPending();
  startRun('add-opener');
  const { addOpener: addIt } = await import('./key-container/passkey-protector.ts');
  return await addIt(userHandle, opener, { ask: askFor('step-up'), handIn: finishAuthentication });
}

/** Takes it back. */
export async function removeOpener(userHandle: string, credentialId: string): Promise<Outcome<'removed'>> {
  startRun('remove-opener');
  const { removeOpener: removeIt } = await import('./key-container/passkey-protector.ts');
  return await removeIt(userHandle, credentialId);
}

/** The authenticators' IDs of the passkeys that open the key that this browser keeps for a person; null: it keeps none. */
export async function openersHere(userHandle: string): Promise<readonly string[] | null> {
  if (!(await isContainerHere(userHandle))) return null;
  const { openersHere: readThem } = await import('./key-container/passkey-protector.ts');
  return await readThem(userHandle);
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
export async function makeReplacement(userHandle: string, making: Making): Promise<Outcome<KeptReset>> {
  stopPending();
  startRun('pin-reset');
  const made = await create('pin-reset', userHandle, making);
  if (!made.ok) return made;
  const { options, response } = made.value;
  const kept = { userHandle, challenge: options.challenge, response };
  keepReset(kept);
  expectKey(response.id, PIN_RESET_CHALLENGE_LIFETIME_MS);
  return { ok: true, value: kept };
}

/** Shows which device this is, beside a name and what is typed or asked in `run`; undefined where this person never registered it. */
export async function recognition(upn: string, run: RunName): Promise<DeviceRecognition | undefined> {
  const profile = await profileOfUpn(upn);
  if (profile === undefined) return undefined;
  goOnRun(run);
  const options = await post<{ challenge: string }>('/api/device-registration/options', {
    purpose: 'recognise-device',
  });
  if (!options.ok) return undefined;
  const { challenge } = options.value;
  return { id: profile.profileId, challenge, signature: await signProof(profile.keys, challenge) };
}
