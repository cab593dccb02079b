import { sha256 } from '@noble/hashes/sha2.js';
import { z } from 'zod';
import type { Compromise } from './compromise.ts';

/** The FIDO Metadata Service, version 3 (FIDO MDS 3.0 and 3.1): what is read of a BLOB, and what its status reports mean. */

/**
 * Every authenticator status (FIDO MDS 3.1.4; RETIRED and FIPS140 since 3.1): whether keys of the model are compromised by
 * it, and why, or whether somebody should look at it, or that it is certified. The worst stands first.
 */
const statuses = {
  REVOKED: 'metadata_revoked',
  USER_KEY_REMOTE_COMPROMISE: 'user_key_remotely_compromised',
  ATTESTATION_KEY_COMPROMISE: 'attestation_key_compromised',
  USER_VERIFICATION_BYPASS: 'user_verification_bypassed',
  USER_KEY_PHYSICAL_COMPROMISE: 'user_key_physically_compromised',
  UPDATE_AVAILABLE: 'attention',
  RETIRED: 'attention',
  NOT_FIDO_CERTIFIED: 'nothing',
  SELF_ASSERTION_SUBMITTED: 'nothing',
  FIDO_CERTIFIED: 'certified',
  FIDO_CERTIFIED_L1: 'certified',
  FIDO_CERTIFIED_L1plus: 'certified',
  FIDO_CERTIFIED_L2: 'certified',
  FIDO_CERTIFIED_L2plus: 'certified',
  FIDO_CERTIFIED_L3: 'certified',
  FIDO_CERTIFIED_L3plus: 'certified',
  FIPS140_CERTIFIED_L1: 'certified',
  FIPS140_CERTIFIED_L2: 'certified',
  FIPS140_CERTIFIED_L3: 'certified',
  FIPS140_CERTIFIED_L4: 'certified',
} as const satisfies Record<string, Compromise | 'attention' | 'certified' | 'nothing'>;

type Meaning = (typeof statuses)[keyof typeof statuses];
export const authenticatorStatuses = Object.keys(statuses) as (keyof typeof statuses)[];

/** What a status means; one that a later version of the service adds means nothing yet. */
export function meaningOf(status: string): Meaning {
  return Object.hasOwn(statuses, status) ? statuses[status as keyof typeof statuses] : 'nothing';
}

/** A status report, as it is kept. */
export const statusReport = z.object({
  status: z.string(),
  /** The day (UTC) from which on it counts; null: since it was published. */
  effectiveDate: z.string().nullable(),
  /** SHA-256, upper-case hex with colons, of the one attestation certificate that it is about; null: about the model. */
  certificate: z.string().nullable(),
});
export type StatusReport = z.infer<typeof statusReport>;

/** What the door for metadata takes: a BLOB as it was downloaded, or where to download it. */
export const metadataRequest = z.union([
  z.strictObject({
    blob: z
      .string()
      .min(1)
      .max(16 * 1024 * 1024),
  }),
  z.strictObject({
    address: z
      .string()
      .max(1024)
      .regex(/^https:\/\//i),
  }),
]);
export const metadataAnswer = z.object({
  number: z.number().int(),
  entries: z.number().int(),
  nextUpdate: z.string(),
});

export type KeyProtection = 'hardware' | 'software' | 'unknown';

/** What is kept of one model. */
export interface ModelEntry {
  /** An AAGUID, or the key identifier of a U2F attestation certificate (RFC 5280 4.2.1.2 (1)), lower-case hex. */
  readonly model: string;
  readonly name: string;
  readonly icon: string | null;
  readonly reports: readonly StatusReport[];
  readonly keyProtection: KeyProtection;
  /** Certificates that its attestation ends in, base64 of DER. */
  readonly roots: readonly string[];
}

export interface MetadataContent {
  readonly number: number;
  readonly nextUpdate: Date;
  readonly legalHeader: string;
  readonly entries: readonly ModelEntry[];
}

/** More than the service lists, several times over. */
const ENTRIES_MAX = 20_000;
/** Longer than any name that the service allows. */
const NAME_MAX = 200;
/** An icon is small; a larger one is left out. */
export const ICON_MAX = 64 * 1024;

const base64 = z
  .string()
  .max(64 * 1024)
  .transform((text) => text.replace(/\s/g, ''))
  .pipe(z.base64().min(1));

const report = z
  .object({
    status: z.string().min(1).max(64),
    effectiveDate: z.iso.date().nullish(),
    certificate: base64.nullish(),
  })
  .transform(({ status, effectiveDate, certificate }): StatusReport => {
    const der = certificate == null ? null : fingerprint(fromBase64(certificate));
    return { status, effectiveDate: effectiveDate ?? null, certificate: der };
  });

const statement = z.object({
  description: z.string().max(4096).optional(),
  icon: z.string().nullish(),
  protocolFamily: z.string().max(64).optional(),
  attestationTypes: z.array(z.string().max(64)).max(64).optional(),
  keyProtection: z.array(z.string().max(64)).max(64).optional(),
  attestationRootCertificates: z.array(base64).max(1000).optional(),
});

const entry = z.object({
  aaguid: z
    .string()
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
    .optional(),
  attestationCertificateKeyIdentifiers: z
    .array(z.string().regex(/^[0-9a-f]{40}$/i))
    .max(1000)
    .optional(),
  metadataStatement: statement.optional(),
  statusReports: z.array(report).max(1000),
});

const payload = z.object({
  legalHeader: z.string().max(65_536).optional(),
  no: z.number().int().min(0).max(0x7fff_ffff),
  nextUpdate: z.iso.date(),
  entries: z.array(entry).max(ENTRIES_MAX),
});

/**
 * What is kept of a BLOB's payload (FIDO MDS 3.1.6), or the path of the first part that is not as it has to be. Members that
 * nobody reads here may be anything. UAF authenticators are left out: they never come to a browser.
 */
export function readPayload(json: unknown): MetadataContent | { readonly fault: string } {
  const parsed = payload.safeParse(json);
  if (!parsed.success) return { fault: parsed.error.issues[0]?.path.join('.') || 'payload' };
  const { no, nextUpdate, legalHeader, entries } = parsed.data;
  const models = new Map<string, ModelEntry>();
  for (const { aaguid, attestationCertificateKeyIdentifiers = [], ...said } of entries) {
    const keys = aaguid === undefined ? attestationCertificateKeyIdentifiers : [aaguid];
    for (const key of keys) {
      const model = key.toLowerCase();
      const known = models.get(model);
      models.set(model, known === undefined ? entryOf(model, said) : both(known, said.statusReports));
    }
  }
  return {
    number: no,
    nextUpdate: new Date(nextUpdate),
    legalHeader: legalHeader ?? '',
    entries: [...models.values()],
  };
}

/** Of a model that stands twice, everything bad is believed and nothing is trusted. */
function both(known: ModelEntry, reports: readonly StatusReport[]): ModelEntry {
  return { ...known, reports: [...known.reports, ...reports], roots: [] };
}

function entryOf(
  model: string,
  { metadataStatement, statusReports }: Omit<z.output<typeof entry>, 'aaguid'>,
): ModelEntry {
  const { description, icon, attestationTypes = [], keyProtection = [] } = metadataStatement ?? {};
  const certifies = attestationTypes.some((type) => ['basic_full', 'attca', 'anonca'].includes(type));
  return {
    model,
    name: description?.trim().slice(0, NAME_MAX) || model,
    icon: shownIcon(icon ?? null),
    reports: statusReports,
    keyProtection: protectionOf(keyProtection),
    roots: certifies ? (metadataStatement?.attestationRootCertificates ?? []) : [],
  };
}

/** FIDO Registry of Predefined Values 3.2. */
function protectionOf(words: readonly string[]): KeyProtection {
  if (words.includes('software')) return 'software';
  return words.some((word) => ['hardware', 'tee', 'secure_element'].includes(word)) ? 'hardware' : 'unknown';
}

/** A PNG or an SVG as a data URL, in which no script runs where it is shown as an image; null for anything else. */
function shownIcon(icon: string | null): string | null {
  if (icon === null || icon.length > ICON_MAX) return null;
  const [, type, data] = /^data:image\/(png|svg\+xml);base64,([A-Za-z0-9+/=\s]+)$/.exec(icon) ?? [];
  return data === undefined ? null : `data:image/${type};base64,${data.replace(/\s/g, '')}`;
}

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** SHA-256 of a certificate, as people and other libraries write it. */
function fingerprint(der: Uint8Array): string {
  return [...sha256(der)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}

export interface ModelStanding {
  readonly compromised: Compromise | null;
  readonly attention: boolean;
  /** The report that decides; null where none is in force. */
  readonly report: StatusReport | null;
}

/**
 * What the reports in force say of a key whose attestation has these certificates (fingerprints). Once compromised stays
 * compromised: which firmware a key was made by is not known here, so that an update does not take a report back. A report
 * on one certificate concerns the keys that it vouched for.
 */
export function standingOf(
  reports: readonly StatusReport[],
  certificates: readonly string[],
  at: Date,
): ModelStanding {
  const today = at.toISOString().slice(0, 10);
  const inForce = reports.filter(
    ({ effectiveDate, certificate }) =>
      (effectiveDate === null || effectiveDate <= today) &&
      (certificate === null || certificates.includes(certificate)),
  );
  for (const status of authenticatorStatuses) {
    const meaning = meaningOf(status);
    if (meaning === 'attention' || meaning === 'certified' || meaning === 'nothing') continue;
    const found = inForce.find((each) => each.status === status);
    if (found !== undefined) return { compromised: meaning, attention: true, report: found };
  }
  const latest = inForce.reduce<StatusReport | null>(
    (last, each) => (last === null || (each.effectiveDate ?? '') >= (last.effectiveDate ?? '') ? each : last),
    null,
  );
  const attention = latest !== null && meaningOf(latest.status) === 'attention';
  return { compromised: null, attention, report: latest };
}

/** Such as "REVOKED since 2026-03-01". */
export function reportWords({ status, effectiveDate, certificate }: StatusReport): string {
  const since = effectiveDate === null ? status : `${status} since ${effectiveDate}`;
  return certificate === null ? since : `${since}, for its attestation certificate`;
}

/** Everything that is said of a model; `reports` as they were stored. */
export function storedReports(json: string): StatusReport[] {
  return z.array(statusReport).parse(JSON.parse(json));
}
