import 'server-only';
import type { z } from 'zod';
import { type Proof, sufficientProof, type Undertaking } from '#domain/authentication';
import type { ProblemCode } from '#domain/problem';
import { ok, type Result, refuse } from '#domain/result';
import type { PrfProtectorAnswer, prfProtectorRequest } from '#domain/wire';
import type { SignedIn, SignedInSession } from './caller.ts';
import { findCredential, listCredentials } from './credential.ts';
import { policyFor } from './device-policy.ts';
import { record } from './event.ts';
import { type KeyContainer, readContainer } from './key-container.ts';
import type { Runtime } from './runtime.ts';

/** A passkey of a person that may open the container of their browser (WebAuthn L3 10.1.4, PRF). */
export interface Opener {
  /** The authenticator's ID. */
  readonly credentialId: string;
  readonly name: string;
}

/** Whether policy lets other authenticators open the key that a browser of this session's device keeps. */
async function isAllowed(runtime: Runtime, session: SignedInSession): Promise<boolean> {
  return (await policyFor(runtime, session))('UseBiometrics').value;
}

export interface Openers {
  /** Whether policy lets any; what a browser keeps for one is of no use where it does not. */
  readonly allowed: boolean;
  readonly passkeys: readonly Opener[];
}

/** The person's passkeys that count, and whether they may open what this browser keeps. */
export async function readOpeners(runtime: Runtime, session: SignedInSession): Promise<Openers> {
  const [allowed, keys] = await Promise.all([
    isAllowed(runtime, session),
    listCredentials(runtime, session.userId),
  ]);
  const passkeys = keys.filter(({ kind, usable }) => kind === 'passkey' && usable);
  return { allowed, passkeys: passkeys.map(({ credentialId, name }) => ({ credentialId, name })) };
}

/**
 * Why this passkey may not open the container of this session's device for an undertaking, or its kid. The server never
 * learns what a browser keeps for a passkey: it asks that this very one is the person's, counts, and has answered in this
 * session, and that policy lets it.
 */
export async function openedByPasskey(
  runtime: Runtime,
  session: SignedInSession,
  credentialId: string,
  undertaking: Extract<Undertaking, 'reset_pin' | 'change_credentials'>,
): Promise<Result<{ readonly kid: string }>> {
  if (!(await isAllowed(runtime, session))) return refuse('prf_protector_off');
  const passkeys = (await listCredentials(runtime, session.userId)).filter(({ kind }) => kind === 'passkey');
  const passkey = passkeys.find((each) => each.credentialId === credentialId && each.usable);
  if (passkey === undefined) return refuse('proof_required');
  return isProven(runtime, session, passkey.id, undertaking)
    ? ok({ kid: passkey.id })
    : refuse('proof_required');
}

function isProven(
  runtime: Runtime,
  { proofs }: SignedInSession,
  kid: string,
  undertaking: Undertaking,
): boolean {
  const isOwn = (proof: Proof) => proof.credentialId === kid;
  return sufficientProof(undertaking, proofs.filter(isOwn), runtime.clock.now()) !== null;
}

/**
 * Notes that the browser of this session's device lets a passkey open its container, or no longer does. The first takes a
 * fresh proof by both: the container's own key, which its PIN opened, and this passkey. The second takes none: it only
 * takes a way in away.
 */
export async function notePrfProtector(
  runtime: Runtime,
  { session, address }: SignedIn,
  { container: id, passkey, stored }: z.output<typeof prfProtectorRequest>,
): Promise<Result<PrfProtectorAnswer>> {
  const container = await readContainer(runtime.db, id);
  const refused = refuseContainer(container, session);
  if (container === null || refused !== null) return refuse(refused ?? 'container_unknown');
  const about = {
    userId: session.userId,
    deviceId: session.deviceId,
    credentialId: container.credentialId,
    sessionId: session.id,
  };
  if (!stored) {
    const known = await findCredential(runtime, passkey);
    const kid = known?.userId === session.userId ? known.id : null;
    const detail = { container: id, passkey: kid, address };
    await record(runtime.db, runtime, { code: 'prf_protector_forgotten', ...about, detail });
    return ok({ stored: false });
  }
  const opened = await openedByPasskey(runtime, session, passkey, 'change_credentials');
  if (!opened.ok) return opened;
  if (!isProven(runtime, session, container.credentialId ?? '', 'change_credentials'))
    return refuse('proof_required');
  const detail = { container: id, passkey: opened.value.kid, address };
  await record(runtime.db, runtime, { code: 'prf_protector_stored', ...about, detail });
  return ok({ stored: true });
}

function refuseContainer(container: KeyContainer | null, session: SignedInSession): ProblemCode | null {
  const isOurs = container?.userId === session.userId && container.deviceId === session.deviceId;
  if (!isOurs || container.credentialId === null) return 'container_unknown';
  return container.retiredAt === null ? null : 'container_retired';
}
