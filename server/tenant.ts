import 'server-only';
import { toBase64Url } from '#domain/base64url';
import { ok, type Result } from '#domain/result';
import { EnvironmentError } from './env.ts';
import { record } from './event.ts';
import { newId, type Runtime } from './runtime.ts';
import { mac } from './secrets.ts';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}

function keyCheck(runtime: Pick<Runtime, 'keys'>): string {
  return toBase64Url(mac(runtime.keys('check'), Buffer.from('latchkey')));
}

/** Makes the organisation, unless there is one. */
export async function createTenant(runtime: Runtime, tenant: Omit<Tenant, 'id'>): Promise<void> {
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
    throw new EnvironmentError('SECRET_KEY (or DATA_DIR/master.key) is not the key that this store was made with.');
  }
  if (tenant.relyingPartyId !== runtime.relyingParty.id && (await runtime.db.credential.count()) > 0) {
    throw new EnvironmentError(
      `RP_ID: the keys in this store belong to ${tenant.relyingPartyId} and would never work on ${runtime.relyingParty.id}.`,
    );
  }
}

export async function readTenant(runtime: Runtime): Promise<Tenant> {
  const tenant = await runtime.db.tenant.findFirstOrThrow();
  return { id: tenant.id, name: tenant.name, domain: tenant.domain };
}

export interface SampleData {
  readonly people: number;
  /** Sample people who have been used for real and stay, without their sample history. */
  readonly peopleKept: number;
  readonly devices: number;
  readonly keys: number;
  readonly events: number;
}

async function usedSamplePeople(runtime: Runtime): Promise<string[]> {
  const used = await runtime.db.event.findMany({
    where: { sample: false, userId: { not: null } },
    select: { userId: true },
    distinct: ['userId'],
  });
  const ids = used.map(({ userId }) => userId ?? '');
  const kept = await runtime.db.user.findMany({ where: { sample: true, id: { in: ids } }, select: { id: true } });
  return kept.map(({ id }) => id);
}

/** What `removeSampleData` would remove now. */
export async function countSampleData(runtime: Runtime): Promise<SampleData> {
  const sample = { where: { sample: true } };
  const [all, kept, devices, keys, events] = await Promise.all([
    runtime.db.user.count(sample),
    usedSamplePeople(runtime),
    runtime.db.device.count(sample),
    runtime.db.credential.count(sample),
    runtime.db.event.count(sample),
  ]);
  return { people: all - kept.length, peopleKept: kept.length, devices, keys, events };
}

/** Removes everything labelled sample data, in one transaction. Sample people who have been used for real stay. */
export async function removeSampleData(runtime: Runtime, actorId: string | null): Promise<Result<SampleData>> {
  const counted = await countSampleData(runtime);
  const kept = await usedSamplePeople(runtime);
  await runtime.db.$transaction(async (tx) => {
    await tx.session.deleteMany({ where: { sample: true } });
    await tx.credential.deleteMany({ where: { sample: true } });
    await tx.device.deleteMany({ where: { sample: true } });
    await tx.temporaryAccessPass.deleteMany({ where: { sample: true } });
    await tx.event.deleteMany({ where: { sample: true } });
    await tx.user.deleteMany({ where: { sample: true, id: { notIn: kept } } });
    await tx.user.updateMany({ where: { sample: true }, data: { sample: false } });
    await record(tx, runtime, { code: 'sample_data_removed', actorId, detail: { ...counted } });
  });
  return ok(counted);
}
