import 'server-only';
import type { ProofKind } from '#domain/authentication';
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
import { isDuplicate, type PeopleWhere, type Tx } from './db.ts';
import { record } from './event.ts';
import { newId, type Runtime } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';
import { countLiveSessions, endSessions } from './session.ts';
import { type Inspected, inspectUpstream, type Upstream, type UpstreamFailure } from './upstream.ts';
import { usableKeys } from './usable-key.ts';

/** Federated domains and who the subjects of their providers are. This file alone reads and writes those two tables. */
export interface FederatedDomain {
  readonly id: string;
  readonly domain: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly claim: NamingClaim;
  readonly behavior: FederatedIdpMfaBehavior;
  /** Whether people who hold an administrator role sign in there. */
  readonly administrators: boolean;
  readonly createdAt: Date;
  readonly usedAt: Date | null;
  readonly disabledAt: Date | null;
  /** The last test of the provider, and what was wrong with it then; null where nothing was. */
  readonly testedAt: Date | null;
  readonly testFailure: string | null;
  /** What the provider has to send people back to. */
  readonly returnTo: string;
  /** How many people are linked to a subject there. */
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

/** What an administrator says of a domain's provider. */
export interface ProviderTerms {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly claim: NamingClaim;
  readonly behavior?: FederatedIdpMfaBehavior | undefined;
  /** Whether people who hold an administrator role sign in there too: not, where it is left out. */
  readonly administrators?: boolean | undefined;
}
export type FederationField = 'domain' | keyof ProviderTerms;

const notAllowed = (field: FederationField) => refuse('invalid_value', { facts: { field } });
const fits = (text: string) => text !== '' && text.length <= CLIENT_TEXT_MAX;

function sealSecret(runtime: Runtime, id: string, issuer: string, secret: string): string {
  const nonce = runtime.random.bytes(NONCE_BYTES);
  const key = runtime.keys('federation-client');
  return toBase64Url(seal(key, nonce, Buffer.from(secret), sealingContext(id, issuer)));
}

/** Hands the people of a domain over to a provider. A refusal names the field. The caller is null for the command line. */
export async function addFederatedDomain(
  runtime: Runtime,
  caller: SignedIn | null,
  input: ProviderTerms & { readonly domain: string },
): Promise<Result<FederatedDomain>> {
  const domain = normaliseUpn(input.domain);
  const issuer = normaliseIssuer(input.issuer);
  const { clientId, clientSecret, claim } = input;
  const { behavior = federatedIdpMfaBehaviors[0], administrators = false } = input;
  if (!isUpn(`somebody@${domain}`)) return notAllowed('domain');
  if (issuer === null) return notAllowed('issuer');
  if (!fits(clientId)) return notAllowed('clientId');
  if (!fits(clientSecret)) return notAllowed('clientSecret');
  const id = newId(runtime);
  const sealed = sealSecret(runtime, id, issuer, clientSecret);
  try {
    return await runtime.db.$transaction(async (tx) => {
      const createdAt = runtime.clock.now();
      await tx.federatedDomain.create({
        data: {
          id,
          domain,
          issuer,
          clientId,
          clientSecret: sealed,
          claim,
          behavior,
          administrators,
          createdAt,
        },
      });
      await record(tx, runtime, {
        code: 'federation_added',
        actorId: actorOf(caller),
        detail: { domain, issuer, claim, behavior, administrators },
      });
      return ok(described(runtime, (await readRows(tx, { id }))[0] as Row));
    });
  } catch (error) {
    if (isDuplicate(error)) return refuse('already_exists', { facts: { field: 'domain' } });
    throw error;
  }
}

/** The sessions that a provider began or unlocked. */
async function endFederatedSessions(tx: Tx, runtime: Runtime, user: PeopleWhere): Promise<number> {
  return await endSessions(tx, runtime, { user, proofs: AT_A_PROVIDER });
}
const AT_A_PROVIDER = { some: { kind: { in: ['federated', 'federated-mfa'] } } } satisfies {
  some: { kind: { in: ProofKind[] } };
};
const linkedIn = (domainId: string): PeopleWhere => ({ federatedIdentity: { domainId } });

/** What is to be different; what is left out stays. */
export type FederationChange = { readonly [K in keyof ProviderTerms]?: ProviderTerms[K] | undefined } & {
  readonly domain: string;
  readonly enabled?: boolean | undefined;
};

/**
 * Changes what was said of a domain's provider, or switches it off and on. Sessions that began there end at once where what
 * they were opened by no longer holds: with every change but that of the secret or the claim, and for
 * administrators with the change of whether they sign in there. Another issuer or client ID is
 * another provider, which takes its own secret: a subject is known by one issuer and, where it is pairwise, to one client
 * (OpenID Connect Core 8), so the links are forgotten, and no answer to a request of before is taken.
 */
export async function changeFederatedDomain(
  runtime: Runtime,
  caller: SignedIn | null,
  input: FederationChange,
): Promise<Result<{ readonly sessionsEnded: number; readonly unlinked: number }>> {
  const { clientSecret } = input;
  const issuer = input.issuer === undefined ? undefined : normaliseIssuer(input.issuer);
  if (issuer === null) return notAllowed('issuer');
  if (input.clientId !== undefined && !fits(input.clientId)) return notAllowed('clientId');
  if (clientSecret !== undefined && !fits(clientSecret)) return notAllowed('clientSecret');
  return await runtime.db.$transaction(async (tx) => {
    const [row] = await readRows(tx, { domain: normaliseUpn(input.domain) });
    if (row === undefined) return refuse('not_found');
    const { _count, ...before } = row;
    const wanted = {
      issuer: issuer ?? row.issuer,
      clientId: input.clientId ?? row.clientId,
      claim: input.claim ?? row.claim,
      behavior: input.behavior ?? row.behavior,
      administrators: input.administrators ?? row.administrators,
      enabled: input.enabled ?? row.disabledAt === null,
    };
    const was = { ...before, enabled: row.disabledAt === null };
    const changed = (
      ['issuer', 'clientId', 'claim', 'behavior', 'administrators', 'enabled'] as const
    ).filter((name) => wanted[name] !== was[name]);
    if (changed.length === 0 && clientSecret === undefined) return ok({ sessionsEnded: 0, unlinked: 0 });
    const another = changed.includes('issuer') || changed.includes('clientId');
    if (another && clientSecret === undefined) return notAllowed('clientSecret');
    const id = another ? newId(runtime) : row.id;
    const { enabled, ...terms } = wanted;
    const data = {
      ...terms,
      disabledAt: enabled ? null : (row.disabledAt ?? runtime.clock.now()),
      ...(clientSecret === undefined
        ? {}
        : { clientSecret: sealSecret(runtime, id, terms.issuer, clientSecret) }),
    };
    const ends = another || changed.includes('behavior') || changed.includes('enabled');
    const whose = ends ? linkedIn(row.id) : { ...linkedIn(row.id), roles: { some: {} } };
    const sessionsEnded =
      ends || changed.includes('administrators') ? await endFederatedSessions(tx, runtime, whose) : 0;
    if (another) {
      await tx.federatedDomain.delete({ where: { id: row.id } });
      const neverAsked = { usedAt: null, testedAt: null, testFailure: null };
      await tx.federatedDomain.create({ data: { ...before, ...neverAsked, ...data, id } });
    } else await tx.federatedDomain.update({ where: { id }, data });
    const unlinked = another ? _count.identities : 0;
    await record(tx, runtime, {
      code: 'federation_changed',
      actorId: actorOf(caller),
      detail: {
        domain: row.domain,
        ...Object.fromEntries(changed.map((name) => [name, wanted[name]])),
        ...(clientSecret === undefined ? {} : { secret: 'changed' }),
        ...(another ? { unlinked } : {}),
        sessionsEnded,
      },
    });
    return ok({ sessionsEnded, unlinked });
  });
}

/** What taking a domain back would take from its people. */
export interface RemovalCost {
  /** People who are linked. */
  readonly people: number;
  /** Of them, those who have no key that works and no password: nothing but a pass would let them in. */
  readonly stranded: number;
  /** Live sessions that began at the provider, or were unlocked there. */
  readonly sessions: number;
}

export async function weighRemoval(runtime: Runtime, domainId: string): Promise<RemovalCost> {
  const { db } = runtime;
  const user = linkedIn(domainId);
  const usable = await usableKeys(db);
  const [people, stranded, sessions] = await Promise.all([
    db.user.count({ where: user }),
    db.user.count({
      where: { AND: [user, { disabledAt: null, passwordHash: null, credentials: { none: usable } }] },
    }),
    countLiveSessions(db, runtime, { user, proofs: AT_A_PROVIDER }),
  ]);
  return { people, stranded, sessions };
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
    const sessionsEnded = await endFederatedSessions(tx, runtime, linkedIn(id));
    await tx.federatedDomain.delete({ where: { id } });
    await record(tx, runtime, {
      code: 'federation_removed',
      actorId: actorOf(caller),
      detail: { domain, issuer, people: _count.identities, sessionsEnded },
    });
    return ok({ people: _count.identities });
  });
}

/**
 * Asks the provider of a domain for its description and its keys, as a sign-in would; also where the domain is switched off.
 * What came of it is kept beside the domain.
 */
export async function testFederatedDomain(
  runtime: Runtime,
  caller: SignedIn | null,
  input: { readonly domain: string },
): Promise<Result<FederatedDomain & { readonly answer: Inspected | UpstreamFailure }>> {
  const [row] = await readRows(runtime.db, { domain: normaliseUpn(input.domain) });
  if (row === undefined) return refuse('not_found');
  const { id, domain, issuer } = row;
  const answer = await inspectUpstream(runtime, { ...row, clientSecret: secretOf(runtime, row) });
  const cause = 'failure' in answer ? answer.cause : null;
  const tested = { testedAt: runtime.clock.now(), testFailure: cause };
  return await runtime.db.$transaction(async (tx) => {
    const { count } = await tx.federatedDomain.updateMany({ where: { id }, data: tested });
    if (count === 0) return refuse('not_found');
    await record(tx, runtime, {
      code: 'federation_tested',
      outcome: cause === null ? 'success' : 'failure',
      actorId: actorOf(caller),
      detail: { domain, issuer, ...(cause === null ? {} : { cause }) },
    });
    return ok({ ...described(runtime, row), ...tested, answer });
  });
}

/** Who is linked to a subject of a domain's provider, by name. */
export async function listLinkedPeople(runtime: Runtime, domainId: string, take: number) {
  return await runtime.db.federatedIdentity.findMany({
    where: { domainId },
    select: { userId: true, linkedAt: true, user: { select: { displayName: true, upn: true } } },
    orderBy: [{ user: { displayName: 'asc' } }, { id: 'asc' }],
    take,
  });
}

/** How a person stands to a provider: the federated domain of their name, and who they are there. Null without either. */
export async function readFederationOf(runtime: Runtime, { id, upn }: { readonly id: string; upn: string }) {
  const [[row], link] = await Promise.all([
    readRows(runtime.db, { domain: domainOfUpn(upn) ?? '' }),
    runtime.db.federatedIdentity.findUnique({
      where: { userId: id },
      select: { issuer: true, subject: true, linkedAt: true },
    }),
  ]);
  return row === undefined ? null : { domain: described(runtime, row), link };
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

/** Whether a person is linked to a subject of this domain's provider. */
export async function isLinkedAt(tx: Tx, { id }: FederatedDomain, userId: string): Promise<boolean> {
  return (await tx.federatedIdentity.count({ where: { userId, domainId: id } })) > 0;
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

/**
 * Forgets who a person is at their provider: the next sign-in there links them anew. Sessions that began there end. Nobody
 * does it to themselves.
 */
export async function unlinkIdentity(
  runtime: Runtime,
  caller: SignedIn | null,
  input: { readonly userId: string },
): Promise<Result<null>> {
  const { userId } = input;
  if (caller?.session.userId === userId) return refuse('own_account');
  return await runtime.db.$transaction(async (tx) => {
    const linked = await tx.federatedIdentity.findUnique({ where: { userId } });
    if (linked === null) return refuse('not_found');
    const sessionsEnded = await endFederatedSessions(tx, runtime, { id: userId });
    await tx.federatedIdentity.delete({ where: { userId } });
    await record(tx, runtime, {
      code: 'federated_identity_unlinked',
      userId,
      actorId: actorOf(caller),
      detail: { issuer: linked.issuer, subject: linked.subject, sessionsEnded },
    });
    return ok(null);
  });
}

/**
 * Notes a sign-in at the provider; as a transaction's first statement it takes the write lock. False where the domain was
 * taken back, switched off or changed meanwhile in what decides about a sign-in.
 */
export async function useFederatedDomain(
  tx: Tx,
  runtime: Runtime,
  { id, behavior, claim, administrators }: FederatedDomain,
): Promise<boolean> {
  const { count } = await tx.federatedDomain.updateMany({
    where: { id, behavior, claim, administrators, disabledAt: null },
    data: { usedAt: runtime.clock.now() },
  });
  return count === 1;
}

/** The federated domain that a typed name belongs to, by its domain alone: it says nothing of people. */
export async function discoverRealm(runtime: Runtime, upn: string) {
  const domain = isUpn(upn) ? domainOfUpn(upn) : null;
  return domain === null ? null : await findUpstream(runtime, { domain });
}
