import { z } from 'zod';
import { bytes, registrationResponse } from '../wire.ts';
import { checkIds, outcomes } from './checks.ts';
import { protectionClasses } from './verdict.ts';

/** What crosses the wire at the inspector's door; apart from the ceremonies, whose pages need none of it. */

/** Any registration response with what the caller expects of it; what is left out is not checked. */
export const attestationInspectionRequest = z.strictObject({
  response: registrationResponse,
  expectedChallenge: bytes(1400).optional(),
  expectedOrigin: z.string().max(512).optional(),
  expectedRpId: z.string().max(253).optional(),
  /** When the certificates have to be valid; now, where left out. */
  at: z.iso.datetime({ offset: true }).optional(),
  /** PEM (RFC 7468). Where given, these are trusted for this answer and no others. */
  anchors: z.array(z.string().max(16_384)).max(16).optional(),
});
export const attestationInspection = z.object({
  /** Nothing failed, whatever policy says; `class` says what it is worth. */
  accepted: z.boolean(),
  class: z.enum(protectionClasses),
  format: z.string(),
  aaguid: z.string(),
  /** The TPM's maker, where it is proven. */
  manufacturer: z.string().nullable(),
  checks: z.array(
    z.object({ id: z.enum(checkIds), outcome: z.enum(outcomes), detail: z.string(), source: z.string() }),
  ),
  credential: z.object({
    alg: z.number().int(),
    id: z.string(),
    flags: z.object({
      up: z.boolean(),
      uv: z.boolean(),
      be: z.boolean(),
      bs: z.boolean(),
      at: z.boolean(),
      ed: z.boolean(),
    }),
    signCount: z.number().int(),
  }),
  /** The statement's certificates in its order, then the anchor where one was found. */
  trustPath: z.array(
    z.object({
      subject: z.string(),
      issuer: z.string(),
      serialNumber: z.string(),
      notBefore: z.string(),
      notAfter: z.string(),
      fingerprint: z.string(),
      key: z.string(),
      signature: z.string(),
      authority: z.boolean(),
      usages: z.array(z.string()),
      anchor: z.boolean(),
    }),
  ),
});
export type AttestationInspection = z.infer<typeof attestationInspection>;
