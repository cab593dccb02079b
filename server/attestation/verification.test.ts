import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type CheckId, checkIds, outsideChecks } from '#domain/attestation/checks';
import type { Expected } from '#domain/attestation/judgement/facts';
import type { Known } from '#domain/attestation/judgement/standing';
import { serialOf } from '#domain/attestation/revocation';
import { failedChecks, isAccepted, type Verdict } from '#domain/attestation/verdict';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { SOFTWARE_KEY_AAGUID } from '#domain/key-container/aaguid';
import type { RegistrationResponse } from '#domain/wire';
import {
  CHALLENGE,
  EXPECTED_ORIGIN,
  HELLO_SOFTWARE,
  HELLO_TPM,
  HELLO_VBS,
} from '../testing-attestation/ceremony.ts';
import {
  directoryName,
  dnsName,
  extension,
  forgedAnchor,
  INTERMEDIATE,
  intermediateCertificate,
  ROOT,
  rootCertificate,
  writeCertificate,
} from '../testing-attestation/certificate.ts';
import {
  forgeAndroid,
  forgeApple,
  forgeNone,
  forgePacked,
  forgeSelf,
  forgeU2f,
  PACKED_AAGUID,
} from '../testing-attestation/formats.ts';
import { type KeyPair, keys } from '../testing-attestation/keys.ts';
import { ATTRIBUTES, forgeTpm, type TpmOptions, tpmIdentity } from '../testing-attestation/tpm.ts';
import { type Anchor, verifyAttestation } from './verification.ts';

const NOW = new Date('2026-03-02T09:00:00Z');
const FORMATS = ['tpm', 'packed', 'fido-u2f', 'android-key', 'apple'];
const ANCHORS = FORMATS.map((format) => forgedAnchor(format));

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

function judged(
  response: RegistrationResponse,
  more: { anchors?: readonly Anchor[]; at?: Date; expected?: Expected; known?: Known } = {},
): Verdict {
  const answer = verifyAttestation({
    attestationObject: bytes(response.response.attestationObject),
    clientDataJSON: bytes(response.response.clientDataJSON),
    expected: {
      challenge: fromBase64Url(CHALLENGE) ?? undefined,
      origin: EXPECTED_ORIGIN,
      rpId: 'localhost',
      credentialId: bytes(response.id),
    },
    at: NOW,
    anchors: ANCHORS,
    ...more,
  });
  if ('unreadable' in answer) throw new Error(`unreadable: ${answer.unreadable}`);
  return answer.verdict;
}

function outcomeOf(verdict: Verdict, id: CheckId) {
  return verdict.checks.find((check) => check.id === id)?.outcome;
}

const fetched = vi.spyOn(globalThis, 'fetch');
afterEach(() => {
  expect(fetched, 'nothing is fetched, whatever certificates ask for').not.toHaveBeenCalled();
});

describe('a statement as Windows makes it is proven', () => {
  test.each([
    ['ES256 key, AK RSA-2048 with SHA-1', {}],
    ['RS256 key', { key: keys.rs256() }],
    ['AK with SHA-256', { ak: 'rs256' }],
    ['AK on P-256', { ak: 'es256' }],
    [
      'name parts in one RDN',
      { aikExtensions: { alternativeName: extension.alternativeName([directoryName(tpmIdentity(), true)]) } },
    ],
  ] satisfies [string, TpmOptions][])('%s', (_what, options) => {
    const verdict = judged(forgeTpm(options));
    expect(failedChecks(verdict)).toEqual([]);
    expect(verdict.class).toBe('tpm_hardware');
    expect(verdict.manufacturer).toBe('Nuvoton');
    expect(verdict.anchor?.name).toBe('Forged TPM Root');
  });

  test('a key of the VBS enclave is told from one of the TPM', () => {
    const verdict = judged(forgeTpm({ aaguid: HELLO_VBS, key: keys.rs256(), attributes: ATTRIBUTES.vbs }));
    expect(failedChecks(verdict)).toEqual([]);
    expect(verdict.class).toBe('vbs_hardware');
  });

  test('SHA-1 in the signature is accepted, and said to be weak', () => {
    const line = judged(forgeTpm()).checks.find(({ id }) => id === 'signature_algorithm');
    expect(line).toMatchObject({ outcome: 'passed', detail: expect.stringContaining('weak') });
  });
});

describe('what is legal and unusual is accepted', () => {
  const cases: [string, TpmOptions][] = [
    ['an explicit ECDSA scheme', { scheme: '0018000b' }],
    ['an explicit RSASSA scheme', { key: keys.rs256(), scheme: '0014000b' }],
    [
      'the AIK usage behind another',
      {
        aikExtensions: {
          extendedKeyUsage: extension.extendedKeyUsage('1.3.6.1.4.1.311.21.36', '2.23.133.8.3'),
        },
      },
    ],
    [
      'the directory name behind another name',
      {
        aikExtensions: {
          alternativeName: extension.alternativeName([dnsName('tpm.example'), directoryName(tpmIdentity())]),
        },
      },
    ],
    ['the anchor in the chain', { chain: (chain) => [...chain, rootCertificate()] }],
    [
      'an extension that is unknown and not critical',
      { aikExtensions: { more: [extension.unknown(false)] } },
    ],
    [
      'an authority that has changed its key, below one that allows no other',
      {
        aik: { signer: keys.stranger().privateKey },
        chain: ([leaf, issuer]) => [
          leaf as Uint8Array,
          // RFC 5280 6.1.4 (l): one that it issued to itself does not count.
          writeCertificate({
            subject: INTERMEDIATE,
            issuer: INTERMEDIATE,
            publicKey: keys.stranger().publicKey,
            signer: keys.intermediate().privateKey,
            extensions: [extension.basicConstraints(true, 0), extension.keyUsage('000001')],
          }),
          issuer as Uint8Array,
        ],
      },
    ],
    [
      'a model that the certificate itself names',
      { aaguid: PACKED_AAGUID, aikExtensions: { more: [extension.aaguid(PACKED_AAGUID)] } },
    ],
  ];
  test.each(cases)('%s', (_what, options) => {
    const verdict = judged(forgeTpm(options));
    expect(failedChecks(verdict)).toEqual([]);
    expect(verdict.class).toBe('tpm_hardware');
  });

  test('the software TPM counts under an anchor that was added for it, and not under one that ships', () => {
    const response = forgeTpm({ identity: tpmIdentity('id:49424D00') });
    expect(judged(response)).toMatchObject({ class: 'tpm_hardware', manufacturer: 'IBM (software TPM)' });
    const shipped = judged(response, { anchors: [forgedAnchor('tpm', rootCertificate(), true)] });
    expect(failedChecks(shipped)).toEqual(['manufacturer']);
    expect(shipped.class).toBe('unverified');
  });
});

/** Each statement is validly signed and wrong in one thing: exactly one check may fail. */
const flip = (right: Uint8Array) =>
  Uint8Array.from(right, (byte, at) => (at === right.length - 1 ? byte ^ 1 : byte));
const clear = (bit: number) => ({ attributes: ATTRIBUTES.es256 & ~(1 << bit) });
const RSA_OTHER_EXPONENT = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
/** The other point of P-256 with the same x. */
function mirrored({ publicKey, privateKey }: KeyPair): KeyPair {
  const jwk = publicKey.export({ format: 'jwk' });
  const y = BigInt(`0x${Buffer.from(jwk.y ?? '', 'base64url').toString('hex')}`);
  const other = Buffer.from((p256.Point.Fp.ORDER - y).toString(16).padStart(64, '0'), 'hex');
  const key = { ...jwk, y: other.toString('base64url') };
  return { publicKey: createPublicKey({ key, format: 'jwk' }), privateKey };
}
const tpm = (options: TpmOptions) => () => forgeTpm(options);
const otherAuthority = () =>
  writeCertificate({
    subject: [['2.5.4.3', 'Unrelated']],
    issuer: ROOT,
    publicKey: keys.stranger().publicKey,
    signer: keys.root().privateKey,
    extensions: [extension.basicConstraints(true)],
  });

const matrix: readonly (readonly [CheckId, string, () => RegistrationResponse])[] = [
  ['client_data_type', 'an answer to a sign-in', tpm({ clientData: { type: 'webauthn.get' } })],
  ['challenge', 'another challenge', tpm({ challenge: toBase64Url(new Uint8Array(32)) })],
  ['origin', 'another origin', tpm({ origin: 'https://evil.example' })],
  ['cross_origin', 'in a frame', tpm({ clientData: { crossOrigin: true } })],
  [
    'cross_origin',
    'in a frame of another site',
    tpm({ clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } }),
  ],
  ['cross_origin', 'a top origin alone', tpm({ clientData: { topOrigin: 'https://evil.example' } })],
  ['rp_id', 'another relying party', tpm({ rpId: 'evil.example' })],
  ['user_presence', 'nobody there', tpm({ flags: 0x44 })],
  ['user_verification', 'nobody verified', tpm({ flags: 0x41 })],
  ['user_verification', 'nobody verified by a security key', () => forgePacked({ flags: 0x41 })],
  ['backup_flags', 'a TPM key that may be backed up', tpm({ flags: 0x4d })],
  ['backup_flags', 'a TPM key that is backed up', tpm({ flags: 0x5d })],
  ['backup_flags', 'backed up and not eligible', () => forgeNone({ flags: 0x55 })],
  ['credential_id', 'the browser names another key', tpm({ responseId: new Uint8Array(32) })],
  ['authenticator_data', 'bytes after the key', tpm({ authDataTail: Uint8Array.of(0) })],
  ['algorithm', 'RS256 on an EC key', tpm({ algorithm: -257 })],
  ['algorithm', 'ES384 on P-256', tpm({ algorithm: -35 })],
  ['algorithm', 'RS1 for the credential', tpm({ algorithm: -65535, key: keys.rs256() })],
  ['algorithm', 'an unknown algorithm', () => forgeNone({ algorithm: -7777 })],
  ['format', 'an unknown format', () => forgeNone({ format: 'made-up' })],
  ['format', 'a retired format', () => forgeNone({ format: 'android-safetynet' })],
  [
    'statement',
    'none with a statement',
    () => forgeNone({ statement: (members) => members.set('sig', new Uint8Array(8)) }),
  ],
  ['statement', 'a member is missing', tpm({ statement: (members) => members.delete('ver') })],
  [
    'statement',
    'a member too many',
    tpm({ statement: (members) => members.set('ecdaaKeyId', new Uint8Array(4)) }),
  ],
  ['statement', 'no certificates', tpm({ chain: () => [] })],
  ['signature_algorithm', 'RS256 with an AK on P-256', tpm({ ak: 'es256', claimedAlgorithm: -257 })],
  ['signature_algorithm', 'EdDSA with an AK on P-256', tpm({ ak: 'es256', claimedAlgorithm: -8 })],
  ['signature_algorithm', 'an unknown algorithm', tpm({ claimedAlgorithm: -7777 })],
  ['signature_algorithm', 'PS256 with an AK on P-256', tpm({ ak: 'es256', claimedAlgorithm: -37 })],
  [
    'signature_algorithm',
    'self attestation with another algorithm',
    () => forgeSelf({ claimedAlgorithm: -257 }),
  ],
  [
    'signature_algorithm',
    'SHA-1 outside of tpm',
    () => forgeSelf({ key: keys.rs256(), claimedAlgorithm: -65535 }),
  ],
  [
    'signature_algorithm',
    'SHA-1 by the certificate of a security key',
    () =>
      forgePacked({
        claimedAlgorithm: -65535,
        leaf: { publicKey: keys.akRsa().publicKey },
        signer: keys.akRsa().privateKey,
      }),
  ],
  ['signature', 'signed by another key', tpm({ signer: keys.stranger().privateKey })],
  [
    'signature',
    'altered',
    tpm({ statement: (members) => members.set('sig', flip(members.get('sig') as Uint8Array)) }),
  ],
  [
    'signature',
    'all zero',
    tpm({ ak: 'es256', statement: (members) => members.set('sig', new Uint8Array(72)) }),
  ],
  [
    'signature',
    'the clock of certInfo altered after signing',
    tpm({
      statement: (members) => {
        const certInfo = Uint8Array.from(members.get('certInfo') as Uint8Array);
        const clock = certInfo.length - 2 * 36 - 25 + 7;
        certInfo[clock] = (certInfo[clock] ?? 0) ^ 1;
        members.set('certInfo', certInfo);
      },
    }),
  ],
  ['signature', 'self attestation of another key', () => forgeSelf({ signer: keys.other().privateKey })],
  ['signature', 'a security key, signed by another', () => forgePacked({ signer: keys.other().privateKey })],
  ['signature', 'a U2F key, signed by another', () => forgeU2f({ signer: keys.other().privateKey })],
  ['signature', 'an Android key, signed by another', () => forgeAndroid({ signer: keys.other().privateKey })],
  [
    'certificates',
    'no certificate',
    tpm({ chain: ([, issuer]) => [new Uint8Array(64), issuer as Uint8Array] }),
  ],
  [
    'certificates',
    'an extension that stands twice',
    tpm({ aikExtensions: { more: [extension.extendedKeyUsage('1.3.6.1.5.5.7.3.2')] } }),
  ],
  [
    'certificate_order',
    'an unrelated authority in the middle',
    tpm({
      intermediate: { extensions: [extension.basicConstraints(true), extension.keyUsage('000001')] },
      chain: ([leaf, issuer]) => [leaf as Uint8Array, otherAuthority(), issuer as Uint8Array],
    }),
  ],
  [
    'certificate_order',
    'issued by another key of the same name',
    tpm({ aik: { signer: keys.stranger().privateKey } }),
  ],
  [
    'certificate_order',
    'signed by the next, which has another name',
    tpm({ aik: { issuer: [['2.5.4.3', 'Somebody else']] } }),
  ],
  [
    'certificate_authority',
    'an issuer that is none',
    tpm({ intermediate: { extensions: [extension.basicConstraints(false), extension.keyUsage('000001')] } }),
  ],
  [
    'certificate_authority',
    'an issuer without the extension',
    tpm({ intermediate: { extensions: [extension.keyUsage('000001')] } }),
  ],
  [
    'path_length',
    'an authority below one that allows none',
    () => {
      const { publicKey, privateKey } = keys.stranger();
      const below = writeCertificate({
        subject: [['2.5.4.3', 'One too many']],
        issuer: INTERMEDIATE,
        publicKey,
        signer: keys.intermediate().privateKey,
        extensions: [extension.basicConstraints(true), extension.keyUsage('000001')],
      });
      return forgeTpm({
        aik: { issuer: [['2.5.4.3', 'One too many']], signer: privateKey },
        chain: ([leaf, issuer]) => [leaf as Uint8Array, below, issuer as Uint8Array],
      });
    },
  ],
  [
    'issuer_key_usage',
    'an issuer that may only sign lists',
    tpm({
      intermediate: { extensions: [extension.basicConstraints(true, 0), extension.keyUsage('0000001')] },
    }),
  ],
  [
    'certificate_extensions',
    'critical and unknown in the certificate',
    tpm({ aikExtensions: { more: [extension.unknown(true)] } }),
  ],
  [
    'certificate_extensions',
    'critical and unknown in its issuer',
    tpm({ intermediate: { extensions: [extension.basicConstraints(true, 0), extension.unknown(true)] } }),
  ],
  ['certificate_strength', 'a certificate signed with SHA-1', tpm({ aik: { hash: 'sha1' } })],
  ['certificate_strength', 'an issuer signed with SHA-1', tpm({ intermediate: { hash: 'sha1' } })],
  [
    'certificate_strength',
    'an AK of 1024 bits',
    tpm({ aik: { publicKey: keys.akShort().publicKey }, signer: keys.akShort().privateKey }),
  ],
  ['validity', 'expired', tpm({ aik: { notAfter: new Date('2026-03-02T08:59:59Z') } })],
  ['validity', 'not yet valid', tpm({ aik: { notBefore: new Date('2026-03-02T09:00:01Z') } })],
  [
    'validity',
    'its issuer is expired',
    tpm({ intermediate: { notAfter: new Date('2025-01-01T00:00:00Z') } }),
  ],
  ['trust_anchor', 'an unknown root', tpm({ intermediate: { signer: keys.stranger().privateKey } })],
  ['trust_anchor', 'the intermediate is missing', tpm({ chain: ([leaf]) => [leaf as Uint8Array] })],
  [
    'trust_anchor',
    'an unknown root of the same name in the chain',
    () => {
      const { publicKey, privateKey } = keys.stranger();
      const impostor = rootCertificate({ publicKey, signer: privateKey });
      return forgeTpm({ intermediate: { signer: privateKey }, chain: (chain) => [...chain, impostor] });
    },
  ],
  [
    'trust_anchor',
    'a self-made certificate of a security key',
    () => forgePacked({ leaf: { signer: keys.stranger().privateKey } }),
  ],
  ['certificate_version', 'version 1', tpm({ aik: { version: 1 } })],
  ['certificate_version', 'version 2', () => forgePacked({ leaf: { version: 2 } })],
  ['certificate_subject', 'a common name', tpm({ aik: { subject: [['2.5.4.3', 'AIK']] } })],
  ['certificate_subject', 'a serial number alone', tpm({ aik: { subject: [['2.5.4.5', '1']] } })],
  [
    'certificate_subject',
    'a domain component alone',
    tpm({ aik: { subject: [['0.9.2342.19200300.100.1.25', 'example']] } }),
  ],
  [
    'certificate_subject',
    'a security key of no vendor',
    () => forgePacked({ leaf: { subject: [['2.5.4.3', 'Key']] } }),
  ],
  [
    'certificate_basic_constraints',
    'an authority',
    tpm({ aikExtensions: { basicConstraints: extension.basicConstraints(true) } }),
  ],
  [
    'certificate_basic_constraints',
    'the extension is missing',
    tpm({ aikExtensions: { basicConstraints: null } }),
  ],
  [
    'certificate_key_usage',
    'for encryption only',
    tpm({ aikExtensions: { keyUsage: extension.keyUsage('001') } }),
  ],
  [
    'certificate_aaguid',
    'for another model',
    tpm({ aikExtensions: { more: [extension.aaguid(PACKED_AAGUID)] } }),
  ],
  [
    'certificate_aaguid',
    'a security key for another model',
    () =>
      forgePacked({ leaf: { extensions: [extension.basicConstraints(false), extension.aaguid(HELLO_TPM)] } }),
  ],
  [
    'certificate_aaguid',
    'critical',
    () =>
      forgePacked({
        leaf: { extensions: [extension.basicConstraints(false), extension.aaguid(PACKED_AAGUID, true)] },
      }),
  ],
  [
    'certificate_public_key',
    'an Android certificate over another key',
    () => forgeAndroid({ leaf: { publicKey: keys.other().publicKey }, signer: keys.other().privateKey }),
  ],
  [
    'certificate_public_key',
    'an Apple certificate over another key',
    () => forgeApple({ leaf: { publicKey: keys.other().publicKey } }),
  ],
  [
    'aik_key_usage',
    'an endorsement key',
    tpm({ aikExtensions: { extendedKeyUsage: extension.extendedKeyUsage('2.23.133.8.1') } }),
  ],
  [
    'aik_key_usage',
    'for TLS',
    tpm({ aikExtensions: { extendedKeyUsage: extension.extendedKeyUsage('1.3.6.1.5.5.7.3.2') } }),
  ],
  ['aik_key_usage', 'the extension is missing', tpm({ aikExtensions: { extendedKeyUsage: null } })],
  ['aik_alternative_name', 'the extension is missing', tpm({ aikExtensions: { alternativeName: null } })],
  [
    'aik_alternative_name',
    'no model',
    tpm({ identity: tpmIdentity().filter(([type]) => type !== '2.23.133.2.2') }),
  ],
  [
    'aik_alternative_name',
    'no directory name',
    tpm({ aikExtensions: { alternativeName: extension.alternativeName([dnsName('tpm.example')]) } }),
  ],
  [
    'aik_alternative_name',
    'two makers',
    tpm({ identity: [...tpmIdentity(), ...tpmIdentity('id:494E5443')] }),
  ],
  [
    'aik_alternative_name',
    'not critical',
    tpm({
      aikExtensions: { alternativeName: extension.alternativeName([directoryName(tpmIdentity())], false) },
    }),
  ],
  ['manufacturer', 'the conformance tools', tpm({ identity: tpmIdentity('id:FFFFF1D0') })],
  ['manufacturer', 'nobody', tpm({ identity: tpmIdentity('id:00000000') })],
  ['manufacturer', 'a word', tpm({ identity: tpmIdentity('Nuvoton') })],
  ['tpm_version', 'TPM 1.2', tpm({ statement: (members) => members.set('ver', '1.2') })],
  [
    'cert_info_structure',
    'a name that is shorter than its hash',
    tpm({ certifiedName: (right) => right.subarray(0, 20) }),
  ],
  ['cert_info_structure', 'a type that no TPM writes', tpm({ attestType: 0x8099 })],
  ['cert_info_magic', 'made outside of the TPM', tpm({ magic: 0xff544348 })],
  ['cert_info_type', 'a quote', tpm({ attestType: 0x8018 })],
  ['cert_info_type', 'a creation', tpm({ attestType: 0x801a })],
  ['cert_info_extra_data', 'the hash of something else', tpm({ extraData: flip })],
  ['cert_info_extra_data', 'cut short', tpm({ extraData: (right) => right.subarray(0, 16) })],
  [
    'cert_info_extra_data',
    'SHA-1 under ES256',
    tpm({ ak: 'es256', extraData: (right) => right.subarray(0, 20) }),
  ],
  ['cert_info_name', 'the name of another key', tpm({ certifiedName: flip })],
  ['name_algorithm', 'SHA-1', tpm({ nameHash: 'sha1' })],
  ['name_algorithm', 'another hash than the key says', tpm({ attestedHash: 'sha384' })],
  [
    'public_area_structure',
    'an attribute that is reserved',
    tpm({ attributes: ATTRIBUTES.es256 | 0x8000_0000 }),
  ],
  ['public_area_structure', 'a scheme of another kind of key', tpm({ scheme: '0014000b' })],
  ['public_area_key', 'another key', tpm({ areaKey: keys.other() })],
  ['public_area_key', 'the mirror image of its point', () => forgeTpm({ areaKey: mirrored(keys.es256()) })],
  ['public_area_key', 'a key of another kind', tpm({ areaKey: keys.rs256(), attributes: ATTRIBUTES.es256 })],
  ['public_area_key', 'another exponent', tpm({ key: RSA_OTHER_EXPONENT })],
  ['public_area_scheme', 'ECDSA with SHA-384', tpm({ scheme: '0018000c' })],
  ['public_area_scheme', 'RSAPSS under RS256', tpm({ key: keys.rs256(), scheme: '0016000b' })],
  ['public_area_scheme', 'ECDH', tpm({ scheme: '0019000b' })],
  ['trailing_bytes', 'after certInfo', tpm({ certInfoTail: Uint8Array.of(0) })],
  ['trailing_bytes', 'after pubArea', tpm({ areaTail: Uint8Array.of(0) })],
  ['fixed_tpm', 'it may leave', tpm(clear(1))],
  ['fixed_parent', 'it may move', tpm(clear(4))],
  ['sensitive_data_origin', 'it was brought in', tpm(clear(5))],
  ['sign_attribute', 'it cannot sign', tpm(clear(18))],
  ['not_restricted', 'an attestation key', tpm({ attributes: ATTRIBUTES.es256 | (1 << 16) })],
  [
    'android_key_description',
    'the extension is missing',
    () => forgeAndroid({ leaf: { extensions: [extension.keyUsage('1')] } }),
  ],
  [
    'attested_challenge',
    'an Android certificate for another registration',
    () => forgeAndroid({ description: { challenge: new Uint8Array(32) } }),
  ],
  [
    'attested_challenge',
    'an Apple certificate for another registration',
    () => forgeApple({ nonce: new Uint8Array(32) }),
  ],
  [
    'android_authorizations',
    'for every application',
    () => forgeAndroid({ description: { allApplications: true } }),
  ],
  ['android_authorizations', 'brought in', () => forgeAndroid({ description: { imported: true } })],
  ['aaguid', 'a software model with a TPM', tpm({ aaguid: HELLO_SOFTWARE })],
  ['aaguid', 'the model of another vendor', tpm({ aaguid: PACKED_AAGUID })],
  ['aaguid', 'no model', tpm({ aaguid: '00000000-0000-0000-0000-000000000000' })],
  ['aaguid', 'none as Windows Hello', () => forgeNone({ aaguid: HELLO_TPM })],
  ['aaguid', 'self attestation as Windows Hello', () => forgeSelf({ aaguid: HELLO_TPM })],
  ['aaguid', 'a security key as Windows Hello', () => forgePacked({ aaguid: HELLO_VBS })],
  ['aaguid', 'a U2F key of a model', () => forgeU2f({ aaguid: PACKED_AAGUID })],
];

describe('a statement that is wrong in one thing fails there and nowhere else', () => {
  test.each(matrix)('%s: %s', (id, _what, forge) => {
    const verdict = judged(forge());
    expect(failedChecks(verdict)).toEqual([id]);
    expect(verdict.class).toBe('unverified');
    expect(isAccepted(verdict)).toBe(false);
    expect(verdict.manufacturer).toBeNull();
  });

  test('a structure that is none fails there, and what it would have said is not checked', () => {
    const certInfo = judged(forgeTpm({ statement: (members) => members.set('certInfo', new Uint8Array(8)) }));
    // Its signature fails too: there is no TPM that signs such a thing.
    expect(failedChecks(certInfo)).toEqual(['signature', 'cert_info_structure']);
    const area = judged(forgeTpm({ statement: (members) => members.set('pubArea', new Uint8Array(8)) }));
    expect(failedChecks(area)).toEqual(['cert_info_name', 'public_area_structure']);
    expect(outcomeOf(area, 'fixed_tpm')).toBe('not_checked');
  });

  test('a whole statement fails by what became known elsewhere, and there only', () => {
    const known: Known = { at: NOW, metadata: null, revocation: null };
    const reports = [{ status: 'REVOKED', effectiveDate: null, certificate: null }];
    const metadata = { number: 1, overdue: false, model: { name: 'A key', reports } };
    const model = judged(forgePacked(), { known: { ...known, metadata } });
    expect(failedChecks(model)).toEqual(['metadata_status']);
    expect(model).toMatchObject({ class: 'unverified', compromised: 'metadata_revoked' });
    const { fingerprint256: issuer } = new X509Certificate(rootCertificate());
    const { serialNumber } = new X509Certificate(intermediateCertificate());
    const list = {
      issuer,
      address: 'http://lists.example/',
      fetchedAt: null,
      nextUpdate: null,
      failure: null,
    };
    const revoked = [{ serialNumber: serialOf(serialNumber), revokedAt: NOW, reason: 'keyCompromise' }];
    const revocation = { limitHours: 48, lists: [{ ...list, revoked }] };
    const certificate = judged(forgeTpm(), { known: { ...known, revocation } });
    expect(failedChecks(certificate)).toEqual(['revocation']);
    expect(certificate).toMatchObject({
      class: 'unverified',
      compromised: 'attestation_certificate_revoked',
    });
  });

  // There is none that cannot fail alone. One that could not would be named here, with the reason.
  const exempt: Partial<Record<CheckId, string>> = {};

  test('every check has such a statement', () => {
    const tried = new Set<CheckId>([...outsideChecks, ...matrix.map(([id]) => id)]);
    expect(checkIds.filter((id) => !tried.has(id) && exempt[id] === undefined)).toEqual([]);
    expect((Object.keys(exempt) as CheckId[]).filter((id) => tried.has(id))).toEqual([]);
  });

  test('every row is another case', () => {
    const names = matrix.map(([id, what]) => `${id}: ${what}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});

describe('without any anchor', () => {
  const cases: [string, () => RegistrationResponse][] = [
    ['a chain that somebody made', tpm({ intermediate: { signer: keys.stranger().privateKey } })],
    ['a certificate that vouches for itself', tpm({ chain: ([leaf]) => [leaf as Uint8Array] })],
    ['a root of the sender', tpm({ chain: (chain) => [...chain, rootCertificate()] })],
    [
      'a security key of an unknown authority',
      () => forgePacked({ leaf: { signer: keys.stranger().privateKey } }),
    ],
    ['the model of Windows Hello in self attestation', () => forgeSelf({ aaguid: HELLO_TPM })],
    ['the model of Windows Hello without a statement', () => forgeNone({ aaguid: HELLO_VBS })],
  ];
  test.each(cases)('%s proves no hardware', (_what, forge) => {
    const verdict = judged(forge(), { anchors: [] });
    expect(verdict.class).toBe('unverified');
    expect(verdict.anchor).toBeNull();
    expect(verdict.manufacturer).toBeNull();
    expect(outcomeOf(verdict, 'trust_anchor')).not.toBe('passed');
  });
});

describe('trust comes from anchors and from nothing else', () => {
  test('without an anchor nothing is proven, and nothing fails', () => {
    const verdict = judged(forgeTpm(), { anchors: [] });
    expect(outcomeOf(verdict, 'trust_anchor')).toBe('not_checked');
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.class).toBe('unverified');
    expect(verdict.manufacturer).toBeNull();
  });

  test('an anchor counts for its own format only', () => {
    const verdict = judged(forgeTpm(), { anchors: [forgedAnchor('packed')] });
    expect(verdict.class).toBe('unverified');
    expect(outcomeOf(verdict, 'trust_anchor')).toBe('not_checked');
  });

  test('an intermediate may be the anchor', () => {
    const verdict = judged(forgeTpm(), { anchors: [forgedAnchor('tpm', intermediateCertificate())] });
    expect(verdict.class).toBe('tpm_hardware');
  });

  test('an anchor that is no authority issues nothing', () => {
    const anchor = rootCertificate({ extensions: [extension.basicConstraints(false)] });
    expect(failedChecks(judged(forgeTpm(), { anchors: [forgedAnchor('tpm', anchor)] }))).toEqual([
      'certificate_authority',
    ]);
  });

  test('a statement is judged at the time that is asked about', () => {
    const response = forgeTpm({ aik: { notAfter: new Date('2026-04-01T00:00:00Z') } });
    expect(judged(response).class).toBe('tpm_hardware');
    const later = judged(response, { at: new Date('2026-05-01T00:00:00Z') });
    expect(failedChecks(later)).toEqual(['validity']);
  });

  test('what was not expected is not checked', () => {
    const verdict = judged(forgeTpm(), { expected: {} });
    for (const id of ['challenge', 'origin', 'rp_id', 'credential_id'] as const)
      expect(outcomeOf(verdict, id), id).toBe('not_checked');
    expect(isAccepted(verdict)).toBe(true);
  });
});

describe('the other formats', () => {
  const cases: [string, () => RegistrationResponse, Verdict['class']][] = [
    ['none', () => forgeNone(), 'unverified'],
    ['none of a synced passkey', () => forgeNone({ flags: 0x5d }), 'unverified'],
    ['none of a Hello container', () => forgeNone({ aaguid: SOFTWARE_KEY_AAGUID }), 'software'],
    ['none of Windows Hello in software', () => forgeNone({ aaguid: HELLO_SOFTWARE }), 'unverified'],
    ['self attestation', () => forgeSelf(), 'unverified'],
    ['self attestation with RS256', () => forgeSelf({ key: keys.rs256() }), 'unverified'],
    [
      'self attestation of Windows Hello in software',
      () => forgeSelf({ aaguid: HELLO_SOFTWARE }),
      'software',
    ],
    ['self attestation of some model', () => forgeSelf({ aaguid: PACKED_AAGUID }), 'unverified'],
    ['a security key', () => forgePacked(), 'other_hardware'],
    ['a U2F key', () => forgeU2f(), 'other_hardware'],
    ['Android, trusted environment', () => forgeAndroid(), 'other_hardware'],
    ['Android, software', () => forgeAndroid({ description: { level: 0 } }), 'software'],
    ['Apple', () => forgeApple(), 'other_hardware'],
    [
      'Apple, as its devices write it',
      () => forgeApple({ statement: (members) => members.set('alg', -7) }),
      'other_hardware',
    ],
  ];
  test.each(cases)('%s', (_what, forge, expected) => {
    const verdict = judged(forge());
    expect(failedChecks(verdict)).toEqual([]);
    expect(verdict.class).toBe(expected);
  });

  test.each(cases)('%s proves no hardware without an anchor', (_what, forge) => {
    const verdict = judged(forge(), { anchors: [] });
    expect(failedChecks(verdict)).toEqual([]);
    expect(['unverified', 'software']).toContain(verdict.class);
  });
});

describe('garbage', () => {
  const whole = forgeTpm();
  const object = bytes(whole.response.attestationObject);
  const clientDataJSON = bytes(whole.response.clientDataJSON);
  const ask = (attestationObject: Uint8Array) =>
    verifyAttestation({ attestationObject, clientDataJSON, expected: {}, at: NOW, anchors: ANCHORS });

  test.each<[string, RegistrationResponse, Verdict['class']]>([
    ['a TPM', whole, 'tpm_hardware'],
    ['a TPM with ECDSA', forgeTpm({ ak: 'es256' }), 'tpm_hardware'],
    ['a security key', forgePacked(), 'other_hardware'],
    ['Android', forgeAndroid(), 'other_hardware'],
    ['Apple', forgeApple(), 'other_hardware'],
  ])('any change of a byte of a statement by %s is found', (_what, response, right) => {
    const attested = bytes(response.response.attestationObject);
    const client = bytes(response.response.clientDataJSON);
    const judgeAgain = (attestationObject: Uint8Array, clientData: Uint8Array) =>
      verifyAttestation({
        attestationObject,
        clientDataJSON: clientData,
        expected: {},
        at: NOW,
        anchors: ANCHORS,
      });
    const classOf = (answer: ReturnType<typeof judgeAgain>) =>
      'unreadable' in answer ? 'unverified' : answer.verdict.class;
    expect(classOf(judgeAgain(attested, client))).toBe(right);
    const change = (input: Uint8Array, at: number, by: number) =>
      Uint8Array.from(input, (byte, place) => (place === at ? byte ^ by : byte));
    const octet = fc.integer({ min: 1, max: 255 });
    // Authenticator data and client data are covered by the statement, the statement by signatures and names.
    fc.assert(
      fc.property(fc.nat(attested.length - 1), octet, (at, by) => {
        expect(classOf(judgeAgain(change(attested, at, by), client))).toBe('unverified');
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.nat(client.length - 1), octet, (at, by) => {
        expect(classOf(judgeAgain(attested, change(client, at, by)))).toBe('unverified');
      }),
      { numRuns: 50 },
    );
  });

  test('no bytes crash it, and none are accepted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 512 }), (random) => 'unreadable' in ask(random)),
      { numRuns: 500 },
    );
  });

  test('a statement that is cut short anywhere is never accepted', () => {
    fc.assert(
      fc.property(fc.nat(object.length - 1), (length) => 'unreadable' in ask(object.subarray(0, length))),
      { numRuns: 100 },
    );
  });

  test('certificates of random bytes are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        const verdict = judged(forgeTpm({ chain: ([, issuer]) => [random, issuer as Uint8Array] }));
        return verdict.class === 'unverified' && failedChecks(verdict).includes('certificates');
      }),
      { numRuns: 50 },
    );
  });
});
