import 'server-only';
import type { MergeValues } from '#domain/communication/fields';
import { writeCommunication } from '#domain/communication/mail';
import { type Audience, type MessageName, messages, type Template } from '#domain/communication/templates';
import { ALL_USERS } from '#domain/policy/settings';
import { ok, type Result } from '#domain/result';
import { MINUTE_MS } from '#domain/time';
import { dayIn } from '#domain/time-zone';
import type { SignedIn } from './caller.ts';
import { readKit, readTimeZone, readValues, readWords, templateOf, unfilledFields } from './communication.ts';
import { plannedRings, type Reach, readRingPlan } from './communication-plan.ts';
import { type PeopleWhere, sql, type Tx } from './db.ts';
import { record } from './event.ts';
import { peopleReachedBy } from './group.ts';
import { withLease } from './lease.ts';
import { writeMail } from './mail.ts';
import { LOGO_CID } from './mailer.ts';
import { peopleInScope, readPasswordlessPolicy } from './passwordless-policy.ts';
import type { RolloutRing } from './rollout.ts';
import type { Runtime } from './runtime.ts';
import { oneClickAddress, reminderPage } from './unsubscribe.ts';
import { usableKeys } from './usable-key.ts';

export const COMMUNICATION_LEASE = 'communication';
const LEASE_MS = 2 * MINUTE_MS;

/** People who are written to in one transaction. */
const BATCH = 50;

/** Whom an audience means, as a condition on people. */
const audienceWhere: Readonly<Record<Audience, (tx: Tx) => Promise<PeopleWhere>>> = {
  everybody: async () => ({}),
  no_key: async (tx) => ({ credentials: { none: await usableKeys(tx) } }),
  hello: async (tx) => ({ credentials: { some: { AND: [{ kind: 'hello' }, await usableKeys(tx)] } } }),
  losing_password: async (tx) => ({
    AND: [{ passwordHash: { not: null } }, await peopleInScope(tx, await readPasswordlessPolicy(tx))],
  }),
};

/**
 * The people whom a message to a ring is for and who did not get it yet: enabled, not for emergencies, of the audience,
 * and for a reminder those who have not switched them off. What is written to sample people stays in the outbox.
 */
async function peopleToWriteTo(tx: Tx, ring: RolloutRing, name: MessageName): Promise<PeopleWhere> {
  const { audience, reminder } = messages[name];
  return {
    AND: [
      { disabledAt: null, breakGlass: false },
      ring.groups.includes(ALL_USERS) ? {} : await peopleReachedBy(tx, ring.groups),
      await audienceWhere[audience](tx),
      reminder ? { stoppedReminders: null } : {},
      { sentMessages: { none: { ringId: ring.id, template: name } } },
    ],
  };
}

/** How many people a message to a ring would still reach now. */
export async function countToWriteTo(tx: Tx, ring: RolloutRing, name: MessageName): Promise<Reach> {
  const people = await peopleToWriteTo(tx, ring, name);
  return {
    people: await tx.user.count({ where: people }),
    sample: await tx.user.count({ where: { AND: [people, { sample: true }] } }),
  };
}

/**
 * Writes every message whose turn it is into the outbox, one instance at a time. That somebody was written to is in the
 * same transaction as the message, and once for a person, a message and a ring: whoever is killed writes none twice and
 * loses none. Whom it is for is judged in that transaction. Returns how many were written.
 */
export async function writePlannedMessages(runtime: Runtime): Promise<number> {
  const rings = await plannedRings(runtime.db);
  if (rings.length === 0) return 0;
  const written = await withLease(runtime, COMMUNICATION_LEASE, LEASE_MS, async (keep) => {
    let count = 0;
    for (const ringId of rings) {
      const plan = await readRingPlan(runtime, runtime.db, ringId);
      for (const { template, state } of plan?.lines ?? [])
        for (let batch = state === 'due' ? BATCH : 0; batch === BATCH; count += batch) {
          if (!(await keep())) return count;
          batch = await writeBatch(runtime, ringId, template);
        }
    }
    return count;
  });
  return written ?? 0;
}

async function writeBatch(runtime: Runtime, ringId: string, name: MessageName): Promise<number> {
  return await runtime.db.$transaction(async (tx) => {
    const plan = await readRingPlan(runtime, tx, ringId);
    if (plan?.lines.find(({ template }) => template === name)?.state !== 'due') return 0;
    const people = await tx.user.findMany({
      where: await peopleToWriteTo(tx, plan.ring, name),
      select: { id: true, upn: true, displayName: true, sample: true },
      orderBy: { id: 'asc' },
      take: BATCH,
    });
    if (people.length === 0) return 0;
    const letter = await readLetter(tx, runtime, name, plan.start);
    if (unfilledFields(letter.template, letter.values).length > 0) return 0;
    for (const person of people) {
      const first = await tx.$executeRaw(sql`INSERT INTO "SentMessage" ("ringId", "template", "userId", "at")
        VALUES (${ringId}, ${name}, ${person.id}, ${runtime.clock.now()}) ON CONFLICT DO NOTHING`);
      if (first === 1) await post(tx, runtime, letter, person);
    }
    await record(tx, runtime, {
      code: 'communication_sent',
      detail: {
        message: name,
        ringId,
        ring: plan.ring.name,
        people: people.length,
        sample: people.filter(({ sample }) => sample).length,
      },
    });
    return people.length;
  });
}

/** A message before it is merged for somebody. */
interface Letter {
  readonly name: MessageName;
  readonly template: Template;
  readonly values: MergeValues;
  readonly logo: string | null;
}

async function readLetter(
  tx: Tx,
  runtime: Runtime,
  name: MessageName,
  startsOn: string | null,
): Promise<Letter> {
  const { logo } = await readKit(tx);
  const values = await readValues(runtime, tx, { startsOn });
  return { name, template: templateOf(await readWords(tx, name)), values, logo };
}

/** Puts it into the outbox for one person. */
async function post(
  tx: Tx,
  runtime: Runtime,
  { name, template, values, logo }: Letter,
  {
    id: userId,
    upn,
    displayName,
  }: { readonly id: string; readonly upn: string; readonly displayName: string },
): Promise<void> {
  const { reminder } = messages[name];
  const written = writeCommunication(template.subject, template.blocks, {
    values: { ...values, person: displayName, account: upn },
    logo: logo === null ? null : `cid:${LOGO_CID}`,
    unsubscribe: reminder ? reminderPage(runtime, userId) : null,
  });
  const unsubscribe = reminder ? oneClickAddress(runtime, userId) : null;
  await writeMail(tx, runtime, { userId, address: upn, ...written, unsubscribe, logo });
}

/** Sends a message to whoever asks, as they would get it today. Nobody counts as written to by it. */
export async function tryMessage(
  runtime: Runtime,
  caller: SignedIn,
  { name }: { readonly name: MessageName },
): Promise<Result<null>> {
  const { person } = caller.session;
  return await runtime.db.$transaction(async (tx) => {
    const today = dayIn(await readTimeZone(tx), runtime.clock.now());
    await post(tx, runtime, await readLetter(tx, runtime, name, today), person);
    await record(tx, runtime, { code: 'communication_tried', userId: person.id, detail: { message: name } });
    return ok(null);
  });
}

/** What was written to people of one ring by one message. */
export interface SentSummary {
  readonly template: MessageName;
  readonly ringId: string;
  readonly people: number;
  readonly lastAt: Date;
}

/** What was written to whom, the latest first. */
export async function listSent(tx: Tx): Promise<readonly SentSummary[]> {
  const rows = await tx.sentMessage.groupBy({
    by: ['template', 'ringId'],
    _count: true,
    _max: { at: true },
    orderBy: { _max: { at: 'desc' } },
  });
  return rows.flatMap(({ template, ringId, _count: people, _max: { at: lastAt } }) =>
    lastAt === null ? [] : [{ template: template as MessageName, ringId, people, lastAt }],
  );
}
