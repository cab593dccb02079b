import 'server-only';
import { sufficientProof } from '#domain/authentication';
import {
  groupedCode,
  normalisePhoneCode,
  numberFromRandom,
  PHONE_CODE_LENGTH,
  PHONE_LIMIT_PER_PERSON,
  PHONE_OFFER_LIFETIME_MS,
  type PhoneRegistrationAnswer,
  type PhoneState,
  phoneCodeFromRandom,
  phoneProofMessage,
} from '#domain/authenticator';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { methodProblems } from '#domain/methods';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { later } from '#domain/time';
import type { Caller, SignedIn } from './caller.ts';
import { consumeChallenge, sealChallenge } from './ceremony.ts';
import { signedBy, thumbprintOf } from './device-proof.ts';
import { record } from './event.ts';
import { keptObstacle } from './methods-policy.ts';
import { isLogged } from './rate-limit.ts';
import { newId, type Runtime } from './runtime.ts';
import { completeReregistration, countSecondFactors } from './second-factor.ts';
import { mac } from './secrets.ts';
import { touchSession } from './session.ts';
import { readTenant } from './tenant.ts';

/**
 * The phones on which people approve. One is added from both sides: a code of a session with a fresh proof lets it in, and the
 * same session says that it is the right one. Whoever steals the code stands on the other screen with another name and number.
 */

/** Two digits that nobody foresees. */
export function newNumber(runtime: Runtime): number {
  return numberFromRandom(runtime.random.bytes(64)) ?? newNumber(runtime);
}

function codeHash(runtime: Runtime, code: string): string {
  return toBase64Url(mac(runtime.keys('authenticator'), Buffer.from(normalisePhoneCode(code))));
}

function mayAdd(runtime: Runtime, caller: SignedIn) {
  return sufficientProof('add_authenticator_app', caller.session.proofs, runtime.clock.now());
}

export interface PhoneOffer {
  readonly offerId: string;
  /** For typing, in groups of four. */
  readonly code: string;
  /** The address that the QR code leads to. What follows `#` reaches no server. */
  readonly address: string;
  readonly expiresAt: string;
}

/** Offers to add a phone: a code that is shown once, good once and for five minutes. Needs a fresh strong proof. */
export async function beginPhoneRegistration(
  runtime: Runtime,
  caller: SignedIn,
): Promise<Result<PhoneOffer>> {
  const { userId, id: sessionId } = caller.session;
  if (mayAdd(runtime, caller) === null) return refuse('proof_required');
  const code = phoneCodeFromRandom(runtime.random.bytes(PHONE_CODE_LENGTH));
  const offerId = newId(runtime);
  const createdAt = runtime.clock.now();
  const expiresAt = later(createdAt, PHONE_OFFER_LIFETIME_MS);
  const refused = await runtime.db.$transaction(async (tx): Promise<ProblemCode | null> => {
    if (!(await touchSession(tx, runtime, sessionId))) return 'sign_in_required';
    if ((await keptObstacle(tx, runtime, userId, 'authenticator', 'register')) !== null)
      return methodProblems.authenticator;
    if ((await countSecondFactors(tx, userId, 'authenticator')) >= PHONE_LIMIT_PER_PERSON)
      return 'phone_limit_reached';
    await tx.phoneOffer.deleteMany({ where: { userId } });
    await tx.phoneOffer.create({
      data: { id: offerId, userId, sessionId, codeHash: codeHash(runtime, code), createdAt, expiresAt },
    });
    return null;
  });
  if (refused !== null) return refuse(refused);
  return ok({
    offerId,
    code: groupedCode(code),
    address: `${runtime.relyingParty.origin}/authenticator#code=${code}`,
    expiresAt: expiresAt.toISOString(),
  });
}

/** A challenge for a phone to sign, for the browser that asks. */
export async function beginPhoneProof(
  runtime: Runtime,
  caller: Caller,
): Promise<Result<{ challenge: string }>> {
  return ok({
    challenge: toBase64Url(sealChallenge(runtime, 'authenticator', { browser: caller.browser })),
  });
}

/** Uses up a challenge and verifies what a phone signed with it; null when both hold. */
export async function refusePhoneProof(
  runtime: Runtime,
  caller: Caller,
  publicKey: string,
  proof: { readonly challenge: string; readonly signature: string },
  content: string,
): Promise<ProblemCode | null> {
  const sealed = fromBase64Url(proof.challenge) ?? new Uint8Array();
  const opened = await consumeChallenge(runtime, sealed, 'authenticator', { browser: caller.browser });
  if ('refused' in opened) return opened.refused;
  const message = phoneProofMessage(runtime.relyingParty.origin, sealed, content);
  return signedBy(publicKey, message, proof.signature) ? null : 'challenge_invalid';
}

/**
 * Lets a phone in that shows a code and proves its new key, once for each code. It counts for nothing until the session that
 * showed the code confirms it. Every code that does not fit reads the same.
 */
export async function registerPhone(
  runtime: Runtime,
  caller: Caller,
  input: {
    readonly code: string;
    readonly name: string;
    readonly publicKey: string;
    readonly challenge: string;
    readonly signature: string;
  },
): Promise<Result<PhoneRegistrationAnswer>> {
  const fail = async (problem: ProblemCode, cause: string) => {
    if (await isLogged(runtime, caller.address))
      await record(runtime.db, runtime, {
        code: 'phone_registration_failed',
        outcome: 'failure',
        detail: { cause, address: caller.address },
      });
    return refuse(problem);
  };
  const { name, publicKey } = input;
  const thumbprint = thumbprintOf(publicKey);
  if (thumbprint === null) return await fail('challenge_invalid', 'phone_key_malformed');
  const content = normalisePhoneCode(input.code);
  const refused = await refusePhoneProof(runtime, caller, publicKey, input, content);
  if (refused !== null) return await fail(refused, 'phone_proof_refused');
  const now = runtime.clock.now();
  const offer = await runtime.db.$transaction(async (tx) => {
    if ((await tx.authenticatorPhone.count({ where: { thumbprint } })) > 0) return null;
    const where = { codeHash: codeHash(runtime, input.code) };
    const { count } = await tx.phoneOffer.updateMany({
      where: { ...where, redeemedAt: null, expiresAt: { gt: now }, user: { disabledAt: null } },
      data: {
        redeemedAt: now,
        name,
        publicKey,
        thumbprint,
        number: newNumber(runtime),
        browser: caller.userAgent,
        address: caller.address,
      },
    });
    return count === 1 ? await tx.phoneOffer.findUnique({ where, include: { user: true } }) : null;
  });
  if (offer === null) return await fail('phone_code_refused', 'phone_code_unknown');
  const { name: organisation } = await readTenant(runtime);
  const { upn: account, displayName } = offer.user;
  return ok({ phoneId: offer.id, account, displayName, organisation });
}

export type PhoneOfferState =
  | { readonly state: 'waiting' }
  | {
      readonly state: 'redeemed';
      readonly name: string;
      readonly number: number;
      readonly browser: string;
      readonly address: string;
    }
  | { readonly state: 'over' };

/** How one's own offer stands: nobody came, a phone is there to be confirmed, or it is over. */
export async function readPhoneOffer(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly offerId: string },
): Promise<Result<PhoneOfferState>> {
  const { id: sessionId, userId } = caller.session;
  const offer = await runtime.db.phoneOffer.findFirst({ where: { id: input.offerId, userId, sessionId } });
  if (offer === null || offer.expiresAt <= runtime.clock.now()) return ok({ state: 'over' });
  const { name, number, browser, address } = offer;
  if (name === null || number === null || browser === null || address === null)
    return ok({ state: 'waiting' });
  return ok({ state: 'redeemed', name, number, browser, address });
}

/**
 * Says of the phone that used one's code whether it is the right one, in the session that showed the code. Only then is it a
 * phone. Needs a fresh strong proof still.
 */
export async function confirmPhone(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly offerId: string; readonly mine: boolean },
): Promise<Result<null>> {
  const { userId, id: sessionId } = caller.session;
  const now = runtime.clock.now();
  const proven = mayAdd(runtime, caller);
  const refused = await runtime.db.$transaction(async (tx): Promise<ProblemCode | null> => {
    if (!(await touchSession(tx, runtime, sessionId))) return 'sign_in_required';
    const where = { id: input.offerId, userId, sessionId };
    const offer = await tx.phoneOffer.findFirst({ where });
    if (offer === null || offer.expiresAt <= now) return 'phone_code_refused';
    const { name, publicKey, thumbprint, address } = offer;
    if (name === null || publicKey === null || thumbprint === null) return 'phone_code_refused';
    if (input.mine && proven === null) return 'proof_required';
    if (input.mine && (await keptObstacle(tx, runtime, userId, 'authenticator', 'register')) !== null)
      return methodProblems.authenticator;
    if (input.mine && (await countSecondFactors(tx, userId, 'authenticator')) >= PHONE_LIMIT_PER_PERSON)
      return 'phone_limit_reached';
    const { count } = await tx.phoneOffer.deleteMany({ where });
    if (count !== 1) return 'phone_code_refused';
    if (!input.mine) {
      await record(tx, runtime, {
        code: 'phone_registration_failed',
        outcome: 'failure',
        userId,
        sessionId,
        detail: { cause: 'phone_not_mine', name, address },
      });
      return null;
    }
    const data = { id: offer.id, userId, name, publicKey, thumbprint, createdAt: now };
    await tx.authenticatorPhone.create({ data });
    await record(tx, runtime, {
      code: 'phone_registered',
      userId,
      credentialId: offer.id,
      sessionId,
      detail: { name, proof: proven?.proof.kind ?? null, address },
    });
    await completeReregistration(tx, runtime, { kind: 'authenticator', id: offer.id, userId, sessionId });
    return null;
  });
  return refused === null ? ok(null) : refuse(refused);
}

/** The key of a phone, or of one that waits to be confirmed; null for anything else. */
export async function keyOfPhone(runtime: Runtime, id: string): Promise<string | null> {
  const phone = await runtime.db.authenticatorPhone.findUnique({ where: { id } });
  return phone?.publicKey ?? (await runtime.db.phoneOffer.findUnique({ where: { id } }))?.publicKey ?? null;
}

export type PhoneStanding =
  | Extract<PhoneState, { state: 'confirming' }>
  | {
      readonly state: 'ready';
      readonly userId: string;
      readonly name: string;
      readonly account: string;
      readonly verificationId: string | null;
      readonly pushed: boolean;
    };

/** How these phones stand, by ID; one that is not there, or no longer, is left out. */
export async function readPhones(
  runtime: Runtime,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PhoneStanding>> {
  const where = { id: { in: [...ids] }, user: { disabledAt: null } };
  const now = runtime.clock.now();
  // In this order: one that is confirmed between the two is seen at least once.
  const offers = await runtime.db.phoneOffer.findMany({ where: { ...where, expiresAt: { gt: now } } });
  const phones = await runtime.db.authenticatorPhone.findMany({
    where,
    include: { user: { select: { upn: true } } },
  });
  return new Map<string, PhoneStanding>([
    ...offers.flatMap(({ id, number, expiresAt }): [string, PhoneStanding][] =>
      number === null ? [] : [[id, { state: 'confirming', number, expiresAt: expiresAt.toISOString() }]],
    ),
    ...phones.map(({ id, userId, name, user, verificationId, pushSubscription }): [string, PhoneStanding] => [
      id,
      { state: 'ready', userId, name, account: user.upn, verificationId, pushed: pushSubscription !== null },
    ]),
  ]);
}

/** Forgets offers that have run out. Returns how many. */
export async function forgetPhoneOffers(runtime: Runtime): Promise<number> {
  const where = { expiresAt: { lt: runtime.clock.now() } };
  return (await runtime.db.phoneOffer.deleteMany({ where })).count;
}
