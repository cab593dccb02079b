import 'server-only';
import { z } from 'zod';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import {
  claimedName,
  domainOfUpn,
  FEDERATED_REQUEST_LIFETIME_MS,
  type FederatedDestination,
  type FederatedRound,
  federatedDestinations,
  isSubject,
  judgeIdentity,
  mfaRulings,
  PROVIDER_CLOCK_DIFFERS_MS,
  saysMfa,
  signedInUpstreamAt,
  type UpstreamClaims,
} from '#domain/federation';
import { isUpn, loggableUpn, normaliseUpn } from '#domain/identity';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import { later } from '#domain/time';
import type { DeviceRecognition } from '#domain/wire';
import type { Caller, SignedIn, SignedInSession } from './caller.ts';
import { consumeNonce } from './ceremony.ts';
import { isDuplicate, type Tx } from './db.ts';
import { recogniseDevice, touchDevice } from './device.ts';
import { renewCertificate } from './device-certificate.ts';
import { deviceOf, readProfile } from './device-proof.ts';
import { record } from './event.ts';
import { type Proven, refuseEntry, type Unfound } from './federated-entry.ts';
import { findUnlockUpstream, unlockUpstream } from './federated-unlock.ts';
import {
  discoverRealm,
  type FederatedDomain,
  findLinked,
  findUpstream,
  isLinked,
  linkIdentity,
  returnAddress,
  useFederatedDomain,
} from './federation.ts';
import { findUser } from './identity.ts';
import { sealLastPerson } from './last-person.ts';
import { isLogged, passDoor } from './rate-limit.ts';
import { fromWorld, type Runtime, toWorld } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';
import { openSession } from './session.ts';
import { exchangeCode, type Upstream, upstreamAddress } from './upstream.ts';

/**
 * Signing in at the provider of a federated domain. What is asked travels there and back as the `state`, sealed: this browser,
 * this domain, this name, once, for a quarter of an hour. Whoever comes back is told one public sentence whatever failed.
 */

const request = z.strictObject({
  domainId: z.string(),
  /** The name that was typed: nobody gets in here as somebody else, whoever is still signed in over there. */
  upn: z.string(),
  /** The profile of a device that this browser has shown to be. */
  profileId: z.string().nullable(),
  round: z.enum(['sign-in', 'mfa']),
  /** Whether the person has to sign in over there now: that they still are counts for nothing. */
  anew: z.boolean(),
  leadsTo: z.enum(federatedDestinations).nullable(),
  /** The locked session that it is to open; null where it is to sign in. */
  sessionId: z.string().nullable(),
  nonce: z.string(),
  verifier: z.string(),
  expiresAtMs: z.number(),
});
type Request = z.infer<typeof request>;

/** Bound to the browser's own cookie: an answer that somebody else began is refused. */
const context = ({ browser }: Pick<Caller, 'browser'>) => `federated-request/${browser}`;

function sealRequest(runtime: Runtime, caller: Caller, content: Request): string {
  const bytes = Buffer.from(JSON.stringify(content));
  const nonce = runtime.random.bytes(NONCE_BYTES);
  return toBase64Url(seal(runtime.keys('federation-request'), nonce, bytes, context(caller)));
}

function openRequest(runtime: Runtime, caller: Caller, state: string | null): Request | null {
  const bytes = state === null ? null : fromBase64Url(state);
  const opened = bytes && unseal(runtime.keys('federation-request'), bytes, context(caller));
  // One that another version sealed is none.
  return opened === null ? null : (request.safeParse(JSON.parse(opened.toString('utf8'))).data ?? null);
}

async function ask(
  runtime: Runtime,
  caller: Caller,
  upstream: FederatedDomain & Upstream,
  about: Pick<Request, 'upn' | 'profileId' | 'leadsTo' | 'sessionId' | 'anew'> & {
    readonly round: FederatedRound;
  },
) {
  const [nonce, verifier] = [random(runtime), random(runtime)];
  const expiresAtMs = later(runtime.clock.world(), FEDERATED_REQUEST_LIFETIME_MS).getTime();
  const { upn, profileId, leadsTo, sessionId, round, anew } = about;
  const content = {
    domainId: upstream.id,
    upn,
    profileId,
    leadsTo,
    sessionId,
    round,
    anew,
    nonce,
    verifier,
    expiresAtMs,
  };
  const state = sealRequest(runtime, caller, content);
  const returnTo = returnAddress(runtime, upstream.domain);
  return await upstreamAddress(runtime, upstream, {
    returnTo,
    state,
    nonce,
    verifier,
    round,
    anew,
    loginHint: upn,
  });
}

const random = (runtime: Runtime) => toBase64Url(runtime.random.bytes(32));

/** Writes a failure down, unless somebody fills the log from outside, and says what the person is told. */
async function fail(
  runtime: Runtime,
  caller: Caller,
  problem: ProblemCode,
  cause: string,
  more: {
    readonly userId?: string | undefined;
    readonly detail?: Readonly<Record<string, string | null>>;
  } = {},
): Promise<Result<never>> {
  if (await isLogged(runtime, caller.address))
    await record(runtime.db, runtime, {
      code: 'federated_sign_in',
      outcome: 'failure',
      userId: more.userId,
      detail: { cause, ...more.detail, address: caller.address },
    });
  return refuse(problem);
}

/**
 * Realm discovery: the address of the provider that the people of a domain sign in at. Every name of one domain is answered
 * alike. `fresh` asks the provider for MFA that is made now. Where the browser shows a device, or is locked, whoever comes signs in
 * over there now: else its lock would be passed by leaving it, by whoever finds its person still signed in.
 */
export async function beginFederatedSignIn(
  runtime: Runtime,
  caller: Caller,
  input: {
    readonly upn: string;
    readonly leadsTo?: FederatedDestination | null | undefined;
    readonly fresh?: boolean | undefined;
    readonly device?: DeviceRecognition | undefined;
  },
): Promise<Result<{ readonly address: string }>> {
  const limited = await passDoor(runtime, 'federated-sign-in', caller);
  if (limited !== null) return { ok: false, problem: limited };
  const upn = normaliseUpn(input.upn);
  const upstream = await discoverRealm(runtime, upn);
  if (upstream === null) return refuse('domain_not_federated');
  const shown = await recogniseDevice(runtime, caller, input.device);
  const asked = await ask(runtime, caller, upstream, {
    upn,
    profileId: shown.kind === 'device' ? shown.profile.id : null,
    leadsTo: input.leadsTo ?? null,
    sessionId: null,
    round: input.fresh === true ? 'mfa' : 'sign-in',
    anew: shown.kind === 'device' || (caller.session?.lockedAt ?? null) !== null,
  });
  return await addressOf(runtime, caller, upstream, asked);
}

/** Where to go, or that the provider is away. */
async function addressOf(
  runtime: Runtime,
  caller: Caller,
  upstream: FederatedDomain,
  asked: Awaited<ReturnType<typeof ask>>,
): Promise<Result<{ readonly address: string }>> {
  return 'failure' in asked
    ? await fail(runtime, caller, 'federation_unavailable', asked.cause, {
        detail: { domain: upstream.domain, issuer: upstream.issuer },
      })
    : ok(asked);
}

/** The address of the provider that a lock may be opened at: MFA that is made now. */
export async function beginFederatedUnlock(
  runtime: Runtime,
  caller: SignedIn,
): Promise<Result<{ readonly address: string }>> {
  const limited = await passDoor(runtime, 'federated-sign-in', caller);
  if (limited !== null) return { ok: false, problem: limited };
  const { session } = caller;
  if (session.kind !== 'ordinary') return refuse('registration_only');
  const upstream = await findUnlockUpstream(runtime, session, caller.address);
  if (upstream === null)
    return await fail(runtime, caller, 'sign_in_failed', 'web_sign_in_not_allowed', {
      userId: session.userId,
    });
  const asked = await ask(runtime, caller, upstream, {
    upn: session.person.upn,
    profileId: null,
    leadsTo: null,
    sessionId: session.id,
    round: 'mfa',
    anew: true,
  });
  return await addressOf(runtime, caller, upstream, asked);
}

/** In, or back to the provider for MFA. */
export type FederatedStep =
  | { readonly next: 'signed_in'; readonly leadsTo: FederatedDestination | 'provision' | null }
  | { readonly next: 'upstream'; readonly address: string };

/**
 * The way back from a provider: consume, exchange, judge, write once. `domain` is the one whose address was come back to; an
 * answer to a request of another domain is refused before anything is asked with it.
 */
export async function finishFederatedSignIn(
  runtime: Runtime,
  caller: Caller,
  input: { readonly domain: string; readonly answered: URLSearchParams },
): Promise<Result<FederatedStep>> {
  const limited = await passDoor(runtime, 'federated-sign-in', caller);
  if (limited !== null) return { ok: false, problem: limited };
  const state = input.answered.get('state');
  const asked = openRequest(runtime, caller, state);
  if (state === null || asked === null)
    return await fail(runtime, caller, 'challenge_invalid', 'state_seal_or_browser');
  const expiresAt = new Date(asked.expiresAtMs);
  if (runtime.clock.world() >= expiresAt)
    return await fail(runtime, caller, 'challenge_expired', 'state_expired');
  if (!(await consumeNonce(runtime.db, Buffer.from(asked.nonce), expiresAt)))
    return await fail(runtime, caller, 'challenge_consumed', 'state_replayed');
  const upstream = await findUpstream(runtime, { id: asked.domainId });
  if (upstream === null) return await fail(runtime, caller, 'sign_in_failed', 'domain_not_federated');
  const about = { domain: upstream.domain, issuer: upstream.issuer, upn: loggableUpn(asked.upn) };
  if (upstream.domain !== input.domain)
    return await fail(runtime, caller, 'challenge_invalid', 'another_domain', { detail: about });

  const returnTo = returnAddress(runtime, upstream.domain);
  const naming = {
    claim: upstream.claim,
    isKnown: async (subject: string) => (await findLinked(runtime.db, upstream, subject)) !== null,
  };
  const request = { ...asked, state, returnTo };
  const exchanged = await exchangeCode(runtime, upstream, request, input.answered, naming);
  if ('failure' in exchanged) {
    const problem = exchanged.failure === 'unavailable' ? 'federation_unavailable' : 'sign_in_failed';
    return await fail(runtime, caller, problem, exchanged.cause, { detail: about });
  }
  const { claims } = exchanged;
  if (asked.anew && !isMadeSince(runtime, claims, later(expiresAt, -FEDERATED_REQUEST_LIFETIME_MS)))
    return await fail(runtime, caller, 'sign_in_failed', 'signed_in_before_it_was_asked', { detail: about });
  // Also where it was locked since the request went out.
  const lockedAt = caller.session?.lockedAt ?? null;
  if (lockedAt !== null && !isMadeSince(runtime, claims, toWorld(runtime.clock, lockedAt)))
    return await fail(runtime, caller, 'sign_in_failed', 'signed_in_before_the_lock', { detail: about });
  const proven = judgeMfa(runtime, upstream, asked.round, claims);
  if (proven === 'refuse')
    return await fail(runtime, caller, 'sign_in_failed', 'mfa_not_done_by_federated_idp', { detail: about });
  if (proven === 'ask_again') {
    const again = await ask(runtime, caller, upstream, { ...asked, round: 'mfa' });
    return 'failure' in again
      ? await fail(runtime, caller, 'federation_unavailable', again.cause, { detail: about })
      : ok({ next: 'upstream', address: again.address });
  }
  const { sessionId } = asked;
  return sessionId === null
    ? await enter(runtime, caller, upstream, asked, claims, proven, about)
    : await open(runtime, caller, upstream, { sessionId }, claims, proven, about);
}

/** Whether the person signed in over there after `then`, as the provider says. */
function isMadeSince(runtime: Runtime, claims: UpstreamClaims, then: Date): boolean {
  const signedInAt = signedInUpstreamAt(claims, runtime.clock.world());
  return signedInAt !== null && signedInAt >= later(then, -PROVIDER_CLOCK_DIFFERS_MS);
}

/** MFA counts as old as the provider says it is; of an age that nobody knows it counts as none. */
function judgeMfa(
  runtime: Runtime,
  { behavior }: FederatedDomain,
  round: FederatedRound,
  claims: UpstreamClaims,
): Proven | 'ask_again' | 'refuse' {
  const now = runtime.clock.world();
  const signedInAt = signedInUpstreamAt(claims, now);
  const done = signedInAt !== null && saysMfa(claims) ? 'done' : 'not_done';
  const ruling = mfaRulings[behavior][done][round];
  return ruling === 'ask_again' || ruling === 'refuse'
    ? ruling
    : { kind: ruling, provenAt: fromWorld(runtime.clock, signedInAt ?? now) };
}

/** What was proven for a lock. */
async function open(
  runtime: Runtime,
  caller: Caller,
  upstream: FederatedDomain,
  asked: { readonly sessionId: string },
  claims: UpstreamClaims,
  proven: Proven,
  about: Readonly<Record<string, string | null>>,
): Promise<Result<FederatedStep>> {
  const written = await unlockUpstream(runtime, caller, upstream, asked, claims, proven);
  if ('cause' in written) {
    const { cause, problem = 'sign_in_failed', userId } = written;
    const detail = { ...about, at: 'lock', subject: isSubject(claims.sub) ? claims.sub : null };
    return await fail(runtime, caller, problem, cause, { userId, detail });
  }
  const leadsTo = written.leadsTo === null ? null : lockDestinations[written.leadsTo];
  return ok({ next: 'signed_in', leadsTo }, { token: written.token });
}
const lockDestinations = { provisioning: 'provision', pin_reset: 'pin-reset' } as const;

const NOTHING_SHOWN = { kind: 'none' } as const;

async function enter(
  runtime: Runtime,
  caller: Caller,
  upstream: FederatedDomain,
  asked: Request,
  claims: UpstreamClaims,
  proven: Proven,
  about: Readonly<Record<string, string | null>>,
): Promise<Result<FederatedStep>> {
  const shown = asked.profileId === null ? NOTHING_SHOWN : await readProfile(runtime, asked.profileId);
  const refusal = async ({ cause, userId, problem = 'sign_in_failed' }: Unfound) => {
    const detail = { ...about, subject: isSubject(claims.sub) ? claims.sub : null };
    return await fail(runtime, caller, problem, cause, { userId, detail });
  };
  try {
    const written = await runtime.db.$transaction(async (tx) => {
      if (!(await useFederatedDomain(tx, runtime, upstream)))
        return { cause: 'federation_changed_meanwhile' };
      const found = await findPerson(tx, upstream, claims);
      if ('cause' in found) return found;
      const { user, link } = found;
      const of = { userId: user.id };
      if (user.upn !== asked.upn) return { cause: 'another_person_came_back', ...of };
      const refused = await refuseEntry(tx, runtime, upstream, user, proven.kind);
      if (refused !== null) return { ...refused, ...of };
      const { id: deviceId, disabled } = deviceOf(shown, user.id);
      if (disabled) return { cause: 'device_disabled', ...of };
      const session = await openSession(tx, runtime, caller, {
        userId: user.id,
        kind: 'ordinary',
        method: proven.kind,
        provenAt: proven.provenAt,
        deviceId,
      });
      if (link) {
        const { sub: subject } = claims;
        await linkIdentity(tx, runtime, upstream, { subject, userId: user.id, sessionId: session.id });
      }
      if (deviceId !== null) await touchDevice(tx, runtime, deviceId);
      await record(tx, runtime, {
        code: 'federated_sign_in',
        userId: user.id,
        deviceId,
        sessionId: session.id,
        detail: {
          method: proven.kind,
          domain: upstream.domain,
          issuer: upstream.issuer,
          signedInAt: proven.provenAt.toISOString(),
          address: caller.address,
        },
      });
      return { token: session.token, userId: user.id, deviceId };
    });
    if ('cause' in written) return await refusal(written);
    const { token, userId, deviceId } = written;
    if (deviceId !== null) await renewCertificate(runtime, shown);
    const last = sealLastPerson(runtime, caller, { userId, deviceId, method: proven.kind });
    return ok({ next: 'signed_in', leadsTo: asked.leadsTo }, { token, last });
  } catch (error) {
    // Two first sign-ins at once: one of them made the link.
    if (isDuplicate(error)) return await refusal({ cause: 'another_link_came_first' });
    throw error;
  }
}

interface Found {
  readonly user: NonNullable<Awaited<ReturnType<typeof findUser>>>;
  readonly link: boolean;
}

/** Who a subject is here, and whether it is to be linked; a person of another domain is nobody. */
async function findPerson(
  tx: Tx,
  upstream: FederatedDomain,
  claims: UpstreamClaims,
): Promise<Found | Unfound> {
  if (!isSubject(claims.sub)) return { cause: 'subject_malformed' };
  const linked = await findLinked(tx, upstream, claims.sub);
  const name = claimedName(upstream.claim, claims);
  const upn = name === null ? null : normaliseUpn(name);
  const inDomain = (each: string) => domainOfUpn(each) === upstream.domain;
  const named = upn !== null && isUpn(upn) && inDomain(upn) ? await findUser({ db: tx }, upn) : null;
  const ruling = judgeIdentity({
    linked,
    named: named && { userId: named.id, hasLink: await isLinked(tx, named.id) },
  });
  if (ruling.kind === 'refused') return { cause: ruling.cause, ...(named && { userId: named.id }) };
  const user = await tx.user.findUnique({ where: { id: ruling.userId } });
  if (user === null || !inDomain(user.upn)) return { cause: 'person_of_another_domain' };
  return { user, link: ruling.kind === 'link' };
}

/** Whether somebody who came from their provider may prove MFA there for what this session undertakes. */
export async function mayConfirmUpstream(
  runtime: Runtime,
  { kind, method, lockedAt, person }: SignedInSession,
): Promise<boolean> {
  if (kind !== 'ordinary' || lockedAt !== null) return false;
  if (method !== 'federated' && method !== 'federated-mfa') return false;
  const upstream = await discoverRealm(runtime, person.upn);
  return upstream !== null && mfaRulings[upstream.behavior].done.mfa === 'federated-mfa';
}
