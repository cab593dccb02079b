import { between, type Mark, type Took } from './chromium.ts';

/** The parts of an unlock in the order in which they come. */
export const PARTS = {
  typed: 'the dialog takes the PIN',
  stretch: 'PIN stretched: argon2id',
  blind: 'blinded: ristretto255',
  device: 'proof of the device: IndexedDB, P-256',
  finalise: "server's proof checked, finalised: ristretto255, HKDF",
  open: 'container opened: AES-256-GCM',
  again: 'dialog closed, container read again: React, IndexedDB',
  sign: 'key opened, assertion signed: AES-256-GCM, P-256',
  keep: 'counter kept: IndexedDB',
} as const;

export type Part = keyof typeof PARTS;

/** From the typed PIN to the assertion that is handed in, without the time in which the server was asked. */
export interface Unlock {
  readonly total: Took;
  readonly parts: Readonly<Record<Part, Took>>;
}

/** Takes an unlock apart. It throws where the product no longer does these steps in this order. */
export function partsOf(marks: readonly Mark[]): Unlock {
  let next = 0;
  const to = (...whats: readonly string[]): Mark => {
    const found = marks.findIndex(({ what }, at) => at >= next && whats.includes(what));
    const mark = marks[found];
    if (mark === undefined)
      throw new Error(`No ${whats.join(' or ')} among: ${marks.map(({ what }) => what).join(', ')}`);
    next = found + 1;
    return mark;
  };
  const typed = to('typed');
  const askedTry = to('ask /api/key-container/options');
  const answeredTry = to('answer /api/key-container/options');
  // The first random bytes are the blind's.
  const stretched = to('random');
  const blinded = to('store', 'sign');
  const askedEvaluation = to('ask /api/key-container/evaluation');
  const evaluated = to('answer /api/key-container/evaluation');
  const wrappingKey = to('importKey');
  const opened = to('decrypt done');
  const askedOptions = to('ask /api/authentication/options');
  const answeredOptions = to('answer /api/authentication/options');
  const signed = to('sign done');
  const handedIn = to('ask /api/authentication/verification');
  const parts = {
    typed: between(typed, askedTry),
    stretch: between(answeredTry, stretched),
    blind: between(stretched, blinded),
    device: between(blinded, askedEvaluation),
    finalise: between(evaluated, wrappingKey),
    open: between(wrappingKey, opened),
    again: between(opened, askedOptions),
    sign: between(answeredOptions, signed),
    keep: between(signed, handedIn),
  };
  const all = Object.values(parts);
  const sum = (of: keyof Took) => all.reduce((total, part) => total + part[of], 0);
  return { total: { cpu: sum('cpu'), elapsed: sum('elapsed') }, parts };
}
