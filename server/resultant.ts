import 'server-only';
import type { z } from 'zod';
import { closure } from '#domain/group';
import { normaliseUpn } from '#domain/identity';
import { type Place, type PublishedSource, refOf, type Targeted, targeting } from '#domain/policy/assignment';
import { candidatesAt } from '#domain/policy/delivery';
import type { WhatIf } from '#domain/policy/effect';
import { policyOf } from '#domain/policy/resolve';
import {
  comparedSettings,
  mixedSettings,
  nextCandidates,
  type ResultantAnswer,
  type resultantQuery,
  type Standpoint,
} from '#domain/policy/resultant';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import { listDevices } from './device.ts';
import { type At, readDelivery, readPlace } from './device-policy.ts';
import { oneJson, type Streamed } from './endpoint.ts';
import { findGroups, groupsOf, readNestings } from './group.ts';
import { findUser, namesOf } from './identity.ts';
import { readTenantValues } from './policy.ts';
import { readChange } from './policy-effect.ts';
import { readPublished } from './policy-source.ts';
import type { Runtime } from './runtime.ts';

/** A person, and one of their devices; null for one that is not there yet. */
export type Whom = Pick<At, 'userId' | 'deviceId'>;

/**
 * What applies to a person on one of their devices: every setting with its value, where it comes from and why the others
 * lost; what it would be at the next refresh; every source with why it does or does not apply. Refused where there is no such
 * person, or where the device is not theirs.
 */
export async function readResultant(runtime: Runtime, whom: Whom): Promise<Result<ResultantAnswer>> {
  const { db } = runtime;
  const found = await findWhom(runtime, whom);
  if (!found.ok) return found;
  const tenant = await readTenantValues(db);
  const sources = await readPublished(db, runtime);
  const delivery = whom.deviceId === null ? null : await readDelivery(db, whom.deviceId);
  const place = await readPlace(db, whom);
  const next = nextCandidates(sources, { place, enrolled: delivery?.enrolled ?? null }, tenant);
  const now = delivery === null ? next : candidatesAt(delivery, tenant);
  const held = new Set(delivery?.delivered.map(({ source, scope }) => `${source.id} ${scope}`) ?? []);
  return ok({
    ...found.value,
    refreshedAt: delivery?.refreshedAt.toISOString() ?? null,
    settings: comparedSettings(policyOf(now), policyOf(next)),
    sources: targeting(sources, place).map((each) => sourceAnswer(each, held)),
    mixed: [...new Set([...mixedSettings(now), ...mixedSettings(next)])],
  });
}

const sourceAnswer = ({ source, scope, reason }: Targeted, held: ReadonlySet<string>) => ({
  source: refOf(source),
  scope,
  reason,
  held: held.has(`${source.id} ${scope}`),
});

/** Who it is about, in words; refused where there is no such person, or where the device is not theirs. */
async function findWhom(
  runtime: Runtime,
  { userId, deviceId }: Whom,
): Promise<Result<Pick<ResultantAnswer, 'person' | 'device'>>> {
  const names = (await namesOf(runtime, [userId])).get(userId);
  if (names === undefined) return refuse('not_found');
  const person = { id: userId, ...names };
  if (deviceId === null) return ok({ person, device: null });
  const [device] = await listDevices(runtime, { id: deviceId, userId });
  return device === undefined
    ? refuse('not_found')
    : ok({ person, device: { id: device.id, name: device.name } });
}

export interface WhatIfAnswer extends Pick<ResultantAnswer, 'person' | 'device' | 'mixed'> {
  /** `now` is what would be told without the change, `next` with it. */
  readonly settings: ResultantAnswer['settings'];
  readonly sources: readonly {
    readonly source: ResultantAnswer['sources'][number]['source'];
    readonly scope: ResultantAnswer['sources'][number]['scope'];
    /** Null where the source has nothing to say for this scope. */
    readonly before: ResultantAnswer['sources'][number]['reason'] | null;
    readonly after: ResultantAnswer['sources'][number]['reason'] | null;
  }[];
}

/**
 * What a person would be told on a device without and with a change of groups or sources, or on another of their devices
 * (`other`). Nothing is changed.
 */
export async function readWhatIf(
  runtime: Runtime,
  whom: Whom,
  change: WhatIf & { readonly other?: string | null | undefined },
): Promise<Result<WhatIfAnswer>> {
  const { db } = runtime;
  const there = change.other === undefined ? whom : { ...whom, deviceId: change.other };
  const [found, elsewhere] = [await findWhom(runtime, whom), await findWhom(runtime, there)];
  if (!found.ok) return found;
  if (!elsewhere.ok) return elsewhere;
  const changed = await readChange(runtime, change);
  if (!changed.ok) return changed;
  const wanted = new Set([...change.join, ...change.leave, ...change.deviceJoin, ...change.deviceLeave]);
  if ((await findGroups(db, { ids: [...wanted] })).length < wanted.size) return refuse('not_found');
  const tenant = await readTenantValues(db);
  const before = await readStandpoint(db, whom);
  const elsewhereNow = change.other === undefined ? before : await readStandpoint(db, there);
  const after = await regrouped(db, there, elsewhereNow, change);
  const [was, is] = [
    nextCandidates(changed.value.before, before, tenant),
    nextCandidates(changed.value.after, after, tenant),
  ];
  return ok({
    ...elsewhere.value,
    settings: comparedSettings(policyOf(was), policyOf(is)),
    sources: comparedSources(
      targeting(changed.value.before, before.place),
      targeting(changed.value.after, after.place),
    ),
    mixed: mixedSettings(is) as string[],
  });
}

async function readStandpoint(tx: Tx, whom: Whom): Promise<Standpoint> {
  const delivery = whom.deviceId === null ? null : await readDelivery(tx, whom.deviceId);
  return { place: await readPlace(tx, whom), enrolled: delivery?.enrolled ?? null };
}

/** In other groups than now: who leaves one is still in it where another of their groups is in it. */
async function regrouped(
  tx: Tx,
  { userId, deviceId }: Whom,
  { place, enrolled }: Standpoint,
  change: WhatIf,
): Promise<Standpoint> {
  if ([change.join, change.leave, change.deviceJoin, change.deviceLeave].every((ids) => ids.length === 0))
    return { place, enrolled };
  const allOf = closure(await readNestings(tx));
  const other = async (kind: 'person' | 'device', id: string | null, join: string[], leave: string[]) => {
    const direct = id === null ? [] : (await groupsOf(tx, kind, id)).filter((group) => group.direct);
    return allOf([...direct.map((group) => group.id).filter((each) => !leave.includes(each)), ...join]);
  };
  const moved: Place = {
    ...place,
    userGroups: await other('person', userId, change.join, change.leave),
    deviceGroups: await other('device', deviceId, change.deviceJoin, change.deviceLeave),
  };
  return { place: moved, enrolled };
}

function comparedSources(before: readonly Targeted[], after: readonly Targeted[]): WhatIfAnswer['sources'] {
  const key = ({ source, scope }: Targeted) => `${source.id} ${scope}`;
  const was = new Map(before.map((each) => [key(each), each]));
  const is = new Map(after.map((each) => [key(each), each]));
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((each) => {
    const shown = is.get(each) ?? was.get(each);
    if (shown === undefined) return [];
    const { source, scope } = shown;
    return [
      {
        source: refOf(source as PublishedSource),
        scope,
        before: was.get(each)?.reason ?? null,
        after: is.get(each)?.reason ?? null,
      },
    ];
  });
}

/** The ID of a person that is named by UPN or by ID. */
export async function userIdOf(runtime: Runtime, named: string): Promise<string | null> {
  if (!named.includes('@')) return named;
  const upn = normaliseUpn(named);
  return (await findUser(runtime, upn))?.id ?? null;
}

/** The same as JSON, for an administrator's program. */
export async function answerResultant(
  runtime: Runtime,
  _caller: SignedIn,
  { user, device }: z.output<typeof resultantQuery>,
): Promise<Result<Streamed>> {
  const userId = await userIdOf(runtime, user);
  if (userId === null) return refuse('not_found');
  const read = await readResultant(runtime, { userId, deviceId: device ?? null });
  return read.ok ? ok(oneJson(read.value)) : read;
}
