import 'server-only';
import {
  judgeKey,
  type KeyRules,
  type KeyRuling,
  type RuleCode,
  ruleCodes,
  ruleTable,
  signInRules,
} from '#domain/key-rules';
import { type FoundCredential, keyFacts, provenModel } from './credential.ts';
import type { CredentialWhere, Tx } from './db.ts';
import { type EventDraft, record } from './event.ts';
import { type Policy, readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { keepPolicyVersion } from './tenant.ts';

/** The rules that policy holds. */
export function keyRulesOf(policy: Policy): KeyRules {
  return {
    hello: {
      mode: policy('KeyRules.helloMode').value,
      requireSecurityDevice: policy('RequireSecurityDevice').value,
      excludeTpm12: policy('ExcludeSecurityDevices/TPM12').value,
    },
    passkey: {
      mode: policy('KeyRules.passkeyMode').value,
      requireAttestation: policy('isAttestationEnforced').value,
      allowSynced: policy('AllowSyncedPasskeys').value,
      allow: policy('keyRestrictions.allow').value,
      block: policy('keyRestrictions.block').value,
    },
  };
}

/** The rules that apply now. */
export async function readKeyRules(tx: Tx): Promise<KeyRules> {
  return keyRulesOf(await readPolicy(tx));
}

/** The rules that apply now, kept: no change of policy comes between this and the end of the transaction. */
export async function keepKeyRules(tx: Tx, runtime: Pick<Runtime, 'db'>): Promise<KeyRules> {
  await keepPolicyVersion(tx, runtime);
  return await readKeyRules(tx);
}

/** What the rules say of a key that answers, in the transaction that would let its person in. */
export async function judgeAnswering(tx: Tx, runtime: Runtime, key: FoundCredential): Promise<KeyRuling> {
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

const NEVER: CredentialWhere = { id: { in: [] } };
const IN_TPM = ['tpm_hardware', 'vbs_hardware'];
const IN_HARDWARE = [...IN_TPM, 'other_hardware'];

/** Keys that break each rule, as conditions on keys whatever the modes; the same judgement as `judgeKey` with them on. */
export function breaking({ hello, passkey }: KeyRules): Readonly<Record<RuleCode, CredentialWhere>> {
  return {
    compromised: NEVER,
    model_blocked: { kind: 'passkey', aaguid: { in: [...passkey.block] } },
    synced: passkey.allowSynced ? NEVER : { kind: 'passkey', backupEligible: true },
    model_not_allowed:
      passkey.allow.length === 0
        ? NEVER
        : { kind: 'passkey', NOT: { AND: [provenModel, { aaguid: { in: [...passkey.allow] } }] } },
    no_security_device: hello.requireSecurityDevice
      ? { kind: 'hello', protection: { notIn: IN_TPM } }
      : NEVER,
    no_attestation: passkey.requireAttestation
      ? { kind: 'passkey', protection: { notIn: IN_HARDWARE } }
      : NEVER,
  };
}

/** Keys that break one of these rules where its set is on: in any mode, or in one of `modes`. */
export function breakingAny(
  rules: KeyRules,
  codes: readonly RuleCode[] = ruleCodes,
  modes: readonly KeyRules['hello']['mode'][] = ['monitor', 'warn', 'enforce'],
): CredentialWhere {
  const each = breaking(rules);
  const kinds = (['hello', 'passkey'] as const).filter((kind) => modes.includes(rules[kind].mode));
  const conditions = kinds.flatMap((kind) =>
    codes
      .filter((code) => ruleTable[code].kinds.includes(kind))
      .map((code): CredentialWhere => ({ AND: [{ kind }, each[code]] })),
  );
  return conditions.length === 0 ? NEVER : { OR: conditions };
}

/** Keys that these rules refuse at sign-in. */
export function refusedKeys(rules: KeyRules): CredentialWhere {
  return breakingAny(rules, signInRules, ['enforce']);
}
