import 'server-only';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import {
  domainOfUpn,
  type FederatedIdpMfaBehavior,
  federatedIdpMfaBehaviors,
  type NamingClaim,
  normaliseIssuer,
} from '#domain/federation';
import { isUpn, normaliseUpn } from '#domain/identity';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import { isDuplicate, type Tx } from './db.ts';
import { record } from './event.ts';
import { newId, type Runtime } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';
import { endSessions } from './session.ts';
import { inspectUpstream, type Upstream } from './upstream.ts';

/** Federated domains and who the subjects of their providers are. This file alone reads and writes those two tables. */
export interface FederatedDomain {
  readonly id: string;
  readonly domain: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly claim: NamingClaim;
  readonly behavior: FederatedIdpMfaBehavior;
  readonly createdAt: Date;
  readonly usedAt: Date | null;
  readonly disabledAt: Date | null;
  /** What the provider has to send people back to. */
  readonly returnTo: string;
  /** How many people have signed in there. */
  readonly people: number;
}

const WITH_PEOPLE = { _count: { select: { identities: true } } } as const;
const readRows = (tx: Tx, where: { domain?: string; id?: string } = {}) =>
  tx.federatedDomain.findMany({ where, include: WITH_PEOPLE, orderBy: { domain: 'asc' } });
type Row = Awaited<ReturnType<typeof readRows>>[number];

/** Where a provider sends the people of a domain back to: one address each, so that none answers for another. */
export function returnAddress(runtime: Pick<Runtime, 'relyingParty'>, domain: string): string {
  return `${runtime.relyingParty.origin}/sign-in/federated/callback/${encodeURIComponent(domain)}`;
}

function described(runtime: Runtime, { _count, clientSecret: _, ...row }: Row): FederatedDomain {
  return {
    ...row,
    claim: row.claim as NamingClaim,
    behavior: row.behavior as FederatedIdpMfaBehavior,
    returnTo: returnAddress(runtime, row.domain),
    people: _count.identities,
  };
}

/** All federated domains by name. */
export async function listFederatedDomains(runtime: Runtime): Promise<FederatedDomain[]> {
  return (await readRows(runtime.db)).map((row) => described(runtime, row));
}

/** Whether anybody could sign in at an organisation of their own. */
export async function hasFederation(runtime: Runtime): Promise<boolean> {
  return (await runtime.db.federatedDomain.count({ where: { disabledAt: null } })) > 0;
}

const sealingContext = (id: string, issuer: string) => `federation/${id}/${issuer}`;

/** The provider to ask about a domain, by name or ID, with what the client proves itself by; null where none is in force. */
export async function findUpstream(
  runtime: Runtime,
  which: { readonly domain: string } | { readonly id: string },
): Promise<(FederatedDomain & Upstream) | null> {
  const [row] = await readRows(runtime.db, which);
  if (row === undefined || row.disabledAt !== null) return null;
  return { ...described(runtime, row), clientSecret: secretOf(runtime, row) };
}

function secretOf(runtime: Runtime, { id, issuer, clientSecret }: Row): string {
  const sealed = fromBase64Url(clientSecret);
  const opened = sealed && unseal(runtime.keys('federation-client'), sealed, sealingContext(id, issuer));
  if (opened === null) throw new Error('the client secret of a federated domain is not of this master key');
  return opened.toString('utf8');
}

const actorOf = (caller: SignedIn | null) => caller?.session.userId ?? null;
const CLIENT_TEXT_MAX = 512;

/** Hands the people of a domain over to a provider. The caller is null for the command line. */
export async function addFederatedDomain(
  runtime: Runtime,
  caller: SignedIn | null,
  input: {
    readonly domain: string;
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly claim: NamingClaim;
    readonly behavior?: FederatedIdpMfaBehavior;
  },
): Promise<Result<FederatedDomain>> {
  const domain = normaliseUpn(input.domain);
  const issuer = normaliseIssuer(input.issuer);
  const { clientId, clientSecret, claim, behavior = federatedIdpMfaBehaviors[0] } = input;
  const fits = (text: string) => text !== '' && text.length <= CLIENT_TEXT_MAX;
  if (!isUpn(`somebody@${domain}`) || issuer === null || !fits(clientId) || !fits(clientSecret))
    return refuse('invalid_value');
  const id = newId(runtime);
  const key = runtime.keys('federation-client');
  const nonce = runtime.random.bytes(NONCE_BYTES);
  const sealed = seal(key, nonce, Buffer.from(clientSecret), sealingContext(id, issuer));
  try {
    return await runtime.db.$transaction(async (tx) => {
      await tx.federatedDomain.create({
        data: {
          id,
          domain,
          issuer,
          clientId,
          clientSecret: toBase64Url(sealed),
          claim,
          behavior,
          createdAt: runtime.clock.now(),
        },
      });
      await record(tx, runtime, {
        code: 'federation_added',
        actorId: actorOf(caller),
        detail: { domain, issuer, claim, behavior },
      });
      return ok(described(runtime, (await readRows(tx, { id }))[0] as Row));
    });
  } catch (error) {
    if (isDuplicate(error)) return refuse('already_exists');
    throw error;
  }
}

/** The sessions that began at the provider of a domain, as `endSessions` takes them. */
async function endFederatedSessions(tx: Tx, runtime: Runtime, domainId: string): Promise<number> {
  const user = { federatedIdentity: { domainId } };
  return (
    (await endSessions(tx, runtime, { user, method: 'federated' })) +
    (await endSessions(tx, runtime, { user, method: 'federated-mfa' }))
  );
}

/**
 * Changes whose MFA counts, or switches a domain off and on. Sessions that began at the provider end at once, because what
 * they were opened by no longer holds.
 */
export async function changeFederatedDomain(
  runtime: Runtime,
  caller: SignedIn | null,
  input: {
    readonly domain: string;
    readonly behavior?: FederatedIdpMfaBehavior | undefined;
    readonly enabled?: boolean | undefined;
  },
): Promise<Result<{ readonly sessionsEnded: number }>> {
  const { behavior, enabled } = input;
  return await runtime.db.$transaction(async (tx) => {
    const [row] = await readRows(tx, { domain: normaliseUpn(input.domain) });
    if (row === undefined) return refuse('not_found');
    const { id, domain } = row;
    const switched = enabled !== undefined && enabled !== (row.disabledAt === null);
    const changed = behavior !== undefined && behavior !== row.behavior;
    if (!switched && !changed) return ok({ sessionsEnded: 0 });
    await tx.federatedDomain.update({
      where: { id },
      data: {
        ...(changed ? { behavior } : {}),
        ...(switched ? { disabledAt: enabled ? null : runtime.clock.now() } : {}),
      },
    });
    const sessionsEnded = await endFederatedSessions(tx, runtime, id);
    await record(tx, runtime, {
      code: 'federation_changed',
      actorId: actorOf(caller),
      detail: {
        domain,
        ...(changed ? { behavior } : {}),
        ...(switched ? { enabled } : {}),
        sessionsEnded,
      },
    });
    return ok({ sessionsEnded });
  });
}

/** Takes a domain back: its links are forgotten, and sessions that began at the provider end. */
export async function removeFederatedDomain(
  runtime: Runtime,
  caller: SignedIn | null,
  input: { readonly domain: string },
): Promise<Result<{ readonly people: number }>> {
  return await runtime.db.$transaction(async (tx) => {
    const [row] = await readRows(tx, { domain: normaliseUpn(input.domain) });
    if (row === undefined) return refuse('not_found');
    const { id, domain, issuer, _count } = row;
    const sessionsEnded = await endFederatedSessions(tx, runtime, id);
    await tx.federatedDomain.delete({ where: { id } });
    await record(tx, runtime, {
      code: 'federation_removed',
      actorId: actorOf(caller),
      detail: { domain, issuer, people: _count.identities, sessionsEnded },
    });
    return ok({ people: _count.identities });
  });
}

/** Asks the provider of a domain to describe itself, as a sign-in would. */
export async function testFederatedDomain(runtime: Runtime, input: { readonly domain: string }) {
  const found = await findUpstream(runtime, { domain: normaliseUpn(input.domain) });
  return found === null ? null : { ...found, answer: await inspectUpstream(runtime, found) };
}

/** Who a subject is linked to; null for one that is new. */
export async function findLinked(
  tx: Tx,
  { issuer }: Pick<FederatedDomain, 'issuer'>,
  subject: string,
): Promise<{ readonly userId: string } | null> {
  return await tx.federatedIdentity.findUnique({
    where: { issuer_subject: { issuer, subject } },
    select: { userId: true },
  });
}

/** Whether a person is linked to some subject. */
export async function isLinked(tx: Tx, userId: string): Promise<boolean> {
  return (await tx.federatedIdentity.count({ where: { userId } })) > 0;
}

/** Links a subject to a person, in the session that it opened. Throws a duplicate where either is linked already. */
export async function linkIdentity(
  tx: Tx,
  runtime: Runtime,
  { id, issuer, domain }: FederatedDomain,
  {
    subject,
    userId,
    sessionId,
  }: { readonly subject: string; readonly userId: string; readonly sessionId: string },
): Promise<void> {
  const linkedAt = runtime.clock.now();
  await tx.federatedIdentity.create({
    data: { id: newId(runtime), domainId: id, issuer, subject, userId, linkedAt },
  });
  await record(tx, runtime, {
    code: 'federated_identity_linked',
    userId,
    sessionId,
    detail: { domain, issuer, subject },
  });
}

/** Forgets who a person is at their provider: the next sign-in there links them anew. Sessions that began there end. */
export async function unlinkIdentity(
  runtime: Runtime,
  caller: SignedIn | null,
  input: { readonly userId: string },
): Promise<Result<null>> {
  const { userId } = input;
  return await runtime.db.$transaction(async (tx) => {
    const linked = await tx.federatedIdentity.findUnique({ where: { userId } });
    if (linked === null) return refuse('not_found');
    for (const method of ['federated', 'federated-mfa'] as const)
      await endSessions(tx, runtime, { userId, method });
    await tx.federatedIdentity.delete({ where: { userId } });
    await record(tx, runtime, {
      code: 'federated_identity_unlinked',
      userId,
      actorId: actorOf(caller),
      detail: { issuer: linked.issuer, subject: linked.subject },
    });
    return ok(null);
  });
}

/**
 * Notes a sign-in at the provider; as a transaction's first statement it takes the write lock. False where the domain was
 * taken back, switched off or told another behaviour meanwhile.
 */
export async function useFederatedDomain(
  tx: Tx,
  runtime: Runtime,
  { id, behavior }: FederatedDomain,
): Promise<boolean> {
  const { count } = await tx.federatedDomain.updateMany({
    where: { id, behavior, disabledAt: null },
    data: { usedAt: runtime.clock.now() },
  });
  return count === 1;
}

/** The federated domain that a typed name belongs to, by its domain alone: it says nothing of people. */
export async function discoverRealm(runtime: Runtime, upn: string) {
  const domain = isUpn(upn) ? domainOfUpn(upn) : null;
  return domain === null ? null : await findUpstream(runtime, { domain });
}
