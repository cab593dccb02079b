import 'server-only';
import { type MemberKind, memberKinds } from '#domain/group';
import { normaliseUpn } from '#domain/identity';
import type { Result } from '#domain/result';
import { devicesCalled } from '../device.ts';
import {
  addMember,
  countGroups,
  createGroup,
  findGroups,
  listGroups,
  listMembers,
  removeMember,
} from '../group.ts';
import { deleteGroup } from '../group-use.ts';
import { findUser } from '../identity.ts';
import type { Runtime } from '../runtime.ts';
import type { Command, Options } from './command.ts';
import { UsageError } from './usage.ts';

/** So many lines are read at once. */
const PAGE = 500;
const MEMBER = '--user <upn> | --device <name or ID> | --group <name>';

export const groupCommands: Readonly<Record<string, Command>> = {
  'group list': {
    usage: 'group list [text]',
    about: 'Groups with the numbers of people, devices and groups that are in them directly',
    run: async (runtime, words) => listLines(runtime, words.join(' ')),
  },
  'group members': {
    usage: 'group members <group>',
    about: 'Who and what is in a group directly',
    run: async (runtime, words) => memberLines(runtime, await idOf(runtime, words)),
  },
  'group create': {
    usage: 'group create <name> [--description <text>]',
    about: 'Make a group',
    run: async (runtime, words, options) => {
      const { id } = value(
        await createGroup(runtime, null, {
          name: words.join(' '),
          description: textOf(options, 'description'),
        }),
      );
      return id;
    },
  },
  'group delete': {
    usage: 'group delete <group>',
    about: 'Delete a group that no policy names; its members stay',
    run: async (runtime, words) => {
      value(await deleteGroup(runtime, null, { groupId: await idOf(runtime, words) }));
      return 'Deleted.';
    },
  },
  'group add': {
    usage: `group add <group> ${MEMBER}`,
    about: 'Put a person, a device or a group into a group',
    run: async (runtime, words, options) => {
      const input = { groupId: await idOf(runtime, words), ...(await memberFrom(runtime, options)) };
      return value(await addMember(runtime, null, input)).changed ? 'Added.' : 'It is in the group already.';
    },
  },
  'group remove': {
    usage: `group remove <group> ${MEMBER}`,
    about: 'Take a member out of a group',
    run: async (runtime, words, options) => {
      const input = { groupId: await idOf(runtime, words), ...(await memberFrom(runtime, options)) };
      return value(await removeMember(runtime, null, input)).changed ? 'Removed.' : 'It is not in the group.';
    },
  },
};

async function* listLines(runtime: Runtime, search: string): AsyncGenerator<string, void> {
  const total = await countGroups(runtime, { search });
  if (total === 0) yield 'There is no such group.\n';
  for (let skip = 0; skip < total; skip += PAGE)
    for (const { name, members, devices, groups, description } of await listGroups(runtime, {
      search,
      skip,
      take: PAGE,
    }))
      yield `${[name, `${members} people`, `${devices} devices`, `${groups} groups`, description].join('\t').trimEnd()}\n`;
}

async function* memberLines(runtime: Runtime, groupId: string): AsyncGenerator<string, void> {
  for (const kind of memberKinds)
    for (let skip = 0; ; skip += PAGE) {
      const page = await listMembers(runtime, groupId, kind, { skip, take: PAGE });
      for (const { id, name, about } of page) yield `${[kind, name, about, id].join('\t')}\n`;
      if (page.length < PAGE) break;
    }
}

/** A group by its name or, where none is called that, its ID. */
async function idOf(runtime: Runtime, words: readonly string[]): Promise<string> {
  const typed = words.join(' ').normalize('NFC').trim();
  if (typed === '') throw new UsageError('Which group? npm run admin -- group list');
  const [group] = [
    ...(await findGroups(runtime.db, { names: [typed] })),
    ...(await findGroups(runtime.db, { ids: [typed] })),
  ];
  if (group === undefined) throw new UsageError(`There is no group called ${typed}.`);
  return group.id;
}

async function memberFrom(
  runtime: Runtime,
  options: Options,
): Promise<{ readonly kind: MemberKind; readonly memberId: string }> {
  const [user, device, group] = ['user', 'device', 'group'].map((option) => textOf(options, option));
  if ([user, device, group].filter((each) => each !== undefined).length !== 1)
    throw new UsageError(`One member is needed: ${MEMBER}`);
  if (user !== undefined) {
    const found = await findUser(runtime, normaliseUpn(user));
    if (found === null) throw new UsageError(`There is nobody called ${user}.`);
    return { kind: 'person', memberId: found.id };
  }
  if (device === undefined) return { kind: 'group', memberId: await idOf(runtime, [group ?? '']) };
  const called = await devicesCalled(runtime, device);
  if (called.length > 1)
    throw new UsageError(
      `${called.length} devices are called ${device}. Name one by its ID: ${called.join(', ')}`,
    );
  return { kind: 'device', memberId: called[0] ?? device };
}

function textOf(options: Options, name: string): string | undefined {
  const typed = options[name];
  return typeof typed === 'string' ? typed : undefined;
}

function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { title, detail, facts } = result.problem;
  throw new UsageError(
    [title, ...(facts?.uses === undefined ? [] : [`In: ${facts.uses}.`]), detail].join(' '),
  );
}
