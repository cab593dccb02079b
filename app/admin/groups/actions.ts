'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { memberKinds } from '#domain/group';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { addMember, changeGroup, createGroup, removeMember } from '#server/group';
import { deleteGroup } from '#server/group-use';

const id = z.guid();
/** Who is in a group decides whom policy reaches. */
const manager = administrator('manage_policy');

/** The lists around an action show the store as it is now. */
function shown<T extends { readonly ok: boolean }>(answer: T): T {
  if (answer.ok) refresh();
  return answer;
}

/** What is too long is for the rule about names to say, as long as it can be read at all. */
const words = { name: z.string().max(4000), description: z.string().max(4000) };
const newGroup = z.strictObject(words);
const create = action(newGroup, manager, (runtime, caller, input) =>
  createGroup(runtime, caller.session.person.id, input),
);

export async function makeGroup(input: z.input<typeof newGroup>) {
  return shown(await create(input));
}

const groupChange = z.strictObject({ groupId: id, ...words });
const change = action(groupChange, manager, (runtime, caller, input) =>
  changeGroup(runtime, caller.session.person.id, input),
);

export async function describeGroup(input: z.input<typeof groupChange>) {
  return shown(await change(input));
}

const oneGroup = z.strictObject({ groupId: id });
const remove = action(oneGroup, manager, (runtime, caller, input) =>
  deleteGroup(runtime, caller.session.person.id, input),
);

export async function dropGroup(input: z.input<typeof oneGroup>) {
  return shown(await remove(input));
}

const membership = z.strictObject({ groupId: id, kind: z.enum(memberKinds), memberId: id });
const add = action(membership, manager, (runtime, caller, input) =>
  addMember(runtime, caller.session.person.id, input),
);

export async function addToGroup(input: z.input<typeof membership>) {
  return shown(await add(input));
}

const takeOut = action(membership, manager, (runtime, caller, input) =>
  removeMember(runtime, caller.session.person.id, input),
);

export async function removeFromGroup(input: z.input<typeof membership>) {
  return shown(await takeOut(input));
}
