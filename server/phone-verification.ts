import 'server-only';
import { judgeCounter } from '#domain/authentication';
import { type ApprovalPurpose, needsVerification, type PhoneVerification } from '#domain/authenticator';
import { toBase64Url } from '#domain/base64url';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import type { AuthenticationResponse, RegistrationResponse } from '#domain/wire';
import { refusePhoneProof } from './authenticator-phone.ts';
import type { Caller } from './caller.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { readPolicy } from './policy.ts';
import { isLogged } from './rate-limit.ts';
import { readClientData, type VerifiedAssertion } from './relying-party.ts';
import type { Runtime } from './runtime.ts';

/**
 * Who holds the phone: a WebAuthn credential of the phone's own authenticator, kept with the phone. It is no key of its person,
 * signs nobody in by itself, and answers for one request each time.
 */

/**
 * Keeps the credential by which a phone verifies who holds it, once for each phone. The phone's key signs the same challenge, and
 * which credential it was made for.
 */
export async function addPhoneVerification(
  runtime: Runtime,
  caller: Caller,
  input: {
    readonly phoneId: string;
    readonly challenge: string;
    readonly signature: string;
    readonly response: RegistrationResponse;
  },
): Promise<Result<{ credentialId: string }>> {
  const { phoneId, response } = input;
  const phone = await runtime.db.authenticatorPhone.findUnique({ where: { id: phoneId } });
  const fail = async (problem: ProblemCode, cause: string) => {
    if (await isLogged(runtime, caller.address))
      await record(runtime.db, runtime, {
        code: 'phone_verification_added',
        outcome: 'failure',
        userId: phone?.userId,
        credentialId: phone?.id,
        detail: { cause, address: caller.address },
      });
    return refuse(problem);
  };
  if (phone === null) return await fail('not_found', 'phone_unknown');
  const refused = await refusePhoneProof(
    runtime,
    caller,
    phone.publicKey,
    input,
    `${phoneId} ${response.id}`,
  );
  if (refused !== null) return await fail(refused, 'phone_proof_refused');
  const data = readClientData(response.response.clientDataJSON);
  if (data === null || toBase64Url(data.challenge) !== input.challenge)
    return await fail('challenge_invalid', 'challenge_of_another');
  const made = await runtime.relyingParty.verifyRegistration(response, {
    anchors: [],
    at: runtime.clock.now(),
  });
  if (!made.verified) return await fail('challenge_invalid', made.cause);
  const { credentialId: verificationId, publicKey: verificationKey, counter } = made;
  const added = await runtime.db.$transaction(async (tx) => {
    // Of a key that signs in it is never the same one.
    const known = await tx.credential.count({ where: { credentialId: verificationId } });
    const taken = await tx.authenticatorPhone.count({ where: { verificationId } });
    if (known + taken > 0) return false;
    const { count } = await tx.authenticatorPhone.updateMany({
      where: { id: phoneId, verificationId: null, user: { disabledAt: null } },
      data: { verificationId, verificationKey, verificationCounter: counter },
    });
    if (count !== 1) return false;
    await record(tx, runtime, {
      code: 'phone_verification_added',
      userId: phone.userId,
      credentialId: phoneId,
      detail: { name: phone.name, address: caller.address },
    });
    return true;
  });
  return added ? ok({ credentialId: verificationId }) : await fail('challenge_invalid', 'verification_kept');
}

/** Whether a credential is a phone's own: no authenticator is to forget it, though it signs nobody in. */
export async function isPhoneVerification(runtime: Runtime, credentialId: string): Promise<boolean> {
  return (await runtime.db.authenticatorPhone.count({ where: { verificationId: credentialId } })) > 0;
}

interface VerifyingPhone {
  readonly id: string;
  readonly verificationId: string | null;
  readonly verificationKey: Uint8Array | null;
}

export type PhoneVerified =
  | { readonly assertion: VerifiedAssertion | null }
  | { readonly refused: ProblemCode; readonly cause: string };

/**
 * Whether an approval is verified by the phone that gives it: an assertion of its own credential, with user verification, over
 * the message that its key signed. None is `assertion: null`, and refused where policy or this phone asks for one.
 */
export async function verifyHolder(
  runtime: Runtime,
  phone: VerifyingPhone,
  purpose: ApprovalPurpose,
  message: Uint8Array,
  response: AuthenticationResponse | undefined,
): Promise<PhoneVerified> {
  const { verificationId, verificationKey } = phone;
  if (response === undefined) {
    const policy = await readPhoneVerification(runtime.db);
    return needsVerification(policy, purpose, { verifies: verificationId !== null })
      ? { refused: 'phone_verification_required', cause: 'not_verified' }
      : { assertion: null };
  }
  const refused = 'challenge_invalid';
  if (verificationKey === null || response.id !== verificationId)
    return { refused, cause: 'credential_of_another' };
  const data = readClientData(response.response.clientDataJSON);
  if (data === null || toBase64Url(data.challenge) !== toBase64Url(message))
    return { refused, cause: 'challenge_of_another' };
  const verified = await runtime.relyingParty.verifyAssertion(response, new Uint8Array(verificationKey));
  return verified.verified ? { assertion: verified } : { refused, cause: verified.cause };
}

/** Counts an assertion of a phone, in the transaction that takes its approval. False where another one came first. */
export async function countVerification(
  tx: Tx,
  phoneId: string,
  asked: Date,
  assertion: VerifiedAssertion,
): Promise<boolean> {
  const phone = await tx.authenticatorPhone.findUnique({ where: { id: phoneId } });
  if (phone === null) return false;
  const { verificationCounter, lastUsedAt } = phone;
  if (judgeCounter(verificationCounter, assertion.counter, asked, lastUsedAt) !== 'accept') return false;
  const { count } = await tx.authenticatorPhone.updateMany({
    where: { id: phoneId, verificationCounter },
    data: { verificationCounter: assertion.counter },
  });
  return count === 1;
}

/** Whether a phone of theirs can sign them in: it verifies who holds it, and policy asks for that. */
export async function canSignInByPhone(tx: Tx, userId: string): Promise<boolean> {
  const verifying = await tx.authenticatorPhone.count({ where: { userId, verificationId: { not: null } } });
  return (await readPhoneVerification(tx)) !== 'off' && verifying > 0;
}

/** What policy asks of a phone that approves. */
export async function readPhoneVerification(tx: Tx): Promise<PhoneVerification> {
  return (await readPolicy(tx))('Authenticator.phoneVerification').value as PhoneVerification;
}
