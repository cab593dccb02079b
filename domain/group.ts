import { ALL_USERS } from './policy/settings.ts';

/** What can be a member of a group. Whoever is in a group that is a member is in the outer one too. */
export const memberKinds = ['person', 'device', 'group'] as const;
export type MemberKind = (typeof memberKinds)[number];

/** As Microsoft Graph bounds them (group: displayName, description). */
export const GROUP_NAME_LENGTH = 256;
export const GROUP_DESCRIPTION_LENGTH = 1024;

/** What a group is called, and what it is for. */
export interface GroupWords {
  readonly name: string;
  readonly description: string;
}

/** Nothing invisible, and nothing that would end a line. */
export const UNREADABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Co}\p{Cs}]/u;

/**
 * The words of a group in the one form that is stored (NFC, without outer blanks), or null where they cannot be used. A name
 * has no comma: lists of groups are typed with commas between them. Nor is it the word for everybody.
 */
export function readGroupWords(typed: {
  readonly name: string;
  readonly description?: string | undefined;
}): GroupWords | null {
  const [name, description] = [typed.name, typed.description ?? ''].map((text) =>
    text.normalize('NFC').trim(),
  ) as [string, string];
  const fits =
    name !== '' &&
    name.length <= GROUP_NAME_LENGTH &&
    description.length <= GROUP_DESCRIPTION_LENGTH &&
    !name.includes(',') &&
    name.toLowerCase() !== ALL_USERS &&
    ![name, description].some((text) => UNREADABLE.test(text));
  return fits ? { name, description } : null;
}

/** That a group is a member of another one. */
export interface Nesting {
  readonly outerId: string;
  readonly innerId: string;
}

/** So many IDs are remembered; past that they are found again. A chain of 10,000 groups has 50 million. */
const REMEMBERED = 1_000_000;

/**
 * For members by the groups that they are in directly: every group that they are in, those included. Circles end; what was
 * asked once is remembered, so that people of the same groups cost one walk. One walk costs what it passes.
 */
export function closure(nestings: readonly Nesting[]): (groupIds: readonly string[]) => ReadonlySet<string> {
  const outer = new Map<string, string[]>();
  for (const { outerId, innerId } of nestings) {
    const known = outer.get(innerId);
    if (known === undefined) outer.set(innerId, [outerId]);
    else known.push(outerId);
  }
  const remembered = new Map<string, ReadonlySet<string>>();
  let size = 0;
  return (groupIds) => {
    const key = [...groupIds].sort().join();
    const before = remembered.get(key);
    if (before !== undefined) return before;
    // A set that grows while it is read is read to its end.
    const found = new Set(groupIds);
    for (const id of found) for (const next of outer.get(id) ?? []) found.add(next);
    if (size + found.size > REMEMBERED) {
      remembered.clear();
      size = 0;
    }
    remembered.set(key, found);
    size += found.size;
    return found;
  };
}
