import type { AuthenticatorData } from '../authenticator-data.ts';
import type { Certificate } from '../certificate.ts';
import { algorithmWords, coseAlgorithm, RS1 } from '../cose-key.ts';
import type { Registration, Statement } from '../statement.ts';
import type { Facts } from './facts.ts';
import { type Findings, failed, found, notChecked, passed } from './finding.ts';

const curveBits: Readonly<Record<number, number>> = { 1: 256, 2: 384, 3: 521, 6: 256 };

/** The signature of the statement and whether its algorithm goes with the key that made it. */
export function judgeSignature(
  { authData }: Registration,
  statement: Statement,
  { signatureValid, certificates }: Facts,
): Findings {
  if (!('signature' in statement)) return {};
  const valid =
    signatureValid === null
      ? notChecked('There is no key that fits it')
      : found(signatureValid, 'Valid', 'It was made by another key, or over something else');
  if (statement.format === 'fido-u2f') {
    const key = certificates?.[0]?.key;
    const fits = authData.publicKey.algorithm === -7 && key?.type === 'ec' && key.bits === 256;
    return {
      signature_algorithm: found(fits, 'ES256 (-7)', 'This format knows ES256 only'),
      signature: valid,
    };
  }
  const words = algorithmWords(statement.algorithm);
  const fits = signerFits(statement, authData, certificates);
  if (fits === null)
    return { signature_algorithm: notChecked('The certificate could not be read'), signature: valid };
  if (!fits)
    return {
      signature_algorithm: failed(`${words} does not go with the key that signs, or is too weak`),
      signature: notChecked('The algorithm does not fit'),
    };
  const weak = statement.algorithm === RS1;
  return {
    signature_algorithm: passed(weak ? `${words}: weak (SHA-1), as every Windows TPM signs` : words),
    signature: valid,
  };
}

function signerFits(
  statement: Extract<Statement, { algorithm: number }>,
  { publicKey }: AuthenticatorData,
  certificates: readonly Certificate[] | null,
): boolean | null {
  const known = coseAlgorithm(statement.algorithm);
  if (known === null || (known.hash === 'sha1' && statement.format !== 'tpm')) return false;
  if (statement.x5c === null) return statement.algorithm === publicKey.algorithm;
  const key = certificates?.[0]?.key;
  if (key === undefined) return null;
  if (known.keyType === 'rsa') return key.type === 'rsa';
  if (known.keyType === 'okp') return key.words === 'Ed25519';
  return key.type === 'ec' && known.curve !== undefined && key.bits === curveBits[known.curve];
}
