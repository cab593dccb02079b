import 'server-only';
import type { z } from 'zod';
import type { Certificate } from '#domain/attestation/certificate';
import { aboutCheck, type CheckId, type Outcome } from '#domain/attestation/checks';
import type { AttestationInspection, attestationInspectionRequest } from '#domain/attestation/inspection';
import {
  isAccepted,
  type ProtectionClass,
  protectionClasses,
  type Verdict,
} from '#domain/attestation/verdict';
import { toBase64Url } from '#domain/base64url';
import { ok, type Result, refuse } from '#domain/result';
import { administrator, type Caller } from '../caller.ts';
import { readStatement } from '../credential.ts';
import type { Runtime } from '../runtime.ts';
import { anchoredFormats } from './anchor.ts';
import { builtInAnchors } from './built-in.ts';
import { readCertificate, readPem } from './certificate.ts';
import { trustFor } from './trust.ts';
import { type Anchor, type Question, verifyAttestation } from './verification.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

/**
 * What any registration response proves, check by check. It stores nothing and trusts nothing: expectations that are not
 * given are not checked, and `anchors`, where given, are the only ones. The time is now unless another one is asked about.
 */
export async function inspectAttestation(
  runtime: Runtime,
  input: z.output<typeof attestationInspectionRequest>,
): Promise<Result<AttestationInspection>> {
  const { response, expectedChallenge, expectedOrigin, expectedRpId, at } = input;
  const attestationObject = bytes(response.response.attestationObject);
  const clientDataJSON = bytes(response.response.clientDataJSON);
  const trust = await trustFor(runtime.db, runtime, { attestationObject, clientDataJson: clientDataJSON });
  const anchors = input.anchors === undefined ? trust.anchors : suppliedAnchors(input.anchors);
  if (anchors === null) return refuse('certificate_unreadable');
  if (response.id !== response.rawId) return refuse('attestation_unreadable', { facts: { part: 'id' } });
  return answered({
    attestationObject,
    clientDataJSON,
    expected: {
      challenge: expectedChallenge === undefined ? undefined : bytes(expectedChallenge),
      origin: expectedOrigin,
      rpId: expectedRpId,
      credentialId: bytes(response.id),
    },
    at: at === undefined ? runtime.clock.world() : new Date(at),
    anchors,
    known: trust.known,
  });
}

/** The same over HTTP: for administrators, and for everybody while the demo tenant is on. */
export async function inspectForCaller(
  runtime: Runtime,
  caller: Caller,
  input: z.output<typeof attestationInspectionRequest>,
): Promise<Result<AttestationInspection>> {
  const allowed = mayInspect(runtime, caller);
  return allowed.ok ? await inspectAttestation(runtime, input) : allowed;
}

export function mayInspect(runtime: Runtime, caller: Caller): Result<null> {
  if (runtime.demo) return ok(null);
  const guarded = administrator('read')(caller);
  return guarded.ok ? ok(null) : guarded;
}

/** A stored key's statement, as it was given, under today's rules and anchors, at the time when it was made. */
export async function inspectCredential(runtime: Runtime, id: string): Promise<Result<InspectedKey>> {
  const stored = await readStatement(runtime, id);
  if (stored === null) return refuse('not_found');
  const inspected = answered({
    attestationObject: stored.attestationObject,
    clientDataJSON: stored.clientDataJson,
    expected: {
      origin: runtime.relyingParty.origin,
      rpId: runtime.relyingParty.id,
      credentialId: bytes(stored.credentialId),
    },
    at: stored.createdAt,
    ...(await trustFor(runtime.db, runtime, stored)),
  });
  if (!inspected.ok) return inspected;
  const response = {
    attestationObject: toBase64Url(stored.attestationObject),
    clientDataJSON: toBase64Url(stored.clientDataJson),
  };
  const kept = stored.verdict === null ? null : (JSON.parse(stored.verdict) as Verdict);
  return ok({
    inspection: inspected.value,
    response,
    kept: {
      class: protectionClasses.find((known) => known === stored.protection) ?? 'unverified',
      judgedAt: stored.judgedAt?.toISOString() ?? null,
      changes: changesBetween(kept, inspected.value),
    },
  });
}

/** What a stored key's statement proves today, and what was kept of it when it was judged last. */
export interface InspectedKey {
  readonly inspection: AttestationInspection;
  readonly response: StoredResponse;
  readonly kept: {
    readonly class: ProtectionClass;
    readonly judgedAt: string | null;
    /** Checks that came out otherwise then; null: there were none yet. */
    readonly changes: readonly {
      readonly id: CheckId;
      readonly before: Outcome | null;
      readonly now: Outcome;
    }[];
  };
}

/** What was known only at the ceremony, its challenge, is no change when it cannot be asked any more. */
function changesBetween(kept: Verdict | null, now: AttestationInspection): InspectedKey['kept']['changes'] {
  const before = new Map(kept?.checks.map(({ id, outcome }) => [id, outcome]));
  return now.checks
    .map(({ id, outcome }) => ({ id, before: before.get(id) ?? null, now: outcome }))
    .filter((check) => check.before !== check.now && check.id !== 'challenge');
}

export interface StoredResponse {
  readonly attestationObject: string;
  readonly clientDataJSON: string;
}

/** What the caller wants to trust, for whatever format it sends; null when one of them is no certificate. */
function suppliedAnchors(pems: readonly string[]): Anchor[] | null {
  const anchors: Anchor[] = [];
  for (const certificate of pems.map(readPem)) {
    if (certificate === null) return null;
    for (const der of certificate) {
      const read = readCertificate(der);
      if (read === null) return null;
      const builtIn = builtInAnchors.some((anchor) => read.native.raw.equals(anchor.certificate));
      const name = read.facts.subject.slice(0, 200) || read.facts.fingerprint;
      anchors.push(...anchoredFormats.map((format) => ({ format, name, certificate: der, builtIn })));
    }
  }
  return anchors;
}

function answered(question: Question): Result<AttestationInspection> {
  const answer = verifyAttestation(question);
  if ('unreadable' in answer) return refuse('attestation_unreadable', { facts: { part: answer.unreadable } });
  const { verdict, registration, path } = answer;
  const { authData } = registration;
  const { flags } = authData;
  const anchored = verdict.anchor?.fingerprint;
  return ok({
    accepted: isAccepted(verdict),
    class: verdict.class,
    format: verdict.format,
    aaguid: verdict.aaguid,
    manufacturer: verdict.manufacturer,
    checks: verdict.checks.map(({ id, outcome, detail }) => ({
      id,
      outcome,
      detail,
      source: aboutCheck(id).source,
    })),
    credential: {
      alg: authData.publicKey.algorithm,
      id: toBase64Url(authData.credentialId),
      flags: {
        up: flags.userPresent,
        uv: flags.userVerified,
        be: flags.backupEligible,
        bs: flags.backedUp,
        at: flags.attestedCredential,
        ed: flags.extensions,
      },
      signCount: authData.signCount,
    },
    trustPath: (path ?? []).map((certificate) => shown(certificate, certificate.fingerprint === anchored)),
  });
}

function shown(certificate: Certificate, anchor: boolean): AttestationInspection['trustPath'][number] {
  const { subject, issuer, serialNumber, notBefore, notAfter, fingerprint, key, signatureHash } = certificate;
  return {
    subject,
    issuer,
    serialNumber,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    fingerprint,
    key: key.words,
    signature: signatureHash ?? 'unknown',
    authority: certificate.basicConstraints?.ca === true,
    usages: [...(certificate.keyUsage ?? []), ...(certificate.extendedKeyUsage ?? [])],
    anchor,
  };
}
