import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { aaguidLabel, helloAaguid, NO_AAGUID } from './aaguids.ts';
import type { AuthenticatorData } from './authenticator-data.ts';
import { joinBytes, sameBytes } from './bytes.ts';
import {
  type AndroidKeyDescription,
  type Certificate,
  extensionOf,
  notUnderstood,
  OID,
  readAndroidKeyDescription,
  readAppleNonce,
  readFidoAaguid,
  readTpmIdentity,
} from './certificate.ts';
import { type CheckId, checkIds, type Outcome } from './checks.ts';
import { algorithmFits, algorithmWords, coseAlgorithm, type Hash, RS1 } from './cose-key.ts';
import { tpmManufacturer } from './manufacturers.ts';
import { type Registration, type Statement, statementFormats } from './statement.ts';
import {
  type Attest,
  type PublicArea,
  readAttest,
  readPublicArea,
  structureTagWords,
  TPM_GENERATED_VALUE,
  TPM_ST_ATTEST_CERTIFY,
  type TpmHash,
} from './tpm-structures.ts';

/** What a statement proves about where its key lives. Everything that is not proven is `unverified`. */
export const protectionClasses = [
  'tpm_hardware',
  'vbs_hardware',
  'other_hardware',
  'software',
  'unverified',
] as const;
export type ProtectionClass = (typeof protectionClasses)[number];

export interface CheckResult {
  readonly id: CheckId;
  readonly outcome: Outcome;
  /** What was found, in a sentence or less. */
  readonly detail: string;
}

export interface Verdict {
  readonly class: ProtectionClass;
  readonly format: string;
  readonly aaguid: string;
  /** The TPM's maker, where the whole statement is proven. */
  readonly manufacturer: string | null;
  /** Where the path ends. */
  readonly anchor: { readonly name: string; readonly fingerprint: string } | null;
  /** One line for each check there is, in their order. */
  readonly checks: readonly CheckResult[];
}

/** What the caller knows that it asked for; what is left out is not checked. */
export interface Expected {
  readonly challenge?: Uint8Array | undefined;
  readonly origin?: string | undefined;
  readonly rpId?: string | undefined;
  /** What the browser's answer calls the key. */
  readonly credentialId?: Uint8Array | undefined;
}

export interface FoundAnchor {
  readonly name: string;
  readonly certificate: Certificate;
  /** It ships with the product: it vouches for chips, never for software. */
  readonly builtIn: boolean;
  /** It stands in the statement's own chain, which is legal. */
  readonly included: boolean;
}

/** What only cryptography can tell, found by the server. */
export interface Facts {
  /** null: there is no signature, or the algorithm does not go with the key. */
  readonly signatureValid: boolean | null;
  /** The statement's chain; null when one of them cannot be read. */
  readonly certificates: readonly Certificate[] | null;
  /** Whether certificate n names n + 1 as its issuer and bears its signature; one shorter than the chain. */
  readonly issuedByNext: readonly boolean[];
  /** The anchor that the last certificate is issued by, or that is one of the chain. */
  readonly anchor: FoundAnchor | null;
  /** How many anchors are pinned for this format. */
  readonly anchors: number;
  /** Whether the first certificate is over the credential's own key; null without certificates. */
  readonly leafHoldsCredential: boolean | null;
}

type Finding = readonly [Outcome, string];
type Findings = Partial<Record<CheckId, Finding>>;

const passed = (detail: string): Finding => ['passed', detail];
const failed = (detail: string): Finding => ['failed', detail];
const notChecked = (detail: string): Finding => ['not_checked', detail];
const notApplicable = (detail: string): Finding => ['not_applicable', detail];
const found = (holds: boolean, good: string, bad: string): Finding => (holds ? passed(good) : failed(bad));

const hashes = { sha1, sha256, sha384, sha512 } as const satisfies Record<
  Hash,
  (bytes: Uint8Array) => Uint8Array
>;
const tpmHashes: Readonly<Record<TpmHash, Hash>> = {
  SHA1: 'sha1',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
};

/** Judges a registration by what it says and what the server found about it, at a time. */
export function judge(registration: Registration, facts: Facts, expected: Expected, at: Date): Verdict {
  const { format, statement, authData } = registration;
  const findings: Findings = {
    ...judgeCeremony(registration, expected),
    ...judgeAuthenticatorData(registration),
    format: found(isJudged(format), format, `"${format.slice(0, 32)}" is not a format that is judged here`),
    ...(isJudged(format)
      ? {
          statement: found(
            statement !== null,
            'All members are there, and no others',
            'Members are missing, of another type, or too many',
          ),
        }
      : {}),
    ...(statement === null ? {} : judgeStatement(registration, statement, facts, at)),
  };
  const checks = checkIds.map((id): CheckResult => {
    const [outcome, detail] = findings[id] ?? unasked(statement);
    return { id, outcome, detail };
  });
  const anchor = facts.anchor && {
    name: facts.anchor.name,
    fingerprint: facts.anchor.certificate.fingerprint,
  };
  const reached = classOf(statement, facts, checks, authData);
  const proven = reached === 'tpm_hardware' || reached === 'vbs_hardware';
  return {
    class: reached,
    format,
    aaguid: authData.aaguid,
    manufacturer: proven ? manufacturerOf(facts.certificates?.[0]) : null,
    anchor,
    checks,
  };
}

/** Whether nothing failed, whatever it is worth. */
export function isAccepted({ checks }: Pick<Verdict, 'checks'>): boolean {
  return checks.every(({ outcome }) => outcome !== 'failed');
}

export function failedChecks({ checks }: Pick<Verdict, 'checks'>): CheckId[] {
  return checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id);
}

const isJudged = (format: string) => statementFormats.some((known) => known === format);

function unasked(statement: Statement | null): Finding {
  return statement === null
    ? notChecked('The statement could not be read')
    : notApplicable(
        `Not part of ${statement.format === 'none' ? 'a registration without attestation' : `a ${statement.format} statement`}`,
      );
}

/** Hardware needs every check, the path to an anchor among them: what was not checked is not proven. */
function classOf(
  statement: Statement | null,
  facts: Facts,
  checks: readonly CheckResult[],
  authData: AuthenticatorData,
): ProtectionClass {
  if (statement === null || !isAccepted({ checks })) return 'unverified';
  const hello = helloAaguid(authData.aaguid);
  if (statement.format === 'packed' && statement.x5c === null)
    return hello?.protection === 'software' ? 'software' : 'unverified';
  const trusted = checks.some(({ id, outcome }) => id === 'trust_anchor' && outcome === 'passed');
  if (!trusted) return 'unverified';
  switch (statement.format) {
    case 'tpm':
      return hello?.protection === 'vbs_hardware' ? 'vbs_hardware' : 'tpm_hardware';
    case 'android-key':
      return androidDescription(facts)?.securityLevel === 0 ? 'software' : 'other_hardware';
    default:
      return 'other_hardware';
  }
}

function judgeCeremony({ clientData, authData }: Registration, expected: Expected): Findings {
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

function judgeAuthenticatorData({ authData, format, statement }: Registration): Findings {
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

function judgeStatement(registration: Registration, statement: Statement, facts: Facts, at: Date): Findings {
  const { authData } = registration;
  const x5c = 'x5c' in statement ? statement.x5c : null;
  const leaf = facts.certificates?.[0];
  return {
    ...(x5c === null ? {} : judgePath(facts, at)),
    ...judgeSignature(registration, statement, facts),
    ...judgeFormat(registration, statement, facts, leaf),
    aaguid: judgeAaguid(statement, authData, leaf),
  };
}

function judgeFormat(
  registration: Registration,
  statement: Statement,
  facts: Facts,
  leaf: Certificate | undefined,
): Findings {
  switch (statement.format) {
    case 'tpm':
      return { ...judgeAik(leaf, facts.anchor, registration.authData), ...judgeTpm(registration, statement) };
    case 'packed':
      return statement.x5c === null ? {} : judgePackedCertificate(leaf, registration.authData);
    case 'android-key':
      return judgeAndroid(registration, facts);
    case 'apple':
      return judgeApple(registration, facts);
    default:
      return {};
  }
}

// The path.

function judgePath({ certificates, issuedByNext, anchor, anchors }: Facts, at: Date): Findings {
  if (certificates === null) {
    const unread = notChecked('A certificate could not be read');
    return {
      certificates: failed('A certificate in the chain is not one'),
      certificate_order: unread,
      certificate_authority: unread,
      path_length: unread,
      issuer_key_usage: unread,
      certificate_extensions: unread,
      certificate_strength: unread,
      validity: unread,
      trust_anchor: unread,
    };
  }
  const path = anchor === null || anchor.included ? certificates : [...certificates, anchor.certificate];
  const issuers = path.slice(1);
  const loose = issuedByNext.indexOf(false);
  const noAuthority = issuers.find(({ basicConstraints }) => basicConstraints?.ca !== true);
  const mayNotIssue = issuers.find(({ keyUsage }) => keyUsage !== null && !keyUsage.includes('keyCertSign'));
  const unknown = path.flatMap(notUnderstood);
  const weak = certificates.map(weakness).find((words) => words !== null);
  const untimely = path.find(({ notBefore, notAfter }) => at < notBefore || at > notAfter);
  const tooLong = issuers.find(
    ({ basicConstraints }, place) =>
      basicConstraints !== null &&
      basicConstraints.pathLength !== null &&
      issuers.slice(0, place).filter(({ selfIssued }) => !selfIssued).length > basicConstraints.pathLength,
  );
  return {
    certificates: passed(`${certificates.length} in the statement`),
    certificate_order: found(
      loose === -1,
      certificates.length === 1 ? 'There is one' : 'In order, each signature valid',
      `Certificate ${loose + 1} is not issued by the one after it`,
    ),
    certificate_authority:
      issuers.length === 0
        ? notApplicable('No issuer is known')
        : found(
            noAuthority === undefined,
            `${issuers.length} above the first`,
            `${nameOf(noAuthority)} is no authority`,
          ),
    path_length:
      issuers.length === 0
        ? notApplicable('No issuer is known')
        : found(tooLong === undefined, 'As allowed', `${nameOf(tooLong)} allows fewer authorities below it`),
    issuer_key_usage:
      issuers.length === 0
        ? notApplicable('No issuer is known')
        : found(mayNotIssue === undefined, 'All may', `${nameOf(mayNotIssue)} may not sign certificates`),
    certificate_extensions: found(
      unknown.length === 0,
      'None unknown',
      `Critical and unknown: ${unknown.slice(0, 4).join(', ')}`,
    ),
    certificate_strength: found(weak === undefined, strengthWords(certificates), weak ?? ''),
    validity: found(
      untimely === undefined,
      `At ${at.toISOString()}`,
      untimely === undefined
        ? ''
        : `${nameOf(untimely)} is valid from ${day(untimely.notBefore)} to ${day(untimely.notAfter)}`,
    ),
    trust_anchor: judgeAnchor(anchor, anchors),
  };
}

function judgeAnchor(anchor: FoundAnchor | null, anchors: number): Finding {
  if (anchor !== null)
    return passed(`${anchor.name}${anchor.included ? ', which the statement carries itself' : ''}`);
  return anchors === 0
    ? notChecked('No anchor is pinned for this format')
    : failed(`It ends in none of the ${anchors} pinned for this format`);
}

const day = (at: Date) => at.toISOString().slice(0, 10);
const nameOf = (certificate: Certificate | undefined) =>
  certificate === undefined
    ? ''
    : certificate.subject === ''
      ? 'The first certificate'
      : `"${certificate.subject}"`;

const SOUND_HASHES: readonly string[] = ['SHA-256', 'SHA-384', 'SHA-512', 'Ed25519'];

function weakness({ signatureHash, key, subject }: Certificate): string | null {
  const whose = subject === '' ? 'The first certificate' : `"${subject}"`;
  if (signatureHash === null || !SOUND_HASHES.includes(signatureHash))
    return `${whose} is signed with ${signatureHash ?? 'an unknown algorithm'}`;
  const short = key.bits < (key.type === 'rsa' ? 2048 : 256);
  return key.type !== 'other' && short ? `${whose} is over a short key, ${key.words}` : null;
}

const strengthWords = (certificates: readonly Certificate[]) =>
  [...new Set(certificates.map(({ signatureHash }) => signatureHash))].join(', ');

// The signature.

const curveBits: Readonly<Record<number, number>> = { 1: 256, 2: 384, 3: 521, 6: 256 };

function judgeSignature(
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

// The model.

function certifiedAaguid(leaf: Certificate | undefined): string | null {
  const extension = leaf && extensionOf(leaf, OID.fidoAaguid);
  return extension === undefined ? null : readFidoAaguid(extension.value);
}

function judgeAaguid(
  statement: Statement,
  { aaguid }: AuthenticatorData,
  leaf: Certificate | undefined,
): Finding {
  const hello = helloAaguid(aaguid);
  const label = aaguidLabel(aaguid);
  const certified = certifiedAaguid(leaf) === aaguid;
  switch (statement.format) {
    case 'tpm':
      if (hello !== null) return found(hello.protection !== 'software', label, `${label}, which has no TPM`);
      return found(
        certified,
        `${label}, as the certificate says`,
        `${label}: not a model that attests with a TPM`,
      );
    case 'fido-u2f':
      return found(aaguid === NO_AAGUID, label, 'This format names no model');
    case 'packed':
      if (hello?.protection === 'software' && statement.x5c === null)
        return passed(`${label}: a label, not a proof`);
      break;
    case 'none':
      if (hello?.protection === 'software') return passed(`${label}: a label, not a proof`);
      break;
  }
  if (hello !== null) return failed(`${label} attests with a TPM, not with ${statement.format}`);
  if (aaguid === NO_AAGUID) return passed(label);
  return passed(certified ? `${label}, as the certificate says` : `${label}: a label, not a proof`);
}

// Certificates of formats.

function judgeCertificateAaguid(leaf: Certificate, { aaguid }: AuthenticatorData): Finding {
  const extension = extensionOf(leaf, OID.fidoAaguid);
  if (extension === undefined) return notApplicable('The certificate names no model');
  if (extension.critical) return failed('The extension must not be critical');
  return found(readFidoAaguid(extension.value) === aaguid, aaguid, 'The certificate is for another model');
}

/** What an attestation certificate is in both formats that define one. */
function judgeAttestationCertificate(leaf: Certificate, authData: AuthenticatorData): Findings {
  const { version, basicConstraints, keyUsage } = leaf;
  return {
    certificate_version: found(version === 3, 'Version 3', `Version ${version}`),
    certificate_basic_constraints: found(
      basicConstraints?.ca === false,
      'CA:FALSE',
      basicConstraints === null ? 'The extension is missing' : 'It is an authority',
    ),
    certificate_key_usage:
      keyUsage === null
        ? notApplicable('Any use is allowed')
        : found(keyUsage.includes('digitalSignature'), keyUsage.join(', '), `Only ${keyUsage.join(', ')}`),
    certificate_aaguid: judgeCertificateAaguid(leaf, authData),
  };
}

function judgePackedCertificate(leaf: Certificate | undefined, authData: AuthenticatorData): Findings {
  if (leaf === undefined)
    return unread(
      'certificate_version',
      'certificate_subject',
      'certificate_basic_constraints',
      'certificate_key_usage',
      'certificate_aaguid',
    );
  const { C, O, OU, CN } = leaf.subjectAttributes;
  const named =
    C.length === 1 &&
    /^[A-Z]{2}$/.test(C[0] ?? '') &&
    O.some(Boolean) &&
    CN.some(Boolean) &&
    OU.includes('Authenticator Attestation');
  return {
    ...judgeAttestationCertificate(leaf, authData),
    certificate_subject: found(
      named,
      leaf.subject,
      'Country, organisation, common name and the unit "Authenticator Attestation" are not all there',
    ),
  };
}

function unread(...ids: readonly CheckId[]): Findings {
  return Object.fromEntries(ids.map((id) => [id, notChecked('The certificate could not be read')]));
}

function judgeAik(
  leaf: Certificate | undefined,
  anchor: FoundAnchor | null,
  authData: AuthenticatorData,
): Findings {
  if (leaf === undefined)
    return unread(
      'certificate_version',
      'certificate_subject',
      'certificate_basic_constraints',
      'certificate_key_usage',
      'certificate_aaguid',
      'aik_key_usage',
      'aik_alternative_name',
      'manufacturer',
    );
  const alternative = extensionOf(leaf, OID.subjectAltName);
  const identity = alternative === undefined ? null : readTpmIdentity(alternative.value);
  const usage = leaf.extendedKeyUsage ?? [];
  return {
    ...judgeAttestationCertificate(leaf, authData),
    certificate_subject: found(
      leaf.subjectIsEmpty,
      'Empty',
      `It is not empty: ${leaf.subject.slice(0, 128)}`,
    ),
    aik_key_usage: found(
      usage.includes(OID.attestationIdentityKey),
      'tcg-kp-AIKCertificate',
      leaf.extendedKeyUsage === null ? 'The extension is missing' : `Only ${usage.slice(0, 4).join(', ')}`,
    ),
    aik_alternative_name: judgeAlternativeName(alternative?.critical, identity),
    manufacturer: judgeManufacturer(identity?.manufacturer ?? null, anchor),
  };
}

function judgeAlternativeName(
  critical: boolean | undefined,
  identity: ReturnType<typeof readTpmIdentity>,
): Finding {
  if (critical === undefined) return failed('The extension is missing');
  if (identity === null) return failed('It has no directory name that can be read');
  const { manufacturer, model, version } = identity;
  if (!manufacturer || !model || !version) return failed('Maker, model or firmware version is missing');
  return found(
    critical,
    `${model}, firmware ${version}`,
    'It is not critical, although the subject is empty',
  );
}

function judgeManufacturer(attribute: string | null, anchor: FoundAnchor | null): Finding {
  if (attribute === null) return notChecked('The certificate names none');
  const maker = tpmManufacturer(attribute);
  if (maker === null) return failed(`${attribute.slice(0, 32)} is not registered`);
  if (!maker.software) return passed(maker.name);
  if (anchor === null) return notChecked(`${maker.name}: counts only under an anchor that was added for it`);
  return found(
    !anchor.builtIn,
    `${maker.name}, under an anchor that was added for it`,
    `${maker.name} is no chip`,
  );
}

function manufacturerOf(leaf: Certificate | undefined): string | null {
  const alternative = leaf && extensionOf(leaf, OID.subjectAltName);
  const attribute = alternative && readTpmIdentity(alternative.value)?.manufacturer;
  return (attribute && tpmManufacturer(attribute)?.name) || null;
}

// What the TPM itself says.

function judgeTpm(registration: Registration, statement: Extract<Statement, { format: 'tpm' }>): Findings {
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

// Android and Apple.

function androidDescription({ certificates }: Facts): AndroidKeyDescription | null {
  const leaf = certificates?.[0];
  const extension = leaf && extensionOf(leaf, OID.androidKeyDescription);
  return extension === undefined ? null : readAndroidKeyDescription(extension.value);
}

function judgeLeafKey({ leafHoldsCredential }: Facts): Finding {
  return leafHoldsCredential === null
    ? notChecked('The certificate could not be read')
    : found(leafHoldsCredential, 'It is', 'It is over another key');
}

function judgeAndroid({ clientDataHash }: Registration, facts: Facts): Findings {
  const description = androidDescription(facts);
  const key = { certificate_public_key: judgeLeafKey(facts) };
  if (description === null)
    return {
      ...key,
      android_key_description: failed('The extension is missing or cannot be read'),
      attested_challenge: notChecked('There is no key description'),
      android_authorizations: notChecked('There is no key description'),
    };
  const level = ['software', 'trusted environment', 'StrongBox'][description.securityLevel];
  return {
    ...key,
    android_key_description: passed(`Security level: ${level}`),
    attested_challenge: found(
      sameBytes(description.challenge, clientDataHash),
      'The challenge is the client data hash',
      'The challenge is another one',
    ),
    android_authorizations: found(
      !description.allApplications && (description.generatedToSign || description.securityLevel === 0),
      'As it must be',
      description.allApplications
        ? 'Every application may use it'
        : 'Hardware does not say that it made the key to sign',
    ),
  };
}

function judgeApple({ authData, clientDataHash }: Registration, facts: Facts): Findings {
  const leaf = facts.certificates?.[0];
  const extension = leaf && extensionOf(leaf, OID.appleNonce);
  const nonce = extension === undefined ? null : readAppleNonce(extension.value);
  const expected = sha256(joinBytes(authData.bytes, clientDataHash));
  return {
    certificate_public_key: judgeLeafKey(facts),
    attested_challenge: found(
      nonce !== null && sameBytes(nonce, expected),
      'The nonce is the hash of authenticator data and client data hash',
      nonce === null ? 'The nonce is missing or cannot be read' : 'The nonce is another one',
    ),
  };
}
