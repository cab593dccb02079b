import 'server-only';
import type { EventCode } from '#domain/event';
import { mayAdminister, type Role, roles } from '#domain/identity';
import { NOTICE_SHOWN_MS, type NoticeFacts, noticeMail, noticeOf, notices } from '#domain/notice';
import { ok, type Result } from '#domain/result';
import { later } from '#domain/time';
import type { SignedIn, SignedInSession } from './caller.ts';
import { insert, type PeopleWhere, type Tx } from './db.ts';
import type { EventDraft } from './event.ts';
import { writeMail } from './mail.ts';
import { newId, type Runtime } from './runtime.ts';

/**
 * Tells a person of an event that the table `notices` has, in the event's own transaction: a notice for every session of
 * theirs but the one that did it, and an e-mail to their UPN. Sample data tells nobody, and neither does the seed, which
 * writes before there is an organisation.
 */
export async function writeNotice(
  tx: Tx,
  runtime: Pick<Runtime, 'clock' | 'random' | 'sample'>,
  event: EventDraft,
): Promise<void> {
  const row = noticeOf(event.code, event.outcome);
  if (row === null || runtime.sample || event.toldBy !== undefined) return;
  const tenant = await tx.tenant.findFirst({ select: { name: true } });
  const told = await tx.user.findMany({
    where: toldIn(row.told, event),
    select: { id: true, upn: true, displayName: true },
  });
  if (tenant === null || told.length === 0) return;
  const facts = await factsOf(tx, event, row.told === 'person' ? null : (event.userId ?? null));
  const at = runtime.clock.now();
  for (const { id: userId, upn, displayName } of told) {
    const id = newId(runtime);
    await insert(tx, 'Notice', { id, userId, at, code: event.code, detail: JSON.stringify(facts) });
    if (facts.by === 'you' && event.sessionId)
      await insert(tx, 'NoticeReading', { noticeId: id, sessionId: event.sessionId, readAt: at });
    const about = { displayName, organisation: tenant.name, at };
    await writeMail(tx, runtime, { userId, address: upn, ...noticeMail(row, facts, about) });
  }
}

/** Whom a notice is for. Administrators are those who may do something about it, and come in. */
function toldIn(told: NonNullable<ReturnType<typeof noticeOf>>['told'], event: EventDraft): PeopleWhere {
  if (told === 'administrators') {
    const those = (Object.keys(roles) as Role[]).filter((role) => mayAdminister([role], 'manage_methods'));
    return { disabledAt: null, roles: { some: { role: { in: those } } } };
  }
  const id = told === 'person' ? event.userId : event.detail?.requestedById;
  return { id: typeof id === 'string' ? id : { in: [] } };
}

async function factsOf(tx: Tx, event: EventDraft, personId: string | null): Promise<NoticeFacts> {
  const { credentialId = null, deviceId = null, actorId, sessionId, detail } = event;
  const select = { name: true } as const;
  const device = deviceId && (await tx.device.findUnique({ where: { id: deviceId }, select }));
  const key = credentialId && (await tx.credential.findUnique({ where: { id: credentialId }, select }));
  const person =
    personId &&
    (await tx.user.findUnique({ where: { id: personId }, select: { displayName: true } }))?.displayName;
  const given = typeof detail?.name === 'string' ? detail.name : null;
  return {
    by: sessionId && !actorId ? 'you' : 'administration',
    name: person || (key ? key.name : given),
    deviceName: device ? device.name : null,
    credentialId,
    deviceId,
    revocation: typeof detail?.reason === 'string' && credentialId !== null ? detail.reason : null,
    ...(typeof detail?.softwareKeysWiped === 'number' && { softwareKeysWiped: detail.softwareKeysWiped }),
    ...(detail?.kind === 'non_destructive' && { keyKept: true }),
  };
}

export interface ShownNotice {
  readonly id: string;
  readonly at: Date;
  readonly code: EventCode;
  readonly facts: NoticeFacts;
}

/** No page shows more of them at once; the rest follows when these are dismissed. */
const SHOWN_AT_ONCE = 5;

/** This session, and earlier ones on the same device: what was dismissed there is not asked again on it. */
async function sessionsHere(
  tx: Tx,
  session: Pick<SignedInSession, 'id' | 'userId' | 'deviceId'>,
): Promise<string[]> {
  if (session.deviceId === null) return [session.id];
  const { userId, deviceId } = session;
  const rows = await tx.session.findMany({ where: { userId, deviceId }, select: { id: true } });
  return [session.id, ...rows.map(({ id }) => id)];
}

/**
 * What a session has not been told yet, the latest first. Dismissing counts for the device it was done on and for no
 * other, so that whoever got in somewhere cannot hide anything elsewhere.
 */
export async function listNotices(runtime: Runtime, session: SignedInSession): Promise<ShownNotice[]> {
  const seenBy = await sessionsHere(runtime.db, session);
  const rows = await runtime.db.notice.findMany({
    where: {
      userId: session.userId,
      at: { gt: later(runtime.clock.now(), -NOTICE_SHOWN_MS) },
      code: { in: Object.keys(notices) },
      readings: { none: { sessionId: { in: seenBy } } },
    },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: SHOWN_AT_ONCE,
  });
  return rows.map(shown);
}

/** One of one's own notices, dismissed or not; null for anything else. */
export async function readNotice(runtime: Runtime, userId: string, id: string): Promise<ShownNotice | null> {
  const row = await runtime.db.notice.findFirst({
    where: { id, userId, code: { in: Object.keys(notices) } },
  });
  return row && shown(row);
}

function shown(row: { id: string; at: Date; code: string; detail: string }): ShownNotice {
  const { id, at, code, detail } = row;
  return { id, at, code: code as EventCode, facts: JSON.parse(detail) as NoticeFacts };
}

/** Dismisses notices in this session; what is not one's own is passed over. Dismissing twice changes nothing. */
export async function dismissNotices(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly noticeIds: readonly string[] },
): Promise<Result<null>> {
  const { id: sessionId, userId } = caller.session;
  await runtime.db.$transaction((tx) =>
    readHere(tx, runtime, sessionId, { userId, id: { in: [...input.noticeIds] } }),
  );
  return ok(null);
}

/** Whoever redeemed a pass knows of it: their session is not told. Every other one is. */
export async function knowOfPass(tx: Tx, runtime: Runtime, session: { id: string; userId: string }) {
  await readHere(tx, runtime, session.id, { userId: session.userId, code: 'pass_issued' });
}

async function readHere(
  tx: Tx,
  runtime: Pick<Runtime, 'clock'>,
  sessionId: string,
  which: { readonly userId: string; readonly id?: { in: string[] }; readonly code?: EventCode },
): Promise<void> {
  const unread = await tx.notice.findMany({
    where: { ...which, readings: { none: { sessionId } } },
    select: { id: true },
  });
  const readAt = runtime.clock.now();
  for (const { id } of unread) await tx.noticeReading.create({ data: { noticeId: id, sessionId, readAt } });
}

/** Forgets notices that no session is shown any more. Returns how many. */
export async function forgetOldNotices(runtime: Runtime): Promise<number> {
  const before = later(runtime.clock.now(), -NOTICE_SHOWN_MS);
  const { count } = await runtime.db.notice.deleteMany({ where: { at: { lt: before } } });
  return count;
}
