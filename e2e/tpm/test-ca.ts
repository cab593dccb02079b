/**
 * An attestation authority for tests: a root, an intermediate and AIK certificates in the shape that Windows machines
 * have (TCG EK Credential Profile 3.2.16, WebAuthn L3 8.3.1). It signs the AK that it is given: the dance that proves the
 * AK to be in the TPM (MakeCredential, ActivateCredential) is not done.
 */
// Must come first: the library finds its parts by metadata.
import 'reflect-metadata';
import { type KeyObject, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PublicKey,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

// The library asks for the browser's type; Node's is the same interface.
const crypto = webcrypto as unknown as Crypto;

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};

/** tcg-kp-AIKCertificate. */
export const AIK_USAGE = '2.23.133.8.3';
const ALTERNATIVE_NAME = '2.5.29.17';
const TPM_NAME = { manufacturer: '2.23.133.2.1', model: '2.23.133.2.2', version: '2.23.133.2.3' };
/** "IBM" in the registry of TPM vendors: swtpm's own. */
export const SWTPM_MANUFACTURER = 'id:49424D00';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

type Der = Uint8Array<ArrayBuffer>;
export type Validity = { notBefore: Date; notAfter: Date };

/** What an AIK certificate says; left out, it says what one of Windows says. `null` leaves the part out. */
export type AikCertificate = Partial<Validity> & {
  /** Empty, as WebAuthn demands. */
  subject?: string;
  manufacturer?: string | null;
  model?: string | null;
  version?: string | null;
  alternativeNameIsCritical?: boolean;
  /** The subject alternative name as such, in place of the three above. */
  alternativeName?: Extension | null;
  usages?: string[] | null;
  /** Basic constraints. */
  authority?: boolean | null;
  /** Further extensions, such as id-fido-gen-ce-aaguid. */
  extensions?: Extension[];
  /** Which certificate signs; the root makes a chain of one. */
  signedBy?: 'intermediate' | 'root';
};

/** How the authority itself deviates from a good one. */
export type TestCaOptions = {
  root?: Partial<Validity>;
  intermediate?: Partial<Validity> & { authority?: boolean };
  /** pathLenConstraint of the root. */
  pathLength?: number;
};

export type TestCa = {
  /** The trust anchor, DER and PEM. */
  root: Der;
  rootPem: string;
  intermediate: Der;
  /** A certificate over an attestation key. */
  certify: (key: KeyObject, certificate?: AikCertificate) => Promise<Der>;
  /** `x5c`: the certificate and what leads to the anchor, without the anchor. */
  chain: (key: KeyObject, certificate?: AikCertificate) => Promise<Der[]>;
};

const serialNumber = () => `40${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;

const validity = (given: Partial<Validity> | undefined, years: number): Validity => ({
  notBefore: given?.notBefore ?? new Date(Date.now() - DAY_MS),
  notAfter: given?.notAfter ?? new Date(Date.now() + years * YEAR_MS),
});

/** Makes the keys and certificates; about a quarter of a second. Keep it for a whole worker. */
export async function createTestCa(options: TestCaOptions = {}): Promise<TestCa> {
  const [rootKeys, intermediateKeys] = await Promise.all([newKeys(), newKeys()]);
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: 'CN=Test TPM Root Certificate Authority',
      ...validity(options.root, 20),
      keys: rootKeys,
      signingAlgorithm: RSA,
      extensions: [
        new BasicConstraintsExtension(true, options.pathLength, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(rootKeys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  const isAuthority = options.intermediate?.authority ?? true;
  const intermediate = await X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: 'CN=TEST-KEYID-0001',
      issuer: root.subjectName,
      ...validity(options.intermediate, 10),
      publicKey: intermediateKeys.publicKey,
      signingKey: rootKeys.privateKey,
      signingAlgorithm: RSA,
      extensions: [
        new BasicConstraintsExtension(isAuthority, isAuthority ? 0 : undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await AuthorityKeyIdentifierExtension.create(rootKeys.publicKey, false, crypto),
        await SubjectKeyIdentifierExtension.create(intermediateKeys.publicKey, false, crypto),
      ],
    },
    crypto,
  );

  const certify: TestCa['certify'] = async (key, certificate = {}) => {
    const publicKey = new PublicKey(Buffer.from(key.export({ format: 'der', type: 'spki' })));
    const byRoot = certificate.signedBy === 'root';
    const [issuer, keys] = byRoot ? [root, rootKeys] : [intermediate, intermediateKeys];
    const made = await X509CertificateGenerator.create(
      {
        serialNumber: serialNumber(),
        subject: new Name(certificate.subject ?? ''),
        issuer: issuer.subjectName,
        ...validity(certificate, 5),
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: RSA,
        extensions: [
          ...described(certificate),
          await AuthorityKeyIdentifierExtension.create(keys.publicKey, false, crypto),
          await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
          ...(certificate.extensions ?? []),
        ],
      },
      crypto,
    );
    return new Uint8Array(made.rawData);
  };
  const intermediateDer = new Uint8Array(intermediate.rawData);
  return {
    root: new Uint8Array(root.rawData),
    rootPem: root.toString('pem'),
    intermediate: intermediateDer,
    certify,
    chain: async (key, certificate) => [
      await certify(key, certificate),
      ...(certificate?.signedBy === 'root' ? [] : [intermediateDer]),
    ],
  };
}

const newKeys = (): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(RSA, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;

function described(certificate: AikCertificate): Extension[] {
  const { usages = [AIK_USAGE], authority = false, alternativeName = tpmName(certificate) } = certificate;
  return [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ...(authority === null ? [] : [new BasicConstraintsExtension(authority, undefined, true)]),
    ...(usages === null ? [] : [new ExtendedKeyUsageExtension(usages)]),
    ...(alternativeName === null ? [] : [alternativeName]),
  ];
}

/** A DER element of less than 128 bytes. */
const der = (tag: number, content: Uint8Array): Der =>
  new Uint8Array(Buffer.concat([Uint8Array.of(tag, content.length), content]));

/** The subject alternative name: one directoryName with vendor, model and firmware version of the TPM. */
export function tpmName(certificate: AikCertificate): Extension | null {
  const { manufacturer = SWTPM_MANUFACTURER, model = 'swtpm', version = 'id:20191023' } = certificate;
  const names: JsonName = Object.entries({ manufacturer, model, version }).flatMap(([name, value]) =>
    value === null ? [] : [{ [TPM_NAME[name as keyof typeof TPM_NAME]]: [`#${text(value)}`] }],
  );
  if (names.length === 0) return null;
  const directoryName = der(0xa4, new Uint8Array(new Name(names).toArrayBuffer()));
  return new Extension(
    ALTERNATIVE_NAME,
    certificate.alternativeNameIsCritical ?? true,
    der(0x30, directoryName),
  );
}

/** A UTF8String in hex: the library would choose another type. */
const text = (value: string) => Buffer.from(der(0x0c, Buffer.from(value))).toString('hex');
