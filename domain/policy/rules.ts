import { providersOf, unlockProviders } from './setting-text.ts';
import { policySettings, type SettingName, type SettingValue, settingOrder } from './settings.ts';

/** Reads the value that would apply. */
export type ReadValue = <N extends SettingName>(name: N) => SettingValue<N>;

interface Rule {
  /** What must hold, and what to change first; a person reads it. */
  readonly sentence: string;
  /** The settings that it is about, in the order to change them. */
  readonly settings: readonly SettingName[];
  readonly holds: (read: ReadValue) => boolean;
}

export interface UnlockFactors {
  /** Provider GUIDs. */
  readonly first: readonly string[];
  readonly second: readonly string[];
}

/** Windows' own lists, which apply while a list is not configured. */
const usualFactors = {
  first: [unlockProviders.pin, unlockProviders.fingerprint, unlockProviders.face],
  second: [unlockProviders.trustedSignal, unlockProviders.pin],
} as const;

/** The two lists of unlock factors: one provider of each unlocks. */
export function unlockFactors(read: ReadValue): UnlockFactors {
  const first = providersOf(read('DeviceUnlock/GroupA'));
  const second = providersOf(read('DeviceUnlock/GroupB'));
  return {
    first: first.length === 0 ? usualFactors.first : first,
    second: second.length === 0 ? usualFactors.second : second,
  };
}

const pinClasses = [
  'PINComplexity/Digits',
  'PINComplexity/LowercaseLetters',
  'PINComplexity/UppercaseLetters',
  'PINComplexity/SpecialCharacters',
] as const;

/** What must hold between settings besides their order. The names are part of the HTTP contract. */
export const policyRules = {
  pin_among_unlock_factors: {
    sentence: 'The PIN has to be in at least one of the two lists of unlock factors.',
    settings: ['DeviceUnlock/GroupA', 'DeviceUnlock/GroupB'],
    holds: (read) => {
      const { first, second } = unlockFactors(read);
      return [...first, ...second].includes(unlockProviders.pin);
    },
  },
  trusted_signal_never_alone: {
    sentence: 'Trusted signal cannot be the only second unlock factor: add the PIN, fingerprint or face.',
    settings: ['DeviceUnlock/GroupB'],
    holds: (read) => unlockFactors(read).second.some((guid) => guid !== unlockProviders.trustedSignal),
  },
  trusted_signal_has_rules: {
    sentence: 'Trusted signal as a second unlock factor needs rules that say which signal is trusted.',
    settings: ['DeviceUnlock/Plugins', 'DeviceUnlock/GroupB'],
    holds: (read) =>
      !providersOf(read('DeviceUnlock/GroupB')).includes(unlockProviders.trustedSignal) ||
      read('DeviceUnlock/Plugins') !== '',
  },
  pin_has_characters: {
    sentence: 'A PIN needs some characters: allow digits, letters or special characters.',
    settings: pinClasses,
    holds: (read) => pinClasses.some((name) => read(name) !== 'forbid'),
  },
} as const satisfies Record<string, Rule>;
export type PolicyRule = 'order' | keyof typeof policyRules;

export interface Disagreement {
  readonly rule: PolicyRule;
  readonly sentence: string;
  /** The two that are the wrong way round, where the rule is an order. */
  readonly pair: { readonly lower: SettingName; readonly upper: SettingName } | null;
  readonly settings: readonly SettingName[];
}

/** The first rule between settings that does not hold, or null. An order counts between settings of which both are `ordered`. */
export function disagreement(
  read: ReadValue,
  ordered: (name: SettingName) => boolean = () => true,
): Disagreement | null {
  for (const [lower, upper] of settingOrder) {
    if (read(lower) <= read(upper) || !ordered(lower) || !ordered(upper)) continue;
    return {
      rule: 'order',
      sentence: `“${policySettings[lower].title}” (${read(lower)}) can't be more than “${policySettings[upper].title}” (${read(upper)}).`,
      pair: { lower, upper },
      settings: [lower, upper],
    };
  }
  for (const [rule, { sentence, settings, holds }] of Object.entries(policyRules)) {
    if (!holds(read)) return { rule: rule as PolicyRule, sentence, pair: null, settings };
  }
  return null;
}
