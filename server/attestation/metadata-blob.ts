import 'server-only';
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { compactVerify, decodeProtectedHeader, errors } from 'jose';
import { z } from 'zod';
import { judgePath } from '#domain/attestation/judgement/path';
import { isTrusted } from '#domain/attestation/judgement/standing';
import { type MetadataContent, readPayload } from '#domain/attestation/metadata';
import { type Anchor, readPath } from './verification.ts';

/** The name in the certificate that signs the FIDO Alliance's BLOB. Its root signs the certificates of any web site. */
export const METADATA_HOST = 'mds.fidoalliance.org';

/** SHA-256 of GlobalSign Root CA - R3, valid until 18 March 2029, as its publisher prints it. */
const GLOBALSIGN_R3 =
  'CB:B5:22:D7:B7:F1:27:AD:6A:01:13:86:5B:DF:1C:D4:10:2E:7D:07:59:AF:63:5A:7C:F4:72:0D:C9:63:C5:3B';

/** The format under which an administrator pins an authority of metadata of their own. */
export const METADATA_FORMAT = 'metadata' as const;

/** The root of the FIDO Alliance's BLOB, from the roots that ship with Node.js; none where a version of it dropped that. */
export function shippedMetadataAnchors(): Anchor[] {
  return rootCertificates.flatMap((pem) => {
    const certificate = new X509Certificate(pem);
    if (certificate.fingerprint256 !== GLOBALSIGN_R3) return [];
    return [
      {
        format: METADATA_FORMAT,
        name: 'GlobalSign Root CA - R3',
        certificate: new Uint8Array(certificate.raw),
        builtIn: true,
      },
    ];
  });
}

/** Signatures by a certificate's key. What needs a shared secret, or no key, is not among them (RFC 8725 3.1). */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Why a BLOB is refused, for administrators. */
export const blobFaults = {
  not_a_blob: 'That is no metadata BLOB: it has to be a JSON Web Token in compact form.',
  no_certificates: 'It does not carry the certificates of who signed it.',
  untrusted: 'Its certificates do not lead to an authority that is trusted for metadata.',
  wrong_name: `It was signed by another site than ${METADATA_HOST}.`,
  algorithm: 'It is signed by a method that is not accepted.',
  signature: 'Its signature is not valid: it was changed, or cut short.',
  content: 'Its content is not what metadata has to be.',
} as const;
export type BlobFault = keyof typeof blobFaults;

export type ReadBlob =
  | { readonly content: MetadataContent; readonly signer: string }
  | { readonly fault: BlobFault; readonly detail: string | null };

const header = z.looseObject({ x5c: z.array(z.base64().max(16_384)).min(1).max(8) });

const refused = (fault: BlobFault, detail: string | null = null): ReadBlob => ({ fault, detail });

/**
 * Reads a metadata BLOB (FIDO MDS 3.2): its signature, by a certificate whose path ends in one of the anchors at a time, and
 * its payload. Under the anchor that ships, the certificate also has to be the FIDO Alliance's own. Nothing is fetched: `x5u`
 * is not followed.
 */
export async function readBlob(blob: string, anchors: readonly Anchor[], at: Date): Promise<ReadBlob> {
  let given: unknown;
  try {
    given = decodeProtectedHeader(blob);
  } catch {
    return refused('not_a_blob');
  }
  const parsed = header.safeParse(given);
  if (!parsed.success) return refused('no_certificates');
  const path = readPath(
    parsed.data.x5c.map((der) => new Uint8Array(Buffer.from(der, 'base64'))),
    anchors,
  );
  const findings = judgePath(path, at);
  if (!isTrusted(findings) || path.chain === null || path.anchor === null) {
    const why = Object.values(findings).find(
      ([outcome]) => outcome === 'failed' || outcome === 'not_checked',
    );
    return refused('untrusted', why?.[1] ?? null);
  }
  const [leaf] = path.chain;
  if (leaf === undefined || leaf.facts.basicConstraints?.ca === true) return refused('untrusted');
  if (leaf.facts.keyUsage?.includes('digitalSignature') === false)
    return refused('untrusted', 'The first certificate may not sign.');
  if (path.anchor.builtIn && leaf.native.checkHost(METADATA_HOST) === undefined) return refused('wrong_name');
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(blob, leaf.publicKey, { algorithms: ALGORITHMS }));
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return refused('signature');
    if (error instanceof errors.JWSInvalid) return refused('not_a_blob');
    if (error instanceof errors.JOSEError || error instanceof TypeError) return refused('algorithm');
    throw error;
  }
  const json = parseJson(payload);
  if (json === undefined) return refused('content');
  const content = readPayload(json);
  return 'fault' in content ? refused('content', content.fault) : { content, signer: leaf.facts.subject };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
