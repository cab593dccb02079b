import type { Targeted } from './policy/assignment.ts';
import type { DeliveredSource } from './policy/delivery.ts';
import type { Policy } from './policy/resolve.ts';
import type { SettingName } from './policy/settings.ts';
import { later, MINUTE_MS } from './time.ts';

/** How often the page asks whether policy has arrived. */
export const ENROLLMENT_POLL_MS = 5000;

/** Why a source that is required is not there yet, or does nothing there. */
export const missingReasons = {
  coming: 'It is on its way.',
  conflict: 'It contradicts another profile, so that neither applies.',
} as const;
export type MissingReason = keyof typeof missingReasons;

export interface RequiredSource {
  readonly name: string;
  /** Null once it has arrived. */
  readonly missing: MissingReason | null;
}

export interface EnrollmentStatus {
  /** How many settings have arrived for the device, and for the person. */
  readonly device: number;
  readonly user: number;
  readonly required: readonly RequiredSource[];
  readonly outcome: 'ready' | 'waiting' | 'timed_out';
  /** When the wait ends, and how long it was meant to be. */
  readonly until: Date;
  readonly timeoutMinutes: number;
  /** Whether people may go on when the wait is over. */
  readonly mayGoOn: boolean;
}

/**
 * What of policy has arrived on a new device, and whether its person can go on. A source counts as required where it says so
 * and applies to this person on this device: a ring that waits or is paused holds nobody. It is there when it was told, and
 * when nothing that it says is lost to a contradiction.
 */
export function enrollmentStatus(given: {
  readonly targeted: readonly Targeted[];
  readonly delivered: readonly DeliveredSource[];
  readonly policy: Policy;
  readonly waitingAt: Date;
  readonly timeoutMinutes: number;
  readonly mayGoOn: boolean;
  readonly now: Date;
}): EnrollmentStatus {
  const { targeted, delivered, policy, waitingAt, timeoutMinutes, mayGoOn, now } = given;
  const sources = new Map<string, RequiredSource>();
  const told = new Set(delivered.map(({ source }) => source.id));
  for (const { source, reason } of targeted) {
    if (!source.document.required || reason !== 'applies') continue;
    const missing = !told.has(source.id)
      ? 'coming'
      : conflicts(source.id, delivered, policy)
        ? 'conflict'
        : null;
    const before = sources.get(source.id);
    sources.set(source.id, { name: source.document.name, missing: before?.missing ?? missing });
  }
  const required = [...sources.values()].sort((a, b) => a.name.localeCompare(b.name));
  const until = later(waitingAt, timeoutMinutes * MINUTE_MS);
  const isReady = required.every(({ missing }) => missing === null);
  const count = (scope: string) =>
    new Set(
      delivered.filter((each) => each.scope === scope).flatMap(({ values }) => values.map(([name]) => name)),
    ).size;
  return {
    device: count('device'),
    user: count('user'),
    required,
    outcome: isReady ? 'ready' : now < until ? 'waiting' : 'timed_out',
    until,
    timeoutMinutes,
    mayGoOn,
  };
}

function conflicts(id: string, delivered: readonly DeliveredSource[], policy: Policy): boolean {
  const names = delivered.filter(({ source }) => source.id === id).flatMap(({ values }) => values);
  return names.some(([name]) =>
    policy(name as SettingName).losers.some(
      ({ source, reason }) => source.id === id && reason === 'conflict',
    ),
  );
}
