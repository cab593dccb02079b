/**
 * Where a tenant stands on the way to no passwords, by the four steps of Microsoft's passwordless strategy ("Plan a
 * passwordless strategy"). A step is done when each of its exit criteria is met; the tenant stands at the first that is not.
 */

/** What the criteria are judged by; people are enabled accounts that are not for emergencies. */
export interface RollOutFacts {
  /** Policy lets people set up keys. */
  readonly helloOn: boolean;
  readonly people: number;
  /** With a key of any kind that can sign in now. */
  readonly withKey: number;
  /** Who signed in with one of those in the last days. */
  readonly usedKey: number;
  /** Who used a password in the last 30 days. */
  readonly usedPassword: number;
  /** Whose password opens something. */
  readonly openPasswords: number;
  /** Passwords in the store, of anybody. */
  readonly storedPasswords: number;
}

/** Test users who show that keys work here; in a smaller tenant everybody. */
export const TEST_USERS = 3;
/** How long a key's use counts as recent, and how long nobody may have used a password. */
export const RECENT_USE_DAYS = 7;
export const PASSWORD_FREE_DAYS = 30;

export interface Criterion {
  readonly text: string;
  readonly met: boolean;
  /** How far: so many of so many; null where it is a yes or a no. */
  readonly progress: { readonly value: number; readonly of: number } | null;
}

export interface RollOutStep {
  readonly number: 1 | 2 | 3 | 4;
  readonly name: string;
  /** What it is about, in a sentence. */
  readonly aim: string;
  readonly criteria: readonly Criterion[];
  readonly state: 'done' | 'current' | 'ahead';
}

type Rule = (facts: RollOutFacts) => Criterion;

/** Met when all of them do; a tenant without people meets nothing. */
const everybody =
  (text: string, value: (facts: RollOutFacts) => number): Rule =>
  (facts) => {
    const progress = { value: value(facts), of: facts.people };
    return { text, met: facts.people > 0 && progress.value >= progress.of, progress };
  };

const steps: readonly (Omit<RollOutStep, 'criteria' | 'state'> & { readonly rules: readonly Rule[] })[] = [
  {
    number: 1,
    name: 'Deploy a password replacement',
    aim: 'Keys are there, and test users have shown that they work.',
    rules: [
      ({ helloOn }) => ({ text: 'Windows Hello is switched on', met: helloOn, progress: null }),
      ({ people, usedKey }) => {
        const of = Math.min(TEST_USERS, Math.max(1, people));
        return {
          text: `Test users signed in with a key in the last ${RECENT_USE_DAYS} days`,
          met: usedKey >= of,
          progress: { value: Math.min(usedKey, of), of },
        };
      },
    ],
  },
  {
    number: 2,
    name: 'Reduce the visible password surface',
    aim: 'People still have a password, and never need it.',
    rules: [
      everybody('Everybody has a key that signs in', ({ withKey }) => withKey),
      everybody(
        `Nobody used a password in the last ${PASSWORD_FREE_DAYS} days`,
        ({ people, usedPassword }) => people - usedPassword,
      ),
    ],
  },
  {
    number: 3,
    name: 'Transition to passwordless',
    aim: 'Nobody types, changes or knows a password any more.',
    rules: [everybody('No password opens anything', ({ people, openPasswords }) => people - openPasswords)],
  },
  {
    number: 4,
    name: 'Eliminate passwords from the directory',
    aim: 'The directory holds none. A vision: Windows Hello for Business does not do this by itself.',
    rules: [
      ({ people, storedPasswords }) => ({
        text:
          storedPasswords === 1
            ? 'One password is still stored'
            : `Passwords still stored: ${storedPasswords}`,
        met: people > 0 && storedPasswords === 0,
        progress: null,
      }),
    ],
  },
];

/** The four steps with where the tenant stands. The last is a vision: whoever has done the first three stands there. */
export function rollOut(facts: RollOutFacts): readonly RollOutStep[] {
  const judged = steps.map(({ rules, ...step }) => ({ ...step, criteria: rules.map((rule) => rule(facts)) }));
  const open = judged.findIndex(({ criteria }) => criteria.some(({ met }) => !met));
  const current = open === -1 ? judged.length : open;
  return judged.map((step, index) => ({
    ...step,
    state: index < current ? 'done' : index === current ? 'current' : 'ahead',
  }));
}
