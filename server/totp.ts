import 'server-only';
import { TOTP as Generator, Secret } from 'otpauth';
import { z } from 'zod';
import { type Proof, sufficientProof } from '#domain/authentication';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { methodProblems } from '#domain/methods';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { later, MINUTE_MS } from '#domain/time';
import {
  groupedKey,
  judgeStep,
  normaliseCode,
  TOTP,
  TOTP_LIMIT_PER_PERSON,
  TOTP_SECRET_BYTES,
  TOTP_WINDOW_STEPS,
  totpStep,
} from '#domain/totp';
import type { SignedIn } from './caller.ts';
import { consumeNonce } from './ceremony.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { keptObstacle, methodObstacles } from './methods-policy.ts';
import { forgiveAttempts, takeAttempt } from './rate-limit.ts';
import { fromWorld, newId, type Runtime } from './runtime.ts';
import { completeReregistration, countSecondFactors } from './second-factor.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';
import { touchSession } from './session.ts';
import { readTenant } from './tenant.ts';

/** How long somebody has to set their app up and type its first code. */
const OFFER_LIFETIME_MS = 10 * MINUTE_MS;

/** A secret that moved to another row or another person cannot be opened there. */
const rowContext = (userId: string, id: string) => `totp/${userId}/${id}`;
const offerContext = (caller: SignedIn) => `offer/${caller.session.userId}/${caller.session.id}`;

const offerContent = z.strictObject({ secret: z.string(), nonce: z.string(), expiresAtMs: z.number() });

function generator(secret: Uint8Array, label: { issuer: string; upn: string }): Generator {
  const bytes = new Uint8Array(secret);
  return new Generator({
    issuer: label.issuer,
    label: label.upn,
    secret: new Secret({ buffer: bytes.buffer }),
    algorithm: TOTP.algorithm,
    digits: TOTP.digits,
    period: TOTP.periodSeconds,
  });
}

/** The time step whose code this is, within the window around now; null when it is none of them. */
function stepOf(runtime: Runtime, secret: Uint8Array, code: string): number | null {
  const now = runtime.clock.world();
  const delta = generator(secret, { issuer: '', upn: '' }).validate({
    token: code,
    timestamp: now.getTime(),
    window: TOTP_WINDOW_STEPS,
  });
  return delta === null ? null : totpStep(now) + delta;
}

export interface TotpOffer {
  /** Sealed for this session; hand it back with the first code. */
  readonly offer: string;
  /** The key in groups of four, for typing. */
  readonly key: string;
  /** The `otpauth:` address for the app, as link or QR code. */
  readonly uri: string;
  readonly expiresAt: string;
}

function mayRegister(runtime: Runtime, caller: SignedIn): { readonly proof: Proof } | null {
  return sufficientProof('add_authenticator_app', caller.session.proofs, runtime.clock.now());
}

/**
 * Offers the secret of a new authenticator app: shown once, kept nowhere until a first code confirms it. Needs a fresh
 * strong proof; a password alone offers nothing.
 */
export async function beginTotpRegistration(runtime: Runtime, caller: SignedIn): Promise<Result<TotpOffer>> {
  const { userId, person } = caller.session;
  if (mayRegister(runtime, caller) === null) return refuse('proof_required');
  if ((await methodObstacles(runtime.db, userId, 'register')).softwareOath !== null)
    return refuse(methodProblems.softwareOath);
  if ((await countSecondFactors(runtime.db, userId, 'totp')) >= TOTP_LIMIT_PER_PERSON)
    return refuse('authenticator_app_limit_reached');
  const secret = runtime.random.bytes(TOTP_SECRET_BYTES);
  const expiresAt = later(runtime.clock.world(), OFFER_LIFETIME_MS);
  const content: z.infer<typeof offerContent> = {
    secret: toBase64Url(secret),
    nonce: toBase64Url(runtime.random.bytes(NONCE_BYTES)),
    expiresAtMs: expiresAt.getTime(),
  };
  const sealed = seal(
    runtime.keys('totp'),
    runtime.random.bytes(NONCE_BYTES),
    Buffer.from(JSON.stringify(content)),
    offerContext(caller),
  );
  const { name } = await readTenant(runtime);
  const made = generator(secret, { issuer: name, upn: person.upn });
  return ok({
    offer: toBase64Url(sealed),
    key: groupedKey(made.secret.base32),
    uri: made.toString(),
    expiresAt: fromWorld(runtime.clock, expiresAt).toISOString(),
  });
}

/**
 * Registers an authenticator app by its first code, which counts as used. An offer registers one app; a wrong code leaves it
 * open for the next one.
 */
export async function finishTotpRegistration(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly offer: string; readonly code: string; readonly name: string },
): Promise<Result<{ id: string }>> {
  const { userId, person, id: sessionId } = caller.session;
  const fail = async (problem: ProblemCode, cause: string) => {
    await record(runtime.db, runtime, {
      code: 'totp_registration_failed',
      outcome: 'failure',
      userId,
      sessionId,
      detail: { cause },
    });
    return refuse(problem);
  };
  const limited = await takeAttempt(runtime, 'totp', person.upn, caller.address);
  if (limited !== null) return { ok: false, problem: limited };
  const proven = mayRegister(runtime, caller);
  if (proven === null) return await fail('proof_required', 'proof_too_old');
  const sealed = fromBase64Url(input.offer);
  const text = sealed && unseal(runtime.keys('totp'), sealed, offerContext(caller));
  if (text === null) return await fail('offer_expired', 'offer_seal_or_session');
  const offer = offerContent.parse(JSON.parse(text.toString('utf8')));
  if (runtime.clock.world().getTime() >= offer.expiresAtMs)
    return await fail('offer_expired', 'offer_expired');
  const secret = Buffer.from(offer.secret, 'base64url');
  const code = normaliseCode(input.code);
  const step = code === null ? null : stepOf(runtime, secret, code);
  if (step === null) return await fail('code_refused', 'code_wrong');

  const id = newId(runtime);
  const rowSecret = seal(
    runtime.keys('totp'),
    runtime.random.bytes(NONCE_BYTES),
    secret,
    rowContext(userId, id),
  );
  const refused = await runtime.db.$transaction(async (tx): Promise<ProblemCode | null> => {
    // A transaction holds the write lock, so that two registrations at once count each other.
    if (!(await touchSession(tx, runtime, sessionId))) return 'sign_in_required';
    if ((await keptObstacle(tx, runtime, userId, 'softwareOath', 'register')) !== null)
      return methodProblems.softwareOath;
    if ((await countSecondFactors(tx, userId, 'totp')) >= TOTP_LIMIT_PER_PERSON)
      return 'authenticator_app_limit_reached';
    const nonce = Buffer.from(offer.nonce, 'base64url');
    if (!(await consumeNonce(tx, nonce, new Date(offer.expiresAtMs)))) return 'challenge_consumed';
    await tx.totpSecret.create({
      data: {
        id,
        userId,
        name: input.name,
        secret: rowSecret,
        createdAt: runtime.clock.now(),
        lastStep: step,
      },
    });
    await record(tx, runtime, {
      code: 'totp_registered',
      userId,
      credentialId: id,
      sessionId,
      detail: { name: input.name, proof: proven.proof.kind },
    });
    await completeReregistration(tx, runtime, { kind: 'totp', id, userId, sessionId });
    return null;
  });
  if (refused !== null) return await fail(refused, refused);
  await forgiveAttempts(runtime, 'totp', person.upn, caller.address);
  return ok({ id });
}

/** A code that fits one of a person's apps. It counts once `acceptCode` has written it. */
export interface FittingCode {
  readonly id: string;
  readonly step: number;
}

/**
 * Finds the app of a person whose code this is. `cause` is for the log: the code is wrong, or it (or a later one) was used
 * before. Nothing is written.
 */
export async function verifyCode(
  runtime: Runtime,
  userId: string,
  typed: string,
): Promise<{ readonly code: FittingCode } | { readonly cause: 'code_wrong' | 'code_replayed' }> {
  const apps = await runtime.db.totpSecret.findMany({ where: { userId } });
  const code = normaliseCode(typed);
  if (code === null) return { cause: 'code_wrong' };
  const fitting = apps.flatMap(({ id, secret: sealed, lastStep }) => {
    const secret = unseal(runtime.keys('totp'), sealed, rowContext(userId, id));
    const step = secret === null ? null : stepOf(runtime, secret, code);
    return step === null ? [] : [{ id, step, ruling: judgeStep(lastStep, step) }];
  });
  const accepted = fitting.find(({ ruling }) => ruling === 'accept');
  if (accepted !== undefined) return { code: { id: accepted.id, step: accepted.step } };
  return { cause: fitting.length > 0 ? 'code_replayed' : 'code_wrong' };
}

/**
 * Uses a code up, in one conditional statement: a time step counts once, and never after a later one (RFC 6238 5.2). False
 * when another use came first or the app is gone.
 */
export async function acceptCode(
  tx: Tx,
  runtime: Runtime,
  code: FittingCode,
  of: { readonly userId: string; readonly sessionId?: string | undefined; readonly address: string },
): Promise<boolean> {
  const { count } = await tx.totpSecret.updateMany({
    where: { id: code.id, userId: of.userId, lastStep: { lt: code.step } },
    data: { lastStep: code.step, lastUsedAt: runtime.clock.now() },
  });
  if (count !== 1) return false;
  await record(tx, runtime, {
    code: 'totp_used',
    userId: of.userId,
    credentialId: code.id,
    sessionId: of.sessionId,
    detail: { address: of.address },
  });
  return true;
}
