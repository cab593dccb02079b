import 'server-only';
import type { Result } from '#domain/result';
import {
  createCredential,
  createProfile,
  getAssertion,
  proveProfile,
  type SoftwareKey,
  type SoftwareProfile,
} from '#domain/software-authenticator';
import { MINUTE_MS } from '#domain/time';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import type { Caller, SignedIn } from './caller.ts';
import { beginDeviceProof, finishDeviceRegistration } from './device.ts';
import { checkPrerequisites } from './provisioning.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import type { Runtime } from './runtime.ts';
import { findSession } from './session.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';

/** Somebody invented for the demo tenant, with a device and a Hello key of software whose secrets are thrown away. */
export interface SoftwareDesk {
  readonly caller: Caller;
  readonly userId: string;
  readonly profileId: string;
  readonly profile: SoftwareProfile;
  kid: string;
  hello: SoftwareKey;
  passkey: SoftwareKey | null;
}

/** What somebody invented met on their way: policy may refuse it, or many who came before. */
export class InventedRefused extends Error {
  override readonly cause: string;
  /** `cause` is the code of the problem. */
  constructor(cause: string) {
    super(`Somebody invented met ${cause}.`);
    this.cause = cause;
  }
}

/** The value of a use case where nothing but invented people act; throws `InventedRefused`. */
export function done<T>(result: Result<T>): { value: T; token: string } {
  if (!result.ok) throw new InventedRefused(result.problem.code);
  return {
    value: result.value,
    token: result.session && result.session !== 'clear' ? result.session.token : '',
  };
}

export async function callerAt(runtime: Runtime, caller: Caller, token: string): Promise<SignedIn> {
  const session = await findSession(runtime, token);
  if (session === null) throw new Error('Somebody invented lost their session.');
  return { ...caller, session };
}

/** From a pass to a key and the first sign-in with it, by the use cases. `wait` hears how long people take. */
export async function setUpDesk(
  runtime: Runtime,
  somebody: Caller,
  userId: string,
  machine: string,
  wait: (ms: number) => void = () => undefined,
): Promise<SoftwareDesk> {
  const { origin } = runtime.relyingParty;
  const issued = done(await issueTemporaryAccessPass(runtime, null, { userId, oneTime: true })).value;
  wait(5 * MINUTE_MS);
  const redeemed = done(
    await redeemTemporaryAccessPass(runtime, somebody, { upn: issued.upn, pass: issued.pass }),
  );
  let caller = await callerAt(runtime, somebody, redeemed.token);
  wait(MINUTE_MS);
  const { challenge } = done(await beginDeviceProof(runtime, caller, { purpose: 'register-device' })).value;
  const profile = createProfile(runtime.random.bytes(48));
  const registered = done(
    await finishDeviceRegistration(runtime, caller, {
      publicKey: profile.publicKey,
      challenge,
      signature: proveProfile(profile, origin, challenge),
      name: machine,
      joinType: 'joined',
      os: 'Windows',
      browser: somebody.userAgent,
      platformAuthenticator: 'yes',
    }),
  ).value;
  caller = await callerAt(runtime, somebody, redeemed.token);
  await checkPrerequisites(runtime, caller.session);
  wait(MINUTE_MS);
  const options = done(
    await beginRegistration(runtime, caller, { purpose: 'hello', attestation: 'direct' }),
  ).value;
  const made = createCredential(options, origin, runtime.random.bytes(48));
  const { kid } = done(
    await finishRegistration(runtime, caller, {
      response: made.response,
      device: {
        id: registered.profileId,
        signature: proveProfile(profile, origin, options.challenge, made.key.credentialId),
      },
    }),
  ).value;
  const { profileId } = registered;
  const desk: SoftwareDesk = {
    caller: somebody,
    userId,
    profileId,
    profile,
    kid,
    hello: made.key,
    passkey: null,
  };
  await signInAtDesk(runtime, desk);
  return desk;
}

/** Signs in with the desk's Hello key; returns the session's token, or none where the sign-in was refused. */
export async function signInAtDesk(runtime: Runtime, desk: SoftwareDesk): Promise<string> {
  const { origin } = runtime.relyingParty;
  const options = done(await beginAuthentication(runtime, desk.caller, { purpose: 'sign-in' })).value;
  const asserted = getAssertion(options, origin, desk.hello);
  desk.hello = asserted.key;
  const result = await finishAuthentication(runtime, desk.caller, {
    response: asserted.response,
    device: {
      id: desk.profileId,
      signature: proveProfile(desk.profile, origin, options.challenge, asserted.key.credentialId),
    },
  });
  return result.ok ? done(result).token : '';
}
