import type { AuthenticatorData } from '../authenticator-data.ts';
import { type Certificate, extensionOf, OID, readFidoAaguid, readTpmIdentity } from '../certificate.ts';
import type { CheckId } from '../checks.ts';
import { tpmManufacturer } from '../manufacturers.ts';
import type { FoundAnchor } from './facts.ts';
import { type Finding, type Findings, failed, found, notApplicable, notChecked, passed } from './finding.ts';

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

/** WebAuthn L3 8.2.1: the certificate requirements of `packed`. */
export function judgePackedCertificate(leaf: Certificate | undefined, authData: AuthenticatorData): Findings {
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

/** WebAuthn L3 8.3.1: the certificate of a TPM attestation identity key. */
export function judgeAik(
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

/** The maker that an AIK certificate names; null where it names none that is registered. */
export function manufacturerOf(leaf: Certificate | undefined): string | null {
  const alternative = leaf && extensionOf(leaf, OID.subjectAltName);
  const attribute = alternative && readTpmIdentity(alternative.value)?.manufacturer;
  return (attribute && tpmManufacturer(attribute)?.name) || null;
}
