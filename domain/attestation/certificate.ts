import { guidText } from './authenticator-data.ts';
import { type Element, objectIdentifier, readElement, readElements, readSequence } from './der.ts';

/** What an X.509 certificate says (RFC 5280), as far as attestation asks. */
export interface Certificate {
  /** Names in one line, for people. */
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** 1 to 3. */
  readonly version: number;
  readonly subjectIsEmpty: boolean;
  readonly selfIssued: boolean;
  /** Attributes of the subject by their short names, as a packed attestation certificate needs them. */
  readonly subjectAttributes: Readonly<Record<'C' | 'O' | 'OU' | 'CN', readonly string[]>>;
  /** SHA-256 of the whole certificate, upper-case hex with colons. */
  readonly fingerprint: string;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  /** Names of RFC 5280 4.2.1.3, or null without the extension. */
  readonly keyUsage: readonly string[] | null;
  /** Object identifiers, or null without the extension. */
  readonly extendedKeyUsage: readonly string[] | null;
  readonly extensions: readonly Extension[];
  /** Such as `RSA 2048` or `EC P-256`. */
  readonly key: { readonly type: 'rsa' | 'ec' | 'other'; readonly bits: number; readonly words: string };
  /** The hash of the signature on it, such as `SHA-256`, or its algorithm; null when it is not known. */
  readonly signatureHash: string | null;
}

export interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export const OID = {
  subjectAltName: '2.5.29.17',
  /** tcg-kp-AIKCertificate, WebAuthn L3 8.3.1. */
  attestationIdentityKey: '2.23.133.8.3',
  tpmManufacturer: '2.23.133.2.1',
  tpmModel: '2.23.133.2.2',
  tpmVersion: '2.23.133.2.3',
  /** id-fido-gen-ce-aaguid, WebAuthn L3 8.2.1. */
  fidoAaguid: '1.3.6.1.4.1.45724.1.1.4',
  appleNonce: '1.2.840.113635.100.8.2',
  androidKeyDescription: '1.3.6.1.4.1.11129.2.1.17',
} as const;

/** The extensions whose meaning is applied here; another one that is critical must not be passed over (RFC 5280 4.2). */
const UNDERSTOOD = new Set([
  '2.5.29.14',
  '2.5.29.15',
  OID.subjectAltName,
  '2.5.29.19',
  // Certificate policies: no policy is asked for, so that any is fine.
  '2.5.29.32',
  '2.5.29.35',
  '2.5.29.37',
  OID.fidoAaguid,
  OID.appleNonce,
  OID.androidKeyDescription,
]);

export function notUnderstood({ extensions }: Pick<Certificate, 'extensions'>): string[] {
  return extensions.filter(({ id, critical }) => critical && !UNDERSTOOD.has(id)).map(({ id }) => id);
}

export function extensionOf(
  { extensions }: Pick<Certificate, 'extensions'>,
  id: string,
): Extension | undefined {
  return extensions.find((extension) => extension.id === id);
}

export interface TpmIdentity {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly version: string | null;
}

const DIRECTORY_NAME = 0xa4;
const text = new TextDecoder('utf-8');

/**
 * The TPM attributes in the directory names of a subject alternative name (TCG EK Credential Profile 3.1.2), each RDN with
 * one attribute or several, wherever they stand. null: no directory name, or one that cannot be read.
 */
export function readTpmIdentity(subjectAltName: Uint8Array): TpmIdentity | null {
  const names = readSequence(subjectAltName)?.filter(({ tag }) => tag === DIRECTORY_NAME);
  if (names === undefined || names.length === 0) return null;
  const found = new Map<string, string>();
  for (const name of names) {
    const rdns = readSequence(name.content);
    if (rdns === null) return null;
    for (const rdn of rdns) {
      const attributes = rdn.tag === 0x31 ? readElements(rdn.content) : null;
      if (attributes === null) return null;
      for (const attribute of attributes) {
        const [type, value, ...more] = (attribute.tag === 0x30 && readElements(attribute.content)) || [];
        const id = type?.tag === 0x06 ? objectIdentifier(type.content) : null;
        if (id === null || value === undefined || more.length > 0) return null;
        // The same attribute twice could be read either way.
        if (found.has(id)) return null;
        found.set(id, text.decode(value.content));
      }
    }
  }
  return {
    manufacturer: found.get(OID.tpmManufacturer) ?? null,
    model: found.get(OID.tpmModel) ?? null,
    version: found.get(OID.tpmVersion) ?? null,
  };
}

/** The AAGUID in id-fido-gen-ce-aaguid: an OCTET STRING of 16 bytes (WebAuthn L3 8.2.1); null for anything else. */
export function readFidoAaguid(value: Uint8Array): string | null {
  const bytes = readElement(value, 0x04);
  return bytes?.length === 16 ? guidText(bytes) : null;
}

/** The nonce of an Apple attestation certificate: SEQUENCE { [1] { OCTET STRING } }. */
export function readAppleNonce(value: Uint8Array): Uint8Array | null {
  const [tagged, ...more] = readSequence(value) ?? [];
  return tagged?.tag === 0xa1 && more.length === 0 ? readElement(tagged.content, 0x04) : null;
}

export interface AndroidKeyDescription {
  readonly challenge: Uint8Array;
  /** The weaker of the two security levels: 0 software, 1 trusted environment, 2 StrongBox. */
  readonly securityLevel: number;
  /** Either list says that every application may use the key. */
  readonly allApplications: boolean;
  /** Says, in the list that hardware enforces, that the key was generated there and can only sign. */
  readonly generatedToSign: boolean;
}

/** Android's key description (Android Keystore attestation schema), as far as WebAuthn L3 8.4.1 asks. */
export function readAndroidKeyDescription(value: Uint8Array): AndroidKeyDescription | null {
  const parts = readSequence(value);
  if (parts?.length !== 8) return null;
  const [, attestationLevel, , keymasterLevel, challenge, , software, hardware] = parts;
  const levels = [attestationLevel, keymasterLevel].map((level) =>
    level?.tag === 0x0a && level.content.length === 1 ? (level.content[0] ?? 0) : null,
  );
  const [softwareList, hardwareList] = [software, hardware].map((list) =>
    list?.tag === 0x30 ? readElements(list.content) : null,
  );
  if (challenge?.tag !== 0x04 || !softwareList || !hardwareList) return null;
  if (levels.some((level) => level === null || level > 2)) return null;
  const purposes = tagged(hardwareList, 1);
  const [purpose, ...others] = readElements((purposes && readElement(purposes, 0x31)) ?? NOTHING) ?? [];
  const origin = readElement(tagged(hardwareList, 702) ?? NOTHING, 0x02);
  return {
    challenge: challenge.content,
    securityLevel: Math.min(...levels.map((level) => level ?? 0)),
    allApplications: [softwareList, hardwareList].some((list) => tagged(list, 600) !== undefined),
    generatedToSign:
      isOctet(purpose?.content, KM_PURPOSE_SIGN) &&
      others.length === 0 &&
      isOctet(origin, KM_ORIGIN_GENERATED),
  };
}

const NOTHING = new Uint8Array();
const KM_PURPOSE_SIGN = 2;
const KM_ORIGIN_GENERATED = 0;

/** The content of the context-specific tag with this number. */
function tagged(list: readonly Element[], number: number): Uint8Array | undefined {
  return list.find((element) => (element.tag & 0xc0) === 0x80 && element.number === number)?.content;
}

function isOctet(content: Uint8Array | null | undefined, value: number): boolean {
  return content?.length === 1 && content[0] === value;
}
