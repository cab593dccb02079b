/**
 * Every outcome that is not success, in one table: HTTP status, the sentence a person reads, and what to do next.
 * The code is a fact and part of the HTTP contract (`application/problem+json`, RFC 9457). The true cause goes to the
 * event log, never into an answer.
 */
const table = {
  bad_request: [400, "That request couldn't be read.", 'Reload the page and try again.'],
  payload_too_large: [413, 'That is more than this page accepts.', 'Send less and try again.'],
  unsupported_media_type: [415, 'This address takes JSON.', 'Send application/json.'],
  cross_origin: [
    403,
    'That request came from another site and was refused.',
    'Open Latchkey itself and try again.',
  ],
  not_found: [404, "There's nothing here.", 'Check the address, or go back to the start.'],
  not_permitted: [403, "Your role doesn't allow that.", 'Ask an administrator who may do it.'],
  too_many_attempts: [429, 'Too many attempts.', 'Wait a moment, or sign in another way.'],
  store_unavailable: [
    503,
    'Latchkey cannot reach its store right now.',
    'Wait a moment, reload the page to see where you are, and go on from there.',
  ],
  internal_error: [
    500,
    'Something broke on our side.',
    'Reload the page to see where you are, and go on from there.',
  ],

  sign_in_required: [401, 'You need to sign in first.', 'Sign in and try again.'],
  session_locked: [423, 'This session is locked.', 'Unlock it to go on.'],
  registration_only: [
    403,
    'A Temporary Access Pass only sets up this device and its key.',
    'Finish setting up, then sign in with your new key.',
  ],
  proof_required: [
    403,
    'We need to confirm that it is you.',
    'Confirm with a key, a Temporary Access Pass, your phone, or your password and a code.',
  ],
  device_required: [403, "This browser isn't registered as a device yet.", 'Register this device first.'],
  provisioning_disabled: [
    403,
    'Your organisation has Windows Hello for Business switched off.',
    'Ask your administrator.',
  ],

  sign_in_failed: [
    401,
    "That didn't work. Nothing was changed.",
    'Check what you entered, or try another way to sign in.',
  ],
  domain_not_federated: [
    422,
    "Names like that don't sign in at an organisation of their own.",
    'Check the name, or use another way to sign in.',
  ],
  federated_mfa_required: [
    401,
    "A sign-in over there without a second factor doesn't get you in. Nothing was changed.",
    'Use Windows Hello or another key, a Temporary Access Pass, or a second factor over there.',
  ],
  federation_unavailable: [
    503,
    "Your organisation's own sign-in can't be reached right now. Nothing was changed.",
    'Try again in a moment, or use another way to sign in.',
  ],
  code_refused: [
    401,
    "That code didn't work. Nothing was changed.",
    'Wait for the next code in your authenticator app and enter that one.',
  ],
  phone_code_refused: [
    401,
    "That code didn't work. Nothing was added.",
    'Show a new one in Security info and use it within five minutes.',
  ],
  phone_limit_reached: [
    409,
    'You have as many phones as there can be.',
    'Remove one that you no longer use, then add this one.',
  ],
  passkeys_not_enabled: [
    403,
    'Passkeys and security keys are not switched on for you here.',
    'Use Windows Hello or another of your ways, or ask your administrator.',
  ],
  phones_not_enabled: [
    403,
    'Approving on a phone is not switched on for you here.',
    'Use another of your ways, or ask your administrator.',
  ],
  authenticator_apps_not_enabled: [
    403,
    'Codes of an authenticator app are not switched on for you here.',
    'Use another of your ways, or ask your administrator.',
  ],
  strength_required: [
    403,
    'Your organisation asks for a stronger proof here than this session has.',
    'Confirm with one of your methods that is strong enough; the page says which.',
  ],
  no_phone: [409, 'You have no phone that approves.', 'Add one in Security info, or use another way.'],
  approval_waiting: [
    409,
    'Your phone is being asked already, from another browser.',
    'Answer there, or wait a minute. If that was not you, choose “It wasn’t me” on the phone.',
  ],
  approval_resting: [
    409,
    'Your phone is not asked for now.',
    'Somebody said there that a sign-in was not theirs. Use another way, or call your administrator.',
  ],
  phone_verification_required: [
    403,
    'This phone has to make sure that it is you.',
    'Set up its face, finger or screen lock in Authenticator, or use another phone. Nothing was approved.',
  ],
  approval_over: [409, 'This request is over.', 'Look at the other screen, and ask again there.'],
  password_refused: [
    401,
    "Your current password wasn't accepted. Nothing was changed.",
    'Check what you entered and try again.',
  ],
  password_not_allowed: [422, "That new password can't be used.", 'Choose another one.'],
  password_hidden: [
    403,
    'Your organisation works without passwords here. Nothing was changed.',
    'Use your key. An administrator can help if you need the password.',
  ],
  password_missing: [409, 'This account has no password.', 'Set a new random password first.'],
  authenticator_app_limit_reached: [
    409,
    'You have as many authenticator apps as are possible.',
    'Remove one that you no longer use.',
  ],

  challenge_expired: [400, 'This page waited too long.', 'Try again. Nothing was changed.'],
  challenge_invalid: [400, "This request doesn't belong to this page.", 'Reload the page and try again.'],
  challenge_consumed: [409, 'This request was already used.', 'Reload the page to see where you are.'],

  wrong_device: [
    403,
    'This key belongs to another device.',
    'Use the key of this device, or another way to sign in.',
  ],
  device_unknown: [
    403,
    "This browser isn't known on the key's device yet.",
    'Add this browser to the device, or sign in another way.',
  ],
  device_disabled: [403, 'Your organisation has disabled this device.', 'Ask your administrator.'],
  device_limit_reached: [
    409,
    'You have as many devices as your organisation allows.',
    'Remove one you no longer use.',
  ],
  device_already_registered: [
    409,
    'This browser is already registered as a device.',
    'Reload the page to go on.',
  ],

  credential_already_registered: [
    409,
    'This key is already registered.',
    'Sign in with it, or choose another.',
  ],
  credential_unknown: [
    401,
    "That key isn't known here. Nothing was changed.",
    'Use another key, or make a new one in place of it.',
  ],
  nothing_to_reset: [
    409,
    "There's no key on this device that could be replaced.",
    'Set up this device instead.',
  ],
  reset_overtaken: [
    409,
    'A newer key was made on this device meanwhile.',
    'Sign in with it. If that fails, start again here.',
  ],
  pin_recovery_off: [
    409,
    'The key on this device cannot be kept through a PIN reset. Nothing was changed.',
    'Reset the PIN with a new key instead. Your administrator decides about the other way.',
  ],
  prf_protector_off: [
    409,
    'Your organisation lets no passkey open the key that a browser keeps. Nothing was changed.',
    'Use your PIN, or reset it another way. Your administrator decides about this one.',
  ],
  pin_reset_ticket_refused: [
    403,
    'The PIN reset service did not accept that request. Your key is as it was.',
    'Start the reset again, and confirm that it is you.',
  ],
  pin_reset_protector_unusable: [
    422,
    'The PIN reset service cannot open what this browser kept for it. Nothing was changed.',
    'Reset the PIN with a new key instead.',
  ],
  pin_reset_service_unavailable: [
    503,
    'The PIN reset service cannot be reached right now. Nothing was changed, and your key is as it was.',
    'Try again in a moment.',
  ],
  not_a_hello_key: [
    422,
    'Your browser made a synced passkey, not a key on this device.',
    "Choose “Windows Hello or external security key” or “This device” in the system's dialog.",
  ],
  roaming_key: [
    422,
    'That key is not of this device: it is a security key or another device.',
    "Choose “Windows Hello” or “This device” in the system's dialog, and add the other one as a passkey later.",
  ],
  synced_passkeys_not_allowed: [
    403,
    "Your organisation doesn't allow synced passkeys.",
    'Use a key on this device or a security key.',
  ],
  statement_missing: [
    422,
    "Your device hasn't said yet what keeps this key, and your organisation asks for it. Nothing was registered.",
    'Try again in a few seconds: Windows prepares its statement in the background, and the first try often comes too early.',
  ],
  security_device_required: [
    403,
    'This device cannot prove that a security chip (TPM) keeps this key, and your organisation asks for one.',
    'Use a device with a TPM, or ask your administrator. Trying again on this device is unlikely to help.',
  ],
  attestation_required: [
    403,
    'This key cannot prove what keeps it in a way that your organisation trusts.',
    'Use another security key or device, or ask your administrator which ones are accepted.',
  ],
  key_model_not_allowed: [
    403,
    "Your organisation doesn't accept keys of this model, or this one cannot prove its model.",
    'Use another one, or ask your administrator which ones are accepted.',
  ],
  key_not_accepted: [
    403,
    'Your organisation no longer accepts this key.',
    'Sign in another way and make a new key. Your administrator can say which ones are accepted.',
  ],
  attestation_unverifiable: [
    422,
    "Your device's statement about this key couldn't be read.",
    'Try again without it.',
  ],
  registration_refused: [422, "This key couldn't be registered. Nothing was changed.", 'Try again.'],
  credential_quarantined: [
    403,
    'This key gave an answer that we did not expect, so it is set aside.',
    'Sign in another way and make a new key. Your administrator can see why.',
  ],
  software_keys_not_allowed: [
    403,
    "Your organisation doesn't let this browser keep a key itself.",
    'Set up Windows Hello or the like on this device, or ask your administrator.',
  ],
  container_unknown: [
    403,
    "This PIN can't be checked here. Nothing was changed.",
    'Sign in another way. If that goes on, set up this device anew.',
  ],
  container_retired: [
    410,
    'The key that this browser kept was destroyed. Its PIN opens nothing any more.',
    'Sign in another way, then set up this device anew.',
  ],
  account_disabled: [403, 'Your organisation has disabled this account.', 'Ask your administrator.'],
  pin_phrase_needed: [403, 'That PIN was wrong several times.', 'Type A1B2C3 and try again.'],
  pin_waiting: [
    429,
    'That PIN was wrong too often.',
    'Wait until it can be entered again, or sign in another way.',
  ],
  pin_tries_exhausted: [
    429,
    'That PIN was wrong so often that it is not checked any more for now.',
    'One try comes back every ten minutes. Sign in another way, or ask your administrator.',
  ],
  last_strong_credential: [
    409,
    'This is the last key that gets this account in. Nothing was changed.',
    'Add another key first. If this one is lost, report it lost: then it stops at once.',
  ],
  attestation_unreadable: [
    422,
    'That is not a registration response that can be read.',
    'Paste all of what navigator.credentials.create() answered, as JSON.',
  ],
  certificate_unreadable: [
    422,
    "That certificate couldn't be read.",
    'Paste one certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE.',
  ],
  anchor_unsuitable: [
    422,
    'That certificate is no authority.',
    'Choose the certificate of the authority that issued the attestation certificates.',
  ],
  anchor_required: [
    409,
    'Nobody could meet that rule: no attestation anchor in force could prove it. Nothing was changed.',
    'Pin an anchor for one of the formats that are named under Attestation first, or do not enforce the rule.',
  ],
  anchor_in_use: [
    409,
    'A rule for keys is enforced that only this anchor can prove. Nothing was changed.',
    'Pin another one first, or stop enforcing the rule under Rules for keys.',
  ],
  anchor_limit_reached: [
    409,
    'There are as many anchors as are possible.',
    'Remove one that is no longer needed.',
  ],
  metadata_refused: [
    422,
    'That metadata is not accepted. What was loaded before stays in force.',
    'Take the BLOB as the FIDO Alliance publishes it. The reason stands in the event log.',
  ],
  metadata_not_newer: [
    409,
    'That metadata is not newer than what is loaded. Nothing was changed.',
    'Load one with a higher number. To begin again with an older one, forget what is loaded first.',
  ],
  metadata_unreachable: [
    422,
    "That metadata couldn't be fetched. What was loaded before stays in force.",
    'Check the address, or download the file and load that.',
  ],
  offer_expired: [410, 'That offer has run out.', 'Start again.'],

  invalid_filter: [400, "That filter couldn't be read.", 'Correct the part that is named, or clear it.'],
  invalid_cursor: [400, "That place in the list couldn't be read.", 'Start from the newest again.'],
  session_unknown: [
    422,
    'That session is no longer known.',
    'Name its person too, so that their events are searched.',
  ],
  too_many_streams: [
    429,
    'You have as many of these open as one person may.',
    'Close one in another tab, or wait until one has ended.',
  ],
  streams_busy: [
    503,
    'Everybody together has as many of these open as can be served.',
    'Try again in a moment.',
  ],

  group_name_refused: [
    422,
    'A group cannot be called or described like that.',
    'A name takes up to 256 characters without commas, a description up to 1024.',
  ],
  group_in_itself: [422, 'A group cannot be a member of itself.', 'Choose another group.'],
  group_in_use: [409, 'Policy names this group. Nothing was changed.', 'Take it out of policy there first.'],
  already_exists: [409, 'That already exists.', 'Choose another name.'],
  own_account: [403, "You can't do that to your own account.", 'Ask another administrator.'],
  invalid_lifetime: [
    422,
    'Policy does not allow that lifetime.',
    'Choose one between the shortest and the longest that it allows.',
  ],
  reason_required: [
    422,
    'This person has a key that works.',
    'Say why they need a pass all the same. The reason is kept in the event log.',
  ],
  approval_required: [
    409,
    'This person is an administrator: a second administrator must approve a pass for them.',
    'Ask for it, or use the command line on the server: npm run admin -- tap issue.',
  ],
  administrator_password: [
    409,
    'This person is an administrator: no other administrator sets a password for them.',
    'Ask for a pass for them, or use the command line on the server: npm run admin -- user password.',
  ],
  approval_not_needed: [
    409,
    'This person is no administrator: nobody else needs to approve.',
    'Issue the pass yourself.',
  ],
  no_second_administrator: [
    409,
    'There is no other administrator here who could approve.',
    'Use the command line on the server: npm run admin -- tap issue.',
  ],
  request_pending: [
    409,
    'A pass for this person is waiting for approval already.',
    'Wait until it is decided or has run out.',
  ],
  request_over: [
    409,
    'This request is no longer open. Nothing was changed.',
    'It was decided, collected or ran out meanwhile: look at the list.',
  ],
  invalid_start: [422, 'A pass starts now or within the next 30 days.', 'Choose another start.'],
  settings_disagree: [409, 'That would contradict another setting.', 'Change the other one first.'],
  nothing_to_export: [
    409,
    'Nothing that is set has a place in that format.',
    'Set a value first, or choose another format. Defaults are not exported.',
  ],
  artefact_unreadable: [
    422,
    "That file couldn't be read, so nothing of it was taken.",
    'Choose a registry file (.reg), a Registry.pol or an Intune custom profile in JSON.',
  ],
  import_incomplete: [
    409,
    'That file has values which these settings cannot take. Nothing was changed.',
    'Look at what was refused, then correct the file or leave those out.',
  ],
  settings_set_together: [
    409,
    'That setting is changed together with others, after a dry run.',
    'Use its own page in administration, or npm run admin -- passwordless, key-rules or methods on the server.',
  ],
  policy_changed_meanwhile: [
    409,
    'Somebody changed the policy while this page was open. Nothing was changed.',
    'Look at what applies now, then decide again.',
  ],
  communication_changed_meanwhile: [
    409,
    'Somebody changed this while you had it open. Nothing of yours was saved yet.',
    'Look at what the other one changed, then take that or put yours on top.',
  ],
  lockout_not_confirmed: [
    409,
    'That would take a way in, or what protects it, from people who have not been confirmed. Nothing was changed.',
    'Look at who they are, then confirm their number.',
  ],
  no_administrator_left: [
    409,
    'No Global Administrator could sign in any more. Nothing was changed.',
    'Let one of them set up a key that meets the rules first.',
  ],
  policy_pending: [
    409,
    'Policy that this device must have has not arrived yet.',
    'Wait on the page that shows it arrive, or ask your administrator.',
  ],
  administrators_not_confirmed: [
    409,
    'No Global Administrator could set up a key any more. Nothing was changed.',
    'Let one of them keep Windows Hello, or confirm that this is meant.',
  ],
  source_not_published: [
    409,
    'Nothing of this source is published yet. Nothing was changed.',
    'Publish it first: while its rings wait, nobody gets it.',
  ],
  ring_opened: [
    409,
    'This ring has been opened, and devices have what it gave them. Nothing was changed.',
    'Pause it, so that no other device gets it, or add groups. To take it from everybody, switch the source off.',
  ],
  ring_out_of_turn: [
    409,
    'A ring before this one has not been opened yet. Nothing was changed.',
    'Open that one first, or confirm that this one goes before it.',
  ],
  rollout_not_confirmed: [
    409,
    'This would change at once which devices get the source. Nothing was changed.',
    'Look at who loses or gets it, then confirm.',
  ],
  ring_limit_reached: [
    409,
    'A roll-out has at most 20 rings. Nothing was changed.',
    'Put groups together in one ring.',
  ],
  picture_refused: [
    422,
    "That picture can't be used. Nothing was changed.",
    'Choose a PNG or a JPEG of at most 48 KiB and 2000 pixels a side.',
  ],
  reminder_link_broken: [
    422,
    'This link is not whole. Nothing was changed.',
    'Open the link in the message again, or copy all of it.',
  ],
  present_missing: [
    409,
    'There is no present to return to that you are part of.',
    'Ask an administrator whose account and device were there before the clock was moved.',
  ],
  beginning_missing: [
    409,
    'There is no beginning to go back to that you are part of.',
    'Keep the beginning again, then set up the chapter.',
  ],
  attack_not_shown: [
    409,
    'This was stopped before the attack began.',
    'Set this chapter up, then run the attack again.',
  ],
  join_code_refused: [
    401,
    "That code didn't work. Nothing is shown here.",
    'Ask whoever presents for a new code and use it within ten minutes.',
  ],
  clock_moved: [
    409,
    'The clock of this demo organisation is moved ahead.',
    'Return it to the present first: what is kept now would come from a time that has not come.',
  ],
  invalid_value: [422, "That value isn't allowed.", 'Choose one of the allowed values.'],
} as const satisfies Record<string, readonly [status: number, sentence: string, next: string]>;

export type ProblemCode = keyof typeof table;
export const problemCodes = Object.keys(table) as ProblemCode[];

export interface Problem {
  readonly code: ProblemCode;
  readonly status: number;
  /** What happened, for the person. */
  readonly title: string;
  /** What to do next. */
  readonly detail: string;
  /** Whole seconds until another attempt makes sense. */
  readonly retryAfterSeconds?: number;
  /** Finds the event that tells the true cause; missing where none was written. */
  readonly support?: string;
  /** Facts the page needs to lead on, such as the name of the key's device. Never a secret, never the cause. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}

/** The problem with this code, as the table words it. */
export function problem(code: ProblemCode, more: Pick<Problem, 'retryAfterSeconds' | 'facts'> = {}): Problem {
  const [status, title, detail] = table[code];
  return { code, status, title, detail, ...more };
}
