import 'server-only';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { SOFTWARE_KEY_AAGUID } from '#domain/key-container/aaguid';
import { type Blinded, blind, finalize } from '#domain/oprf';
import type { Result } from '#domain/result';
import {
  createCredential,
  type Deviation,
  getAssertion,
  proveProfile,
  type SoftwareKey,
} from '#domain/software-authenticator';
import type { AuthenticationAnswer, DeviceProof, EvaluationAnswer, RegistrationAnswer } from '#domain/wire';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import type { Caller, SignedIn } from './caller.ts';
import { beginContainer } from './container-creation.ts';
import { beginPinTry, evaluatePin } from './pin-try.ts';
import { setPolicy } from './policy-setting.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import type { Runtime } from './runtime.ts';
import {
  aBrowser,
  aDevice,
  aPerson,
  aSession,
  aTenant,
  done,
  ORIGIN,
  type SignInPurpose,
  type TestDevice,
  type TestPerson,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';

/**
 * A browser that keeps a Hello key itself, as far as a server sees it: the blinded PIN is real, and what the PIN opens is a
 * key in memory. What wraps what in a browser is the engine's to test.
 */
export interface TestContainer {
  readonly id: string;
  readonly device: TestDevice;
  /** What the PIN leads to, by protector: a right PIN is one that leads there again. */
  readonly outputs: Map<string, string>;
  readonly publicKeys: Map<string, string>;
  key: (SoftwareKey & { kid: string }) | null;
}

export const PIN = 'right harbour 77';

const bytes = (text: string) => new TextEncoder().encode(text);

export interface TryLie {
  readonly container?: string;
  readonly protector?: string;
  readonly challenge?: string;
  readonly element?: string;
  /** Whose proof comes along. */
  readonly device?: TestDevice;
  readonly signature?: string;
  readonly phrase?: string;
}

/** Blinds a PIN and asks; the answer as it came, with what it takes to read it. */
export async function askForPin(
  runtime: Runtime,
  at: Caller,
  container: Pick<TestContainer, 'id' | 'device'>,
  pin: string,
  lie: TryLie = {},
): Promise<{ result: Result<EvaluationAnswer>; blinded: Blinded; protector: string }> {
  const id = lie.container ?? container.id;
  const begun = done(await beginPinTry(runtime, at, { container: id }));
  const challenge = lie.challenge ?? begun.challenge;
  const protector = lie.protector ?? begun.protector;
  const blinded = blind(bytes(pin), (count) => runtime.random.bytes(count));
  const element = lie.element ?? toBase64Url(blinded.element);
  const { profile, profileId } = lie.device ?? container.device;
  const signature = lie.signature ?? proveProfile(profile, ORIGIN, challenge, element);
  const device: DeviceProof = { id: profileId, signature };
  const { phrase } = lie;
  const input = { container: id, protector, challenge, element, device };
  const result = await evaluatePin(runtime, at, { ...input, ...(phrase === undefined ? {} : { phrase }) });
  return { result, blinded, protector };
}

/** What an answer leads to, its proof checked against the key that was pinned. */
export function outputOf(answer: EvaluationAnswer, blinded: Blinded, publicKey: string): string {
  const read = (text: string) => fromBase64Url(text) ?? new Uint8Array();
  const evaluation = { elements: [read(answer.element)], proof: read(answer.proof) };
  const [output] = finalize([blinded], evaluation, read(publicKey)) ?? [];
  if (output === undefined) throw new Error('the server answered with another key');
  return toBase64Url(output);
}

/** Tries a PIN: the ticket, and whether it was the right one; or the refusal. */
export async function tryPin(
  runtime: Runtime,
  at: Caller,
  container: TestContainer,
  pin = PIN,
  lie: TryLie = {},
): Promise<Result<EvaluationAnswer & { right: boolean; protector: string }>> {
  const { result, blinded, protector } = await askForPin(runtime, at, container, pin, lie);
  if (!result.ok) return result;
  const output = outputOf(result.value, blinded, container.publicKeys.get(protector) ?? '');
  const right = container.outputs.get(protector) === output;
  return { ok: true, value: { ...result.value, right, protector } };
}

/** A wrong PIN, or as many as are given. */
export async function tryWrong(runtime: Runtime, at: Caller, container: TestContainer, phrase?: string) {
  return await tryPin(runtime, at, container, 'wrong', phrase === undefined ? {} : { phrase });
}

/** Sets the PIN that leads on from a protector, in the session that makes it; gives back the ticket. */
export async function setPin(
  runtime: Runtime,
  at: Caller,
  container: TestContainer,
  protector: { readonly id: string; readonly publicKey: string },
  pin: string,
): Promise<string> {
  const { result, blinded } = await askForPin(runtime, at, container, pin, { protector: protector.id });
  const answer = done(result);
  container.publicKeys.set(protector.id, protector.publicKey);
  container.outputs.set(protector.id, outputOf(answer, blinded, protector.publicKey));
  return answer.ticket;
}

/** A container with its first PIN whose key is not registered yet. */
export async function aContainerInTheMaking(
  runtime: Runtime,
  caller: SignedIn,
  device: TestDevice,
  pin = PIN,
): Promise<{ container: TestContainer; ticket: string }> {
  const begun = done(await beginContainer(runtime, caller));
  const container: TestContainer = {
    id: begun.container,
    device,
    outputs: new Map(),
    publicKeys: new Map(),
    key: null,
  };
  return { container, ticket: await setPin(runtime, caller, container, begun.protector, pin) };
}

/** Asks for options with a ticket and lets the browser make its key; the answer is not sent yet. */
export async function makeSoftwareKey(
  runtime: Runtime,
  caller: SignedIn,
  device: TestDevice,
  ticket: string | undefined,
  {
    purpose = 'hello',
    ...deviation
  }: Deviation & { readonly purpose?: 'hello' | 'passkey' | 'pin-reset' } = {},
) {
  const asked = { purpose, attestation: 'none' as const, ...(ticket === undefined ? {} : { ticket }) };
  const options = done(await beginRegistration(runtime, caller, asked));
  const given = { aaguid: SOFTWARE_KEY_AAGUID, ...deviation };
  const { key, response } = createCredential(options, ORIGIN, runtime.random.bytes(48), given);
  const signature = proveProfile(device.profile, ORIGIN, options.challenge, key.credentialId);
  return { key, input: { response, device: { id: device.profileId, signature } } };
}

/** The whole making of a software key in a session at a device. */
export async function aSoftwareKey(
  runtime: Runtime,
  caller: SignedIn,
  device: TestDevice,
  pin = PIN,
  purpose: 'hello' | 'pin-reset' = 'hello',
): Promise<TestContainer> {
  const { container, ticket } = await aContainerInTheMaking(runtime, caller, device, pin);
  const { key, input } = await makeSoftwareKey(runtime, caller, device, ticket, { purpose });
  const { kid } = done<RegistrationAnswer>(await finishRegistration(runtime, caller, input));
  container.key = { ...key, kid };
  return container;
}

export interface SoftwareDesk {
  readonly person: TestPerson;
  readonly browser: Caller;
  readonly device: TestDevice;
  readonly container: TestContainer;
}

/** Somebody who may make a software key, at the device that they have just registered. */
export async function atSoftwareDesk(runtime: TestRuntime, alias = 'mia', choice = 'choice') {
  await aTenant(runtime);
  done(await setPolicy(runtime, null, { name: 'SoftwareKeys', value: choice }));
  const person = await aPerson(runtime, alias);
  const browser = aBrowser(runtime);
  const { token } = await aSession(runtime, person, 'passkey', browser);
  const device = await aDevice(runtime, await within(runtime, browser, token));
  return { person, browser, device, session: await within(runtime, browser, token) };
}

/** A person with a software key, signed out. */
export async function aPersonWithSoftwareKey(runtime: TestRuntime, alias = 'mia'): Promise<SoftwareDesk> {
  const { session, ...desk } = await atSoftwareDesk(runtime, alias);
  const container = await aSoftwareKey(runtime, session, desk.device);
  await runtime.db.session.updateMany({
    where: { userId: desk.person.id },
    data: { endedAt: runtime.clock.now() },
  });
  return { ...desk, container };
}

/** Answers a challenge that carries a ticket; the answer is not sent yet. */
export async function answerWithTicket(
  runtime: Runtime,
  at: Caller,
  container: TestContainer,
  ticket: string | undefined,
  { purpose = 'sign-in', device }: { purpose?: SignInPurpose; device?: TestDevice | null } = {},
) {
  if (container.key === null) throw new Error('there is no key in it yet');
  const begun = await beginAuthentication(runtime, at, { purpose, ...(ticket ? { ticket } : {}) });
  const { challenge } = done(begun);
  const { response } = getAssertion({ challenge }, ORIGIN, container.key);
  container.key = { ...container.key, counter: container.key.counter + 1 };
  const shown = device === undefined ? container.device : device;
  if (shown === null) return { response };
  const signature = proveProfile(shown.profile, ORIGIN, challenge, response.id);
  return { response, device: { id: shown.profileId, signature } };
}

/** Unlocks with a PIN and signs: what a person does. A wrong PIN opens nothing and so nothing is signed. */
export async function signInWithPin(
  runtime: Runtime,
  at: Caller,
  container: TestContainer,
  pin = PIN,
  given: { purpose?: SignInPurpose; protector?: string } = {},
): Promise<Result<AuthenticationAnswer> | 'wrong'> {
  const { protector, purpose = 'sign-in' } = given;
  const tried = await tryPin(runtime, at, container, pin, protector === undefined ? {} : { protector });
  if (!tried.ok) return tried;
  if (!tried.value.right) return 'wrong';
  const answer = await answerWithTicket(runtime, at, container, tried.value.ticket, { purpose });
  return await finishAuthentication(runtime, at, answer);
}

/** Signed in with the right PIN, as the session's caller. */
export async function signedInWithPin(
  runtime: Runtime,
  { browser, container }: SoftwareDesk,
  pin = PIN,
): Promise<SignedIn & { token: string }> {
  const signed = await signInWithPin(runtime, browser, container, pin);
  if (signed === 'wrong') throw new Error('wrong');
  const token = tokenOf(signed);
  return { ...(await within(runtime, browser, token)), token };
}
