/** The ways back in, in the order to try them; Windows names the same for a passwordless user. */
export const recoveryRungs = ['pin_reset', 'another_key', 'temporary_access_pass', 'command_line'] as const;
export type RecoveryRung = (typeof recoveryRungs)[number];

/** What is known about who stands before the ladder. For somebody signed out it is policy alone, and nobody's own. */
export interface RecoveryFacts {
  /** A key on this device may be replaced: policy allows keys and, where the person is known, there is one. */
  readonly resettable: boolean;
  /** A key elsewhere: unknown where nobody is signed in, and then assumed. */
  readonly otherKeys: boolean;
  /** A pass would work. */
  readonly passes: boolean;
  /** Whoever runs the server helps administrators: unknown where nobody is signed in, and then assumed. */
  readonly administrator: boolean;
}

const open: Readonly<Record<RecoveryRung, keyof RecoveryFacts>> = {
  pin_reset: 'resettable',
  another_key: 'otherKeys',
  temporary_access_pass: 'passes',
  command_line: 'administrator',
};

/** The rungs that are open here, in their order. */
export function openRungs(facts: RecoveryFacts): RecoveryRung[] {
  return recoveryRungs.filter((rung) => facts[open[rung]]);
}
