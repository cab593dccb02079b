import type { ReadValue } from '../policy/rules.ts';
import { DAY_MS, later } from '../time.ts';

/**
 * What a PIN must look like (PassportForWork CSP, PINComplexity). The browser judges it; no PIN reaches the server. A
 * character of none of the four classes is in no PIN.
 */
const pinClasses = {
  digits: {
    setting: 'PINComplexity/Digits',
    form: /[0-9]/,
    plural: 'digits',
    required: 'At least one digit',
  },
  lowercase: {
    setting: 'PINComplexity/LowercaseLetters',
    form: /[a-z]/,
    plural: 'lowercase letters (a to z)',
    required: 'At least one lowercase letter (a to z)',
  },
  uppercase: {
    setting: 'PINComplexity/UppercaseLetters',
    form: /[A-Z]/,
    plural: 'uppercase letters (A to Z)',
    required: 'At least one uppercase letter (A to Z)',
  },
  specials: {
    setting: 'PINComplexity/SpecialCharacters',
    // The set of the CSP: ASCII's punctuation, without the space.
    form: /[!-/:-@[-`{-~]/,
    plural: 'symbols such as ! # and _',
    required: 'At least one symbol, such as ! # or _',
  },
} as const;
export type PinClass = keyof typeof pinClasses;
const classNames = Object.keys(pinClasses) as PinClass[];

export type ClassRule = 'allow' | 'require' | 'forbid';

export interface PinRules {
  /** In code points. */
  readonly minimumLength: number;
  readonly maximumLength: number;
  readonly classes: Readonly<Record<PinClass, ClassRule>>;
  /** 0: a PIN does not expire. */
  readonly expirationDays: number;
  /** So many PINs cannot be chosen again, the one in use counted. 0: any can. */
  readonly history: number;
}

/** Digits and nothing else: what holds while policy says nothing, or nothing that makes sense. */
const DIGITS_ONLY: PinRules['classes'] = {
  digits: 'require',
  lowercase: 'forbid',
  uppercase: 'forbid',
  specials: 'forbid',
};
const LENGTHS = { least: 4, most: 127, usual: 6 } as const;

/**
 * The rules that policy makes. The sources disagree, and these were chosen:
 * - the shortest PIN is 6 unless policy says so (the CSP's own default is 4, group policy's 6);
 * - with nothing configured a PIN is digits; letters and symbols may be in it where policy allows or requires them;
 * - with all four classes allowed and none required it is digits, too: "the default behaviour applies" (CSP). Whoever
 *   wants letters to be a choice leaves Digits unset or requires it; all four forbidden make no sense and do the same;
 * - a minimum above the maximum, or a length out of 4 to 127, takes both back to their defaults.
 */
export function pinRulesOf(read: ReadValue): PinRules {
  const minimum = read('PINComplexity/MinimumPINLength');
  const maximum = read('PINComplexity/MaximumPINLength');
  const orderly = LENGTHS.least <= minimum && minimum <= maximum && maximum <= LENGTHS.most;
  const classes = Object.fromEntries(
    classNames.map((name) => [name, read(pinClasses[name].setting)]),
  ) as unknown as PinRules['classes'];
  const all = (rule: ClassRule) => classNames.every((name) => classes[name] === rule);
  return {
    minimumLength: orderly ? minimum : LENGTHS.usual,
    maximumLength: orderly ? maximum : LENGTHS.most,
    classes: all('allow') || all('forbid') ? DIGITS_ONLY : classes,
    expirationDays: read('PINComplexity/Expiration'),
    history: read('PINComplexity/History'),
  };
}

/** Whether letters or symbols may be in a PIN: "Include letters and symbols" is worth asking. */
export function lettersAllowed({ classes }: PinRules): boolean {
  return classNames.some((name) => name !== 'digits' && classes[name] !== 'forbid');
}

/** Whether letters or symbols have to be in it, so that there is nothing to ask. */
export function lettersRequired({ classes }: PinRules): boolean {
  return (
    classes.digits === 'forbid' || classNames.some((name) => name !== 'digits' && classes[name] === 'require')
  );
}

/**
 * Whether a PIN of digits is a simple pattern: from each digit to the next is the same step, modulo 10 (1111, 1234, 1593,
 * 9630). These are 100 at each length.
 */
export function isSimplePin(pin: string): boolean {
  if (!/^[0-9]{4,}$/.test(pin)) return false;
  const digits = Array.from(pin, Number);
  const steps = digits.slice(1).map((digit, at) => (digit - (digits[at] ?? 0) + 10) % 10);
  return steps.every((step) => step === steps[0]);
}

const lengthOf = (pin: string) => Array.from(pin).length;
const has = (pin: string, name: PinClass) => pinClasses[name].form.test(pin);
const characters = (count: number) => (count === 1 ? '1 character' : `${count} characters`);

function classRule(name: PinClass): PinRule {
  return {
    // Where digits are all that there is, "only digits" says it.
    asked: (rules) => rules.classes[name] === 'require' && lettersAllowed(rules),
    sentence: () => pinClasses[name].required,
    met: (pin) => has(pin, name),
  };
}

/** "digits, lowercase letters (a to z) and symbols such as ! # and _" */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

interface PinRule {
  /** Whether it is one of the rules at all. */
  readonly asked: (rules: PinRules, pin: string) => boolean;
  /** What a person reads. */
  readonly sentence: (rules: PinRules) => string;
  readonly met: (pin: string, rules: PinRules) => boolean;
}

/** Every rule that the PIN alone can be judged by, in the order that people read them. */
const pinRules = {
  length_minimum: {
    asked: () => true,
    sentence: ({ minimumLength }) => `At least ${characters(minimumLength)}`,
    met: (pin, { minimumLength }) => lengthOf(pin) >= minimumLength,
  },
  length_maximum: {
    // Nobody types 127 characters: the rule is there when it says something.
    asked: ({ maximumLength }, pin) => maximumLength < LENGTHS.most || lengthOf(pin) > maximumLength,
    sentence: ({ maximumLength }) => `At most ${characters(maximumLength)}`,
    met: (pin, { maximumLength }) => lengthOf(pin) <= maximumLength,
  },
  characters: {
    asked: () => true,
    sentence: ({ classes }) =>
      `Only ${listed(classNames.filter((name) => classes[name] !== 'forbid').map((name) => pinClasses[name].plural))}`,
    met: (pin, { classes }) =>
      pin !== '' &&
      Array.from(pin).every((one) => classNames.some((name) => classes[name] !== 'forbid' && has(one, name))),
  },
  digits: classRule('digits'),
  lowercase: classRule('lowercase'),
  uppercase: classRule('uppercase'),
  specials: classRule('specials'),
  not_simple: {
    asked: (rules) => !lettersRequired(rules),
    sentence: () => 'Not a simple pattern, such as 1111, 1234 or 9630',
    met: (pin) => pin !== '' && !isSimplePin(pin),
  },
} as const satisfies Record<string, PinRule>;
export type PinRuleName = keyof typeof pinRules;

export interface JudgedRule {
  readonly rule: PinRuleName;
  /** What a person reads. */
  readonly sentence: string;
  readonly met: boolean;
}
export interface PinJudgement {
  /** Whether every rule is met. */
  readonly ok: boolean;
  readonly rules: readonly JudgedRule[];
}

/** Judges a PIN while it is typed: every rule that there is, met or not. An empty PIN meets none but the longest length. */
export function judgePin(pin: string, rules: PinRules): PinJudgement {
  const judged = Object.entries<PinRule>(pinRules)
    .filter(([, rule]) => rule.asked(rules, pin))
    .map(([name, rule]) => ({
      rule: name as PinRuleName,
      sentence: rule.sentence(rules),
      met: rule.met(pin, rules),
    }));
  return { ok: judged.every(({ met }) => met), rules: judged };
}

/** What people read about earlier PINs, or null where any may be chosen. It cannot be judged while it is typed. */
export function historySentence({ history }: PinRules): string | null {
  if (history === 0) return null;
  return history === 1 ? 'Not the PIN that you have now' : `None of your last ${history} PINs`;
}

/** When a PIN that was made then has to be changed, or null: never. */
export function pinExpiresAt(changedAt: Date, { expirationDays }: PinRules): Date | null {
  return expirationDays === 0 ? null : later(changedAt, expirationDays * DAY_MS);
}
