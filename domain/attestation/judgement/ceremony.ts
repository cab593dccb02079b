import { sha256 } from '@noble/hashes/sha2.js';
import type { AuthenticatorData } from '../authenticator-data.ts';
import { sameBytes } from '../bytes.ts';
import { algorithmFits, algorithmWords, coseAlgorithm } from '../cose-key.ts';
import type { Registration } from '../statement.ts';
import type { Expected } from './facts.ts';
import { type Finding, type Findings, failed, found, notApplicable, notChecked, passed } from './finding.ts';

/** Whether the browser made the answer for what was asked; what is not expected is not checked. */
export function judgeCeremony({ clientData, authData }: Registration, expected: Expected): Findings {
  const unknown = (what: string) => notChecked(`No expected ${what} was given`);
  const { challenge, origin, rpId, credentialId } = expected;
  return {
    client_data_type: found(
      clientData.type === 'webauthn.create',
      clientData.type,
      `"${clientData.type.slice(0, 32)}" instead of webauthn.create`,
    ),
    challenge:
      challenge === undefined
        ? unknown('challenge')
        : found(sameBytes(challenge, clientData.challenge), 'It is the one', 'It answers another challenge'),
    origin:
      origin === undefined
        ? unknown('origin')
        : found(clientData.origin === origin, origin, `Made on ${clientData.origin.slice(0, 128)}`),
    cross_origin: found(
      !clientData.crossOrigin,
      'Not in a frame of another site',
      `In a frame${clientData.topOrigin === null ? ' of another site' : ` of ${clientData.topOrigin.slice(0, 128)}`}`,
    ),
    rp_id:
      rpId === undefined
        ? unknown('relying party')
        : found(
            sameBytes(sha256(new TextEncoder().encode(rpId)), authData.rpIdHash),
            rpId,
            'The hash is that of another relying party',
          ),
    credential_id:
      credentialId === undefined
        ? unknown('ID')
        : found(
            sameBytes(credentialId, authData.credentialId),
            `${credentialId.length} bytes`,
            'The authenticator made a key with another ID',
          ),
  };
}

/** What the authenticator says of itself and its key, in every format. */
export function judgeAuthenticatorData({ authData, format, statement }: Registration): Findings {
  const { flags, publicKey, trailing } = authData;
  const fits = algorithmFits(publicKey) && coseAlgorithm(publicKey.algorithm)?.hash !== 'sha1';
  const u2f = statement?.format === 'fido-u2f';
  return {
    user_presence: found(flags.userPresent, 'Set', 'The flag is clear'),
    user_verification:
      u2f && !flags.userVerified
        ? notApplicable('An authenticator of this format cannot verify a person')
        : found(flags.userVerified, 'Set', 'The flag is clear'),
    backup_flags: judgeBackup(authData, format),
    authenticator_data: found(trailing === 0, 'Nothing is left over', `${trailing} bytes are left over`),
    algorithm: found(
      fits,
      algorithmWords(publicKey.algorithm),
      `${algorithmWords(publicKey.algorithm)} does not go with ${keyWords(authData)}, or is too weak`,
    ),
    aaguid: notChecked('The statement could not be read'),
  };
}

function keyWords({ publicKey }: AuthenticatorData): string {
  if (publicKey.type === 'rsa') return `an RSA key of ${publicKey.modulus.length * 8} bits`;
  return `a key on ${{ 1: 'P-256', 2: 'P-384', 3: 'P-521', 6: 'Ed25519' }[publicKey.curve] ?? 'another curve'}`;
}

function judgeBackup({ flags }: AuthenticatorData, format: string): Finding {
  if (flags.backedUp && !flags.backupEligible) return failed('Backed up, and not eligible for it');
  if (!flags.backupEligible) return passed('Bound to its authenticator');
  return format === 'tpm'
    ? failed('A key of a TPM cannot be backed up')
    : passed(flags.backedUp ? 'Synced' : 'May be synced');
}
