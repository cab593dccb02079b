import { type Disagreement, disagreement } from './rules.ts';
import { parseSetting, policySettings, type SettingName, settingNames } from './settings.ts';
import {
  documentChanges,
  type PolicyDocument,
  type SourceKind,
  type SourceValue,
  sourceKinds,
} from './source.ts';
import type { PolicyScope } from './windows.ts';

/** The name that the editor of a kind of source has for a setting. */
export function titleIn(kind: SourceKind, name: SettingName): string {
  return invertedTitle(kind, name) ?? policySettings[name].title;
}

/** The name of a setting that this kind shows with on and off the other way round; null for every other. */
export function invertedTitle(kind: SourceKind, name: SettingName): string | null {
  const row = sourceKinds[kind];
  const inverted: Readonly<Partial<Record<SettingName, string>>> = 'inverted' in row ? row.inverted : {};
  return inverted[name] ?? null;
}

/** The first rule between settings that a document's values break within one scope, or null. It can then not be published. */
export function disagreementIn(
  document: Pick<PolicyDocument, 'values'>,
): (Disagreement & { readonly scope: PolicyScope }) | null {
  for (const scope of ['device', 'user'] as const) {
    // Another source may say what this one leaves out: which is more, only its own values can get wrong.
    const isOwn = (name: SettingName) => valueIn(document, scope, name) !== null;
    const found = disagreement((name) => {
      const text = valueIn(document, scope, name);
      // A document keeps only values that can be read.
      return (text === null ? policySettings[name].default : parseSetting(name, text)) as never;
    }, isOwn);
    if (found !== null) return { ...found, scope };
  }
  return null;
}

/** What a document says of a setting for a scope, or null. */
export function valueIn(
  { values }: Pick<PolicyDocument, 'values'>,
  scope: PolicyScope,
  name: SettingName,
): string | null {
  return values.find((each) => each.scope === scope && each.name === name)?.value ?? null;
}

/** The document with these values in place; null takes one away. The values stand in the order of the table. */
export function withValues(
  document: PolicyDocument,
  changes: readonly (Pick<SourceValue, 'scope' | 'name'> & { readonly value: string | null })[],
): PolicyDocument {
  const values = settingNames.flatMap((name) =>
    (['device', 'user'] as const).flatMap((scope): SourceValue[] => {
      const changed = changes.findLast((each) => each.scope === scope && each.name === name);
      const value = changed === undefined ? valueIn(document, scope, name) : changed.value;
      return value === null ? [] : [{ scope, name, value }];
    }),
  );
  return { ...document, values };
}

/** What one list became, done to another: what was added is added, what was taken away is taken away. */
function mergeList(base: readonly string[], mine: readonly string[], theirs: readonly string[]): string[] {
  const kept = theirs.filter((each) => mine.includes(each) || !base.includes(each));
  return [...kept, ...mine.filter((each) => !base.includes(each) && !kept.includes(each))];
}

/**
 * What two editors made of one document, in one: what I changed is as I have it, everything else as they have it. Of what we
 * both changed mine is taken; lists of groups and tags have what either of us added.
 */
export function mergeDocuments(
  base: PolicyDocument,
  mine: PolicyDocument,
  theirs: PolicyDocument,
): PolicyDocument {
  const changed = documentChanges(base, mine).map(({ what }) => what);
  const fields = changed.filter((what) => typeof what === 'string');
  const values = changed.filter((what) => typeof what === 'object');
  const merged = {
    ...theirs,
    ...Object.fromEntries(fields.map((field) => [field, mine[field]])),
    include: mergeList(base.include, mine.include, theirs.include),
    exclude: mergeList(base.exclude, mine.exclude, theirs.exclude),
    scopeTags: mergeList(base.scopeTags, mine.scopeTags, theirs.scopeTags),
  };
  return withValues(
    merged,
    values.map((place) => ({ ...place, value: valueIn(mine, place.scope, place.name) })),
  );
}
