import type { KeyRules } from '../key-rules.ts';
import { isManaged, type Policy } from './resolve.ts';

/**
 * The rules that policy holds. A profile or a group policy object that requires hardware is no wish: where the organisation's
 * own rules are off they are enforced, and where it only watches or warns, so does this one.
 */
export function keyRulesOf(policy: Policy): KeyRules {
  const hardware = policy('RequireSecurityDevice');
  const mode = policy('KeyRules.helloMode').value;
  const isRequired = hardware.value && isManaged(hardware);
  return {
    hello: {
      mode: mode === 'off' && isRequired ? 'enforce' : mode,
      requireSecurityDevice: hardware.value,
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
