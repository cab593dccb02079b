/**
 * Why a key is not to be trusted any more although it once proved what it is, in one table: what an administrator reads,
 * and where it is written. Learned from elsewhere, after the key was made or before.
 */
const table = {
  metadata_revoked: ['Its model is revoked', 'FIDO MDS 3.1.4: REVOKED'],
  user_verification_bypassed: [
    "Its model lets somebody pass without the person's PIN, face or finger",
    'FIDO MDS 3.1.4: USER_VERIFICATION_BYPASS',
  ],
  attestation_key_compromised: [
    'The key that vouches for its model got out: copies may be sold as it',
    'FIDO MDS 3.1.4: ATTESTATION_KEY_COMPROMISE',
  ],
  user_key_remotely_compromised: [
    "Keys of its model can be taken over a network, without anybody's touch",
    'FIDO MDS 3.1.4: USER_KEY_REMOTE_COMPROMISE',
  ],
  user_key_physically_compromised: [
    'Keys can be taken out of its model by whoever holds it',
    'FIDO MDS 3.1.4: USER_KEY_PHYSICAL_COMPROMISE',
  ],
  attestation_certificate_revoked: [
    'A certificate of its attestation was revoked',
    'RFC 5280 5.3.1; 6.1.3 (a) (3)',
  ],
} as const satisfies Record<string, readonly [words: string, source: string]>;

export type Compromise = keyof typeof table;
export const compromises = Object.keys(table) as Compromise[];

/** The sentence for a reason as it is stored; one that this version does not know still counts. */
export function compromiseWords(stored: string): string {
  return Object.hasOwn(table, stored) ? table[stored as Compromise][0] : 'It is known as compromised';
}

export function compromiseSource(compromise: Compromise): string {
  return table[compromise][1];
}
