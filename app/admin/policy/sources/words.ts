import {
  ALL_USERS,
  parseSetting,
  policySettings,
  type Setting,
  type SettingName,
} from '#domain/policy/settings';
import {
  ALL_DEVICES,
  type DocumentChange,
  type PolicyDocument,
  type SourceKind,
  sourceKinds,
} from '#domain/policy/source';
import { invertedTitle, titleIn } from '#domain/policy/source-edit';
import { omaUri, type PolicyScope } from '#domain/policy/windows';
import { type Value, valueWords } from '../words.ts';

/** The names of groups by their IDs. */
export type GroupNames = Readonly<Record<string, string>>;

export const scopeWords: Readonly<Record<PolicyScope, string>> = { device: 'Device', user: 'User' };
const halves: Readonly<Record<PolicyScope, string>> = {
  device: 'Computer Configuration',
  user: 'User Configuration',
};

export const isGroupPolicy = (kind: SourceKind) => sourceKinds[kind].channel === 'gpo';

/** A scope as this kind of source calls it. */
export function scopeTitle(kind: SourceKind, scope: PolicyScope): string {
  return isGroupPolicy(kind) ? halves[scope] : scopeWords[scope];
}

/** Where Windows' management has a setting: its OMA-URI, or its place in the editor of group policy. */
export function placeWords(kind: SourceKind, scope: PolicyScope, name: SettingName): string {
  const { windows }: Setting = policySettings[name];
  if (windows === undefined) return name;
  if (sourceKinds[kind].channel === 'device_lock') return omaUri(windows, 'device_lock', '') ?? name;
  if (isGroupPolicy(kind)) return `${halves[scope]} > ${windows.policy?.path} > ${windows.policy?.name}`;
  return omaUri(windows, scope, '{TenantId}') ?? name;
}

/** The name that a setting goes by in a kind of source: a custom profile knows nothing but addresses. */
export function settingTitle(kind: SourceKind, scope: PolicyScope, name: SettingName): string {
  return kind === 'custom_profile' ? placeWords(kind, scope, name) : titleIn(kind, name);
}

/** A stored value in words; where the kind blocks rather than allows, the other way round. */
export function sourceValueWords(kind: SourceKind, name: SettingName, text: string): string {
  const value: Value | null = parseSetting(name, text);
  if (value === null) return text;
  if (invertedTitle(kind, name) !== null && typeof value === 'boolean') return value ? 'Off' : 'On';
  return valueWords(policySettings[name], value);
}

/** Everybody as this kind of source calls them, a group by its name, or that it is gone. */
export function targetName(kind: SourceKind, id: string, names: GroupNames): string {
  if (id === ALL_USERS) return isGroupPolicy(kind) ? 'Authenticated Users' : 'All users';
  if (id === ALL_DEVICES) return isGroupPolicy(kind) ? 'All computers' : 'All devices';
  return names[id] ?? 'A group that no longer exists';
}

/** Who gets a source, in one line. */
export function targetsWords(
  kind: SourceKind,
  { include, exclude }: Pick<PolicyDocument, 'include' | 'exclude'>,
  names: GroupNames,
): string {
  const list = (ids: readonly string[]) => {
    const shown = ids.slice(0, 3).map((id) => targetName(kind, id, names));
    return [...shown, ...(ids.length > 3 ? [`${ids.length - 3} more`] : [])].join(', ');
  };
  if (include.length === 0) return 'Nobody yet';
  return exclude.length === 0 ? list(include) : `${list(include)}; not ${list(exclude)}`;
}

const fields: Readonly<Record<Extract<DocumentChange['what'], string>, string>> = {
  name: 'Name',
  description: 'Description',
  enabled: 'On',
  order: 'Link order',
  include: 'Who gets it',
  exclude: 'Who does not',
  scopeTags: 'Scope tags',
  required: 'Enrolment waits for it',
};

/** One difference between two documents, as a person reads it. */
export function changeWords(
  kind: SourceKind,
  { what, before, after }: DocumentChange,
  names: GroupNames,
): {
  readonly title: string;
  readonly scope: PolicyScope | null;
  readonly before: string;
  readonly after: string;
} {
  if (typeof what === 'object') {
    const words = (text: string | null) =>
      text === null ? 'Not configured' : sourceValueWords(kind, what.name, text);
    return {
      title: settingTitle(kind, what.scope, what.name),
      scope: what.scope,
      before: words(before),
      after: words(after),
    };
  }
  const words = (text: string | null): string => {
    if (text === null || text === '' || text === '[]')
      return what === 'include' || what === 'exclude' ? 'Nobody' : 'None';
    if (text === 'true' || text === 'false') return text === 'true' ? 'Yes' : 'No';
    if (what === 'include' || what === 'exclude')
      return (JSON.parse(text) as string[]).map((id) => targetName(kind, id, names)).join(', ');
    return what === 'scopeTags' ? (JSON.parse(text) as string[]).join(', ') : text;
  };
  const title = what === 'enabled' && isGroupPolicy(kind) ? 'Linked' : fields[what];
  return { title, scope: null, before: words(before), after: words(after) };
}
