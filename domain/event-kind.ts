import { type EventCode, eventCodes } from './event.ts';

/** What a reader looks for: a few words over the many codes. */
export const eventKinds = [
  'sign-ins',
  'registrations',
  'passes',
  'devices',
  'policy',
  'accounts',
  'problems',
] as const;
export type EventKind = (typeof eventKinds)[number];

export const kindWords: Readonly<Record<EventKind, string>> = {
  'sign-ins': 'Sign-ins',
  registrations: 'Registrations',
  passes: 'Passes',
  devices: 'Devices',
  policy: 'Policy',
  accounts: 'Accounts',
  problems: 'Problems',
};

/** Where each event belongs; `problems` gathers the failures of all of them. */
const kindOf: Readonly<Record<EventCode, Exclude<EventKind, 'problems'>>> = {
  user_created: 'accounts',
  password_set: 'accounts',
  password_change_required: 'accounts',
  password_changed: 'accounts',
  password_accepted: 'sign-ins',
  totp_registered: 'registrations',
  totp_registration_failed: 'registrations',
  totp_used: 'sign-ins',
  totp_renamed: 'registrations',
  totp_removed: 'registrations',
  password_sign_in: 'sign-ins',
  pass_issued: 'passes',
  pass_requested: 'passes',
  pass_approved: 'passes',
  pass_declined: 'passes',
  pass_deleted: 'passes',
  pass_redeemed: 'passes',
  device_registered: 'devices',
  device_registration_failed: 'devices',
  device_profile_added: 'devices',
  device_renamed: 'devices',
  device_disabled: 'devices',
  device_enabled: 'devices',
  device_reported_lost: 'devices',
  device_deleted: 'devices',
  certificate_authority_created: 'devices',
  device_certificate_issued: 'devices',
  device_certificate_renewed: 'devices',
  device_certificate_revoked: 'devices',
  device_certificate_released: 'devices',
  provisioning_will_launch: 'registrations',
  provisioning_will_not_launch: 'registrations',
  key_registered: 'registrations',
  key_registration_failed: 'registrations',
  pin_reset: 'registrations',
  passkey_registered: 'registrations',
  passkey_registration_failed: 'registrations',
  key_rules_changed: 'policy',
  key_rules_noted: 'registrations',
  key_rules_exported: 'policy',
  attestation_anchor_added: 'policy',
  attestation_anchor_removed: 'policy',
  attestation_rejudged: 'registrations',
  credential_renamed: 'registrations',
  credential_revoked: 'registrations',
  credential_quarantined: 'registrations',
  sign_in: 'sign-ins',
  unlock: 'sign-ins',
  ceremony_abandoned: 'sign-ins',
  step_up: 'sign-ins',
  session_locked: 'sign-ins',
  session_ended: 'sign-ins',
  user_disabled: 'accounts',
  user_enabled: 'accounts',
  policy_changed: 'policy',
  policy_exported: 'policy',
  passwordless_changed: 'policy',
  passwordless_exported: 'policy',
  attempts_limited: 'sign-ins',
  limits_cleared: 'sign-ins',
  backup_written: 'policy',
  store_restored: 'policy',
  sample_data_removed: 'policy',
  events_exported: 'policy',
  events_forgotten: 'policy',
};

/** The codes of a kind. Event 360 is a result, often of a machine that never meant to enroll, not a problem. */
export function codesOf(kind: EventKind): EventCode[] {
  return eventCodes.filter((code) =>
    kind === 'problems' ? code !== 'provisioning_will_not_launch' : kindOf[code] === kind,
  );
}
