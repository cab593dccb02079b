import 'server-only';
import { judgeKey, type KeyRules, type KeyRuling } from '#domain/key-rules';
import { keyRulesOf } from '#domain/policy/key-rules';
import type { Tx } from './db.ts';
import { type At, readPolicyAt } from './device-policy.ts';
import { type EventDraft, record } from './event.ts';
import type { Runtime } from './runtime.ts';
import { keepPolicyVersion } from './tenant.ts';
import { keyFactColumns, keyFacts, readKeyRules } from './usable-key.ts';

/**
 * The rules that apply now, kept: no change of policy comes between this and the end of the transaction. With a person at a
 * device they are those that the device was told.
 */
export async function keepKeyRules(tx: Tx, runtime: Pick<Runtime, 'db'>, at?: At): Promise<KeyRules> {
  await keepPolicyVersion(tx, runtime);
  return at === undefined ? await readKeyRules(tx) : await readKeyRulesAt(tx, runtime, at);
}

/** The rules for a key that somebody makes at a device. */
export async function readKeyRulesAt(tx: Tx, runtime: Pick<Runtime, 'db'>, at: At): Promise<KeyRules> {
  return keyRulesOf(await readPolicyAt(tx, runtime, at));
}

/** What the rules say of a key that answers, as both stand in the transaction that would let its person in. */
export async function judgeAnswering(tx: Tx, runtime: Runtime, id: string): Promise<KeyRuling> {
  const key = await tx.credential.findUniqueOrThrow({ where: { id }, select: keyFactColumns });
  return judgeKey(await keepKeyRules(tx, runtime), keyFacts(key), 'sign_in');
}

/** Logs that a key was accepted although it does not meet the rules; nothing where it meets them. */
export async function noteRuling(
  tx: Tx,
  runtime: Runtime,
  ruling: KeyRuling,
  about: Pick<EventDraft, 'userId' | 'deviceId' | 'credentialId' | 'sessionId'> & { readonly at: string },
): Promise<void> {
  const { at, ...ids } = about;
  if (ruling.findings.length === 0) return;
  await record(tx, runtime, {
    code: 'key_rules_noted',
    ...ids,
    detail: { at, mode: ruling.mode, findings: ruling.findings.join(', ') },
  });
}
