/**
 * Every decision that is logged, in one table: the Windows event ID where Windows has one, and the sentence that an
 * administrator reads, and the one for the person it happened to (null: not theirs to read). 1xx to 3xx are those of the
 * User Device Registration log.
 */
const table = {
  user_created: [null, 'Account created', 'Your account was created'],
  password_set: [null, 'Password set by an administrator', 'An administrator set a new password'],
  password_change_required: [
    null,
    'New password asked for at the next sign-in',
    'Your organisation asked for a new password',
  ],
  password_changed: [null, 'Password changed', 'You changed your password'],
  password_accepted: [
    null,
    'Password accepted, and more was asked for',
    'Your password was entered, and more was asked for',
  ],
  totp_registered: [null, 'Authenticator app registered', 'Authenticator app added'],
  totp_registration_failed: [null, 'Authenticator app registration failed', 'Adding an authenticator app'],
  totp_used: [null, 'Code of an authenticator app', 'Code from your authenticator app'],
  totp_renamed: [null, 'Authenticator app renamed', 'Authenticator app renamed'],
  totp_removed: [null, 'Authenticator app removed', 'Authenticator app removed'],
  password_sign_in: [null, 'Sign-in with a password', 'Sign-in'],
  federated_sign_in: [null, 'Sign-in at the provider of a federated domain', 'Sign-in'],
  pass_issued: [null, 'Temporary Access Pass issued', 'You got a Temporary Access Pass'],
  pass_requested: [
    null,
    'Temporary Access Pass asked for, to be approved',
    'An administrator asked for a Temporary Access Pass for you',
  ],
  pass_approved: [null, 'Temporary Access Pass approved', 'A second administrator approved your pass'],
  pass_declined: [null, 'Temporary Access Pass declined', 'A second administrator declined a pass for you'],
  pass_deleted: [null, 'Temporary Access Pass deleted', 'Your Temporary Access Pass was deleted'],
  pass_redeemed: [null, 'Temporary Access Pass used', 'Temporary Access Pass used'],
  device_registered: [105, 'Device registered', 'Device registered'],
  device_registration_failed: [304, 'Device registration failed', 'Device registration'],
  device_profile_added: [null, 'Browser added to a device', 'Browser added to a device'],
  device_renamed: [null, 'Device renamed', 'Device renamed'],
  device_disabled: [null, 'Device disabled', 'Your organisation disabled a device'],
  device_enabled: [null, 'Device enabled', 'Your organisation enabled a device'],
  device_reported_lost: [null, 'Device reported lost', 'Device reported lost'],
  device_deleted: [null, 'Device deleted', 'Device removed'],
  certificate_authority_created: [null, 'Device certificate authority created', null],
  device_certificate_issued: [null, 'Device certificate issued', null],
  device_certificate_renewed: [null, 'Device certificate renewed', null],
  device_certificate_revoked: [null, 'Device certificate revoked', null],
  device_certificate_released: [null, 'Device certificate taken off hold', null],
  provisioning_will_launch: [358, 'Windows Hello for Business provisioning will be launched', null],
  provisioning_will_not_launch: [360, 'Windows Hello for Business provisioning will not be launched', null],
  key_registered: [300, 'NGC key registered', 'Key created on this device'],
  key_registration_failed: [301, 'NGC key registration failed', 'Creating a key'],
  pin_reset: [null, 'PIN reset: a new key, or a new PIN for the same one', 'PIN reset'],
  reset_protector_stored: [
    null,
    'PIN reset protector stored by a browser',
    'This device can keep its key through a PIN reset',
  ],
  reset_protector_forgotten: [
    null,
    'PIN reset protector given up by a browser',
    'This device no longer keeps its key through a PIN reset',
  ],
  prf_protector_stored: [
    null,
    'Passkey may open the software key of a browser (PRF)',
    'A passkey may open the key that your browser keeps',
  ],
  prf_protector_forgotten: [
    null,
    'Passkey no longer opens the software key of a browser (PRF)',
    'A passkey no longer opens the key that your browser keeps',
  ],
  pin_recovery_allowed: [
    null,
    'PIN reset that keeps the key: ticket for the PIN reset service',
    'You asked to reset your PIN and keep your key',
  ],
  pin_recovery_answered: [
    null,
    'PIN reset that keeps the key: answer of the PIN reset service',
    'The PIN reset service answered this device',
  ],
  container_created: [null, 'Software key made in a browser', 'A key that your browser keeps was made'],
  container_retired: [
    null,
    'Software key destroyed: its PIN opens nothing any more',
    'A key that a browser kept was destroyed',
  ],
  pin_try_refused: [null, 'Try at the PIN of a software key refused', 'Entering a PIN'],
  pin_ladder_phrase: [
    null,
    'PIN tried for the third time in a row: another try takes the phrase',
    'A PIN was entered for the third time in a row',
  ],
  pin_ladder_wait: [
    null,
    'PIN tried once more with the phrase: unless it was right, nothing is answered for a while',
    'A PIN was entered too often, and a wait began',
  ],
  pin_tries_exhausted: [
    null,
    'PIN tried 32 times: no try is answered until one is forgotten',
    'A PIN was entered so often that no more is answered for now',
  ],
  pin_tries_cleared: [
    null,
    'Tries at a PIN cleared by an administrator',
    'An administrator ended the wait after too many tries at a PIN',
  ],
  pin_changed: [null, 'PIN of a software key changed', 'PIN changed'],
  pin_change_required: [null, 'New PIN asked for at the next use', 'Your organisation asked for a new PIN'],
  passkey_registered: [null, 'Passkey registered', 'Passkey added'],
  passkey_registration_failed: [null, 'Passkey registration failed', 'Adding a passkey'],
  key_rules_changed: [null, 'Rules for keys changed', null],
  key_rules_noted: [null, 'Key accepted that does not meet the rules', null],
  key_rules_exported: [null, 'Dry run of rules for keys exported', null],
  attestation_anchor_added: [null, 'Attestation anchor added', null],
  attestation_anchor_removed: [null, 'Attestation anchor removed', null],
  attestation_rejudged: [null, 'Key judged again: its protection is another one', null],
  metadata_loaded: [null, 'FIDO metadata loaded', null],
  metadata_refused: [null, 'FIDO metadata refused', null],
  metadata_forgotten: [null, 'FIDO metadata forgotten', null],
  revocation_list_refused: [null, 'Revocation list could not be had', null],
  authenticator_compromised: [
    null,
    'Key became known as compromised',
    'The model of a key of yours became known as unsafe',
  ],
  authenticator_cleared: [null, 'Key no longer known as compromised', null],
  credential_renamed: [null, 'Key renamed', 'Key renamed'],
  credential_revoked: [null, 'Key revoked', 'Key removed'],
  credential_quarantined: [
    null,
    'Key quarantined: its counter went back',
    'A key was set aside: it gave an answer that we did not expect',
  ],
  sign_in: [null, 'Sign-in', 'Sign-in'],
  unlock: [null, 'Unlock', 'Unlock'],
  unlock_factor: [null, 'First unlock factor shown; the lock stays', 'First of two proofs for the lock'],
  ceremony_abandoned: [
    null,
    'Ceremony ended in the browser, without an answer',
    'Your device was asked and gave no answer',
  ],
  step_up: [null, 'Confirmed that it is still them', 'You confirmed that it was you'],
  session_locked: [null, 'Session locked', 'Locked'],
  session_ended: [null, 'Session ended', 'Signed out'],
  group_created: [null, 'Group created', null],
  group_changed: [null, 'Group renamed or described', null],
  group_deleted: [null, 'Group deleted', null],
  group_member_added: [null, 'Member added to a group', null],
  group_member_removed: [null, 'Member removed from a group', null],
  user_disabled: [null, 'Account disabled', 'Your account was disabled'],
  user_enabled: [null, 'Account enabled', 'Your account was enabled'],
  policy_changed: [null, 'Policy changed', null],
  policy_exported: [null, 'Policy exported', null],
  deployment_confirmed: [null, 'Requirement of the deployment confirmed', null],
  deployment_withdrawn: [null, 'Confirmation of a requirement of the deployment withdrawn', null],
  pin_reset_service_registered: [null, 'PIN reset service registered', null],
  pin_reset_service_withdrawn: [null, 'PIN reset service withdrawn', null],
  pin_reset_service_rotated: [null, 'PIN reset service got a new key', null],
  federation_added: [null, 'Domain federated', null],
  federation_changed: [null, 'Federated domain changed', null],
  federation_removed: [null, 'Domain no longer federated', null],
  federated_identity_linked: [
    null,
    'Subject of a provider linked to a person',
    "Your organisation's own sign-in was linked to your account",
  ],
  federated_identity_unlinked: [
    null,
    'Subject of a provider no longer linked to a person',
    "An administrator unlinked your organisation's own sign-in",
  ],
  policy_source_created: [null, 'Policy source created', null],
  policy_source_published: [null, 'Policy source published', null],
  policy_source_deleted: [null, 'Policy source deleted', null],
  rollout_ring_added: [null, 'Ring of a roll-out added', null],
  rollout_ring_changed: [null, 'Ring of a roll-out renamed, or given other groups', null],
  rollout_ring_moved: [null, 'Ring of a roll-out given another turn', null],
  rollout_ring_removed: [null, 'Ring of a roll-out removed', null],
  rollout_ring_opened: [null, 'Ring of a roll-out opened', null],
  rollout_ring_paused: [null, 'Ring of a roll-out paused', null],
  rollout_ring_resumed: [null, 'Ring of a roll-out goes on', null],
  policy_refreshed: [null, 'Device got other policy', null],
  enrollment_ready: [null, 'Policy has arrived on a new device', null],
  enrollment_timed_out: [null, 'Policy did not arrive on a new device in time', null],
  enrollment_went_on: [null, 'New device used without policy that is required', null],
  passwordless_changed: [null, 'Passwordless mode changed', null],
  passwordless_exported: [null, 'Passwordless dry run exported', null],
  attempts_limited: [
    null,
    'Too many attempts: slowed down',
    'Somebody tried too often with your account and was slowed down',
  ],
  limits_cleared: [
    null,
    'Limit of attempts cleared by an administrator',
    'An administrator ended the wait after too many attempts',
  ],
  backup_written: [null, 'Backup written', null],
  store_restored: [null, 'Store restored from a backup', null],
  sample_data_removed: [null, 'Sample data removed', null],
  events_exported: [null, 'Event log exported', null],
  events_forgotten: [null, 'Old events forgotten', null],
} as const satisfies Record<string, readonly [windowsId: number | null, text: string, member: string | null]>;

export type EventCode = keyof typeof table;
export const eventCodes = Object.keys(table) as EventCode[];
export type EventOutcome = 'success' | 'failure';

export function windowsEventId(code: EventCode): number | null {
  return table[code][0];
}

export function eventText(code: EventCode): string {
  return table[code][1];
}

/** The sentence for the person it happened to, without jargon; null for what is not theirs to read. */
export function memberEventText(code: EventCode): string | null {
  return table[code][2];
}
