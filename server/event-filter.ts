import 'server-only';
import { codesAndOutcome, type EventFilter, type EventSelection, momentOf } from '#domain/event-filter';
import { normaliseUpn } from '#domain/identity';
import { ok, type Result, refuse } from '#domain/result';
import { idsOfSupportCode } from '#domain/support-code';
import { ownerOfCredential } from './credential.ts';
import { devicesCalled } from './device.ts';
import { findGroups, reachedAmong, somePeopleReachedBy } from './group.ts';
import { findUser } from './identity.ts';
import type { Runtime } from './runtime.ts';
import { ownerOfSession } from './session.ts';

/** IDs are GUIDs: a name that looks like one is none that anybody gives. */
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const NOTHING: EventSelection = { codes: [] };

/** The events of so many people are read person by person; those of more are many enough to be found among all others. */
const FEW = 100;

/**
 * Looks up what a filter names. A person by UPN, a device or a group by name; somebody or something unknown selects nothing, while an
 * ID of what is gone still finds its events. A key or a session is narrowed to its person, so that the store reads that
 * person's events only; one that is forgotten needs the person named beside it.
 */
export async function selectEvents(runtime: Runtime, filter: EventFilter): Promise<Result<EventSelection>> {
  const now = runtime.clock.now();
  const { credential: credentialId, session: sessionId } = filter;
  let userId = filter.person;
  if (userId !== undefined && !GUID.test(userId)) {
    const user = await findUser(runtime, normaliseUpn(userId));
    if (user === null) return ok(NOTHING);
    userId = user.id;
  }
  if (userId === undefined && credentialId !== undefined) {
    const owner = await ownerOfCredential(runtime, credentialId);
    if (owner === null) return ok(NOTHING);
    userId = owner;
  }
  if (userId === undefined && sessionId !== undefined) {
    const owner = await ownerOfSession(runtime, sessionId);
    if (owner === null) return refuse('session_unknown');
    userId = owner;
  }
  const whose = filter.group === undefined ? { userId } : await whoseEvents(runtime, filter.group, userId);
  if (whose === null) return ok(NOTHING);
  const deviceId =
    filter.device === undefined || GUID.test(filter.device)
      ? filter.device
      : await devicesCalled(runtime, filter.device);
  return ok({
    ...whose,
    deviceId,
    credentialId,
    sessionId,
    ids: filter.support === undefined ? undefined : idsOfSupportCode(filter.support),
    ...codesAndOutcome(filter),
    from: filter.from === undefined ? undefined : momentOf(filter.from, 'from', now),
    to: filter.to === undefined ? undefined : momentOf(filter.to, 'to', now),
  });
}

/** The people of these groups, or this person if they are one of them; null where there is nobody. */
async function whoseEvents(
  { db }: Runtime,
  named: readonly string[],
  userId: string | undefined,
): Promise<Pick<EventSelection, 'userId' | 'groups'> | null> {
  const ids = named.filter((name) => GUID.test(name));
  const found = [
    ...(await findGroups(db, { ids })),
    ...(await findGroups(db, { names: named.map((name) => name.normalize('NFC')) })),
  ];
  const groups = [...new Set(found.map(({ id }) => id))];
  if (userId !== undefined) return (await reachedAmong(db, groups, [userId])).has(userId) ? { userId } : null;
  const people = await somePeopleReachedBy(db, groups, FEW + 1);
  return people.length === 0 ? null : people.length <= FEW ? { userId: people } : { groups };
}
