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
export type CanReset = 'DestructiveOnly' | 'DestructiveAndNonDestructive';

/** The protector has to exist before the PIN is forgotten; without one a reset is destructive, whatever policy says. */
export function canReset(facts: {
  readonly pinRecoveryEnabled: boolean;
  readonly resetProtector: boolean;
}): CanReset {
  return facts.pinRecoveryEnabled && facts.resetProtector
    ? 'DestructiveAndNonDestructive'
    : 'DestructiveOnly';
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
