import 'server-only';
import type { KeyRules } from '#domain/key-rules';
import { keyRulesOf } from '#domain/policy/key-rules';
import { parseSetting, type SettingName, settingText } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import { unprovable } from './attestation/anchor.ts';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import { countAdministratorsIn, countStranded } from './key-rules-dry-run.ts';
import { readPolicy, writeSettings } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { readPolicyVersion } from './tenant.ts';
import { readKeyRules } from './usable-key.ts';

export interface KeyRulesState {
  readonly rules: KeyRules;
  /** The version of policy that a change has to name. */
  readonly policyVersion: number;
}

/** The rules that apply now. The version is read first: what changes between makes it an old one. */
export async function readKeyRulesState(tx: Tx): Promise<KeyRulesState> {
  const policyVersion = await readPolicyVersion(tx);
  return { policyVersion, rules: await readKeyRules(tx) };
}

/** The rules as the settings that hold them. */
function settingsOf({ hello, passkey }: KeyRules): Partial<Record<SettingName, string>> {
  return {
    'KeyRules.helloMode': hello.mode,
    RequireSecurityDevice: settingText(hello.requireSecurityDevice),
    'ExcludeSecurityDevices/TPM12': settingText(hello.excludeTpm12),
    'KeyRules.passkeyMode': passkey.mode,
    AllowSyncedPasskeys: settingText(passkey.allowSynced),
    isAttestationEnforced: settingText(passkey.requireAttestation),
    'keyRestrictions.allow': settingText(passkey.allow),
    'keyRestrictions.block': settingText(passkey.block),
  };
}

/** What a change did to a setting, in words: old and new value, or what came into a list (+) and went out of it (-). */
function changeWords(name: SettingName, before: KeyRules, after: KeyRules): string | null {
  const [old, fresh] = [settingsOf(before)[name], settingsOf(after)[name]];
  if (old === fresh) return null;
  if (name !== 'keyRestrictions.allow' && name !== 'keyRestrictions.block') return `${old} -> ${fresh}`;
  const list = name === 'keyRestrictions.allow' ? 'allow' : 'block';
  const [was, is] = [before.passkey[list], after.passkey[list]];
  return [
    ...is.filter((aaguid) => !was.includes(aaguid)).map((aaguid) => `+${aaguid}`),
    ...was.filter((aaguid) => !is.includes(aaguid)).map((aaguid) => `-${aaguid}`),
  ].join(' ');
}

export interface KeyRulesChange {
  readonly rules: KeyRules;
  /** The version of policy that the dry run saw. */
  readonly policyVersion: number;
  /** How many people the dry run said would be left without a key, confirmed by whoever changes. */
  readonly confirmedStranded: number;
}

export interface KeyRulesChanged {
  readonly policyVersion: number;
  readonly stranded: number;
}

/**
 * Changes all rules for keys together. Refused where policy changed since the dry run; where a rule would be enforced that no
 * anchor in force could prove; where more people would be left without a key that gets them in than were confirmed, counted
 * again in the transaction that changes; and where no Global Administrator who can sign in now still could. Keys that exist
 * are not touched, and sessions go on: the rules act at the next sign-in. `actorId` is null for the command line.
 */
export async function changeKeyRules(
  runtime: Runtime,
  actorId: string | null,
  { rules: given, policyVersion, confirmedStranded }: KeyRulesChange,
): Promise<Result<KeyRulesChanged>> {
  const { passkey } = given;
  const sorted = { allow: [...passkey.allow].sort(), block: [...passkey.block].sort() };
  const rules: KeyRules = { ...given, passkey: { ...passkey, ...sorted } };
  const values = settingsOf(rules);
  const names = Object.keys(values) as (keyof typeof values & SettingName)[];
  if (names.some((name) => parseSetting(name, values[name] ?? '') === null)) return refuse('invalid_value');
  return await runtime.db.$transaction(async (tx) => {
    if ((await readPolicyVersion(tx)) !== policyVersion) return refuse('policy_changed_meanwhile');
    const before = keyRulesOf(await readPolicy(tx));
    const demand = await unprovable(tx, runtime, rules);
    if (demand !== null) {
      const { setting, formats } = demand;
      return refuse('anchor_required', { facts: { setting, formats: formats.join(', ') } });
    }
    const stranded = await countStranded(tx, before, rules);
    if ((await countAdministratorsIn(tx, rules)) === 0 && (await countAdministratorsIn(tx, before)) > 0)
      return refuse('no_administrator_left');
    if (stranded > confirmedStranded)
      return refuse('lockout_not_confirmed', {
        facts: { lockedOut: stranded, confirmed: confirmedStranded },
      });
    await writeSettings(tx, values);
    const changes = names.flatMap((name) => {
      const words = changeWords(name, before, rules);
      return words === null ? [] : [[name, words] as const];
    });
    await record(tx, runtime, {
      code: 'key_rules_changed',
      actorId,
      detail: { ...Object.fromEntries(changes), stranded },
    });
    return ok({ policyVersion: await readPolicyVersion(tx), stranded });
  });
}
