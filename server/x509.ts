import 'server-only';
// Must come first: the library finds its parts by metadata.
import 'reflect-metadata';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  X509Certificate as NodeCertificate,
  sign,
  webcrypto,
} from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PublicKey,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Validity } from '#domain/device-certificate';
import { type RevocationList, signed, toBeSigned } from '#domain/revocation-list';
import type { Random } from './runtime.ts';

/** The one place that writes and reads X.509 (RFC 5280). It knows no table and no clock; everything signs with P-256. */

// The library asks for the browser's type; Node's is the same interface.
const crypto = webcrypto as unknown as Crypto;
const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

type Bytes = Buffer<ArrayBuffer>;

/** A new P-256 private key from 48 random bytes, as PKCS #8. */
export function newPrivateKey(random: Random): Bytes {
  const secret = p256.utils.randomSecretKey(random.bytes(48));
  const point = p256.getPublicKey(secret, false);
  const encoded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const [d, x, y] = [encoded(secret), encoded(point.slice(1, 33)), encoded(point.slice(33))];
  const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d, x, y }, format: 'jwk' });
  return Buffer.from(key.export({ format: 'der', type: 'pkcs8' }));
}

function privateKey(pkcs8: Uint8Array) {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
}

function signingKey(pkcs8: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', Buffer.from(pkcs8), P256, false, ['sign']);
}

/** A name verbatim: nothing in it is read as an escape. */
function nameOf(name: { readonly commonName: string; readonly organisation?: string | null }): Name {
  const attribute = (type: string, value: string) => ({ [type]: [{ utf8String: value }] });
  return new Name([
    attribute('CN', name.commonName),
    ...(name.organisation ? [attribute('O', name.organisation)] : []),
  ]);
}

/** An authority's certificate over its own key, DER. It may sign devices' certificates and lists, and no other authority. */
export async function selfSign(
  pkcs8: Uint8Array,
  given: Validity & {
    readonly serialNumber: string;
    readonly name: { readonly commonName: string; readonly organisation: string | null };
  },
): Promise<Bytes> {
  const publicKey = new PublicKey(
    Buffer.from(createPublicKey(privateKey(pkcs8)).export({ format: 'der', type: 'spki' })),
  );
  const name = nameOf(given.name);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: given.serialNumber,
      subject: name,
      issuer: name,
      notBefore: given.startsAt,
      notAfter: given.expiresAt,
      publicKey,
      signingKey: await signingKey(pkcs8),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return Buffer.from(certificate.rawData);
}

/** A certificate of an authority over a device's public key (SubjectPublicKeyInfo, DER), for nothing but client authentication. */
export async function certify(
  authority: { readonly certificate: Uint8Array; readonly privateKey: Uint8Array },
  given: Validity & {
    readonly serialNumber: string;
    readonly commonName: string;
    readonly publicKey: Uint8Array;
    /** Where its revocation list and its authority's certificate are served. */
    readonly listAddress: string;
    readonly authorityAddress: string;
  },
): Promise<Bytes> {
  const issuer = new X509Certificate(Buffer.from(authority.certificate));
  const publicKey = new PublicKey(Buffer.from(given.publicKey));
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: given.serialNumber,
      subject: nameOf(given),
      issuer: issuer.subjectName,
      notBefore: given.startsAt,
      notAfter: given.expiresAt,
      publicKey,
      signingKey: await signingKey(authority.privateKey),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, crypto),
        new CRLDistributionPointsExtension([given.listAddress]),
        new AuthorityInfoAccessExtension({ caIssuers: given.authorityAddress }),
      ],
    },
    crypto,
  );
  return Buffer.from(certificate.rawData);
}

/** An authority's signed revocation list (RFC 5280 5), DER. */
export async function signRevocationList(
  authority: { readonly certificate: Uint8Array; readonly privateKey: Uint8Array },
  list: Omit<RevocationList, 'issuer' | 'authorityKeyIdentifier'>,
): Promise<Bytes> {
  const certificate = new X509Certificate(Buffer.from(authority.certificate));
  const identifier = await AuthorityKeyIdentifierExtension.create(certificate.publicKey, false, crypto);
  const toBe = toBeSigned({
    ...list,
    issuer: new Uint8Array(certificate.subjectName.toArrayBuffer()),
    authorityKeyIdentifier: new Uint8Array(identifier.rawData),
  });
  return Buffer.from(signed(toBe, sign('sha256', toBe, privateKey(authority.privateKey))));
}

/** SHA-1 of a certificate in upper-case hex: what Windows shows as its thumbprint. A name, not a protection. */
export function thumbprint(certificate: Uint8Array): string {
  return createHash('sha1').update(certificate).digest('hex').toUpperCase();
}

/** What people compare of a certificate: its names in one line each, and its SHA-256 fingerprint with colons. */
export function described(certificate: Uint8Array): {
  readonly subject: string;
  readonly issuer: string;
  readonly fingerprint: string;
} {
  const { subject, issuer, fingerprint256 } = new NodeCertificate(certificate);
  const oneLine = (name: string) => name.split('\n').join(', ');
  return { subject: oneLine(subject), issuer: oneLine(issuer), fingerprint: fingerprint256 };
}
