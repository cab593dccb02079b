import 'server-only';
import { isDay } from '#domain/communication/fields';
import { PLAN_DAYS_MAX, type PlanLine, startDay, turnOf } from '#domain/communication/schedule';
import { type MessageName, messageNames } from '#domain/communication/templates';
import { ok, type Result, refuse } from '#domain/result';
import { isTimeZone } from '#domain/time-zone';
import { keepTimeZone, readTimeZone } from './communication.ts';
import { sql, type Tx } from './db.ts';
import { record } from './event.ts';
import { listSources } from './policy-source.ts';
import { type RolloutRing, readRing, readRings } from './rollout.ts';
import type { Runtime } from './runtime.ts';

/** A line of a ring's plan, with when its turn is and how many have been written to by it. */
export interface PlannedLine extends PlanLine, ReturnType<typeof turnOf> {
  readonly sent: Reach;
}

/** How many people, and how many of them are sample people, whose messages stay in the outbox. */
export interface Reach {
  readonly people: number;
  readonly sample: number;
}

/** What a ring sends. */
export interface RingPlan {
  readonly ring: RolloutRing;
  /** The day that it is planned for; what counts once it is open is the day of that. */
  readonly startsOn: string | null;
  readonly start: string | null;
  /** Where its days and hours are those of. */
  readonly zone: string;
  /** In the order in which they leave. */
  readonly lines: readonly PlannedLine[];
}

export interface SourcePlan {
  readonly sourceId: string;
  readonly name: string;
  readonly rings: readonly RingPlan[];
}

/** The plan of one ring, or null where there is no such ring. */
export async function readRingPlan(runtime: Runtime, tx: Tx, ringId: string): Promise<RingPlan | null> {
  const ring = await readRing(tx, ringId);
  return ring === null ? null : await planOf(runtime, tx, ring);
}

async function planOf(runtime: Runtime, tx: Tx, ring: RolloutRing): Promise<RingPlan> {
  const of = { ringId: ring.id };
  const [start, rows, all, sample, zone] = await Promise.all([
    tx.ringStart.findUnique({ where: of }),
    tx.plannedMessage.findMany({ where: of }),
    tx.sentMessage.groupBy({ by: ['template'], where: of, _count: true }),
    tx.sentMessage.groupBy({ by: ['template'], where: { ...of, user: { sample: true } }, _count: true }),
    readTimeZone(tx),
  ]);
  const startsOn = start?.startsOn ?? null;
  const time = { ...ring, startsOn, zone };
  const now = runtime.clock.now();
  const lines = rows.map(({ template, days, hour }): PlannedLine => {
    const line = { template: template as MessageName, days, hour };
    const count = (sent: typeof all) => sent.find((each) => each.template === template)?._count ?? 0;
    return { ...line, ...turnOf(time, line, now), sent: { people: count(all), sample: count(sample) } };
  });
  lines.sort(
    (a, b) =>
      a.days - b.days ||
      a.hour - b.hour ||
      messageNames.indexOf(a.template) - messageNames.indexOf(b.template),
  );
  return { ring, startsOn, start: startDay(time), zone, lines };
}

/** The plans of every source that is rolled out in rings. */
export async function listPlans(runtime: Runtime): Promise<readonly SourcePlan[]> {
  const { db } = runtime;
  const plans: SourcePlan[] = [];
  for (const { id: sourceId, published, draft } of await listSources(db)) {
    const rings: RingPlan[] = [];
    for (const ring of await readRings(db, sourceId)) rings.push(await planOf(runtime, db, ring));
    if (rings.length > 0)
      plans.push({ sourceId, name: (published ?? draft)?.name || 'Without a name', rings });
  }
  return plans;
}

/** The rings that something is planned for. */
export async function plannedRings(tx: Tx): Promise<readonly string[]> {
  const rows = await tx.plannedMessage.findMany({ select: { ringId: true }, distinct: ['ringId'] });
  return rows.map(({ ringId }) => ringId);
}

/** What is planned of a ring. */
export interface Planned {
  readonly startsOn: string | null;
  readonly lines: readonly PlanLine[];
}

const said = ({ startsOn, lines }: Planned) =>
  [
    startsOn ?? 'no day',
    ...lines.map(({ template, days, hour }) => `${template} ${days} d ${hour} h`).sort(),
  ].join(', ');

/**
 * Plans what a ring sends, whole: the day that it is planned for, and each message with its time. With `seen`, the plan that
 * somebody began with, a change that came between is told and lost by nobody. `timeZone` is the planner's own: it becomes the
 * organisation's where nobody has chosen one.
 */
export async function planRing(
  runtime: Runtime,
  actorId: string | null,
  {
    ringId,
    startsOn,
    lines,
    seen,
    timeZone,
  }: Planned & {
    readonly ringId: string;
    readonly seen?: Planned | undefined;
    readonly timeZone?: string | undefined;
  },
): Promise<Result<null>> {
  const wrong = (setting: string) => refuse('invalid_value', { facts: { setting } });
  if (startsOn !== null && !isDay(startsOn)) return wrong('startsOn');
  if (timeZone !== undefined && !isTimeZone(timeZone)) return wrong('timeZone');
  if (new Set(lines.map(({ template }) => template)).size !== lines.length) return wrong('lines');
  if (lines.some(({ days, hour }) => Math.abs(days) > PLAN_DAYS_MAX || hour < 0 || hour > 23))
    return wrong('lines');
  return await runtime.db.$transaction(async (tx) => {
    const before = await readRingPlan(runtime, tx, ringId);
    if (before === null) return refuse('not_found');
    const after = said({ startsOn, lines });
    if (said(before) === after) return ok(null);
    if (seen !== undefined && said(before) !== said(seen)) return refuse('communication_changed_meanwhile');
    if (timeZone !== undefined) await keepTimeZone(tx, timeZone);
    await tx.plannedMessage.deleteMany({ where: { ringId } });
    await tx.ringStart.deleteMany({ where: { ringId } });
    if (startsOn !== null) await tx.ringStart.create({ data: { ringId, startsOn } });
    await tx.plannedMessage.createMany({
      data: lines.map(({ template, days, hour }) => ({ ringId, template, days, hour })),
    });
    const detail = { ringId, ring: before.ring.name, before: said(before), after };
    await record(tx, runtime, {
      code: 'communication_planned',
      actorId,
      detail: { ...detail, timeZone: await readTimeZone(tx) },
    });
    return ok(null);
  });
}

/** Forgets plans of rings that are gone. What was sent for them stays known as long as its people. Returns how many lines. */
export async function forgetOldPlans({ db }: Pick<Runtime, 'db'>): Promise<number> {
  await db.$executeRaw(sql`DELETE FROM "RingStart" WHERE "ringId" NOT IN (SELECT "id" FROM "RolloutRing")`);
  return await db.$executeRaw(
    sql`DELETE FROM "PlannedMessage" WHERE "ringId" NOT IN (SELECT "id" FROM "RolloutRing")`,
  );
}
