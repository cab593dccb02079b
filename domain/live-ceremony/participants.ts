/**
 * Who takes part in a ceremony, from left to right. Those of the device stand before the wall: what they `keep` never gets
 * past it, and no message has a place to put it.
 */
export const participants = {
  person: { name: 'Person', onDevice: true, keeps: 'Face, finger and PIN' },
  authenticator: { name: 'Authenticator', onDevice: true, keeps: 'Private key' },
  'device-key': { name: 'Device key', onDevice: true, keeps: 'Private key of this browser' },
  browser: { name: 'Browser', onDevice: true, keeps: null },
  latchkey: { name: 'Latchkey', onDevice: false, keeps: null },
  'pin-reset-service': { name: 'PIN reset service', onDevice: false, keeps: null },
  upstream: { name: 'Upstream', onDevice: false, keeps: null },
  phone: { name: 'Phone', onDevice: false, keeps: 'Private key of the phone' },
} as const satisfies Record<
  string,
  { readonly name: string; readonly onDevice: boolean; readonly keeps: string | null }
>;
export type Participant = keyof typeof participants;
export const participantNames = Object.keys(participants) as Participant[];
