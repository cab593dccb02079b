'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { RING_GROUPS_MAX, RINGS_MAX, ringChanges, rolloutDoubts } from '#domain/rollout';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { addRings, describeRing, moveRing, removeRing, turnRing } from '#server/rollout';

const id = z.guid();
const manager = administrator('manage_policy');

/** Refused, the page is read anew all the same: what changed meanwhile is what there is to see. */
function shown<T extends { readonly ok: boolean; readonly problem?: { readonly status: number } }>(
  answer: T,
): T {
  if (answer.ok || answer.problem?.status === 409) refresh();
  return answer;
}

const decided = {
  /** The version of policy that the page showed. */
  seen: z.number().int().nonnegative(),
  confirmed: z.array(z.enum(rolloutDoubts)).max(rolloutDoubts.length).optional(),
};
/** What is wrong with the words is for the rules about them to say, as long as it can be read at all. */
const words = { name: z.string().max(1000), groups: z.array(z.string().max(64)).max(2 * RING_GROUPS_MAX) };

const planned = z.strictObject({
  sourceId: id,
  rings: z.array(z.strictObject(words)).min(1).max(RINGS_MAX),
  ...decided,
});
const plan = action(planned, manager, (runtime, caller, input) =>
  addRings(runtime, caller.session.person.id, input),
);

export async function planRings(input: z.input<typeof planned>) {
  return shown(await plan(input));
}

const described = z.strictObject({ ringId: id, ...words, ...decided });
const describe = action(described, manager, (runtime, caller, input) =>
  describeRing(runtime, caller.session.person.id, input),
);

export async function changeRing(input: z.input<typeof described>) {
  return shown(await describe(input));
}

const moved = z.strictObject({ ringId: id, to: z.enum(['earlier', 'later']), ...decided });
const move = action(moved, manager, (runtime, caller, input) =>
  moveRing(runtime, caller.session.person.id, input),
);

export async function shiftRing(input: z.input<typeof moved>) {
  return shown(await move(input));
}

const removed = z.strictObject({ ringId: id, ...decided });
const remove = action(removed, manager, (runtime, caller, input) =>
  removeRing(runtime, caller.session.person.id, input),
);

export async function dropRing(input: z.input<typeof removed>) {
  return shown(await remove(input));
}

const turned = z.strictObject({ ringId: id, change: z.enum(ringChanges), ...decided });
const turn = action(turned, manager, (runtime, caller, input) =>
  turnRing(runtime, caller.session.person.id, input),
);

export async function switchRing(input: z.input<typeof turned>) {
  return shown(await turn(input));
}
