import 'server-only';
import { aaguidLabel } from '#domain/attestation/aaguids';
import { type KeyRules, readAaguids, ruleCodes, ruleTable } from '#domain/key-rules';
import { type RuleMode, ruleModes } from '#domain/policy/settings';
import { changeKeyRules, readKeyRulesState } from '../key-rules.ts';
import { dryRunKeyRules, exportKeyRules, listJudgedKeys } from '../key-rules-dry-run.ts';
import type { Runtime } from '../runtime.ts';
import type { Command, Options } from './command.ts';
import { UsageError } from './usage.ts';

/** Keys that a dry run prints; the file has them all. */
const NAMED = 50;

const CHANGES =
  '[--hello <mode>] [--security-device on|off] [--tpm12-excluded on|off] [--passkey <mode>] [--synced on|off] [--attestation on|off] [--allow <AAGUIDs>|none] [--block <AAGUIDs>|none]';

export const keyRulesCommands: Readonly<Record<string, Command>> = {
  'key-rules status': {
    usage: 'key-rules status',
    about: 'The rules for keys that apply',
    run: async (runtime) => rulesWords((await readKeyRulesState(runtime.db)).rules),
  },
  'key-rules dry-run': {
    usage: `key-rules dry-run ${CHANGES} [--csv]`,
    about: `Which keys would fall with these changes, and who would be left without one; modes: ${ruleModes.join(', ')}`,
    run: async (runtime, _words, options) => {
      const wanted = changed(options, (await readKeyRulesState(runtime.db)).rules);
      return options.csv === true ? exportKeyRules(runtime, wanted) : await runWords(runtime, wanted);
    },
  },
  'key-rules set': {
    usage: `key-rules set ${CHANGES} [--confirm-locked-out <number>]`,
    about: 'Change the rules for keys; what is not named stays as it is',
    run: async (runtime, _words, options) => {
      const { rules, policyVersion } = await readKeyRulesState(runtime.db);
      const wanted = changed(options, rules);
      const typed = (options['confirm-locked-out'] as string | undefined) ?? '0';
      if (!/^\d{1,9}$/.test(typed)) throw new UsageError('--confirm-locked-out takes a number.');
      const change = { rules: wanted, policyVersion, confirmedStranded: Number(typed) };
      const result = await changeKeyRules(runtime, null, change);
      if (result.ok)
        return [
          rulesWords((await readKeyRulesState(runtime.db)).rules),
          `Left without a key: ${result.value.stranded}.`,
        ].join('\n');
      const { code, title, detail, facts } = result.problem;
      if (code === 'anchor_required')
        throw new UsageError(`${title} ${facts?.setting} needs an anchor for ${facts?.formats}. ${detail}`);
      if (code !== 'lockout_not_confirmed') throw new UsageError(`${title} ${detail}`);
      throw new UsageError(
        [
          `That would leave ${people(Number(facts?.lockedOut))} without a key; ${facts?.confirmed} confirmed. Nothing was changed.`,
          await runWords(runtime, wanted),
          `To do it all the same: --confirm-locked-out ${facts?.lockedOut}`,
        ].join('\n'),
      );
    },
  },
};

/** The rules with what the options name. */
function changed(options: Options, { hello, passkey }: KeyRules): KeyRules {
  const mode = (option: string, now: RuleMode) => {
    const typed = options[option];
    if (typed === undefined) return now;
    const known = ruleModes.find((each) => each === typed);
    if (known === undefined) throw new UsageError(`--${option} takes ${ruleModes.join(', ')}.`);
    return known;
  };
  const flag = (option: string, now: boolean) => {
    const typed = options[option];
    if (typed === undefined) return now;
    if (typed !== 'on' && typed !== 'off') throw new UsageError(`--${option} takes on or off.`);
    return typed === 'on';
  };
  const list = (option: string, now: readonly string[]) => {
    const typed = options[option];
    if (typeof typed !== 'string') return now;
    const { aaguids, unread } = readAaguids(typed);
    if (unread.length > 0) throw new UsageError(`--${option} names what is no AAGUID: ${unread[0]}`);
    return aaguids;
  };
  return {
    hello: {
      mode: mode('hello', hello.mode),
      requireSecurityDevice: flag('security-device', hello.requireSecurityDevice),
      excludeTpm12: flag('tpm12-excluded', hello.excludeTpm12),
    },
    passkey: {
      mode: mode('passkey', passkey.mode),
      requireAttestation: flag('attestation', passkey.requireAttestation),
      allowSynced: flag('synced', passkey.allowSynced),
      allow: list('allow', passkey.allow),
      block: list('block', passkey.block),
    },
  };
}

const people = (count: number) => (count === 1 ? '1 person' : `${count} people`);
const onOff = (value: boolean) => (value ? 'on' : 'off');
const models = (list: readonly string[]) =>
  list.map((aaguid) => (aaguidLabel(aaguid) === aaguid ? aaguid : `${aaguid} (${aaguidLabel(aaguid)})`));

function rulesWords({ hello, passkey }: KeyRules): string {
  return [
    `Hello keys: ${hello.mode}`,
    `  RequireSecurityDevice: ${onOff(hello.requireSecurityDevice)}`,
    `  ExcludeSecurityDevices/TPM12: ${onOff(hello.excludeTpm12)} (always so here)`,
    `Passkeys: ${passkey.mode}`,
    `  AllowSyncedPasskeys: ${onOff(passkey.allowSynced)}`,
    `  isAttestationEnforced: ${onOff(passkey.requireAttestation)}`,
    `  only these models: ${models(passkey.allow).join(', ') || 'every model'}`,
    `  never these models: ${models(passkey.block).join(', ') || 'none named'}`,
  ].join('\n');
}

async function runWords(runtime: Runtime, wanted: KeyRules): Promise<string> {
  const run = await dryRunKeyRules(runtime, wanted);
  const { keys, total } = await listJudgedKeys(runtime, wanted, { show: 'falling', skip: 0, take: NAMED });
  return [
    `Keys: ${run.keys}. Refused at sign-in: ${run.refused}; once all is enforced: ${run.falling}. Not accepted if made today: ${run.notToday}.`,
    `Left without a key: ${run.stranded}; once all is enforced: ${run.wouldStrand}.`,
    ...ruleCodes
      .filter((code) => run.counts[code] > 0)
      .map((code) => `  ${ruleTable[code].title}: ${run.counts[code]}`),
    ...keys.map(({ person, name, words, findings, strands }) =>
      [
        `  ${person.upn}`,
        `${words}, ${name}`,
        findings.map((code) => ruleTable[code].title).join('; ') + (strands ? ' (the last key)' : ''),
      ].join('\t'),
    ),
    ...(total > NAMED ? [`  and ${total - NAMED} more: --csv prints every key.`] : []),
  ].join('\n');
}
