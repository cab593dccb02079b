import 'server-only';
import { z } from 'zod';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { MINUTE_MS } from '#domain/time';
import type { SignedIn } from './caller.ts';
import type { MadeCredential } from './credential.ts';
import type { Runtime } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';

/** How long somebody has to decide whether to keep a synced passkey. */
const OFFER_LIFETIME_MS = 5 * MINUTE_MS;

const offerContent = z.strictObject({
  userId: z.string(),
  sessionId: z.string(),
  expiresAtMs: z.number(),
  credentialId: z.string(),
  publicKey: z.string(),
  algorithm: z.number(),
  counter: z.string(),
  aaguid: z.string(),
  attestationFormat: z.string(),
  backedUp: z.boolean(),
  transports: z.array(z.string()),
  attestationObject: z.string(),
  clientDataJson: z.string(),
});

/** A verified credential, sealed (AES-256-GCM) for this session, so that keeping it needs no second ceremony and no row. */
export function sealOffer(runtime: Runtime, caller: SignedIn, made: MadeCredential): string {
  const content: z.infer<typeof offerContent> = {
    userId: caller.session.userId,
    sessionId: caller.session.id,
    expiresAtMs: runtime.clock.world().getTime() + OFFER_LIFETIME_MS,
    credentialId: made.credentialId,
    publicKey: toBase64Url(made.publicKey),
    algorithm: made.algorithm,
    counter: made.counter.toString(),
    aaguid: made.aaguid,
    attestationFormat: made.attestationFormat,
    backedUp: made.backedUp,
    transports: [...made.transports],
    attestationObject: toBase64Url(made.attestationObject),
    clientDataJson: toBase64Url(made.clientDataJson),
  };
  const text = Buffer.from(JSON.stringify(content));
  return toBase64Url(seal(runtime.keys('offer'), runtime.random.bytes(NONCE_BYTES), text));
}

/** What an offer holds, or null when it was made in another session, ran out, or is none of ours. */
export function openOffer(
  runtime: Runtime,
  caller: SignedIn,
  offer: string,
): Omit<MadeCredential, 'verdict'> | null {
  const sealed = fromBase64Url(offer);
  const text = sealed && unseal(runtime.keys('offer'), sealed);
  if (text === null) return null;
  const content = offerContent.parse(JSON.parse(text.toString('utf8')));
  const { id: sessionId, userId } = caller.session;
  if (content.sessionId !== sessionId || content.userId !== userId) return null;
  if (runtime.clock.world().getTime() >= content.expiresAtMs) return null;
  return {
    credentialId: content.credentialId,
    publicKey: bytesOf(content.publicKey),
    algorithm: content.algorithm,
    counter: BigInt(content.counter),
    aaguid: content.aaguid,
    attestationFormat: content.attestationFormat,
    backupEligible: true,
    backedUp: content.backedUp,
    transports: content.transports,
    attestationObject: bytesOf(content.attestationObject),
    clientDataJson: bytesOf(content.clientDataJson),
    name: null,
  };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
