import 'server-only';
import { eventText, windowsEventId } from '#domain/event';
import type { EventEntry } from '#domain/event-entry';
import { deviceNamesOf } from './device.ts';
import type { LoggedEvent } from './event.ts';
import { namesOf } from './identity.ts';
import type { Runtime } from './runtime.ts';

/** Events as readers get them: with their texts, and with the names that people and devices have now. */
export async function describeEvents(
  runtime: Runtime,
  events: readonly LoggedEvent[],
): Promise<EventEntry[]> {
  const mentioned = (ids: (string | null)[]) => new Set(ids.filter((id) => id !== null));
  const [people, devices] = await Promise.all([
    namesOf(runtime, mentioned(events.flatMap(({ userId, actorId }) => [userId, actorId]))),
    deviceNamesOf(runtime, mentioned(events.map(({ deviceId }) => deviceId))),
  ]);
  return events.map((event) => {
    const person = event.userId === null ? undefined : people.get(event.userId);
    const actor = event.actorId === null ? undefined : people.get(event.actorId);
    return {
      at: event.at.toISOString(),
      id: event.id,
      code: event.code,
      windowsId: windowsEventId(event.code),
      text: eventText(event.code),
      outcome: event.outcome,
      userId: event.userId,
      upn: person?.upn ?? null,
      displayName: person?.displayName ?? null,
      actorId: event.actorId,
      actorUpn: actor?.upn ?? null,
      actorName: actor?.displayName ?? null,
      deviceId: event.deviceId,
      deviceName: event.deviceId === null ? null : (devices.get(event.deviceId) ?? null),
      credentialId: event.credentialId,
      sessionId: event.sessionId,
      detail: event.detail,
      sample: event.sample,
    };
  });
}
