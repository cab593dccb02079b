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

export type PinChangeStep = 'explain' | 'confirm' | 'recover' | 'new_pin' | 'done';
export type PinChangeEvent = 'go_on' | 'proven' | 'proof_ran_out' | 'recovered' | 'refused' | 'changed';

/** `recover`: the service opens the sealed secret of the PIN reset protector, and with it the device opens its container. */
export const nonDestructiveReset: Machine<PinChangeStep, PinChangeEvent> = {
  explain: { go_on: 'confirm' },
  confirm: { proven: 'recover' },
  recover: { proof_ran_out: 'confirm', refused: 'explain', recovered: 'new_pin' },
  new_pin: { refused: 'new_pin', changed: 'done' },
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

/** What a destructive reset keeps and loses (Windows Hello for Business: destructive PIN reset), in a person's words. */
export const destructiveConsequences = {
  kept: [
    'Your account, and everything in it.',
    'Your keys on other devices, your phone and your security keys.',
    'This device stays registered.',
  ],
  lost: [
    'The key that this device has now. A new one takes its place.',
    'Sessions that the old key opened elsewhere: they end.',
    'Face and fingerprint may have to be set up again in the system settings.',
  ],
} as const;

/** What a reset that keeps the key keeps and loses (Windows Hello for Business: non-destructive PIN reset). */
export const nonDestructiveConsequences = {
  kept: [
    'The key on this device: the same one, so nothing has to be set up anew anywhere.',
    'Your account, your other keys and the other ways to open this one.',
    'Sessions that are open elsewhere.',
  ],
  lost: ['The old PIN. It opens nothing any more.', 'The memory of earlier PINs: it begins anew.'],
} as const;

export const resetKinds = ['non_destructive', 'destructive'] as const;
export type ResetKind = (typeof resetKinds)[number];

/** Both kinds, as they stand side by side before anything starts. */
export const resetKindWords: Readonly<
  Record<
    ResetKind,
    {
      readonly title: string;
      /** What administrators call it. */
      readonly term: string;
      readonly kept: readonly string[];
      readonly lost: readonly string[];
    }
  >
> = {
  non_destructive: {
    title: 'Keep the key, change the PIN',
    term: 'Non-destructive PIN reset',
    ...nonDestructiveConsequences,
  },
  destructive: { title: 'Make a new key', term: 'Destructive PIN reset', ...destructiveConsequences },
};

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
