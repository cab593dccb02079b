import type { EventCode } from './event.ts';
import type { Ring, RingState } from './policy/assignment.ts';
import { ALL_USERS } from './policy/settings.ts';
import type { ProblemCode } from './problem.ts';
import { DAY_MS } from './time.ts';

/** A roll-out gives a source to rings of groups, one after another. */

export const RINGS_MAX = 20;
export const RING_GROUPS_MAX = 50;
export const RING_NAME_LENGTH = 60;

/** What a ring is called, in the form that is stored, or null where it cannot be used. */
export function readRingName(typed: string): string | null {
  const name = typed.normalize('NFC').trim();
  const fits = name !== '' && name.length <= RING_NAME_LENGTH && !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(name);
  return fits ? name : null;
}

export const ringChanges = ['open', 'pause', 'resume'] as const;
export type RingChange = (typeof ringChanges)[number];

const transitions: Readonly<Record<RingChange, Partial<Record<RingState, RingState>>>> = {
  open: { waiting: 'open' },
  pause: { open: 'paused' },
  resume: { paused: 'open' },
};

/** The state after a change; null where a ring in that state cannot be changed so. Nothing leads back to waiting. */
export function ringAfter(state: RingState, change: RingChange): RingState | null {
  return transitions[change][state] ?? null;
}

/** The places of the rings that wait before one: opened first, it goes before its turn. */
export function waitingBefore(rings: readonly Pick<Ring, 'state'>[], index: number): readonly number[] {
  return rings.flatMap(({ state }, before) => (before < index && state === 'waiting' ? [before] : []));
}

/**
 * Whether a ring with other groups could take a source away from devices that have it: of one that was opened, no group
 * leaves. Everybody stands for every group.
 */
export function takesGroupsAway(before: Ring, groups: readonly string[]): boolean {
  if (before.state === 'waiting' || groups.includes(ALL_USERS)) return false;
  return before.groups.some((group) => !groups.includes(group));
}

/** What a person who starts is proposed: who tries it, who follows, everybody. The groups of the first two are theirs to name. */
export const proposedRings: readonly { readonly name: string; readonly groups: readonly string[] }[] = [
  { name: 'Pilot', groups: [] },
  { name: 'Early', groups: [] },
  { name: 'Everybody', groups: [ALL_USERS] },
];

/** What can be said yes to, each by its own name: whoever confirms one has not confirmed another. */
export const rolloutDoubts = [
  'ring_out_of_turn',
  'rollout_not_confirmed',
  'administrators_not_confirmed',
] as const satisfies readonly ProblemCode[];
export type RolloutDoubt = (typeof rolloutDoubts)[number];

/** What says that somebody could not set up a key. */
export const rolloutFailures = [
  'key_registration_failed',
  'provisioning_will_not_launch',
  'ceremony_abandoned',
  'enrollment_timed_out',
] as const satisfies readonly EventCode[];

/** Failures count for so long, and not from before the ring was opened. */
export const FAILURES_MS = 7 * DAY_MS;
/** More of its people than this share failing within a day makes a ring fail. */
export const FAILING_SHARE = 0.1;

/** People of a ring, each once. Who failed and has a key all the same did not fail. */
export interface RingFacts {
  readonly people: number;
  /** Set up a key since the ring was opened. */
  readonly enrolled: number;
  /** Failed in the last days, and have no key. */
  readonly failed: number;
  /** Of those, who failed within a day. */
  readonly failedLastDay: number;
}

/** Whether a ring should be looked at before the next is opened: failures outnumber successes, or came to many in a day. */
export function isFailing({ people, enrolled, failed, failedLastDay }: RingFacts): boolean {
  return failed > enrolled || failedLastDay > people * FAILING_SHARE;
}
