import 'server-only';
import { type KeyObject, sign } from 'node:crypto';
import type { RegistrationResponse } from '#domain/wire';
import { type Bytes, hash, join } from './bytes.ts';
import { type CeremonyOptions, ceremony, FLAGS, NOBODY, response } from './ceremony.ts';
import {
  type CertificateOptions,
  commonName,
  extension,
  type NameParts,
  named,
  ROOT,
  writeCertificate,
} from './certificate.ts';
import { isRsa, keys, member } from './keys.ts';

export function forgeNone(options: CeremonyOptions = {}): RegistrationResponse {
  return response('none', [], ceremony(options, NOBODY), options);
}

export interface SignedOptions extends CeremonyOptions {
  readonly signer?: KeyObject;
  readonly claimedAlgorithm?: number;
}

/** Self attestation: signed by the new key itself (WebAuthn L3 8.2). */
export function forgeSelf(options: SignedOptions = {}): RegistrationResponse {
  const made = ceremony(options, NOBODY);
  const message = join(made.authData, made.clientDataHash);
  return response(
    'packed',
    [
      ['alg', options.claimedAlgorithm ?? (isRsa(made.key) ? -257 : -7)],
      ['sig', sign('sha256', message, options.signer ?? made.key.privateKey)],
    ],
    made,
    options,
  );
}

export interface CertifiedOptions extends SignedOptions {
  readonly leaf?: Partial<CertificateOptions>;
  readonly chain?: (chain: readonly Bytes[]) => readonly Bytes[];
}

const PACKED_SUBJECT: NameParts = [
  [named.C, 'SE'],
  [named.O, 'Forged Keys'],
  [named.OU, 'Authenticator Attestation'],
  [named.CN, 'Forged Key 5'],
];
export const PACKED_AAGUID = 'ee882879-721c-4913-9775-3dfcce97072a';

function attestationCertificate(options: CertifiedOptions, defaults: Partial<CertificateOptions>): Buffer {
  return writeCertificate({
    subject: PACKED_SUBJECT,
    issuer: ROOT,
    publicKey: keys.akEc().publicKey,
    signer: keys.root().privateKey,
    extensions: [extension.basicConstraints(false)],
    ...defaults,
    ...options.leaf,
  });
}

/** Basic attestation of a security key (WebAuthn L3 8.2). */
export function forgePacked(options: CertifiedOptions = {}): RegistrationResponse {
  const made = ceremony({ flags: FLAGS, ...options }, PACKED_AAGUID);
  const message = join(made.authData, made.clientDataHash);
  const leaf = attestationCertificate(options, {
    extensions: [extension.basicConstraints(false), extension.aaguid(options.aaguid ?? PACKED_AAGUID)],
  });
  return response(
    'packed',
    [
      ['alg', options.claimedAlgorithm ?? -7],
      ['sig', sign('sha256', message, options.signer ?? keys.akEc().privateKey)],
      ['x5c', [...(options.chain?.([leaf]) ?? [leaf])]],
    ],
    made,
    options,
  );
}

/** A U2F security key (WebAuthn L3 8.6): no person, no model. */
export function forgeU2f(options: CertifiedOptions = {}): RegistrationResponse {
  const made = ceremony({ flags: 0x41, ...options }, NOBODY);
  const point = join(Uint8Array.of(4), member(made.key, 'x'), member(made.key, 'y'));
  const message = join(Uint8Array.of(0), made.rpIdHash, made.clientDataHash, made.credentialId, point);
  return response(
    'fido-u2f',
    [
      ['x5c', [attestationCertificate(options, { extensions: [] })]],
      ['sig', sign('sha256', message, options.signer ?? keys.akEc().privateKey)],
    ],
    made,
    options,
  );
}

export interface AndroidOptions extends CertifiedOptions {
  readonly description?: Partial<Parameters<typeof extension.androidKeyDescription>[0]>;
}

/** Android Keystore (WebAuthn L3 8.4): the certificate is over the new key. */
export function forgeAndroid(options: AndroidOptions = {}): RegistrationResponse {
  const made = ceremony(options, 'b93fd961-f2e6-462f-b122-82002247de78');
  const leaf = attestationCertificate(options, {
    subject: commonName('Android Keystore Key'),
    publicKey: made.key.publicKey,
    extensions: [
      extension.keyUsage('1'),
      extension.androidKeyDescription({ challenge: made.clientDataHash, ...options.description }),
    ],
  });
  return response(
    'android-key',
    [
      ['alg', options.claimedAlgorithm ?? -7],
      [
        'sig',
        sign('sha256', join(made.authData, made.clientDataHash), options.signer ?? made.key.privateKey),
      ],
      ['x5c', [...(options.chain?.([leaf]) ?? [leaf])]],
    ],
    made,
    options,
  );
}

/** Apple anonymous attestation (WebAuthn L3 8.8): no signature but the certificate's. */
export function forgeApple(
  options: CertifiedOptions & { readonly nonce?: Bytes } = {},
): RegistrationResponse {
  const made = ceremony(options, 'f24a8e70-d0d3-f82c-2937-32523cc4de5a');
  const nonce = options.nonce ?? hash('sha256', made.authData, made.clientDataHash);
  const leaf = attestationCertificate(options, {
    subject: commonName('Forged Enclave'),
    publicKey: made.key.publicKey,
    extensions: [extension.basicConstraints(false), extension.keyUsage('1'), extension.appleNonce(nonce)],
  });
  return response('apple', [['x5c', [leaf]]], made, options);
}
