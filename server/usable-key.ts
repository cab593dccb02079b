import 'server-only';
import { NO_AAGUID } from '#domain/attestation/aaguids';
import type { ProtectionClass, Verdict } from '#domain/attestation/verdict';
import type { CredentialKind } from '#domain/authentication';
import { protectionClassOf } from '#domain/credential';
import {
  isModelProven,
  type KeyFacts,
  type KeyRules,
  type RuleCode,
  ruleCodes,
  ruleTable,
  signInRules,
} from '#domain/key-rules';
import { keyRulesOf } from '#domain/policy/key-rules';
import type { CredentialWhere, Tx } from './db.ts';
import { keysForSignIn } from './methods-policy.ts';
import { readPolicy } from './policy.ts';

/** The rules that apply now. */
export async function readKeyRules(tx: Tx): Promise<KeyRules> {
  return keyRulesOf(await readPolicy(tx));
}

/** How `JSON.stringify` writes the check that a certificate names the model; a quote in any text of a verdict is escaped. */
const CERTIFIED = '"id":"certificate_aaguid","outcome":"passed"';

/** Keys whose model is proven: `isModelProven` as a condition. */
export const provenModel: CredentialWhere = {
  aaguid: { not: NO_AAGUID },
  verdict: { not: null },
  OR: [
    { protection: { in: ['tpm_hardware', 'vbs_hardware'] } },
    { protection: 'other_hardware', verdict: { contains: CERTIFIED } },
  ],
};

/** What `keyFacts` is made of. */
export const keyFactColumns = {
  kind: true,
  protection: true,
  aaguid: true,
  backupEligible: true,
  verdict: true,
  compromised: true,
} as const;

/** What rules for keys look at, of a stored key. */
export function keyFacts(row: {
  readonly kind: string;
  readonly protection: string;
  readonly aaguid: string;
  readonly backupEligible: boolean;
  readonly verdict: string | null;
  readonly compromised: string | null;
}): KeyFacts {
  const verdict = row.verdict === null ? null : (JSON.parse(row.verdict) as Verdict);
  const protection: ProtectionClass = protectionClassOf(row.protection);
  return {
    kind: row.kind as CredentialKind,
    protection,
    aaguid: row.aaguid,
    modelProven: isModelProven(verdict && { ...verdict, aaguid: row.aaguid, class: protection }),
    backupEligible: row.backupEligible,
    compromised: row.compromised,
  };
}

const NEVER: CredentialWhere = { id: { in: [] } };
const IN_TPM = ['tpm_hardware', 'vbs_hardware'];
const IN_HARDWARE = [...IN_TPM, 'other_hardware'];

/** Keys that break each rule, as conditions on keys whatever the modes; the same judgement as `judgeKey` with them on. */
export function breaking({ hello, passkey }: KeyRules): Readonly<Record<RuleCode, CredentialWhere>> {
  return {
    compromised: { compromised: { not: null } },
    model_blocked: { kind: 'passkey', aaguid: { in: [...passkey.block] } },
    synced: passkey.allowSynced ? NEVER : { kind: 'passkey', backupEligible: true },
    model_not_allowed:
      passkey.allow.length === 0
        ? NEVER
        : { kind: 'passkey', NOT: { AND: [provenModel, { aaguid: { in: [...passkey.allow] } }] } },
    model_unnamed: passkey.block.length === 0 ? NEVER : { kind: 'passkey', aaguid: NO_AAGUID },
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

/** A key that works, whatever rules say: `isUsable` as a condition. */
export const workingKey: CredentialWhere = {
  revokedAt: null,
  quarantinedAt: null,
  OR: [{ deviceId: null }, { device: { disabledAt: null, deletedAt: null } }],
};

/** Keys that get their person in under these rules. */
export function usableUnder(rules: KeyRules): CredentialWhere {
  return { AND: [workingKey, { NOT: refusedKeys(rules) }] };
}

/** Keys that get their person in now, by the rules for keys and the policy of methods. */
export async function usableKeys(tx: Tx): Promise<CredentialWhere> {
  return { AND: [usableUnder(await readKeyRules(tx)), await keysForSignIn(tx)] };
}
