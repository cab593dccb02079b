/**
 * Every decision that is logged, in one table: the Windows event ID where Windows has one, and the sentence that an
 * administrator reads. 1xx to 3xx are those of the User Device Registration log.
 */
const table = {
  user_created: [null, 'Account created'],
  password_set: [null, 'Password set by an administrator'],
  password_sign_in: [null, 'Sign-in with a password'],
  pass_issued: [null, 'Temporary Access Pass issued'],
  pass_deleted: [null, 'Temporary Access Pass deleted'],
  pass_redeemed: [null, 'Temporary Access Pass used'],
  device_registered: [105, 'Device registered'],
  device_registration_failed: [304, 'Device registration failed'],
  device_profile_added: [null, 'Browser added to a device'],
  device_renamed: [null, 'Device renamed'],
  device_disabled: [null, 'Device disabled'],
  device_enabled: [null, 'Device enabled'],
  device_deleted: [null, 'Device deleted'],
  provisioning_will_launch: [358, 'Windows Hello for Business provisioning will be launched'],
  provisioning_will_not_launch: [360, 'Windows Hello for Business provisioning will not be launched'],
  key_registered: [300, 'NGC key registered'],
  key_registration_failed: [301, 'NGC key registration failed'],
  passkey_registered: [null, 'Passkey registered'],
  passkey_registration_failed: [null, 'Passkey registration failed'],
  credential_renamed: [null, 'Key renamed'],
  credential_revoked: [null, 'Key revoked'],
  credential_quarantined: [null, 'Key quarantined: its counter went back'],
  sign_in: [null, 'Sign-in'],
  unlock: [null, 'Unlock'],
  step_up: [null, 'Confirmed that it is still them'],
  session_locked: [null, 'Session locked'],
  session_ended: [null, 'Session ended'],
  user_disabled: [null, 'Account disabled'],
  user_enabled: [null, 'Account enabled'],
  policy_changed: [null, 'Policy changed'],
  attempts_limited: [null, 'Too many attempts: slowed down'],
  sample_data_removed: [null, 'Sample data removed'],
} as const satisfies Record<string, readonly [windowsId: number | null, text: string]>;

export type EventCode = keyof typeof table;
export const eventCodes = Object.keys(table) as EventCode[];
export type EventOutcome = 'success' | 'failure';

export function windowsEventId(code: EventCode): number | null {
  return table[code][0];
}

export function eventText(code: EventCode): string {
  return table[code][1];
}
