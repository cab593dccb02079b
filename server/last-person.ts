import 'server-only';
import { z } from 'zod';
import { type ProofKind, proofKinds } from '#domain/authentication';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { DAY_MS } from '#domain/time';
import type { Caller } from './caller.ts';
import type { Runtime } from './runtime.ts';
import { NONCE_BYTES, seal, unseal } from './secrets.ts';

/** How long a browser remembers who signed in last. */
export const LAST_PERSON_KEPT_MS = 90 * DAY_MS;

const content = z.strictObject({
  userId: z.string(),
  deviceId: z.string().nullable(),
  method: z.enum(proofKinds),
  atMs: z.number(),
});

/** Who signed in last in a browser, on which device and how. */
export interface LastPerson {
  readonly userId: string;
  readonly deviceId: string | null;
  readonly method: ProofKind;
}

/** Bound to the browser's own cookie: carried elsewhere it says nothing. */
const context = (browser: string) => `last-person/${browser}`;

/** Seals (AES-256-GCM) who has just signed in, for a cookie of this browser. It opens nothing, and nobody can read it. */
export function sealLastPerson(
  runtime: Runtime,
  { browser }: Pick<Caller, 'browser'>,
  { userId, deviceId, method }: LastPerson,
): string {
  const said: z.infer<typeof content> = { userId, deviceId, method, atMs: runtime.clock.world().getTime() };
  const nonce = runtime.random.bytes(NONCE_BYTES);
  const bytes = Buffer.from(JSON.stringify(said));
  return toBase64Url(seal(runtime.keys('last-person'), nonce, bytes, context(browser)));
}

/** What a cookie says about who signed in last; null for one that is forged, of another browser or too old. */
export function openLastPerson(
  runtime: Runtime,
  { browser }: Pick<Caller, 'browser'>,
  sealed: string | undefined,
): LastPerson | null {
  const bytes = sealed === undefined ? null : fromBase64Url(sealed);
  const text = bytes && unseal(runtime.keys('last-person'), bytes, context(browser));
  if (text === null) return null;
  const { atMs, ...last } = content.parse(JSON.parse(text.toString('utf8')));
  const age = runtime.clock.world().getTime() - atMs;
  return age >= 0 && age < LAST_PERSON_KEPT_MS ? last : null;
}
