/**
 * Every check of a registration, in the order in which people read them: what it looks at, why it matters, and where it is
 * written. What each found is a verdict's to say.
 */
const table = {
  client_data_type: [
    'Made by a registration',
    'An answer to a sign-in must not pass for a new key.',
    'WebAuthn L3 7.1 step 7',
  ],
  challenge: [
    'Answers this challenge',
    'Without it, an old statement could be sent again.',
    'WebAuthn L3 7.1 step 8',
  ],
  origin: [
    'Made on this site',
    'A key made on another site was made for somebody else.',
    'WebAuthn L3 7.1 step 9',
  ],
  cross_origin: [
    'Made in a page of its own',
    'In a frame of another site, people do not see for whom they act.',
    'WebAuthn L3 7.1 steps 10 and 11',
  ],
  rp_id: [
    'Made for this relying party',
    'The authenticator itself binds the key to one relying party.',
    'WebAuthn L3 7.1 step 14',
  ],
  user_presence: ['Somebody was there', 'Software alone must not make keys.', 'WebAuthn L3 7.1 step 15'],
  user_verification: [
    'It was the person',
    'The PIN, face or finger is the second factor that a key stands for.',
    'WebAuthn L3 7.1 step 16',
  ],
  backup_flags: [
    'Backup flags make sense',
    'What is backed up must be eligible for it, and a key bound to hardware cannot be either.',
    'WebAuthn L3 6.1.3 and 7.1 step 17',
  ],
  credential_id: [
    'Names its own key',
    'The browser and the authenticator must speak of the same key.',
    'WebAuthn L3 5.1.3 and 6.5.1',
  ],
  authenticator_data: [
    'Authenticator data is whole',
    'Bytes that nobody reads could say something else to somebody else.',
    'WebAuthn L3 6.1',
  ],
  algorithm: [
    "The key's algorithm fits",
    'An algorithm that does not go with the key lets a verifier read it in two ways.',
    'WebAuthn L3 5.8.5; RFC 9053 2; RFC 8812 2',
  ],
  format: [
    'Format is known',
    'A statement in an unknown format proves nothing.',
    'WebAuthn L3 7.1 step 21; 8',
  ],
  statement: [
    'Statement is complete',
    'Each format has exact members; anything else is not that format.',
    'WebAuthn L3 8.2 to 8.8',
  ],
  signature_algorithm: [
    'Signature algorithm fits',
    'The algorithm must go with the key that signs. SHA-1 is accepted for TPMs only, because Windows uses it.',
    'WebAuthn L3 8.2 and 8.3; NIST SP 800-131A',
  ],
  signature: [
    'Signature is valid',
    'It shows that the key of the certificate, or the new key itself, made this statement.',
    'WebAuthn L3 8.2 to 8.6',
  ],
  certificates: [
    'Certificates can be read',
    'What cannot be read cannot be judged.',
    'RFC 5280 4.1; WebAuthn L3 8.2',
  ],
  certificate_order: [
    'Each certificate is issued by the next',
    'A certificate that does not belong to the chain proves nothing for it.',
    'RFC 5280 6.1.3; WebAuthn L3 8.2',
  ],
  certificate_authority: [
    'Issuers are authorities',
    'A certificate for a key or a server must not issue others.',
    'RFC 5280 4.2.1.9 and 6.1.4 (k)',
  ],
  path_length: [
    'Path is as short as its authorities say',
    'An authority may forbid others below it.',
    'RFC 5280 4.2.1.9 and 6.1.4 (l), (m)',
  ],
  issuer_key_usage: [
    'Issuers may sign certificates',
    'A key is certified for certain uses only.',
    'RFC 5280 4.2.1.3 and 6.1.4 (n)',
  ],
  certificate_extensions: [
    'Nothing critical was passed over',
    'A critical extension that is not understood may be what limits the certificate.',
    'RFC 5280 4.2 and 6.1.4 (o)',
  ],
  certificate_strength: [
    'Certificates are signed strongly',
    'A certificate signed with SHA-1, or a short key, can be forged.',
    'NIST SP 800-131A; CA/B Forum BR 6.1.5',
  ],
  validity: [
    'Certificates were valid at the time',
    'An authority answers for a certificate only between its dates.',
    'RFC 5280 4.1.2.5 and 6.1.3 (a) (2)',
  ],
  trust_anchor: [
    'Path ends in a trusted anchor',
    'Anybody can make a chain. Only an anchor that somebody chose makes it worth something.',
    'RFC 5280 6.1.1 (d); WebAuthn L3 7.1 steps 22 and 23',
  ],
  certificate_version: [
    'Certificate is version 3',
    'Older ones cannot carry the limits that are checked here.',
    'WebAuthn L3 8.2.1 and 8.3.1',
  ],
  certificate_subject: [
    'Certificate names whom it must',
    "A TPM's attestation key is nobody by name; a packed certificate names its vendor.",
    'WebAuthn L3 8.2.1 and 8.3.1',
  ],
  certificate_basic_constraints: [
    'Certificate is no authority',
    'One that attests keys must not issue certificates too.',
    'WebAuthn L3 8.2.1 and 8.3.1',
  ],
  certificate_key_usage: [
    'Certificate may sign statements',
    'A key certified for other uses only must not attest.',
    'RFC 5280 4.2.1.3',
  ],
  certificate_aaguid: [
    'Certificate is for this model',
    'Where the vendor wrote the model into the certificate, it must be the one that is claimed.',
    'WebAuthn L3 8.2.1 and 8.3.1',
  ],
  certificate_public_key: [
    'Certificate is over the new key',
    'These formats certify the new key itself.',
    'WebAuthn L3 8.4 and 8.8',
  ],
  aik_key_usage: [
    'Issued for TPM attestation',
    'A certificate of the same authority for something else must not attest keys.',
    'WebAuthn L3 8.3.1; TCG EK Credential Profile',
  ],
  aik_alternative_name: [
    'Certificate names a TPM',
    "A TPM's maker, model and firmware stand in the subject alternative name, critical because the subject is empty.",
    'WebAuthn L3 8.3.1; RFC 5280 4.2.1.6',
  ],
  manufacturer: [
    'TPM maker is registered',
    'Only makers in the registry make TPMs. A software TPM counts only under an anchor added for it.',
    'WebAuthn L3 8.3.1; TCG TPM Vendor ID Registry',
  ],
  tpm_version: ['TPM is version 2.0', 'The structures are those of TPM 2.0.', 'WebAuthn L3 8.3'],
  cert_info_structure: [
    'Attestation structure can be read',
    'A structure that is read loosely can say two things.',
    'TPM 2.0 Library Part 2, 10.12.12',
  ],
  cert_info_magic: [
    'Made inside the TPM',
    'A TPM begins with this value only what it made itself, and refuses to sign it for anybody else.',
    'WebAuthn L3 8.3; TPM 2.0 Library Part 2, 6.2',
  ],
  cert_info_type: [
    'It certifies a key',
    'A TPM signs other things too, such as quotes, with the same key.',
    'WebAuthn L3 8.3; TPM 2.0 Library Part 3, 18.2',
  ],
  cert_info_extra_data: [
    'Bound to this registration',
    'The TPM signed a hash of this very registration, so that the statement fits no other.',
    'WebAuthn L3 8.3',
  ],
  cert_info_name: [
    'Certified name is that of the public area',
    'The TPM names the key by a hash of everything public about it.',
    'WebAuthn L3 8.3; TPM 2.0 Library Part 1, 16',
  ],
  name_algorithm: [
    'Name is made with a sound hash',
    'With SHA-1, or with another hash than the key itself says, another key could get the same name.',
    'TPM 2.0 Library Part 2, 12.2.4',
  ],
  public_area_structure: [
    'Public area can be read',
    'A structure that is read loosely can say two things.',
    'TPM 2.0 Library Part 2, 12.2.4',
  ],
  public_area_key: [
    'Public area is that of the new key',
    'Otherwise the TPM vouched for another key.',
    'WebAuthn L3 8.3',
  ],
  public_area_scheme: [
    "The TPM's scheme fits the algorithm",
    'A key that is bound to another scheme cannot make the signatures that it promises.',
    'TPM 2.0 Library Part 2, 11.2.3; WebAuthn L3 5.8.5',
  ],
  trailing_bytes: [
    'Nothing follows the structures',
    'Bytes that nobody reads could say something else to somebody else.',
    'TPM 2.0 Library Part 2, 10.12.12 and 12.2.4',
  ],
  fixed_tpm: [
    'Never leaves this TPM',
    'Without it the key can be copied out.',
    'TPM 2.0 Library Part 2, 8.3 fixedTPM',
  ],
  fixed_parent: [
    'Stays where it was made',
    'Without it the key can be moved under another parent.',
    'TPM 2.0 Library Part 2, 8.3 fixedParent',
  ],
  sensitive_data_origin: [
    'Made by the TPM itself',
    'Without it the key was made elsewhere and brought in: a copy may exist.',
    'TPM 2.0 Library Part 2, 8.3 sensitiveDataOrigin',
  ],
  sign_attribute: [
    'May sign',
    'A key that cannot sign cannot sign anybody in.',
    'TPM 2.0 Library Part 2, 8.3 sign',
  ],
  not_restricted: [
    'Not restricted',
    'A restricted key signs only what the TPM made: it is an attestation key, not a credential.',
    'TPM 2.0 Library Part 2, 8.3 restricted',
  ],
  android_key_description: [
    'Key description can be read',
    'It is where Android says what it attests.',
    'WebAuthn L3 8.4.1',
  ],
  attested_challenge: [
    'Bound to this registration',
    'The certificate itself carries a hash of this registration.',
    'WebAuthn L3 8.4 and 8.8',
  ],
  android_authorizations: [
    'Made in hardware, to sign, for one application',
    'A key for all applications, or one that was brought in, is not bound to this site.',
    'WebAuthn L3 8.4',
  ],
  aaguid: [
    'Model fits the format',
    'Nothing else ties the model that is claimed to the proof: anybody can write any model into a statement.',
    'WebAuthn L3 6.5.1 and 8.6; FIDO Metadata Service',
  ],
  metadata_status: [
    'Model is not known as compromised',
    'A flaw that is found later counts against every key of the model. Without metadata nobody tells.',
    'FIDO MDS 3.1.4; WebAuthn L3 7.1 step 22',
  ],
  revocation: [
    'No certificate was revoked',
    'Whoever vouched for the key may have taken it back since. Asked after, never inside, a sign-in.',
    'RFC 5280 5 and 6.3; WebAuthn L3 8.3.1',
  ],
} as const satisfies Record<string, readonly [title: string, why: string, source: string]>;

export type CheckId = keyof typeof table;
export const checkIds = Object.keys(table) as CheckId[];

/** What a check is called, why it matters, and where it is written. */
export function aboutCheck(id: CheckId): {
  readonly title: string;
  readonly why: string;
  readonly source: string;
} {
  const [title, why, source] = table[id];
  return { title, why, source };
}

/** What is known of the model and the certificates from elsewhere: not the statement's own, and true only for a while. */
export const outsideChecks: readonly CheckId[] = ['metadata_status', 'revocation'];

export const outcomes = ['passed', 'failed', 'not_applicable', 'not_checked'] as const;
export type Outcome = (typeof outcomes)[number];
