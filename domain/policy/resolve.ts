import { parseSetting, policySettings, type SettingName, type SettingValue } from './settings.ts';

/** Where a value can come from, highest first. */
export const policySources = ['tenant'] as const;
export type PolicySource = (typeof policySources)[number];

export interface StoredValue {
  readonly source: PolicySource;
  readonly name: string;
  readonly value: string;
}

export interface Resolved<T> {
  readonly value: T;
  readonly source: PolicySource | 'default';
}

/**
 * The value of a setting and where it comes from: the highest source that holds an allowed value, else the built-in
 * default. The one judgement on policy; it does not depend on the order of `stored`.
 */
export function resolve<N extends SettingName>(
  name: N,
  stored: readonly StoredValue[],
): Resolved<SettingValue<N>> {
  for (const source of policySources) {
    const entry = stored.find((candidate) => candidate.source === source && candidate.name === name);
    const value = entry === undefined ? null : parseSetting(name, entry.value);
    if (value !== null) return { value, source };
  }
  return { value: policySettings[name].default as SettingValue<N>, source: 'default' };
}
