import 'server-only';
import { toBase64Url } from '#domain/base64url';
import { ok, type Result } from '#domain/result';
import { keepingRows, sql, type Tx } from './db.ts';
import { removeSampleCertificates } from './device-certificate.ts';
import { EnvironmentError } from './env.ts';
import { record } from './event.ts';
import { newId, type Runtime } from './runtime.ts';
import { mac } from './secrets.ts';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  /** Made to be shown: presentations may set it back. It is said when it is made, and never after. */
  readonly demo: boolean;
}

/** Tells one master key from another, and nothing about either. */
export function keyCheck(runtime: Pick<Runtime, 'keys'>): string {
  return toBase64Url(mac(runtime.keys('check'), Buffer.from('latchkey')));
}

/** Makes the organisation, unless there is one. */
export async function createTenant(
  runtime: Runtime,
  tenant: Pick<Tenant, 'name' | 'domain'> & { readonly demo?: boolean },
): Promise<void> {
  if ((await runtime.db.tenant.count()) > 0) return;
  await runtime.db.tenant.create({
    data: {
      ...tenant,
      id: newId(runtime),
      relyingPartyId: runtime.relyingParty.id,
      masterKeyCheck: keyCheck(runtime),
      createdAt: runtime.clock.now(),
    },
  });
}

/**
 * Refuses to run on a store that belongs to another relying party or another master key: its keys could never be used
 * again, and its secrets never be read.
 */
export async function checkTenant(runtime: Runtime): Promise<void> {
  const tenant = await runtime.db.tenant.findFirst();
  if (tenant === null) return;
  if (tenant.masterKeyCheck !== keyCheck(runtime)) {
    throw new EnvironmentError(
      'SECRET_KEY (or DATA_DIR/master.key) is not the key that this store was made with.',
    );
  }
  const { id: relyingPartyId } = runtime.relyingParty;
  if (tenant.relyingPartyId === relyingPartyId) return;
  // Nobody holds the sample keys: nothing is lost with them.
  if ((await runtime.db.credential.count({ where: { sample: false } })) > 0) {
    throw new EnvironmentError(
      `RP_ID: the keys in this store belong to ${tenant.relyingPartyId} and would never work on ${relyingPartyId}.`,
    );
  }
  // No key is lost, and those made from now on belong here.
  await runtime.db.tenant.update({ where: { id: tenant.id }, data: { relyingPartyId } });
}

export async function readTenant(runtime: Runtime): Promise<Tenant> {
  const tenant = await runtime.db.tenant.findFirstOrThrow();
  return { id: tenant.id, name: tenant.name, domain: tenant.domain, demo: tenant.demo };
}

export interface MovedClock {
  readonly demo: boolean;
  /** How far the clock is moved ahead: nowhere but on a demo tenant. */
  readonly aheadMinutes: number;
  /** Of two readings the one with more is the later. */
  readonly moves: number;
}

/** How the organisation's clock stands; null while there is no organisation. */
export async function readMovedClock(tx: Tx): Promise<MovedClock | null> {
  const select = { demo: true, clockMinutes: true, clockMoves: true } as const;
  const tenant = await tx.tenant.findFirst({ select });
  if (tenant === null) return null;
  const { demo, clockMinutes, clockMoves: moves } = tenant;
  return { demo, aheadMinutes: demo ? clockMinutes : 0, moves };
}

/** Sets the clock of a demo tenant, unless it was moved since it was read: false then. */
export async function writeMovedClock(tx: Tx, read: MovedClock, aheadMinutes: number): Promise<boolean> {
  const { count } = await tx.tenant.updateMany({
    where: { demo: true, clockMoves: read.moves },
    data: { clockMinutes: aheadMinutes, clockMoves: { increment: 1 } },
  });
  return count === 1;
}

/** The number of changes of policy there have been. What is judged by a policy that is read later is judged by no older one. */
export async function readPolicyVersion(tx: Tx): Promise<number> {
  const tenant = await tx.tenant.findFirst({ select: { policyVersion: true } });
  return tenant?.policyVersion ?? 0;
}

/** The same, kept: no change of policy comes between this and the end of the transaction. */
export async function keepPolicyVersion(tx: Tx, runtime: Pick<Runtime, 'db'>): Promise<number> {
  const [tenant] = await tx.$queryRaw<{ policyVersion: number }[]>(
    sql`SELECT "policyVersion" FROM "Tenant" ${keepingRows(runtime.db)}`,
  );
  return Number(tenant?.policyVersion ?? 0);
}

/** Counts a change of policy in the transaction that makes it. */
export async function advancePolicyVersion(tx: Tx): Promise<void> {
  await tx.tenant.updateMany({ data: { policyVersion: { increment: 1 } } });
}

/** What binds a store to its place and its key, or null for an empty one; also of an older schema. */
export async function readBinding(
  tx: Tx,
): Promise<{ domain: string; relyingPartyId: string; masterKeyCheck: string } | null> {
  return await tx.tenant.findFirst({
    select: { domain: true, relyingPartyId: true, masterKeyCheck: true },
  });
}

export interface SampleData {
  readonly people: number;
  /** Sample people who have been used for real and stay, without their sample history. */
  readonly peopleKept: number;
  readonly devices: number;
  readonly keys: number;
  readonly events: number;
}

async function usedSamplePeople(tx: Tx): Promise<string[]> {
  const used = await tx.event.findMany({
    where: { sample: false, userId: { not: null } },
    select: { userId: true },
    distinct: ['userId'],
  });
  const ids = used.map(({ userId }) => userId ?? '');
  const kept = await tx.user.findMany({ where: { sample: true, id: { in: ids } }, select: { id: true } });
  return kept.map(({ id }) => id);
}

/** What `removeSampleData` would remove now. */
export async function countSampleData(runtime: Runtime): Promise<SampleData> {
  return (await countSample(runtime.db)).counted;
}

async function countSample(tx: Tx): Promise<{ readonly counted: SampleData; readonly kept: string[] }> {
  const sample = { where: { sample: true } };
  const kept = await usedSamplePeople(tx);
  const people = (await tx.user.count(sample)) - kept.length;
  const devices = await tx.device.count(sample);
  const keys = await tx.credential.count(sample);
  const events = await tx.event.count(sample);
  return { counted: { people, peopleKept: kept.length, devices, keys, events }, kept };
}

/** Removes everything labelled sample data, in one transaction. Sample people who have been used for real stay. */
export async function removeSampleData(
  runtime: Runtime,
  actorId: string | null,
): Promise<Result<SampleData>> {
  return await runtime.db.$transaction(async (tx) => {
    const { counted, kept } = await countSample(tx);
    await tx.session.deleteMany({ where: { sample: true } });
    await tx.credential.deleteMany({ where: { sample: true } });
    await removeSampleCertificates(tx, runtime);
    await tx.device.deleteMany({ where: { sample: true } });
    await tx.temporaryAccessPass.deleteMany({ where: { sample: true } });
    await tx.event.deleteMany({ where: { sample: true } });
    await tx.user.deleteMany({ where: { sample: true, id: { notIn: kept } } });
    // What was written to whoever stays never left, and must not now that they are somebody.
    await tx.mail.deleteMany({ where: { user: { sample: true } } });
    await tx.sentMessage.deleteMany({ where: { user: { sample: true } } });
    await tx.user.updateMany({ where: { sample: true }, data: { sample: false } });
    await record(tx, runtime, { code: 'sample_data_removed', actorId, detail: { ...counted } });
    return ok(counted);
  });
}
