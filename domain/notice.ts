import { revocationWords } from './credential.ts';
import type { EventCode, EventOutcome } from './event.ts';
import { DAY_MS } from './time.ts';

/** How long a notice waits for sessions that have not seen it. */
export const NOTICE_SHOWN_MS = 30 * DAY_MS;

/** What a notice says beside its code: facts of the event that it tells of, never a secret and never a reason. */
export interface NoticeFacts {
  /** Whether the person did it themselves, in a session of theirs, or somebody in administration did. */
  readonly by: 'you' | 'administration';
  /** What the key, the app, the phone or the person of a request is called. */
  readonly name: string | null;
  readonly deviceName: string | null;
  readonly credentialId: string | null;
  readonly deviceId: string | null;
  /** Why a key was revoked. */
  readonly revocation: string | null;
  /** How many keys that browsers kept on the device are gone for good with it. */
  readonly softwareKeysWiped?: number | undefined;
  /** A PIN reset changed the PIN and not the key. */
  readonly keyKept?: boolean | undefined;
}

/** Where "This wasn't me" leads: what can be undone by the person, besides ending sessions and calling for help. */
export type Remedy = 'key' | 'second_factor' | 'device' | 'password' | 'pass' | 'call';

interface Row {
  /**
   * Whose notice it is: the person that the event is about, the administrator who had asked, or every administrator of
   * methods.
   */
  readonly told: 'person' | 'requester' | 'administrators';
  /** The subject of the e-mail; nothing in it was typed by anybody. */
  readonly subject: string;
  readonly sentence: (facts: NoticeFacts) => string;
  readonly remedy: Remedy;
  /** The outcome that is told of; success where left out. */
  readonly outcome?: EventOutcome;
}

const on = ({ deviceName }: NoticeFacts) => (deviceName === null ? '' : ` on ${deviceName}`);
const called = (what: string, { name }: NoticeFacts) => (name === null ? what : `${what} “${name}”`);
const device = ({ deviceName }: NoticeFacts) => deviceName ?? 'A device';
const wiped = ({ softwareKeysWiped: keys = 0 }: NoticeFacts) =>
  keys === 0 ? '' : `, and ${keys === 1 ? 'the one' : 'those'} that a browser kept there stopped for good`;
const byOthers = ({ by }: NoticeFacts) => (by === 'you' ? '' : ' by an administrator');

/** Every event that a person is told of, in the app and by e-mail. What is not here is in "My activity" only. */
export const notices: Readonly<Partial<Record<EventCode, Row>>> = {
  key_registered: {
    told: 'person',
    subject: 'A key was added to your account',
    sentence: (facts) => `A Windows Hello key was created${on(facts)}.`,
    remedy: 'key',
  },
  passkey_registered: {
    told: 'person',
    subject: 'A passkey was added to your account',
    sentence: (facts) => `${called('The passkey', facts)} was added to your account.`,
    remedy: 'key',
  },
  pin_reset: {
    told: 'person',
    subject: 'Your PIN was reset',
    sentence: (facts) =>
      `The PIN was reset${on(facts)}: ${facts.keyKept ? 'the key is the same' : 'a new key took the place of the old one'}.`,
    remedy: 'key',
  },
  pin_changed: {
    told: 'person',
    subject: 'Your PIN was changed',
    sentence: (facts) => `The PIN of the key that your browser keeps was changed${on(facts)}.`,
    remedy: 'key',
  },
  prf_protector_stored: {
    told: 'person',
    subject: 'A passkey may open the key of your browser',
    sentence: (facts) => `A passkey of yours may now open the key that your browser keeps${on(facts)}.`,
    remedy: 'device',
  },
  pin_tries_exhausted: {
    told: 'person',
    outcome: 'failure',
    subject: 'Somebody tried your PIN too often',
    sentence: (facts) => `A PIN was entered so often${on(facts)} that no more is answered for now.`,
    remedy: 'device',
  },
  credential_revoked: {
    told: 'person',
    subject: 'A key of your account was removed',
    sentence: (facts) =>
      `${called('The key', facts)} ${(revocationWords(facts.revocation) ?? ['', 'was removed'])[1]}.`,
    remedy: 'call',
  },
  credential_quarantined: {
    told: 'person',
    outcome: 'failure',
    subject: 'A key of your account was set aside',
    sentence: () => 'A key was set aside: it gave an answer that we did not expect. It may have been copied.',
    remedy: 'key',
  },
  authenticator_compromised: {
    told: 'person',
    subject: 'A key of your account may no longer be safe',
    sentence: (facts) =>
      `${called('The key', facts)} is of a kind that became known as unsafe. Make another one, and ask your administrator what to do with it.`,
    remedy: 'key',
  },
  totp_registered: {
    told: 'person',
    subject: 'An authenticator app was added to your account',
    sentence: (facts) => `${called('The authenticator app', facts)} was added to your account.`,
    remedy: 'second_factor',
  },
  totp_removed: {
    told: 'person',
    subject: 'An authenticator app was removed from your account',
    sentence: (facts) => `${called('The authenticator app', facts)} was removed${byOthers(facts)}.`,
    remedy: 'call',
  },
  phone_registered: {
    told: 'person',
    subject: 'A phone was added to your account',
    sentence: (facts) => `${called('The phone', facts)} was added to your account. It can approve for you.`,
    remedy: 'second_factor',
  },
  phone_removed: {
    told: 'person',
    subject: 'A phone was removed from your account',
    sentence: (facts) => `${called('The phone', facts)} was removed${byOthers(facts)}.`,
    remedy: 'call',
  },
  reregistration_required: {
    told: 'person',
    subject: 'Set up a new second factor',
    sentence: () =>
      'Your organisation asked you to set up your phone or authenticator app anew. The next sign-in with your password leads there; your keys work as before.',
    remedy: 'call',
  },
  approval_reported: {
    told: 'administrators',
    subject: 'Somebody reported a request on their phone',
    sentence: ({ name }) =>
      `${name ?? 'Somebody'} said on their phone that a request was not theirs. Somebody else may have their password, or their session.`,
    remedy: 'call',
  },
  federated_identity_linked: {
    told: 'person',
    subject: "Your organisation's own sign-in was linked to your account",
    sentence: () =>
      "Somebody signed in as you at your organisation's own sign-in for the first time. From now on it gets you in here.",
    remedy: 'call',
  },
  password_changed: {
    told: 'person',
    subject: 'Your password was changed',
    sentence: () => 'Your password was changed.',
    remedy: 'password',
  },
  password_set: {
    told: 'person',
    subject: 'Your password was replaced',
    sentence: () => 'An administrator replaced your password.',
    remedy: 'call',
  },
  pass_issued: {
    told: 'person',
    subject: 'A Temporary Access Pass was issued for you',
    sentence: () =>
      'An administrator issued a Temporary Access Pass for you. Whoever has it can set up a key.',
    remedy: 'pass',
  },
  pass_requested: {
    told: 'person',
    subject: 'A Temporary Access Pass was asked for, for you',
    sentence: () =>
      'An administrator asked for a Temporary Access Pass for you. A second administrator has to approve it.',
    remedy: 'call',
  },
  pass_approved: {
    told: 'requester',
    subject: 'Your request for a pass was approved',
    sentence: (facts) =>
      `The pass ${facts.name ? `for ${facts.name} ` : ''}was approved. Collect it in time.`,
    remedy: 'call',
  },
  pass_declined: {
    told: 'requester',
    subject: 'Your request for a pass was declined',
    sentence: (facts) => `The pass ${facts.name ? `for ${facts.name} ` : ''}was declined.`,
    remedy: 'call',
  },
  device_profile_added: {
    told: 'person',
    subject: 'A browser was added to your device',
    sentence: (facts) => `A browser was added${facts.deviceName === null ? '' : ` to ${facts.deviceName}`}.`,
    remedy: 'device',
  },
  device_disabled: {
    told: 'person',
    subject: 'A device of yours was disabled',
    sentence: (facts) =>
      `${device(facts)} was disabled by an administrator. Its keys do not work for now${wiped(facts)}.`,
    remedy: 'call',
  },
  device_enabled: {
    told: 'person',
    subject: 'A device of yours was enabled again',
    sentence: (facts) => `${device(facts)} was enabled again by an administrator.`,
    remedy: 'device',
  },
  device_reported_lost: {
    told: 'person',
    subject: 'A device of yours was reported lost',
    sentence: (facts) =>
      `${device(facts)} was reported lost${byOthers(facts)}. It was disabled, and its keys stopped.`,
    remedy: 'call',
  },
  device_deleted: {
    told: 'person',
    subject: 'A device of yours was removed',
    sentence: (facts) => `${device(facts)} was removed${byOthers(facts)}, with the keys made on it.`,
    remedy: 'call',
  },
};

/** The row of an event that its person is told of, or null. */
export function noticeOf(code: EventCode, outcome: EventOutcome = 'success'): Row | null {
  const row = notices[code];
  return row !== undefined && (row.outcome ?? 'success') === outcome ? row : null;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

function inUtc(at: Date): string {
  const time = at.toISOString().slice(11, 16);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}, ${time} UTC`;
}

/** Names are typed by anybody: one that a mail program could turn into a link, or that says too much, stays out. */
function harmless(name: string | null): string | null {
  return name !== null && /^[\p{L}\p{N} _-]{1,32}$/u.test(name) ? name : null;
}

/**
 * The e-mail of a notice: plain text, without a link and without a secret, so that a forged one that has either looks
 * wrong.
 */
export function noticeMail(
  row: Row,
  facts: NoticeFacts,
  about: { readonly displayName: string; readonly organisation: string; readonly at: Date },
): { readonly subject: string; readonly text: string } {
  const told = { ...facts, name: harmless(facts.name), deviceName: harmless(facts.deviceName) };
  const paragraphs = [
    `Hello ${harmless(about.displayName) ?? 'there'},`,
    `${row.sentence(told)} That was on ${inUtc(about.at)}.`,
    ...(row.told === 'requester'
      ? ['You find it in Administration, under Approvals.']
      : row.told === 'administrators'
        ? ['You find it in Administration, under Event log.']
        : [
            'If you know about this, there is nothing to do.',
            'If you do not: open Latchkey yourself on a device that you trust, go to Security info and choose ' +
              '“This wasn’t me” beside this notice. If you cannot get in, call your administrator on a number ' +
              'that you know.',
          ]),
    'There are no links in this message, on purpose. Nobody will ever ask you for a PIN, a code or a pass.',
    `Latchkey at ${about.organisation}`,
  ];
  return { subject: row.subject, text: `${paragraphs.join('\n\n')}\n` };
}
