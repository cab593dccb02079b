import 'server-only';
import { domainOfUpn, isSubject, mfaRulings, type UpstreamClaims } from '#domain/federation';
import { type LockRuling, mayLeadTo, type WebSignIn } from '#domain/web-sign-in';
import type { Caller, SignedInSession } from './caller.ts';
import type { Tx } from './db.ts';
import { readPolicyAt } from './device-policy.ts';
import { record } from './event.ts';
import { type Proven, refuseEntry, type Unfound } from './federated-entry.ts';
import {
  discoverRealm,
  type FederatedDomain,
  findLinked,
  isLinkedAt,
  useFederatedDomain,
} from './federation.ts';
import type { Runtime } from './runtime.ts';
import { holdSession, strengthenSession } from './session.ts';
import { judgeUnlock, readLock } from './unlock.ts';
import { readLockRuling, readWebSignIn } from './web-sign-in.ts';

/**
 * The provider as a carrier of web sign-in at a lock: with MFA that is made anew, by the person whose session it is, where the
 * rule for carriers lets it (`atLock`). Whoever is still signed in over there opens nothing by that.
 */

/** What the provider does at the lock of a session, by policy and keys as they are now. */
async function readRuling(
  tx: Tx,
  runtime: Runtime,
  session: SignedInSession,
  { issuer }: FederatedDomain,
  address: string,
): Promise<LockRuling> {
  if (session.deviceId !== null) {
    const policy = await readPolicyAt(tx, runtime, session);
    if (!mayLeadTo(policy('ConfigureWebSignInAllowedUrls').value, issuer)) return 'refused';
  }
  return await readLockRuling(tx, runtime, session, 'federated-mfa', address);
}

/** The provider that this lock may be opened at, alone or as one factor of two; null where none may. */
export async function findUnlockUpstream(runtime: Runtime, session: SignedInSession, address: string) {
  const { kind, lockedAt, person, userId } = session;
  if (kind !== 'ordinary' || lockedAt === null) return null;
  const upstream = await discoverRealm(runtime, person.upn);
  if (upstream === null || mfaRulings[upstream.behavior].done.mfa !== 'federated-mfa') return null;
  if (!(await isLinkedAt(runtime.db, upstream, userId))) return null;
  const user = await runtime.db.user.findUniqueOrThrow({ where: { id: userId } });
  if ((await refuseEntry(runtime.db, runtime, upstream, user, 'federated-mfa')) !== null) return null;
  const ruling = await readRuling(runtime.db, runtime, session, upstream, address);
  if (ruling === 'opens') return upstream;
  if (ruling !== 'factor') return null;
  const { shown } = await readLock(runtime, session, address);
  return shown.includes('federated-mfa') ? null : upstream;
}

export interface Unlocked {
  readonly token: string;
  /** What the person is led to: a key that opens the next lock; null where it takes none, or another proof first. */
  readonly leadsTo: WebSignIn['leadsTo'] | null;
}

/**
 * Opens the lock of the session that asked, or counts as one factor of two: judge, write once. That the MFA was made since that
 * lock has been seen by `finishFederatedSignIn`, as at every way back.
 */
export async function unlockUpstream(
  runtime: Runtime,
  caller: Caller,
  upstream: FederatedDomain,
  asked: { readonly sessionId: string },
  { sub }: UpstreamClaims,
  { kind, provenAt }: Proven,
): Promise<Unlocked | Unfound> {
  const { session } = caller;
  if (session === null || session.id !== asked.sessionId) return { cause: 'another_session' };
  const { lockedAt, userId } = session;
  const of = { userId };
  if (lockedAt === null) return { cause: 'not_locked', ...of };
  if (kind !== 'federated-mfa') return { cause: 'mfa_not_done', problem: 'federated_mfa_required', ...of };
  return await runtime.db.$transaction(async (tx) => {
    const changed = await holdSession(tx, session);
    if (changed !== null) return { cause: changed, ...of };
    if (!(await useFederatedDomain(tx, runtime, upstream)))
      return { cause: 'federation_changed_meanwhile', ...of };
    const linked = isSubject(sub) ? await findLinked(tx, upstream, sub) : null;
    if (linked?.userId !== userId) return { cause: 'another_person_came_back', ...of };
    const user = await tx.user.findUnique({ where: { id: userId } });
    if (user === null || domainOfUpn(user.upn) !== upstream.domain)
      return { cause: 'person_of_another_domain', ...of };
    const refused = await refuseEntry(tx, runtime, upstream, user, kind);
    if (refused !== null) return { ...refused, ...of };
    const ruling = await readRuling(tx, runtime, session, upstream, caller.address);
    if (ruling !== 'opens' && ruling !== 'factor') return { cause: 'web_sign_in_not_allowed', ...of };
    const proof = { kind, credentialId: null };
    const opensLock = ruling === 'opens' || (await judgeUnlock(tx, runtime, session, proof, caller.address));
    // It was made for this lock, whichever clock is ahead.
    const madeAt = new Date(Math.max(provenAt.getTime(), lockedAt.getTime() + 1));
    const opened = await strengthenSession(tx, runtime, session, {
      ...proof,
      opensLock,
      provenAt: madeAt,
    });
    await record(tx, runtime, {
      code: opensLock ? 'unlock' : 'unlock_factor',
      userId,
      deviceId: session.deviceId,
      sessionId: session.id,
      detail: {
        method: kind,
        domain: upstream.domain,
        issuer: upstream.issuer,
        signedInAt: provenAt.toISOString(),
        address: caller.address,
      },
    });
    const led = ruling === 'opens' && session.deviceId !== null;
    return {
      token: opened.token,
      leadsTo: led ? (await readWebSignIn(tx, runtime, 'federated-mfa', session)).leadsTo : null,
    };
  });
}
