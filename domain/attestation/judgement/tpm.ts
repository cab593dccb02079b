import type { AuthenticatorData } from '../authenticator-data.ts';
import { joinBytes, sameBytes } from '../bytes.ts';
import { algorithmWords, coseAlgorithm } from '../cose-key.ts';
import type { Registration, Statement } from '../statement.ts';
import {
  type Attest,
  type PublicArea,
  readAttest,
  readPublicArea,
  structureTagWords,
  TPM_GENERATED_VALUE,
  TPM_ST_ATTEST_CERTIFY,
  type TpmHash,
} from '../tpm-structures.ts';
import { type Finding, type Findings, failed, found, notChecked, passed } from './finding.ts';
import { hashes, tpmHashes } from './hash.ts';

/** WebAuthn L3 8.3: what the TPM certified, and the attributes of the key that it certified. */
export function judgeTpm(
  registration: Registration,
  statement: Extract<Statement, { format: 'tpm' }>,
): Findings {
  const attest = readAttest(statement.certInfo);
  const area = readPublicArea(statement.pubArea);
  const left = (attest?.trailing ?? 0) + (area?.trailing ?? 0);
  return {
    tpm_version: found(
      statement.version === '2.0',
      statement.version.slice(0, 16),
      `"${statement.version.slice(0, 16)}" instead of "2.0"`,
    ),
    trailing_bytes:
      attest === null && area === null
        ? notChecked('Neither structure could be read')
        : found(left === 0, 'Nothing is left over', `${left} bytes are left over`),
    ...judgeCertInfo(registration, statement, attest, area),
    ...judgePublicArea(registration.authData, area),
  };
}

function judgeCertInfo(
  { authData, clientDataHash }: Registration,
  statement: Extract<Statement, { format: 'tpm' }>,
  attest: (Attest & { trailing: number }) | null,
  area: (PublicArea & { trailing: number }) | null,
): Findings {
  const unreadable = notChecked('The attestation structure could not be read');
  if (attest === null)
    return {
      cert_info_structure: failed('It is not a TPMS_ATTEST'),
      cert_info_magic: unreadable,
      cert_info_type: unreadable,
      cert_info_extra_data: unreadable,
      cert_info_name: unreadable,
      name_algorithm: unreadable,
    };
  const hash = coseAlgorithm(statement.algorithm)?.hash ?? null;
  const name = attest.attested?.name;
  // Over what the structure itself takes: what follows it is another check's.
  const publicArea = statement.pubArea.subarray(0, statement.pubArea.length - (area?.trailing ?? 0));
  const uncertified = notChecked('It certifies no key');
  return {
    cert_info_structure: passed('TPMS_ATTEST'),
    cert_info_magic: found(
      attest.magic === TPM_GENERATED_VALUE,
      'TPM_GENERATED_VALUE',
      'It does not begin with TPM_GENERATED_VALUE',
    ),
    cert_info_type: found(
      attest.type === TPM_ST_ATTEST_CERTIFY,
      structureTagWords(attest.type),
      `${structureTagWords(attest.type)} instead of TPM_ST_ATTEST_CERTIFY`,
    ),
    cert_info_extra_data:
      hash === null
        ? notChecked('The algorithm names no hash')
        : found(
            sameBytes(attest.extraData, hashes[hash](joinBytes(authData.bytes, clientDataHash))),
            `${hash.replace('sha', 'SHA-')} of authenticator data and client data hash`,
            'It is the hash of something else',
          ),
    cert_info_name:
      name === undefined
        ? uncertified
        : found(
            sameBytes(name.digest, hashes[tpmHashes[name.hash]](publicArea)),
            'It is',
            'It is the name of another key',
          ),
    name_algorithm: name === undefined ? uncertified : judgeNameHash(name.hash, area?.nameHash ?? null),
  };
}

function judgeNameHash(hash: TpmHash, own: TpmHash | null): Finding {
  if (hash === 'SHA1') return failed('SHA1');
  if (own === null) return notChecked('The public area could not be read');
  return found(hash === own, hash, `${hash} in the name, ${own} in the key`);
}

function judgePublicArea(authData: AuthenticatorData, area: PublicArea | null): Findings {
  const unreadable = notChecked('The public area could not be read');
  if (area === null)
    return {
      public_area_structure: failed('It is not a TPMT_PUBLIC of a key that can sign'),
      public_area_key: unreadable,
      public_area_scheme: unreadable,
      fixed_tpm: unreadable,
      fixed_parent: unreadable,
      sensitive_data_origin: unreadable,
      sign_attribute: unreadable,
      not_restricted: unreadable,
    };
  const { attributes, attributeBits } = area;
  const bits = `0x${attributeBits.toString(16).padStart(8, '0')}`;
  const set = (holds: boolean, bad: string) => found(holds, bits, `${bits}: ${bad}`);
  return {
    public_area_structure: passed(
      area.key.type === 'rsa' ? `RSA ${area.key.bits}` : `ECC ${area.key.curve.name}`,
    ),
    public_area_key: found(isSameKey(area, authData), 'It is', 'It is another key'),
    public_area_scheme: judgeScheme(area, authData),
    fixed_tpm: set(attributes.has('fixedTPM'), 'fixedTPM is clear'),
    fixed_parent: set(attributes.has('fixedParent'), 'fixedParent is clear'),
    sensitive_data_origin: set(attributes.has('sensitiveDataOrigin'), 'sensitiveDataOrigin is clear'),
    sign_attribute: set(attributes.has('sign'), 'sign is clear'),
    not_restricted: set(!attributes.has('restricted'), 'restricted is set'),
  };
}

function isSameKey({ key }: PublicArea, { publicKey }: AuthenticatorData): boolean {
  if (key.type === 'rsa') {
    if (publicKey.type !== 'rsa') return false;
    const exponent = publicKey.exponent.reduce((value, byte) => value * 256 + byte, 0);
    return sameBytes(key.modulus, publicKey.modulus) && exponent === key.exponent;
  }
  return (
    publicKey.type === 'ec' &&
    publicKey.curve === key.curve.cose &&
    sameBytes(key.x, publicKey.x) &&
    sameBytes(key.y, publicKey.y)
  );
}

function judgeScheme({ scheme }: PublicArea, { publicKey }: AuthenticatorData): Finding {
  if (scheme === null) return passed('TPM_ALG_NULL: any that goes with the key');
  const algorithm = coseAlgorithm(publicKey.algorithm);
  const name = { ec: 'ECDSA', okp: '', rsa: algorithm?.padding === 'pss' ? 'RSAPSS' : 'RSASSA' }[
    publicKey.type
  ];
  const words = `${scheme.name}${scheme.hash === null ? '' : ` with ${scheme.hash}`}`;
  const fits = scheme.name === name && scheme.hash !== null && tpmHashes[scheme.hash] === algorithm?.hash;
  return found(fits, words, `${words} cannot sign ${algorithmWords(publicKey.algorithm)}`);
}
