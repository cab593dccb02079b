/** Passwords while they exist: the rules of NIST SP 800-63B-4 3.1.1.2. Length and a blocklist; no rule about kinds of signs. */

/** A password that can be the only factor has at least 15 characters, one beside a second factor at least 8. */
export const PASSWORD_MINIMUM_LENGTH = { default: 15, minimum: 8, maximum: 64 } as const;
/** At least 64 must be allowed; passphrases of several sentences are welcome. */
export const PASSWORD_MAXIMUM_LENGTH = 256;
/** What a door reads of a password at all, in UTF-16 units: the longest one in its longest normal form. */
export const PASSWORD_INPUT_LIMIT = 1024;

/** What can be wrong with a new password, in the order in which a person reads it. */
export const passwordFaults = [
  'too_short',
  'too_long',
  'unchanged',
  'common',
  'about_you',
  'repetitive',
] as const;
export type PasswordFault = (typeof passwordFaults)[number];

export interface PasswordRules {
  readonly minimumLength: number;
  /** Whether a text in its folded form is among the passwords that everybody chooses. */
  readonly isCommon: (folded: string) => boolean;
  /** Names that anybody who knows the person or the place would try. */
  readonly contextWords: readonly string[];
  /** Whether it is the password that it shall replace. */
  readonly isCurrent: boolean;
}

/** Each Unicode code point counts as one character, in NFC, which is what is hashed. */
export function passwordLength(password: string): number {
  return [...password.normalize('NFC')].length;
}

/** Everything that is wrong with a new password; empty when it is accepted. */
export function judgePassword(password: string, rules: PasswordRules): PasswordFault[] {
  const length = passwordLength(password);
  // Whoever sends a book is not read to its end.
  if (length > PASSWORD_MAXIMUM_LENGTH) return ['too_long'];
  const forms = guessedForms(password);
  const wrong: Record<PasswordFault, boolean> = {
    too_short: length < rules.minimumLength,
    too_long: false,
    unchanged: rules.isCurrent,
    common: forms.some(rules.isCommon),
    about_you: saysOnly(password, rules.contextWords),
    repetitive: isRepetitive(password),
  };
  return passwordFaults.filter((fault) => wrong[fault]);
}

/** The sentence beside the field. */
export function passwordFaultWords(fault: PasswordFault, minimumLength: number): string {
  const sentences: Readonly<Record<PasswordFault, string>> = {
    too_short: `Use at least ${minimumLength} characters. Several words in a row are easy to remember.`,
    too_long: `Use at most ${PASSWORD_MAXIMUM_LENGTH} characters.`,
    unchanged: 'This is the password that you have now. Choose another.',
    common: "Many people use this password, so it is guessed first. Digits around it don't help.",
    about_you: 'This is your name, or a name from here. Choose something that nobody would connect with you.',
    repetitive: 'This repeats itself or counts up. Choose something less regular.',
  };
  return sentences[fault];
}

/** What is compared: NFKC, lower case. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

const substitutes: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
};

/** A text with its look-alike signs read as letters: "p4ssw0rd" is "password". */
function readSubstitutes(text: string): string {
  return text.replace(/[@431!0$57]/g, (sign) => substitutes[sign] ?? sign);
}

/** A text without the digits and signs around its letters. */
function withoutDecoration(text: string): string {
  return /\p{L}(?:.*\p{L})?/su.exec(text)?.[0] ?? '';
}

/** The shortest text that, repeated, makes this one. */
function repeatedUnit(text: string): string {
  const at = `${text}${text}`.indexOf(text, 1);
  return text.slice(0, at);
}

const MINIMUM_WORD = 3;

/** The forms of a password that a guesser tries first: bare, undecorated, undone of its substitutes, and not repeated. */
function guessedForms(password: string): string[] {
  const whole = fold(password);
  const bare = [whole, withoutDecoration(whole)];
  const read = [...bare, ...bare.map(readSubstitutes)];
  return [...new Set([...read, ...read.map(repeatedUnit)])].filter((form) => form.length >= MINIMUM_WORD);
}

/** The words in names: whole, and in parts of at least three letters, folded. */
export function wordsOf(names: readonly string[]): string[] {
  const parts = names.flatMap((name) => {
    const folded = fold(name);
    const split = folded.split(/[^\p{L}\p{N}]+/u);
    return [split.join(''), ...split];
  });
  return [...new Set(parts)].filter((part) => [...part].length >= MINIMUM_WORD);
}

/** Whether a password says nothing but such words, with or without digits and signs around and between them. */
function saysOnly(password: string, words: readonly string[]): boolean {
  const longestFirst = [...words].sort((one, other) => other.length - one.length);
  const folded = fold(password);
  return [folded, readSubstitutes(folded)].some((form) => {
    let left = form.replace(/[^\p{L}\p{N}]/gu, '');
    let found = false;
    for (const word of longestFirst) {
      if (!left.includes(word)) continue;
      found = true;
      // A digit in its place keeps what stood around it apart.
      left = left.replaceAll(word, '0');
    }
    return found && !/\p{L}/u.test(left);
  });
}

/** Runs along which fingers and children count. */
const RUNS = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiopasdfghjklzxcvbnm'];
/** A unit this long, however often, adds nothing to guess. */
const LONGEST_TRIVIAL_UNIT = 4;

function isRepetitive(password: string): boolean {
  const folded = fold(password);
  if (folded === '') return false;
  const unit = repeatedUnit(folded);
  if (unit.length <= LONGEST_TRIVIAL_UNIT && unit.length < folded.length) return true;
  const signs = [...folded];
  // Every neighbour follows from the one before, forwards or backwards; one jump to another run is forgiven.
  const follows = (backwards: boolean) => {
    const pairs = signs.slice(1).map((sign, index) => {
      const [one, other] = backwards ? [sign, signs[index]] : [signs[index], sign];
      return RUNS.some((run) => run.includes(`${one}${other}`));
    });
    return pairs.filter((follow) => !follow).length;
  };
  return signs.length > LONGEST_TRIVIAL_UNIT && Math.min(follows(false), follows(true)) <= 1;
}
