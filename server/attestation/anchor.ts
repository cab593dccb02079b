import 'server-only';
import { helloAaguid } from '#domain/attestation/aaguids';
import type { Certificate } from '#domain/attestation/certificate';
import { type AnchorDemand, anchorDemands, type KeyRules } from '#domain/key-rules';
import { ok, type Result, refuse } from '#domain/result';
import { isDuplicate, type Tx } from '../db.ts';
import { record } from '../event.ts';
import { keepKeyRules } from '../key-rules-policy.ts';
import { newId, type Runtime } from '../runtime.ts';
import { builtInAnchors } from './built-in.ts';
import { readCertificate, readPem } from './certificate.ts';
import type { Anchor } from './verification.ts';

/** The formats whose statements can carry a chain, and the list of models, which is signed under a chain too. */
export const anchoredFormats = ['tpm', 'packed', 'fido-u2f', 'android-key', 'apple', 'metadata'] as const;
export type AnchoredFormat = (typeof anchoredFormats)[number];

/** More than anybody needs; every one may be tried at a registration. */
const MAX_ADDED = 64;

/** Every anchor that counts now: those that ship, and those that administrators added, but for one of them. */
export async function anchorsInForce(tx: Tx, but = ''): Promise<Anchor[]> {
  const added = await tx.attestationAnchor.findMany({ where: { id: { not: but } }, orderBy: { id: 'asc' } });
  return [
    ...builtInAnchors,
    ...added.map(({ format, name, certificate }) => ({ format, name, certificate, builtIn: false })),
  ];
}

/** The anchors that administrators added for one format. */
export async function addedAnchors(tx: Tx, format: AnchoredFormat): Promise<Anchor[]> {
  const added = await tx.attestationAnchor.findMany({ where: { format }, orderBy: { id: 'asc' } });
  return added.map(({ name, certificate }) => ({ format, name, certificate, builtIn: false }));
}

/**
 * The first rule for keys that is enforced and that no anchor in force could prove; null where each has one. An anchor
 * counts for its own format, while its certificate is valid. `but` leaves one of the added out.
 */
export async function unprovable(
  tx: Tx,
  runtime: Pick<Runtime, 'clock'>,
  rules: KeyRules,
  but?: string,
): Promise<AnchorDemand | null> {
  const demands = anchorDemands(rules, (aaguid) => helloAaguid(aaguid) !== null);
  if (demands.length === 0) return null;
  const now = runtime.clock.world();
  const inForce = (await anchorsInForce(tx, but)).filter(({ certificate }) => {
    const facts = readCertificate(certificate)?.facts;
    return facts !== undefined && facts.notBefore <= now && now <= facts.notAfter;
  });
  const formats = new Set(inForce.map(({ format }) => format));
  return demands.find((demand) => !demand.formats.some((format) => formats.has(format))) ?? null;
}

export interface ShownAnchor {
  /** null: it ships with the product. */
  readonly id: string | null;
  readonly format: string;
  readonly name: string;
  readonly certificate: Certificate;
  readonly addedById: string | null;
  readonly createdAt: Date | null;
}

/** The anchors with their certificates read, those that ship first. */
export async function listAnchors(runtime: Runtime): Promise<ShownAnchor[]> {
  const shipped = builtInAnchors.map((anchor) => ({ ...anchor, id: null, addedById: null, createdAt: null }));
  const added = await runtime.db.attestationAnchor.findMany({
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return [...shipped, ...added].flatMap(({ id, format, name, certificate, addedById, createdAt }) => {
    const read = readCertificate(certificate);
    return read === null ? [] : [{ id, format, name, certificate: read.facts, addedById, createdAt }];
  });
}

/** What an anchor would be: shown with its fingerprint before anybody confirms it. */
export interface AnchorPreview {
  readonly subject: string;
  readonly issuer: string;
  readonly fingerprint: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly key: string;
  readonly authority: boolean;
}

/** Reads the one certificate of a PEM text for people to compare. Nothing is kept. */
export function previewAnchor(pem: string): Result<AnchorPreview> {
  const read = oneCertificate(pem);
  if (read === null) return refuse('certificate_unreadable');
  const { facts } = read;
  return ok({
    subject: facts.subject,
    issuer: facts.issuer,
    fingerprint: facts.fingerprint,
    notBefore: facts.notBefore.toISOString(),
    notAfter: facts.notAfter.toISOString(),
    key: facts.key.words,
    authority: facts.basicConstraints?.ca === true,
  });
}

function oneCertificate(pem: string) {
  const [certificate, ...more] = readPem(pem) ?? [];
  return certificate === undefined || more.length > 0 ? null : readCertificate(certificate);
}

/**
 * Pins an anchor for a format. `fingerprint` is what the administrator was shown: another certificate than that one is
 * refused. Only an authority is taken. What is stored already keeps its verdict until it is judged again.
 */
export async function addAnchor(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly format: AnchoredFormat; readonly pem: string; readonly fingerprint: string },
): Promise<Result<{ readonly id: string }>> {
  const read = oneCertificate(input.pem);
  if (read === null || read.facts.fingerprint !== input.fingerprint) return refuse('certificate_unreadable');
  const { facts, native } = read;
  if (facts.basicConstraints?.ca !== true) return refuse('anchor_unsuitable');
  const thumbprint = facts.fingerprint.replaceAll(':', '');
  const shipped = builtInAnchors.some(
    ({ format, certificate }) => format === input.format && native.raw.equals(certificate),
  );
  if (shipped) return refuse('already_exists');
  const id = newId(runtime);
  const name = facts.subject.slice(0, 200) || facts.fingerprint;
  try {
    return await runtime.db.$transaction(async (tx) => {
      if ((await tx.attestationAnchor.count()) >= MAX_ADDED) return refuse('anchor_limit_reached');
      await tx.attestationAnchor.create({
        data: {
          id,
          format: input.format,
          name,
          certificate: new Uint8Array(native.raw),
          thumbprint,
          addedById: actorId,
          createdAt: runtime.clock.world(),
        },
      });
      await record(tx, runtime, {
        code: 'attestation_anchor_added',
        actorId,
        detail: { format: input.format, name, fingerprint: facts.fingerprint },
      });
      return ok({ id });
    });
  } catch (error) {
    if (isDuplicate(error)) return refuse('already_exists');
    throw error;
  }
}

/**
 * Takes an added anchor away, unless a rule for keys is enforced that nothing else could prove then. Keys that it
 * vouched for keep their verdict until they are judged again.
 */
export async function removeAnchor(
  runtime: Runtime,
  actorId: string | null,
  input: { readonly id: string },
): Promise<Result<null>> {
  return await runtime.db.$transaction(async (tx) => {
    const anchor = await tx.attestationAnchor.findUnique({ where: { id: input.id } });
    if (anchor === null) return refuse('not_found');
    const rules = await keepKeyRules(tx, runtime);
    const before = await unprovable(tx, runtime, rules);
    const demand = before === null ? await unprovable(tx, runtime, rules, input.id) : null;
    if (demand !== null) return refuse('anchor_in_use', { facts: { setting: demand.setting } });
    const { count } = await tx.attestationAnchor.deleteMany({ where: { id: input.id } });
    if (count === 0) return refuse('not_found');
    await record(tx, runtime, {
      code: 'attestation_anchor_removed',
      actorId,
      detail: { format: anchor.format, name: anchor.name, fingerprint: fingerprintOf(anchor.thumbprint) },
    });
    return ok(null);
  });
}

const fingerprintOf = (thumbprint: string) => (thumbprint.match(/../g) ?? []).join(':');
