import 'server-only';
import { constants, sign, X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { der, derInteger, derTime, TAG } from '#domain/der';
import { addAnchor } from './attestation/anchor.ts';
import type { Reach } from './download.ts';
import type { Runtime } from './runtime.ts';
import {
  type CertificateOptions,
  extension,
  type NameParts,
  rootCertificate,
  writeCertificate,
} from './testing-attestation/certificate.ts';
import { type KeyPair, keys } from './testing-attestation/keys.ts';

/** Support for tests about metadata and revocation lists: both signed by authorities of our own, and served by the test. */

const encoded = (value: string | Uint8Array) => Buffer.from(value as Uint8Array).toString('base64url');
const METADATA_ROOT: NameParts = [['2.5.4.3', 'Forged Metadata Root']];

export interface SignOptions {
  /** Changes the header's members. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly signer?: KeyPair;
  readonly leaf?: Partial<CertificateOptions>;
  readonly chain?: (chain: readonly Uint8Array[]) => readonly Uint8Array[];
}

/** An authority that signs BLOBs, under a root of the test's own. */
export function metadataAuthority() {
  const { publicKey, privateKey } = keys.root();
  const root = rootCertificate({ subject: METADATA_ROOT, issuer: METADATA_ROOT });
  const pem = new X509Certificate(root).toString();
  const { fingerprint256 } = new X509Certificate(root);
  return {
    root,
    publicKey,
    pin: (runtime: Runtime) =>
      addAnchor(runtime, null, { format: 'metadata', pem, fingerprint: fingerprint256 }),
    sign: (payload: unknown, options: SignOptions = {}): string => {
      const { signer = keys.akEc() } = options;
      const leaf = writeCertificate({
        subject: [['2.5.4.3', 'Forged Metadata Signer']],
        issuer: METADATA_ROOT,
        publicKey: signer.publicKey,
        signer: privateKey,
        extensions: [extension.basicConstraints(false), extension.keyUsage('1')],
        ...options.leaf,
      });
      const chain = options.chain?.([leaf]) ?? [leaf];
      const header = {
        alg: 'ES256',
        typ: 'JWT',
        x5c: chain.map((certificate) => Buffer.from(certificate).toString('base64')),
        ...options.header,
      };
      const signed = `${encoded(JSON.stringify(header))}.${encoded(JSON.stringify(payload))}`;
      const signature = sign('sha256', Buffer.from(signed), {
        key: signer.privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      return `${signed}.${encoded(signature)}`;
    },
  };
}

/** A payload as the service publishes it (FIDO MDS 3.1.6). */
export function aPayload(more: Readonly<Record<string, unknown>> = {}) {
  return {
    legalHeader: 'For a test.',
    no: 7,
    nextUpdate: '2026-04-01',
    entries: [] as unknown[],
    ...more,
  };
}

/** One entry of a payload. */
export function anEntry(
  aaguid: string,
  reports: readonly unknown[] = [{ status: 'FIDO_CERTIFIED_L1', effectiveDate: '2024-01-01' }],
  statement: Readonly<Record<string, unknown>> = {},
) {
  return {
    aaguid,
    metadataStatement: {
      description: 'Forged Key 5',
      protocolFamily: 'fido2',
      attestationTypes: ['basic_full'],
      keyProtection: ['hardware', 'secure_element'],
      attestationRootCertificates: [],
      icon: 'data:image/png;base64,iVBORw0KGgo=',
      ...statement,
    },
    statusReports: reports,
    timeOfLastStatusChange: '2024-01-01',
  };
}

/** What only tests may reach. */
export const LOOPBACK: Reach = {
  protocols: ['http:', 'https:'],
  allows: (address) => address === '127.0.0.1',
};

/** A real server on a port of its own. `close` ends its connections too. */
export async function aWebServer(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const sequence = (...contents: readonly Uint8Array[]) => der(TAG.sequence, ...contents);
/** Algorithm identifiers (RFC 4055, 5758), and how Node signs so. */
const signing = {
  rsa: ['300d06092a864886f70d01010b0500', 'sha256', {}],
  sha1: ['300d06092a864886f70d0101050500', 'sha1', {}],
  ec: ['300a06082a8648ce3d040302', 'sha256', {}],
  pss: [
    '304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120',
    'sha256',
    { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  ],
} as const;
const oidOf = { number: '551d14', delta: '551d1b', point: '551d1c', reason: '551d15' } as const;
const extensionOf = (id: keyof typeof oidOf, value: Uint8Array, critical = false) =>
  sequence(
    der(TAG.objectIdentifier, Buffer.from(oidOf[id], 'hex')),
    ...(critical ? [Buffer.from('0101ff', 'hex')] : []),
    der(TAG.octetString, value),
  );

export interface ListOptions {
  readonly issuer: Uint8Array;
  readonly signer: KeyPair;
  readonly number?: number;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  /** Certificates that it revokes, or their serial numbers in hexadecimal; `reason` by its number. */
  readonly revoked?: readonly {
    readonly certificate: Uint8Array | string;
    readonly at?: Date;
    readonly reason?: number;
  }[];
  readonly delta?: boolean;
  readonly partial?: boolean;
  readonly algorithm?: keyof typeof signing;
}

/** A certificate revocation list (RFC 5280 5.1), RSA with SHA-256 where nothing else is said. */
export function writeList(options: ListOptions): Buffer {
  const { thisUpdate = new Date('2026-03-02T00:00:00Z'), nextUpdate = new Date('2026-03-09T00:00:00Z') } =
    options;
  const name = new X509Certificate(options.issuer);
  const [identifier, hash, how] = signing[options.algorithm ?? 'rsa'];
  const algorithm = Buffer.from(identifier, 'hex');
  const entries = (options.revoked ?? []).map(({ certificate, at = thisUpdate, reason = 1 }) =>
    sequence(
      der(0x02, Buffer.from(serialNumberOf(certificate), 'hex')),
      derTime(at),
      sequence(extensionOf('reason', der(0x0a, Uint8Array.of(reason)))),
    ),
  );
  const toBeSigned = sequence(
    derInteger(1),
    algorithm,
    subjectOf(name),
    derTime(thisUpdate),
    derTime(nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(Buffer.concat(entries))]),
    der(
      0xa0,
      sequence(
        extensionOf('number', derInteger(options.number ?? 1)),
        ...(options.delta ? [extensionOf('delta', derInteger(1), true)] : []),
        ...(options.partial ? [extensionOf('point', sequence(Buffer.from('8401ff', 'hex')), true)] : []),
      ),
    ),
  );
  const signature = sign(hash, toBeSigned, { key: options.signer.privateKey, ...how });
  return Buffer.from(sequence(toBeSigned, algorithm, der(TAG.bitString, Uint8Array.of(0), signature)));
}

const serialNumberOf = (given: Uint8Array | string) =>
  typeof given === 'string' ? given : new X509Certificate(given).serialNumber;

/** The subject's bytes, of the names that these tests make: one common name. */
function subjectOf({ subject }: X509Certificate): Uint8Array {
  const value = Buffer.from(subject.replace(/^CN=/, ''), 'utf8');
  const attribute = sequence(der(TAG.objectIdentifier, Buffer.from('550403', 'hex')), der(0x0c, value));
  return sequence(der(0x31, attribute));
}

/** The extension that names where an issuer's list is (RFC 5280 4.2.1.13). */
export function listAt(...addresses: readonly string[]) {
  const points = addresses.map((address) =>
    sequence(der(0xa0, der(0xa0, der(0x86, Buffer.from(address, 'latin1'))))),
  );
  return { id: '2.5.29.31', value: sequence(...points) };
}
