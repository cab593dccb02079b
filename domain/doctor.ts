import { type ProblemCode, problem } from './problem.ts';

/**
 * What a person reads when something did not work: what happened, what is safe, what to do next, and what may have caused
 * it, the likeliest first. One table for what our own doors answer, one for what a browser throws.
 */
export interface Diagnosis {
  readonly title: string;
  /** What to do next. */
  readonly detail: string;
  /** What stands as it was; null where the title or the next step says it. */
  readonly safe: string | null;
  readonly causes: readonly string[];
  readonly remedy: Remedy | null;
}

/** What a page can do about it with one press. A page that knows better offers its own. */
export const remedies = {
  reload: { label: 'Reload the page', href: null },
  sign_in: { label: 'Go to sign-in', href: '/sign-in' },
  unlock: { label: 'Unlock', href: '/locked' },
  step_up: { label: 'See what is asked for', href: '/step-up' },
  set_up: { label: 'Set up this device', href: '/provision' },
  add_browser: { label: 'Add this browser', href: '/sign-in/pass?then=add-browser' },
  devices: { label: 'See my devices', href: '/devices' },
  security_info: { label: 'Go to Security info', href: '/security-info' },
  windows_reset: { label: 'Was Windows reset? Make a new key', href: '/sign-in/recovery' },
  new_key: { label: 'Make a new key', href: '/sign-in/recovery' },
  device_reset: { label: 'Was this device reset? Make a new key', href: '/sign-in/recovery' },
  /** Only Windows knows this address. */
  windows_settings: { label: 'Open Sign-in options', href: 'ms-settings:signinoptions' },
} as const satisfies Record<string, { readonly label: string; readonly href: string | null }>;
export type Remedy = keyof typeof remedies;

interface Row {
  readonly safe?: string;
  readonly causes?: readonly string[];
  readonly remedy?: Remedy;
}

const SAME_KEYS = 'Your keys and your password are as they were.';
const SAME_ACCOUNT = 'Your account and your other ways to sign in are as they were.';
const NOTHING = 'Nothing was changed.';
const NOTHING_MADE = 'Nothing was registered, and your other keys work as before.';

/** Every problem has a row; its title and next step are those of the table of problems. */
const problems: Readonly<Record<ProblemCode, Row>> = {
  bad_request: {
    safe: NOTHING,
    causes: ['This page is older than the server.', 'Something on the way changed the request.'],
    remedy: 'reload',
  },
  payload_too_large: { safe: NOTHING },
  unsupported_media_type: { safe: NOTHING },
  cross_origin: {
    safe: NOTHING,
    causes: ['Another site sent it.', 'Latchkey was opened by another name or address than its own.'],
  },
  not_found: { safe: NOTHING, causes: ['It was removed meanwhile.', 'The address was mistyped.'] },
  not_permitted: {
    safe: NOTHING,
    causes: ['Another role may do it.', 'Your role was changed since you signed in.'],
  },
  too_many_attempts: {
    safe: SAME_KEYS,
    causes: ['Somebody tried too often with this account.', 'Many people try from this network.'],
  },
  store_unavailable: {
    safe: 'What was confirmed to you is kept.',
    causes: ['The server is being restarted or maintained.', 'Its disk or its database is out of reach.'],
    remedy: 'reload',
  },
  internal_error: {
    safe: 'What was confirmed to you is kept.',
    causes: ['A mistake of ours: the server wrote down what broke.'],
    remedy: 'reload',
  },

  sign_in_required: {
    safe: SAME_ACCOUNT,
    causes: ['Your session has run out.', 'It was ended on another device, or by an administrator.'],
    remedy: 'sign_in',
  },
  session_locked: {
    safe: 'What you were doing waits behind the lock.',
    causes: ['You locked it in another tab.'],
    remedy: 'unlock',
  },
  registration_only: { safe: NOTHING, remedy: 'set_up' },
  proof_required: {
    safe: NOTHING,
    causes: ['Your last proof is too old for this.', 'You came in with a password alone.'],
  },
  device_required: {
    safe: NOTHING_MADE,
    causes: ["This browser's storage was cleared.", 'This is a private window.', 'The device was removed.'],
    remedy: 'set_up',
  },
  provisioning_disabled: { safe: 'Keys that you have go on working.' },

  sign_in_failed: {
    safe: SAME_KEYS,
    causes: [
      'Something was mistyped.',
      'What you used has run out, was used already, or was taken back.',
      'It belongs to somebody else.',
    ],
  },
  domain_not_federated: {
    safe: SAME_KEYS,
    causes: ['The part behind the @ was mistyped.', 'Your organisation signs you in here.'],
    remedy: 'sign_in',
  },
  federated_mfa_required: {
    safe: 'A key on this device and a Temporary Access Pass work as before.',
    causes: ['Your organisation no longer accepts passwords, and such a sign-in is no more than one.'],
  },
  federation_unavailable: {
    safe: 'A key on this device and a Temporary Access Pass work as before.',
    causes: ["Your organisation's server is away or overloaded.", 'Its address or its answers have changed.'],
    remedy: 'sign_in',
  },
  phone_code_refused: {
    safe: NOTHING_MADE,
    causes: ['It was used already: each one adds one phone.', 'It ran out, or a newer one took its place.'],
  },
  phone_limit_reached: { safe: NOTHING, remedy: 'security_info' },
  passkeys_not_enabled: { safe: SAME_ACCOUNT, causes: ['Your organisation changed its policy of methods.'] },
  phones_not_enabled: { safe: SAME_ACCOUNT, causes: ['Your organisation changed its policy of methods.'] },
  authenticator_apps_not_enabled: {
    safe: SAME_ACCOUNT,
    causes: ['Your organisation changed its policy of methods.'],
  },
  strength_required: {
    safe: NOTHING,
    causes: ['You came in with something weaker.', 'Your organisation asks for more since a moment ago.'],
    remedy: 'step_up',
  },
  no_phone: { safe: NOTHING, causes: ['It was removed meanwhile.'] },
  approval_waiting: {
    safe: NOTHING,
    causes: ['You asked in another browser a moment ago.', 'Somebody else has your password.'],
  },
  approval_resting: { safe: SAME_ACCOUNT },
  phone_verification_required: {
    safe: NOTHING,
    causes: [
      'Your organisation asks for it, and this phone was added before.',
      'The key that this phone used for it is gone: remove the phone in Security info, then add it again.',
    ],
  },
  approval_over: {
    safe: NOTHING,
    causes: [
      'It was not answered within a minute.',
      'It was answered already, here or on another phone.',
      'It was asked anew.',
      'This phone was removed.',
    ],
  },
  code_refused: {
    safe: 'The code counts once; your app goes on making new ones.',
    causes: [
      'The code had just changed, or was used already.',
      "Your phone's clock is off by more than half a minute.",
      'It is the code of another account.',
    ],
  },
  password_refused: { safe: SAME_KEYS, causes: ['It was mistyped.', 'It was changed elsewhere meanwhile.'] },
  password_not_allowed: { safe: 'Your old password is as it was.' },
  password_hidden: { safe: 'Your keys and your password are as they were.', remedy: 'security_info' },
  password_missing: { safe: NOTHING },
  authenticator_app_limit_reached: { safe: 'The apps that you have go on working.', remedy: 'security_info' },

  challenge_expired: {
    safe: SAME_KEYS,
    causes: ['The page was open for more than five minutes.', 'This device was asleep meanwhile.'],
  },
  challenge_invalid: {
    safe: NOTHING,
    causes: [
      'You signed in, signed out or changed person in another tab.',
      "This browser's cookies were cleared.",
      'The server was given another master key.',
    ],
    remedy: 'reload',
  },
  challenge_consumed: {
    safe: 'It counted once at most.',
    causes: ['The button was pressed twice.', 'The answer got lost on the way, and the page asked again.'],
    remedy: 'reload',
  },

  credential_unknown: {
    safe: 'Your account and your other keys are as they were.',
    causes: [
      'It was made where Latchkey was set up anew since.',
      'It was made, and its registration never arrived here.',
    ],
    remedy: 'device_reset',
  },
  nothing_to_reset: { safe: NOTHING, remedy: 'set_up' },
  reset_overtaken: {
    safe: 'The newer key works; the one that was just made is not registered.',
    causes: ['The same reset was done in another tab.'],
    remedy: 'sign_in',
  },

  wrong_device: {
    safe: 'The key works on its own device as before.',
    causes: ['You chose the key of another device.', 'A browser profile was copied from another device.'],
  },
  device_unknown: {
    safe: 'Your key is fine and stays where it is.',
    causes: [
      'This is a new browser or profile on the same device.',
      "This browser's storage was cleared.",
      'This is a private window.',
    ],
    remedy: 'add_browser',
  },
  device_disabled: {
    safe: 'Your account and your keys on other devices are as they were.',
    causes: ['It was reported lost.', 'It is to be replaced, or no longer follows the rules.'],
  },
  device_limit_reached: {
    safe: 'The devices that you have go on working.',
    causes: ['Old devices and old browser profiles count too.'],
    remedy: 'devices',
  },
  device_already_registered: {
    safe: NOTHING,
    causes: ['It was registered a moment ago and the answer got lost.', 'Somebody else registered it here.'],
    remedy: 'reload',
  },

  credential_already_registered: {
    safe: 'The key that you have goes on working.',
    causes: [
      'It was registered a moment ago and the answer got lost.',
      'It belongs to another account here.',
    ],
  },
  pin_recovery_off: {
    causes: [
      'Your organisation does not use the PIN reset service, or does not any more.',
      'Its policy has PIN recovery switched off for this device.',
      'This browser had nothing prepared when the PIN was forgotten.',
    ],
  },
  prf_protector_off: {
    causes: [
      'Its policy has biometrics switched off for this device, and other authenticators with them.',
      'It was switched off after this browser had kept something for your passkey.',
    ],
  },
  pin_reset_ticket_refused: {
    safe: SAME_KEYS,
    causes: [
      'It took longer than five minutes.',
      'It was answered already, in another tab perhaps.',
      "The service's clock and the server's are far apart.",
    ],
    remedy: 'reload',
  },
  pin_reset_protector_unusable: {
    safe: SAME_KEYS,
    causes: [
      "The service's keys of that time are gone.",
      'What this browser kept was changed, or belongs to another device.',
    ],
  },
  pin_reset_service_unavailable: {
    safe: SAME_KEYS,
    causes: ['The service is being restarted or maintained.'],
  },
  not_a_hello_key: {
    safe: 'Latchkey kept nothing. The passkey may stand in your password manager, where you can delete it.',
    causes: ['A password manager or a phone answered in place of this device.'],
  },
  roaming_key: {
    safe: 'Latchkey kept nothing. The key may stand on what answered, where you can delete it.',
    causes: ['A security key or a phone answered in place of this device.'],
  },
  synced_passkeys_not_allowed: {
    safe: 'Latchkey kept nothing. The passkey may stand in your password manager, where you can delete it.',
  },
  statement_missing: {
    safe: NOTHING_MADE,
    causes: [
      'Windows is still preparing its statement: the first try at a new place often comes too early.',
      'The security chip of this device cannot make one.',
      'The browser was told to withhold it.',
    ],
  },
  security_device_required: {
    safe: NOTHING_MADE,
    causes: [
      'This device has no TPM 2.0, or it is switched off in the firmware.',
      'Its TPM cannot make a statement that a website can check. Some virtual machines and older chips cannot.',
      'A password manager answered in place of Windows Hello.',
    ],
  },
  attestation_required: {
    safe: NOTHING_MADE,
    causes: [
      'A password manager or a phone made it: most of them prove nothing.',
      "Your organisation doesn't trust the maker's certificate.",
    ],
  },
  key_model_not_allowed: {
    safe: NOTHING_MADE,
    causes: [
      'The model is not one of those that your organisation chose.',
      'It says that it is, and nothing proves it.',
    ],
  },
  key_not_accepted: {
    safe: 'Your account and your other keys are as they were.',
    causes: ['Your organisation changed its rules for keys since this one was made.'],
    remedy: 'new_key',
  },
  attestation_unverifiable: {
    safe: NOTHING_MADE,
    causes: [
      'Windows is still preparing its statement: the first try at a new place often comes too early.',
      'The security chip of this device cannot make one.',
      'The statement was changed on the way.',
    ],
  },
  attestation_unreadable: { safe: 'The inspector keeps nothing.' },
  certificate_unreadable: { safe: 'The anchors are as they were.' },
  anchor_unsuitable: { safe: 'The anchors are as they were.' },
  metadata_refused: {
    safe: 'Keys and their verdicts are as they were.',
    causes: ['It was cut short or changed on the way.', 'It was signed by an authority that is not trusted.'],
  },
  metadata_not_newer: { causes: ['The file is older than what is loaded already, or the same.'] },
  metadata_unreachable: {
    safe: 'Keys and their verdicts are as they were.',
    causes: ['The server cannot reach the internet.', 'The address is not public, or leads elsewhere.'],
  },
  anchor_required: { safe: 'The rules are as they were.' },
  anchor_in_use: { safe: 'The anchors are as they were.' },
  anchor_limit_reached: { safe: 'The anchors are as they were.' },
  registration_refused: {
    safe: 'Your other keys work as before.',
    causes: ['The answer was not for this request.', 'The key was made without a PIN, face or fingerprint.'],
  },
  credential_quarantined: {
    safe: 'Nobody was signed in with it. Your other keys work as before.',
    causes: ['A copy of the key may exist.', 'A backup was restored on the device that holds it.'],
  },
  offer_expired: { safe: NOTHING_MADE, causes: ['It was open for too long.', 'It was used already.'] },

  invalid_filter: { safe: NOTHING },
  invalid_cursor: { safe: NOTHING, causes: ['The address was cut or changed.'] },
  session_unknown: { safe: NOTHING, causes: ['Sessions that ended long ago are forgotten.'] },
  too_many_streams: { safe: NOTHING },
  streams_busy: { safe: NOTHING },

  group_name_refused: { safe: NOTHING },
  group_in_itself: { safe: NOTHING },
  group_in_use: {
    causes: ['Without it, policy would reach other people than those it was decided for.'],
  },
  already_exists: { safe: NOTHING },
  own_account: {
    safe: NOTHING,
    causes: ['What decides about an account takes somebody else, so that one stolen session is not enough.'],
  },
  software_keys_not_allowed: {
    safe: NOTHING_MADE,
    causes: [
      'Your organisation asks for keys that are kept by a security chip (TPM).',
      'This device has an authenticator of its own, and yours is the one to use here.',
    ],
  },
  container_unknown: {
    safe: 'Your account and your other ways to sign in are as they were.',
    causes: [
      'The PIN was changed, and this is an older copy of what this browser keeps.',
      'What this browser keeps was copied from another browser, or its storage was cleared in part.',
      'Another person is signed in here.',
    ],
  },
  container_retired: {
    safe: 'Your account and your other ways to sign in are as they were.',
    causes: ['The device was disabled or reported lost.', 'The key was removed.'],
    remedy: 'new_key',
  },
  account_disabled: { safe: NOTHING },
  pin_phrase_needed: { safe: 'Your key is as it was.', causes: ['Something lies on the keyboard.'] },
  pin_waiting: {
    safe: 'Your key is as it was: after the wait the right PIN opens it.',
    causes: ['Somebody guesses at your PIN on this device.'],
  },
  pin_tries_exhausted: {
    safe: 'Your key is as it was: the right PIN opens it as soon as one try has come back.',
    causes: ['Somebody guesses at your PIN on this device.'],
  },
  last_strong_credential: { safe: 'Your key works as before.', remedy: 'security_info' },
  reason_required: { safe: 'No pass was made.' },
  approval_required: { safe: 'No pass was made.' },
  administrator_password: {
    safe: 'The password is as it was.',
    causes: ['Whoever knows it gets in: one stolen administrator session must not become another account.'],
  },
  approval_not_needed: { safe: 'Nothing was asked for.' },
  no_second_administrator: { safe: 'Nothing was asked for.' },
  request_pending: { safe: 'The request that waits is as it was.' },
  request_over: {},
  invalid_lifetime: { safe: 'No pass was made.' },
  invalid_start: { safe: 'No pass was made.' },
  nothing_to_export: { safe: 'No file was made.' },
  artefact_unreadable: { safe: 'The settings are as they were.' },
  import_incomplete: { safe: 'The settings are as they were.' },
  settings_set_together: { safe: 'The settings are as they were.' },
  policy_changed_meanwhile: { safe: 'The other change stands.', remedy: 'reload' },
  communication_changed_meanwhile: { safe: 'The other change stands.', remedy: 'reload' },
  no_administrator_left: { safe: 'The rules are as they were.' },
  policy_pending: { safe: 'Nothing was made.', remedy: 'reload' },
  administrators_not_confirmed: { safe: 'What is published stands as it did.' },
  source_not_published: { safe: 'The rings are as they were.' },
  ring_opened: { safe: 'The ring is as it was.' },
  ring_out_of_turn: { safe: 'The rings are as they were.' },
  rollout_not_confirmed: { safe: 'Who has the source keeps it, and nobody else gets it.' },
  ring_limit_reached: { safe: 'The rings are as they were.' },
  lockout_not_confirmed: { safe: 'The switch stands as it did.', remedy: 'reload' },
  settings_disagree: { safe: 'The settings are as they were.' },
  picture_refused: { safe: 'The logo is as it was.' },
  reminder_link_broken: { safe: 'Reminders are as they were.' },
  present_missing: { safe: NOTHING },
  beginning_missing: { safe: NOTHING },
  attack_not_shown: {
    safe: 'Nobody of yours was touched: attacks try it on somebody invented.',
    causes: ['Your policy refuses what the attack starts with.', 'Many attacks were run in a short time.'],
  },
  join_code_refused: {
    safe: NOTHING,
    causes: ['It ran out, or a newer one took its place.', 'Enough devices follow this presentation.'],
  },
  clock_moved: { safe: NOTHING },
  invalid_value: { safe: 'The setting is as it was.' },
};

/** What a problem means for the person it happened to. */
export function diagnoseProblem(code: ProblemCode): Diagnosis {
  const { title, detail } = problem(code);
  const { safe = null, causes = [], remedy = null } = problems[code];
  return { title, detail, safe, causes, remedy };
}

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}

/** What `navigator.credentials` can be asked for. */
export const ceremonies = ['creating', 'asking', 'unlock'] as const;
export type Ceremony = (typeof ceremonies)[number];

/** How long a device took to answer: sooner than anybody reads a dialog, in time, or so long that somebody gave up. */
export const answerTimes = ['instant', 'short', 'long'] as const;
export type AnswerTime = (typeof answerTimes)[number];
const INSTANT_MS = 1000;
const LONG_MS = 60_000;

export function answerTime(tookMs: number): AnswerTime {
  return tookMs < INSTANT_MS ? 'instant' : tookMs < LONG_MS ? 'short' : 'long';
}

export interface CeremonyContext {
  readonly ceremony: Ceremony;
  readonly windows: boolean;
  readonly took: AnswerTime;
  /** This browser was registered as a device: a key should be here. */
  readonly keyExpected: boolean;
}

/** A cause with the circumstances that it needs; without any it is always possible. */
interface Cause {
  readonly text: string;
  readonly ceremony?: readonly Ceremony[];
  readonly windows?: boolean;
  readonly took?: readonly AnswerTime[];
  readonly keyExpected?: boolean;
}

interface BrowserRow {
  readonly title: string;
  readonly detail: string | Readonly<Record<AnswerTime, string>>;
  readonly safe: string;
  /** In the order of likelihood among those that are possible. */
  readonly causes: readonly Cause[];
  readonly remedy?: Remedy;
  /** A device that should hold a key answers this way, too, once it was reset: nobody can see that, so it is asked. */
  readonly perhapsReset?: true;
  /** Why no test reaches it in a real browser. */
  readonly documentedOnly?: string;
}

const ASKED: readonly Ceremony[] = ['asking', 'unlock'];
const UNSEEN = 'Chromium has not been seen to answer with it.';

/**
 * What a browser can throw (WebAuthn L3 5.1.3, 5.1.4), and what is like it. `NotAllowedError` alone stands for a closed
 * dialog, a time-out, a missing key, a rule and a lost focus alike (w3c/webauthn#2062): how long it took and what this
 * device should hold tell some of them apart.
 */
const browserRows = {
  NotAllowedError: {
    title: "Your device didn't answer. Nothing was changed.",
    detail: {
      instant: 'Bring this window to the front and try again.',
      short: 'Try again. If the system’s dialog is open behind this window, bring it to the front.',
      long: 'Try again, and answer within a minute.',
    },
    safe: SAME_KEYS,
    causes: [
      {
        text: 'This window was not in front, so the system opened no dialog.',
        took: ['instant'],
      },
      { text: 'It waited too long for an answer.', took: ['long'] },
      { text: 'The system dialog was closed.', took: ['short'] },
      {
        text: 'Windows Hello or this device was reset, and the key that was here is gone.',
        ceremony: ASKED,
        keyExpected: true,
      },
      { text: 'This device has no key for Latchkey yet.', ceremony: ASKED, keyExpected: false },
      { text: 'Your PIN, face or finger was not recognised.', took: ['instant', 'short'] },
      { text: 'The dialog opened behind this window.', took: ['short', 'long'] },
      {
        text: 'This device holds a key for your account already; Windows may say it this way.',
        ceremony: ['creating'],
      },
      {
        text: 'Windows was still preparing the statement about its hardware: the first try at a new place can come too early.',
        ceremony: ['creating'],
        windows: true,
      },
      {
        text: 'This is a remote desktop or a virtual machine, where Windows Hello is not passed on.',
        windows: true,
        took: ['instant', 'short'],
      },
      { text: 'The dialog was closed at once.', took: ['instant'] },
      { text: 'A rule of this browser or device forbids it.' },
    ],
    perhapsReset: true,
  },
  InvalidStateError: {
    title: 'This device is already set up.',
    detail: 'It holds a key for your account. Sign in with it.',
    safe: 'That key was left as it is.',
    causes: [{ text: 'You set it up before, perhaps in another browser.' }],
    remedy: 'sign_in',
  },
  SecurityError: {
    title: "This address can't use your keys.",
    detail: 'Open Latchkey at its own address, with https or on localhost.',
    safe: SAME_KEYS,
    causes: [
      { text: 'Latchkey was opened by another name than the one that keys belong to.' },
      { text: 'The connection is not encrypted.' },
    ],
  },
  NotSupportedError: {
    title: "This device can't make the kind of key that is needed.",
    detail: 'Use another browser on this device, or another device.',
    safe: SAME_KEYS,
    causes: [
      { text: 'Its authenticator knows none of the algorithms that are accepted.' },
      { text: 'No PIN, face or fingerprint is set up on it.' },
    ],
  },
  ConstraintError: {
    title: "This device can't check that it is you.",
    detail: 'Set up a PIN, face or fingerprint in the system settings, then try again.',
    safe: SAME_KEYS,
    causes: [
      { text: 'No PIN, face or fingerprint is set up on it.' },
      { text: 'The security key has no PIN yet, or no room for another key.' },
    ],
    remedy: 'windows_settings',
    documentedOnly: UNSEEN,
  },
  OperationError: {
    title: 'Another request is still open.',
    detail: 'Finish or close the other system dialog, then try again.',
    safe: SAME_KEYS,
    causes: [{ text: 'A dialog of this browser waits in another tab or window.' }],
    documentedOnly: 'A page ends its own request before it starts another.',
  },
  AbortError: {
    title: 'That was stopped before your device answered.',
    detail: 'Start again.',
    safe: SAME_KEYS,
    causes: [{ text: 'Something else on this page was started.' }, { text: 'The page was left.' }],
    documentedOnly: 'The page that stops a request shows what was started in its place.',
  },
  NotReadableError: {
    title: 'Your browser could not talk to the system. Nothing was changed.',
    detail: 'Close other system dialogs and try again.',
    safe: SAME_KEYS,
    causes: [
      { text: 'The system’s key service was busy or restarting.' },
      { text: 'A password manager that takes part has stopped.' },
    ],
    documentedOnly: 'It takes a system service that fails.',
  },
  UnknownError: {
    title: 'Your device had a problem. Nothing was changed.',
    detail: 'Try again in a few seconds.',
    safe: SAME_KEYS,
    causes: [
      { text: 'The security chip was busy, or locked for a while after wrong PINs.' },
      { text: 'The security chip was cleared, or a backup of the system was restored.', windows: true },
      {
        text: 'Windows Hello needs attention: see Settings, Accounts, Sign-in options.',
        windows: true,
      },
    ],
    remedy: 'windows_settings',
    perhapsReset: true,
    documentedOnly: 'It takes an authenticator that fails.',
  },
  unsupported: {
    title: "This browser can't use passkeys.",
    detail: 'Use a current version of Edge, Chrome, Firefox or Safari.',
    safe: SAME_ACCOUNT,
    causes: [
      { text: 'The browser is too old, or built into another app.' },
      { text: 'The page was opened without https.' },
    ],
  },
  offline: {
    title: "We can't reach Latchkey.",
    detail: 'Check your connection and try again.',
    safe: 'What was confirmed to you is kept. If an answer got lost, load the page again to see where you are.',
    causes: [
      { text: 'This device is offline, or the network asks for a sign-in of its own.' },
      { text: 'The server is being restarted.' },
    ],
  },
  pin_cancelled: {
    title: "You didn't enter your PIN. Nothing was changed.",
    detail: 'Start again when you are ready.',
    safe: SAME_KEYS,
    causes: [{ text: 'The dialog was closed.' }, { text: 'Something else on this page asked for a PIN.' }],
  },
  storage_unavailable: {
    title: "This browser can't keep anything here.",
    detail: 'Leave the private window, or allow this site to store data. Then try again.',
    safe: SAME_KEYS,
    causes: [
      { text: 'This is a private window.' },
      { text: 'The browser is told to keep no data of sites.' },
      { text: 'Its storage is damaged.' },
    ],
  },
  storage_full: {
    title: 'This browser has no room left to keep your key.',
    detail: 'Free some space on this device, then try again.',
    safe: SAME_KEYS,
    causes: [{ text: 'The disk is full.' }, { text: 'The browser limits what a site may keep.' }],
  },
  container_missing: {
    title: 'This browser no longer keeps your key.',
    detail: 'Sign in another way, then set up this device anew.',
    safe: SAME_ACCOUNT,
    causes: [
      { text: 'The data of this site was cleared.' },
      { text: 'Another tab has put a new key in its place.' },
    ],
    remedy: 'new_key',
  },
  container_damaged: {
    title: 'What this browser keeps of your key is damaged.',
    detail: 'Sign in another way, then set up this device anew.',
    safe: SAME_ACCOUNT,
    causes: [
      { text: 'The data of this site was cleared in part.' },
      { text: 'Something changed what this browser keeps, or a copy was put in its place.' },
    ],
    remedy: 'new_key',
  },
  container_newer: {
    title: 'Your key was kept by a newer Latchkey than this one.',
    detail: 'Reload the page. If that changes nothing, ask your administrator.',
    safe: 'It was left as it is.',
    causes: [
      { text: 'This tab is older than the server.' },
      { text: 'The server was set back to an older version.' },
    ],
    remedy: 'reload',
  },
  container_not_asked: {
    title: 'The key that this browser keeps is not accepted at the moment.',
    detail: 'Use another key, or ask your administrator why it is set aside.',
    safe: 'It was left as it is, with its PIN.',
    causes: [
      { text: 'It gave an answer that was not expected, perhaps after a backup was restored here.' },
      { text: 'Your organisation changed its rules for keys since this one was made.' },
    ],
  },
  server_untrusted: {
    title: 'The server could not show that it is the one that knows your PIN.',
    detail: 'Enter your PIN nowhere now, and tell your administrator.',
    safe: 'Your key stayed closed, and nothing that was sent tells your PIN.',
    causes: [
      { text: 'Something between this browser and the server answers in its place.' },
      { text: "The server's data was put back from elsewhere." },
    ],
  },
  prf_missing: {
    title: "That passkey can't open the key that this browser keeps.",
    detail: 'Use another one, or add it to your account once more in this browser.',
    safe: SAME_KEYS,
    causes: [
      { text: 'It was made before this browser asked for that, or in another browser.' },
      { text: 'The security key, phone or password manager does not offer it (PRF).' },
      { text: 'It was made anew since, or removed from your account.' },
    ],
  },
  other: {
    title: "That didn't work. Nothing was changed.",
    detail: 'Try again, or use another way.',
    safe: SAME_KEYS,
    causes: [
      { text: 'Your browser gave a reason that we do not know yet.' },
      { text: 'An extension of your browser stepped in.' },
    ],
  },
} as const satisfies Readonly<Record<string, BrowserRow>>;

export type BrowserError = keyof typeof browserRows;
export const browserErrors = Object.keys(browserRows) as BrowserError[];

/** The row for a name that a browser threw. */
export function browserError(name: string): BrowserError {
  return browserErrors.find((known) => known === name) ?? 'other';
}

/** Why no test reaches a browser's error, or null where one does. */
export function documentedOnly(error: BrowserError): string | null {
  const row: BrowserRow = browserRows[error];
  return row.documentedOnly ?? null;
}

function isPossible(cause: Cause, { ceremony, windows, took, keyExpected }: CeremonyContext): boolean {
  return (
    (cause.ceremony?.includes(ceremony) ?? true) &&
    (cause.windows ?? windows) === windows &&
    (cause.took?.includes(took) ?? true) &&
    (cause.keyExpected ?? keyExpected) === keyExpected
  );
}

/** What a browser's error means here: only the causes that these circumstances allow. */
export function diagnoseBrowser(error: BrowserError, context: CeremonyContext): Diagnosis {
  const row: BrowserRow = browserRows[error];
  const detail = typeof row.detail === 'string' ? row.detail : row.detail[context.took];
  const safe =
    context.ceremony === 'unlock' ? 'The session stays locked, and what is open in it is kept.' : row.safe;
  const perhapsReset = row.perhapsReset === true && context.keyExpected && ASKED.includes(context.ceremony);
  const onlyOnWindows = row.remedy === 'windows_settings' && !context.windows;
  return {
    title: row.title,
    detail,
    safe,
    causes: row.causes.filter((cause) => isPossible(cause, context)).map(({ text }) => text),
    remedy: perhapsReset
      ? context.windows
        ? 'windows_reset'
        : 'device_reset'
      : onlyOnWindows
        ? null
        : (row.remedy ?? null),
  };
}

/** Everything that may cause a browser's error anywhere, for reference. */
export function everyCauseOf(error: BrowserError): readonly string[] {
  const row: BrowserRow = browserRows[error];
  return row.causes.map(({ text }) => text);
}
