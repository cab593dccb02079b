export const PURPOSE = 'Who vouches for the hardware that keys live in, by statement format.';

export const formatWords: Readonly<Record<string, string>> = {
  tpm: 'TPM (Windows Hello)',
  packed: 'Packed (security keys)',
  'fido-u2f': 'FIDO U2F',
  'android-key': 'Android Keystore',
  apple: 'Apple',
  metadata: 'FIDO metadata (who signs the list)',
};
