import { z } from 'zod';
import { type ProofKind, proofs } from './authentication.ts';
import { labelledMessage } from './device.ts';
import { MINUTE_MS } from './time.ts';
import { authenticationResponse, bytes, label, registrationResponse } from './wire.ts';

/**
 * Approving on a phone. A phone is a browser with a key of its own, as a device is (`domain/device`). It answers a request by a
 * signature over everything that it showed, and over the number that its person read on the other screen: whoever did not
 * see that screen can approve nothing. The number never reaches the phone by the network.
 */

/** How long a request waits for its answer. */
export const APPROVAL_LIFETIME_MS = MINUTE_MS;
/** How long an approval waits for the page that asked. */
export const APPROVAL_TAKING_MS = MINUTE_MS;
/** After "It wasn't me", for how long a password asks no phone of that person. */
export const APPROVAL_REST_MS = 15 * MINUTE_MS;
/** How long the code lives that adds a phone. */
export const PHONE_OFFER_LIFETIME_MS = 5 * MINUTE_MS;
/** Phones of one person: the one in the pocket, the one at work, a spare. */
export const PHONE_LIMIT_PER_PERSON = 5;

/**
 * What is asked for: that it is still oneself in one's session, a sign-in whose password was right, or one by the phone alone, which
 * the phone has to verify.
 */
export const approvalPurposes = ['confirm', 'sign_in', 'phone_sign_in'] as const;
export type ApprovalPurpose = (typeof approvalPurposes)[number];

/** What the phone asks its person. */
export const approvalWords: Readonly<Record<ApprovalPurpose, string>> = {
  confirm: 'Confirm that it is you?',
  sign_in: 'Are you signing in?',
  phone_sign_in: 'Are you signing in with this phone?',
};

/**
 * How a request stands. It leaves `pending` once, and `approved` once, when its page takes it; `replaced` by the next one of
 * the same browser, or by one that is nearer to the person; `withdrawn` where they go on in another way. `mistyped`: a wrong
 * number denies.
 */
export const approvalStates = [
  'pending',
  'approved',
  'taken',
  'denied',
  'mistyped',
  'reported',
  'expired',
  'replaced',
  'withdrawn',
] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** Whether an approval asks the phone to verify who holds it, by its face, finger or screen lock. */
export const phoneVerifications = ['off', 'when_available', 'required'] as const;
export type PhoneVerification = (typeof phoneVerifications)[number];

/** Whether an approval of this phone is nothing without its verification. A denial never needs one. */
export function needsVerification(
  policy: PhoneVerification,
  purpose: ApprovalPurpose,
  phone: { readonly verifies: boolean },
): boolean {
  return (
    purpose === 'phone_sign_in' || policy === 'required' || (policy === 'when_available' && phone.verifies)
  );
}

/**
 * How near to the person it is asked, the nearest last: by a password in any browser; in a session that nothing but a password
 * began; on a registered device of theirs, or where a strong proof was shown. Whoever has only their password is never nearer
 * than they are.
 */
export const approvalStandings = ['elsewhere', 'session', 'own'] as const;
export type ApprovalStanding = (typeof approvalStandings)[number];

export function standingOf(asker: {
  readonly onOwnDevice: boolean;
  /** What was proven in the session; null outside of one. */
  readonly proven: readonly ProofKind[] | null;
}): ApprovalStanding {
  const strong = asker.proven?.some((kind) => Object.keys(proofs[kind]).length > 0);
  if (asker.onOwnDevice || strong) return 'own';
  return asker.proven === null ? 'elsewhere' : 'session';
}

/** The standings that give way to this one. */
export function fartherThan(standing: ApprovalStanding): readonly ApprovalStanding[] {
  return approvalStandings.slice(0, approvalStandings.indexOf(standing));
}

/** How a request stands at a moment: one that nobody answered in time has expired, whether that was written or not. */
export function approvalStateAt(
  request: { readonly state: ApprovalState; readonly expiresAt: Date },
  now: Date,
): ApprovalState {
  return request.state === 'pending' && request.expiresAt <= now ? 'expired' : request.state;
}

export const approvalDecisions = ['approve', 'deny', 'report'] as const;
export type ApprovalDecision = (typeof approvalDecisions)[number];

/** How a request stands that a phone has answered, until its page takes an approval. */
export const phoneAnswers = ['approved', 'denied', 'mistyped', 'reported'] as const satisfies ApprovalState[];
export type PhoneAnswer = (typeof phoneAnswers)[number];

export function isPhoneAnswer(state: ApprovalState): state is PhoneAnswer {
  return phoneAnswers.some((each) => each === state);
}

/** Where an answer leads while the request is pending. */
export function judgeAnswer(
  request: { readonly number: number },
  answer: { readonly decision: ApprovalDecision; readonly number: number | null },
): PhoneAnswer {
  if (answer.decision === 'deny') return 'denied';
  if (answer.decision === 'report') return 'reported';
  return answer.number === request.number ? 'approved' : 'mistyped';
}

/** Two digits, 10 to 99, from random bytes, without bias; null where these bytes give none. */
export function numberFromRandom(random: Uint8Array): number | null {
  const byte = random.find((each) => each < 180);
  return byte === undefined ? null : 10 + (byte % 90);
}

/** Letters and digits that nobody mistakes for another: 2^5 of them. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** 60 bits, for five minutes, behind a limited door. */
export const PHONE_CODE_LENGTH = 12;

/** A code of as many characters as there are random bytes. */
export function phoneCodeFromRandom(random: Uint8Array): string {
  return Array.from(random, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}

/** A typed or scanned code in the form that is compared. */
export function normalisePhoneCode(typed: string): string {
  return typed
    .normalize('NFKC')
    .replace(/[\s\u002d\u2010-\u2015]/gu, '')
    .toUpperCase();
}

/** A code as people read it: in groups of four. */
export function groupedCode(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1-');
}

/** The code in what was scanned: the address that security info shows, on our own origin; null for anything else. */
export function codeOfAddress(scanned: string, origin: string): string | null {
  const [address, fragment = ''] = scanned.split('#');
  return address === `${origin}/authenticator` ? new URLSearchParams(fragment).get('code') : null;
}

const id = z.string().min(1).max(64);
const challenge = z.string().min(1).max(256);
const signature = z.string().min(1).max(128);

export const phoneOptionsRequest = z.strictObject({});
export const phoneOptionsAnswer = z.object({ challenge: z.string() });

export const phoneRegistrationRequest = z.strictObject({
  /** As typed or scanned. */
  code: z.string().min(1).max(64),
  name: label,
  /** SubjectPublicKeyInfo (P-256), base64url. */
  publicKey: z.string().min(1).max(256),
  challenge,
  signature,
});
export const phoneRegistrationAnswer = z.object({
  phoneId: z.string(),
  /** Whose phone it becomes once that is confirmed where the code came from. */
  account: z.string(),
  displayName: z.string(),
  organisation: z.string(),
});
export type PhoneRegistrationAnswer = z.infer<typeof phoneRegistrationAnswer>;

/** The query of the live connection: which phone it is, and its signature over a challenge that is good once. */
export const phoneStreamQuery = z.strictObject({ phone: id, challenge, signature });

/** Everything that a phone shows of a request. The answer is a signature over all of it. */
export const shownRequest = z.object({
  id,
  purpose: z.enum(approvalPurposes),
  account: z.string(),
  /** The browser that asks, in words, and from where: what it claims to be, and its address. */
  browser: z.string(),
  address: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export type ShownRequest = z.infer<typeof shownRequest>;

/** What the live connection sends: how the phone stands now, whole, each time that it changes. */
export const phoneState = z.discriminatedUnion('state', [
  /** Registered, and not confirmed yet. The same number stands where the code came from. */
  z.object({ state: z.literal('confirming'), number: z.int(), expiresAt: z.string() }),
  z.object({
    state: z.literal('ready'),
    name: z.string(),
    account: z.string(),
    request: shownRequest.nullable(),
    /** Whether an approval asks who holds the phone, and by which credential of it; null where it has none yet. */
    verification: z.object({
      policy: z.enum(phoneVerifications),
      rpId: z.string(),
      credentialId: z.string().nullable(),
    }),
    /** The key of this server for Web Push, null where it sends none; and whether it wakes this phone. */
    push: z.object({ key: z.string().nullable(), on: z.boolean() }),
  }),
  /** Removed, never confirmed, or its person disabled. Nothing more comes. */
  z.object({ state: z.literal('gone') }),
]);
export type PhoneState = z.infer<typeof phoneState>;

export const approvalAnswerRequest = z.strictObject({
  phoneId: id,
  requestId: id,
  decision: z.enum(approvalDecisions),
  /** What was typed; null unless it approves. */
  number: z.int().min(0).max(99).nullable(),
  signature,
  /** Where the phone verifies who holds it: an assertion whose challenge is `approvalMessage`. */
  verification: authenticationResponse.optional(),
});
export const approvalAnswer = z.object({
  state: z.enum(['approved', 'denied', 'mistyped', 'reported']),
});
export type ApprovalAnswer = z.infer<typeof approvalAnswer>;

/** The credential by which a phone verifies who holds it, made for the challenge that its key signs, too. */
export const phoneVerificationRequest = z.strictObject({
  phoneId: id,
  challenge,
  signature,
  response: registrationResponse,
});
export const phoneVerificationAnswer = z.object({ credentialId: z.string() });

/** Where a browser is woken (W3C Push API), and the keys of that message (RFC 8291). */
export const pushSubscription = z.strictObject({
  endpoint: z.url().max(1024),
  keys: z.strictObject({ p256dh: bytes(128).min(1), auth: bytes(64).min(1) }),
});
export type PushSubscription = z.infer<typeof pushSubscription>;

export const phonePushRequest = z.strictObject({
  phoneId: id,
  challenge,
  signature,
  subscription: pushSubscription,
});
export const phonePushAnswer = z.object({ on: z.literal(true) });

/** What a phone signs beside its challenge, to be woken there. */
export function pushContent(phoneId: string, { endpoint, keys }: PushSubscription): string {
  return JSON.stringify([phoneId, endpoint, keys.p256dh, keys.auth]);
}

/** All that a push message says: that something waits. What it is, the phone hears by its own connection. */
export const PUSH_MESSAGE = '{"waits":true}';

const utf8 = new TextEncoder();

/**
 * What a phone signs to show that it is itself: over a sealed challenge, and what it says with it (the code that adds it; its ID
 * where it asks for its requests).
 */
export function phoneProofMessage(
  origin: string,
  sealed: Uint8Array,
  content: string,
): Uint8Array<ArrayBuffer> {
  return labelledMessage('latchkey-authenticator-v1', origin, sealed, utf8.encode(content));
}

/**
 * What a phone signs to answer: `latchkey-approval-v1 || origin || SHA-256(what it showed) || SHA-256(decision and number)`, each
 * as a JSON list. The request's ID is random and is answered once, so that it is the nonce too.
 */
export function approvalMessage(
  origin: string,
  shown: ShownRequest,
  answer: { readonly decision: ApprovalDecision; readonly number: number | null },
): Uint8Array<ArrayBuffer> {
  const { purpose, account, browser, address, createdAt, expiresAt } = shown;
  const seen = [shown.id, purpose, account, browser, address, createdAt, expiresAt];
  return labelledMessage(
    'latchkey-approval-v1',
    origin,
    utf8.encode(JSON.stringify(seen)),
    utf8.encode(JSON.stringify([answer.decision, answer.number])),
  );
}
