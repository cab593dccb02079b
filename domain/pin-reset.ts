import type { Verdict } from './prerequisites.ts';

/**
 * The two kinds of PIN reset as two state machines. The destructive one makes a new key in the old one's place and always
 * works; the non-destructive one keeps the key and changes only the protector that the PIN is, so that it needs one that
 * was made before the PIN was forgotten.
 */
type Machine<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

export const pinResetSteps = ['explain', 'confirm', 'create', 'hand_in', 'confirm_again', 'done'] as const;
export type PinResetStep = (typeof pinResetSteps)[number];
export type PinResetEvent =
  | 'go_on'
  | 'proven'
  | 'proof_ran_out'
  | 'key_made'
  | 'answer_lost'
  | 'answered'
  | 'refused'
  | 'given_up';

/**
 * `hand_in`: the authenticator has made the new key, and by that may have overwritten the old one; its response is kept and
 * handed in until it is answered. On the server nothing changes before `done`.
 */
export const destructiveReset: Machine<PinResetStep, PinResetEvent> = {
  explain: { go_on: 'confirm' },
  confirm: { proven: 'create' },
  create: { proof_ran_out: 'confirm', refused: 'create', key_made: 'hand_in' },
  hand_in: { answer_lost: 'hand_in', proof_ran_out: 'confirm_again', refused: 'create', answered: 'done' },
  confirm_again: { proven: 'hand_in', given_up: 'confirm' },
  done: {},
};

export const keepingSteps = ['explain', 'confirm', 'new_pin', 'done'] as const;
export type KeepingStep = (typeof keepingSteps)[number];
export type KeepingEvent = 'go_on' | 'proven' | 'proof_ran_out' | 'refused' | 'changed';

/**
 * `new_pin`: the service opens the sealed secret of the PIN reset protector, with it the browser opens its container, and the
 * new PIN counts from the assertion that shows it. Until then the old one does.
 */
export const nonDestructiveReset: Machine<KeepingStep, KeepingEvent> = {
  explain: { go_on: 'confirm' },
  confirm: { proven: 'new_pin' },
  new_pin: { proof_ran_out: 'confirm', refused: 'new_pin', changed: 'done' },
  done: {},
};

/** The values of `CanReset` in `dsregcmd /status` for a device that has a key. */
export const canResetValues = [
  'DestructiveOnly',
  'NonDestructiveOnly',
  'DestructiveAndNonDestructive',
  'Unknown',
] as const;
export type CanReset = (typeof canResetValues)[number];

export interface ResetFacts {
  /** `UsePassportForWork`: a new key may be made. */
  readonly helloEnabled: boolean;
  /** `EnablePinRecovery`, as this device knows it. */
  readonly pinRecoveryEnabled: boolean;
  /** Whether the organisation registered the PIN reset service; not tested where that cannot be asked. */
  readonly serviceRegistered: Verdict;
  /** The protector has to exist before the PIN is forgotten. */
  readonly resetProtector: boolean;
}

/** By whether a new key may be made, and then by whether the one there is can be kept. Windows has no word for neither. */
const canResetTable: Readonly<Record<Verdict, Readonly<Record<Verdict, CanReset>>>> = {
  yes: { yes: 'DestructiveAndNonDestructive', no: 'DestructiveOnly', not_tested: 'Unknown' },
  no: { yes: 'NonDestructiveOnly', no: 'Unknown', not_tested: 'Unknown' },
  not_tested: { yes: 'Unknown', no: 'Unknown', not_tested: 'Unknown' },
};

export function canReset(facts: ResetFacts): CanReset {
  return canResetTable[facts.helloEnabled ? 'yes' : 'no'][obstaclesToKeeping(facts).verdict];
}

/** Why a key cannot be kept through a reset, the first thing to settle first, in a person's words. */
const obstacles = {
  policy: 'Your organisation has PIN recovery switched off for this device.',
  service: 'Your organisation does not use the PIN reset service.',
  protector: 'This browser prepared nothing for it before the PIN was forgotten.',
  unreachable: 'The PIN reset service cannot be asked right now.',
} as const;
export type KeepingObstacle = keyof typeof obstacles;

export function obstacleWords(obstacle: KeepingObstacle): string {
  return obstacles[obstacle];
}

/** Whether the key can be kept, and what stands in the way where it cannot or nobody knows. */
export function obstaclesToKeeping(facts: Omit<ResetFacts, 'helloEnabled'>): {
  readonly verdict: Verdict;
  readonly obstacle: KeepingObstacle | null;
} {
  if (!facts.pinRecoveryEnabled) return { verdict: 'no', obstacle: 'policy' };
  if (facts.serviceRegistered === 'no') return { verdict: 'no', obstacle: 'service' };
  if (!facts.resetProtector) return { verdict: 'no', obstacle: 'protector' };
  if (facts.serviceRegistered === 'not_tested') return { verdict: 'not_tested', obstacle: 'unreachable' };
  return { verdict: 'yes', obstacle: null };
}

/** What the server knows. The steps are read from it, so that a reload or a second tab changes nothing. */
export interface PinResetFacts {
  /** A proof by another way than the key in question, young enough. */
  readonly proofFresh: boolean;
  /** A key that was made in this session took the place of the old one. */
  readonly replaced: boolean;
}

/** The step to show where no response waits in the tab. `done` is shown to whoever asks for it and has a new key. */
export function pinResetStep(requested: string | null, facts: PinResetFacts): PinResetStep {
  if (requested === 'done' && facts.replaced) return 'done';
  if (requested === null || !pinResetSteps.some((step) => step === requested)) return 'explain';
  if (requested === 'explain' || requested === 'done') return 'explain';
  return facts.proofFresh ? 'create' : 'confirm';
}

/** The step of a reset that keeps the key. That it is done is known to the tab that did it. */
export function keepingStep(requested: string | null, { proofFresh }: PinResetFacts): KeepingStep {
  if (requested !== 'confirm' && requested !== 'new_pin') return 'explain';
  return proofFresh ? 'new_pin' : 'confirm';
}

/** What the page of that reset draws its progress with. */
export const keepingWords: Readonly<Record<KeepingStep, string>> = {
  explain: 'What changes',
  confirm: "Confirm it's you",
  new_pin: 'New PIN',
  done: 'Done',
};

/** What the page draws its progress with: whoever waits for an answer is still making the key. */
export const pinResetWords = {
  explain: 'What changes',
  confirm: "Confirm it's you",
  create: 'New key',
  done: 'Done',
} as const satisfies Partial<Record<PinResetStep, string>>;

/** The place of a step in `pinResetWords`. */
export function pinResetPlace(step: PinResetStep): keyof typeof pinResetWords {
  if (step === 'hand_in') return 'create';
  return step === 'confirm_again' ? 'confirm' : step;
}

export const resetKinds = ['non_destructive', 'destructive'] as const;
export type ResetKind = (typeof resetKinds)[number];

/** What each kind is called: by a person, in a column, and by administrators. */
export const resetKindWords: Readonly<
  Record<ResetKind, { readonly title: string; readonly short: string; readonly term: string }>
> = {
  non_destructive: {
    title: 'Keep the key, change the PIN',
    short: 'Same key',
    term: 'non-destructive PIN reset',
  },
  destructive: { title: 'Make a new key', short: 'New key', term: 'destructive PIN reset' },
};

/** What becomes of something, in a word or two. */
export interface ResetEffect {
  readonly survives: boolean;
  readonly words: string;
}
const stays: ResetEffect = { survives: true, words: 'Stays' };

/** What survives which kind (Windows Hello for Business: PIN reset), side by side, in a person's words. */
export const resetEffects: readonly ({ readonly what: string } & Readonly<Record<ResetKind, ResetEffect>>)[] =
  [
    { what: 'Your account, and everything in it', non_destructive: stays, destructive: stays },
    {
      what: 'The key on this device',
      non_destructive: stays,
      destructive: { survives: false, words: 'Replaced' },
    },
    { what: 'Your other keys and devices', non_destructive: stays, destructive: stays },
    {
      what: 'Sessions that this key opened elsewhere',
      non_destructive: stays,
      destructive: { survives: false, words: 'End' },
    },
    {
      what: 'Face and fingerprint',
      non_destructive: stays,
      destructive: { survives: false, words: 'May be lost' },
    },
    {
      what: 'The old PIN, and the memory of earlier ones',
      non_destructive: { survives: false, words: 'Forgotten' },
      destructive: { survives: false, words: 'Forgotten' },
    },
  ];

/** Which reset it will be: the one that loses less, where it can be had. Null where neither can. */
export function resetKindOf(can: CanReset): ResetKind | null {
  const kinds: Readonly<Record<CanReset, ResetKind | null>> = {
    DestructiveAndNonDestructive: 'non_destructive',
    NonDestructiveOnly: 'non_destructive',
    DestructiveOnly: 'destructive',
    Unknown: null,
  };
  return kinds[can];
}
