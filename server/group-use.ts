import 'server-only';
import { parseSetting, policySettings, settingNames } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { findGroups, removeGroup } from './group.ts';
import { readTenantValues } from './policy.ts';
import { sourcesOfGroup } from './policy-source.ts';
import type { Runtime } from './runtime.ts';

/** Where policy names a group. */
export interface GroupUse {
  readonly kind: 'setting' | 'source';
  /** The setting's name, or the ID of the source; one of its rings counts as the source. */
  readonly id: string;
  readonly title: string;
}

/** Every place of policy that names groups. Whatever else comes to name them is added here, and nowhere else. */
const places: readonly ((tx: Tx, groupId: string) => Promise<readonly GroupUse[]>)[] = [
  inSettings,
  inSources,
];

/** Where policy names this group. */
export async function groupUses(tx: Tx, groupId: string): Promise<GroupUse[]> {
  const uses: GroupUse[] = [];
  for (const namedIn of places) uses.push(...(await namedIn(tx, groupId)));
  return uses;
}

async function inSettings(tx: Tx, groupId: string): Promise<readonly GroupUse[]> {
  const stored = await readTenantValues(tx);
  return settingNames.flatMap((name) => {
    const { type, title } = policySettings[name];
    const names = (value: string) =>
      (parseSetting(name, value) as readonly string[] | null)?.includes(groupId) === true;
    const named = type === 'groups' && stored.some((each) => each.name === name && names(each.value));
    return named ? [{ kind: 'setting', id: name, title }] : [];
  });
}

async function inSources(tx: Tx, groupId: string): Promise<readonly GroupUse[]> {
  const sources = await sourcesOfGroup(tx, groupId);
  return sources.map(({ id, name }) => ({ kind: 'source', id, title: name }));
}

/**
 * Deletes a group; its members stay, and are no longer in the groups that it was in. One that policy names is refused, with
 * where: nobody has decided what policy says instead. One in such a group leaves it as any other member does.
 */
export async function deleteGroup(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly groupId: string },
): Promise<Result<null>> {
  const { groupId } = input;
  return await runtime.db.$transaction(async (tx) => {
    const [group] = await findGroups(tx, { ids: [groupId] });
    if (group === undefined) return refuse('not_found');
    const uses = await groupUses(tx, groupId);
    if (uses.length > 0)
      return refuse('group_in_use', { facts: { uses: uses.map(({ title }) => title).join('; ') } });
    if (!(await removeGroup(tx, groupId))) return refuse('not_found');
    await record(tx, runtime, { code: 'group_deleted', actorId, detail: { groupId, group: group.name } });
    return ok(null);
  });
}
