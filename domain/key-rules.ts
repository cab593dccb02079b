import { z } from 'zod';
import { NO_AAGUID } from './attestation/aaguids.ts';
import type { ProtectionClass, Verdict } from './attestation/verdict.ts';
import type { CredentialKind } from './authentication.ts';
import { AAGUIDS_MAX, type RuleMode, ruleModes } from './policy/settings.ts';
import type { ProblemCode } from './problem.ts';

/** What policy asks of keys: one set of rules for Hello keys and one for passkeys, each with its mode. */
export interface KeyRules {
  readonly hello: {
    readonly mode: RuleMode;
    readonly requireSecurityDevice: boolean;
    /** Windows' own; here always so: WebAuthn 8.3 knows a statement for TPM 2.0 only. */
    readonly excludeTpm12: boolean;
  };
  readonly passkey: {
    readonly mode: RuleMode;
    readonly requireAttestation: boolean;
    readonly allowSynced: boolean;
    /** Models by their AAGUIDs, lower case; empty: every model. */
    readonly allow: readonly string[];
    readonly block: readonly string[];
  };
}

/** What is known of a key. */
export interface KeyFacts {
  readonly kind: CredentialKind;
  readonly protection: ProtectionClass;
  readonly aaguid: string;
  /** Whether the model is proven; a label otherwise (`isModelProven`). */
  readonly modelProven: boolean;
  /** WebAuthn L3 6.1.3: such a key is synced, or may be. */
  readonly backupEligible: boolean;
  /** Why its model counts as compromised, in words; null where nothing says so. */
  readonly compromised: string | null;
}

/**
 * Whether a verdict proves the model: a key in a TPM attests with Windows' own name, and any other hardware by the AAGUID in
 * its certificate (WebAuthn L3 8.2.1). Without that an AAGUID is a label.
 */
export function isModelProven(verdict: Pick<Verdict, 'class' | 'checks' | 'aaguid'> | null): boolean {
  if (verdict === null || verdict.aaguid === NO_AAGUID) return false;
  if (verdict.class === 'tpm_hardware' || verdict.class === 'vbs_hardware') return true;
  return (
    verdict.class === 'other_hardware' &&
    verdict.checks.some(({ id, outcome }) => id === 'certificate_aaguid' && outcome === 'passed')
  );
}

type Occasion = 'registration' | 'sign_in';

interface Rule {
  readonly kinds: readonly CredentialKind[];
  /** Registration rules act when a key is made; key restrictions at every sign-in as well. */
  readonly atSignIn: boolean;
  /** Whether a better statement about the same key could meet it. */
  readonly curable: boolean;
  /** What a person is told who cannot register such a key. */
  readonly problem: ProblemCode;
  /** For administrators. */
  readonly title: string;
  /** For the person whose key it is. */
  readonly sentence: string;
  readonly breaks: (rules: KeyRules, key: KeyFacts) => boolean;
}

const inHardware = ({ protection }: KeyFacts) =>
  protection === 'tpm_hardware' || protection === 'vbs_hardware' || protection === 'other_hardware';

/** Every rule there is, the gravest first. */
const rules = {
  compromised: {
    kinds: ['hello', 'passkey'],
    atSignIn: true,
    curable: false,
    problem: 'key_model_not_allowed',
    title: 'Model is compromised',
    sentence: 'The maker of this key says that keys of this model are no longer safe.',
    breaks: (_rules, { compromised }) => compromised !== null,
  },
  model_blocked: {
    kinds: ['passkey'],
    atSignIn: true,
    curable: false,
    problem: 'key_model_not_allowed',
    title: 'Model is on the list of those never accepted',
    sentence: 'Your organisation does not accept keys of this model.',
    breaks: ({ passkey }, { aaguid }) => passkey.block.includes(aaguid),
  },
  synced: {
    kinds: ['passkey'],
    atSignIn: true,
    curable: false,
    problem: 'synced_passkeys_not_allowed',
    title: 'Synced passkey',
    sentence: 'Your organisation does not accept passkeys that are copied between devices.',
    breaks: ({ passkey }, { backupEligible }) => !passkey.allowSynced && backupEligible,
  },
  model_not_allowed: {
    kinds: ['passkey'],
    atSignIn: true,
    curable: true,
    problem: 'key_model_not_allowed',
    title: 'Model is not on the list, or not proven',
    sentence: 'Your organisation accepts certain models only, and this key has not proven to be one.',
    breaks: ({ passkey }, { aaguid, modelProven }) =>
      passkey.allow.length > 0 && !(modelProven && passkey.allow.includes(aaguid)),
  },
  model_unnamed: {
    kinds: ['passkey'],
    atSignIn: false,
    curable: true,
    problem: 'key_model_not_allowed',
    title: 'Names no model, while some are never accepted',
    sentence:
      'Your organisation does not accept keys of certain models, and this key has not said which it is.',
    // Whoever holds back the statement would pass a list of refused models with any of them.
    breaks: ({ passkey }, { aaguid }) => passkey.block.length > 0 && aaguid === NO_AAGUID,
  },
  no_security_device: {
    kinds: ['hello'],
    atSignIn: false,
    curable: true,
    problem: 'security_device_required',
    title: 'No TPM proven',
    sentence:
      'Your organisation asks for keys that are kept by a security chip (TPM), and this one has not proven it.',
    breaks: ({ hello }, { protection }) =>
      hello.requireSecurityDevice && protection !== 'tpm_hardware' && protection !== 'vbs_hardware',
  },
  no_attestation: {
    kinds: ['passkey'],
    atSignIn: false,
    curable: true,
    problem: 'attestation_required',
    title: 'No attestation that is trusted',
    sentence: 'Your organisation asks for keys that prove what keeps them, and this one has not.',
    breaks: ({ passkey }, key) => passkey.requireAttestation && !inHardware(key),
  },
} as const satisfies Record<string, Rule>;

export type RuleCode = keyof typeof rules;
export const ruleCodes = Object.keys(rules) as RuleCode[];
export const ruleTable: Readonly<Record<RuleCode, Omit<Rule, 'breaks'>>> = rules;

/** The rules that act at every sign-in; the others act at registration alone. */
export const signInRules = ruleCodes.filter((code) => ruleTable[code].atSignIn);
export const registrationRules = ruleCodes.filter((code) => !ruleTable[code].atSignIn);

export interface KeyRuling {
  readonly mode: RuleMode;
  /** The rules that the key does not meet, the gravest first; none while they are off. */
  readonly findings: readonly RuleCode[];
  /** Whether it is refused. */
  readonly refused: boolean;
}

/** The one judgement on a key under rules, when it is made or at a sign-in. */
export function judgeKey(given: KeyRules, key: KeyFacts, at: Occasion): KeyRuling {
  const { mode } = given[key.kind];
  const findings =
    mode === 'off'
      ? []
      : ruleCodes.filter((code) => {
          const rule: Rule = rules[code];
          return (at === 'registration' || rule.atSignIn) && isBroken(rule, given, key);
        });
  return { mode, findings, refused: mode === 'enforce' && findings.length > 0 };
}

const isBroken = (rule: Rule, given: KeyRules, key: KeyFacts) =>
  rule.kinds.includes(key.kind) && rule.breaks(given, key);

/** Whether another try could meet all that is not met: the same key with a statement that proves more. */
export function isCurable(findings: readonly RuleCode[]): boolean {
  return findings.length > 0 && findings.every((code) => ruleTable[code].curable);
}

/** Whether a rule for keys of this kind looks at what only an attestation tells: then it is asked for. */
export function needsStatement(given: KeyRules, kind: CredentialKind): boolean {
  const { hello, passkey } = given;
  if (given[kind].mode === 'off') return false;
  if (kind === 'hello') return hello.requireSecurityDevice;
  return passkey.requireAttestation || passkey.allow.length > 0 || passkey.block.length > 0;
}

/** Whether no key of this kind is made without a statement: there is no use in trying. */
export function requiresStatement(given: KeyRules, kind: CredentialKind): boolean {
  return given[kind].mode === 'enforce' && needsStatement(given, kind);
}

/** What the person whose key it is is told of it, in sentences: what is asked for, or why it gets them in no more. */
export function toldOf(given: KeyRules, key: KeyFacts): string[] {
  const { mode } = given[key.kind];
  if (mode !== 'warn' && mode !== 'enforce') return [];
  const { findings } = judgeKey(given, key, mode === 'warn' ? 'registration' : 'sign_in');
  return findings.map((code) => ruleTable[code].sentence);
}

/** What happens to the person of a key that becomes known as compromised, by the rules for keys that are enforced. */
export function compromiseMeans({ hello, passkey }: Pick<KeyRules, CredentialKind>): string {
  const enforced = { hello: hello.mode === 'enforce', passkey: passkey.mode === 'enforce' };
  if (enforced.hello && enforced.passkey)
    return 'A key that becomes known as compromised no longer signs its person in, because the rules for passkeys and for Hello keys are enforced.';
  if (enforced.passkey)
    return 'A passkey that becomes known as compromised no longer signs its person in; a Hello key still does, until the rules for Hello keys are enforced.';
  if (enforced.hello)
    return 'A Hello key that becomes known as compromised no longer signs its person in; a passkey still does, until the rules for passkeys are enforced.';
  return 'A key that becomes known as compromised still signs its person in, until the rules for its kind are enforced.';
}

/** Statement formats by what they can prove. A U2F key names no model. */
const HARDWARE_FORMATS = ['packed', 'tpm', 'fido-u2f', 'android-key', 'apple'] as const;
const MODEL_FORMATS = ['packed', 'tpm'] as const;

/** A rule that is enforced, and the statement formats that could meet it: one of them needs an anchor. */
export interface AnchorDemand {
  readonly setting: 'RequireSecurityDevice' | 'isAttestationEnforced' | 'keyRestrictions.allow';
  readonly formats: readonly string[];
}

/** What has to be provable before rules may be enforced; without an anchor nobody could meet them. */
export function anchorDemands(
  { hello, passkey }: KeyRules,
  isHello: (aaguid: string) => boolean,
): AnchorDemand[] {
  const demands: AnchorDemand[] = [];
  if (hello.mode === 'enforce' && hello.requireSecurityDevice)
    demands.push({ setting: 'RequireSecurityDevice', formats: ['tpm'] });
  if (passkey.mode !== 'enforce') return demands;
  if (passkey.requireAttestation)
    demands.push({ setting: 'isAttestationEnforced', formats: HARDWARE_FORMATS });
  // A model that both lists name falls; of the rest those of Windows attest with a TPM, and others do not.
  const open = passkey.allow.filter((aaguid) => !passkey.block.includes(aaguid));
  if (passkey.allow.length > 0) {
    const formats = MODEL_FORMATS.filter((format) =>
      open.some((aaguid) => isHello(aaguid) === (format === 'tpm')),
    );
    demands.push({ setting: 'keyRestrictions.allow', formats });
  }
  return demands;
}

const aaguidList = z.array(z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)).max(AAGUIDS_MAX);
/** The rules as a form sends them; what a list may hold is judged again with the settings. */
export const keyRules = z.strictObject({
  hello: z.strictObject({
    mode: z.enum(ruleModes),
    requireSecurityDevice: z.boolean(),
    excludeTpm12: z.boolean(),
  }),
  passkey: z.strictObject({
    mode: z.enum(ruleModes),
    requireAttestation: z.boolean(),
    allowSynced: z.boolean(),
    allow: aaguidList,
    block: aaguidList,
  }),
});

/** In an address: what is left out is as it applies. Lists have commas between their AAGUIDs; `none` empties one. */
const onOff = z.enum(['on', 'off']).optional();
const listText = z
  .string()
  .max(AAGUIDS_MAX * 40)
  .optional()
  .describe('AAGUIDs with commas between them; none empties the list');
export const keyRulesDraft = z.strictObject({
  hello: z.enum(ruleModes).optional(),
  tpm: onOff,
  tpm12: onOff,
  passkey: z.enum(ruleModes).optional(),
  attestation: onOff,
  synced: onOff,
  allow: listText,
  block: listText,
});
export type KeyRulesDraft = z.infer<typeof keyRulesDraft>;

/** A draft from an address that anybody may have typed: what cannot be read is left out. */
export function readDraft(params: Readonly<Record<string, unknown>>): KeyRulesDraft {
  const parts = Object.entries(keyRulesDraft.shape).map(([name, schema]) => {
    const read = schema.safeParse(params[name]);
    return [name, read.success ? read.data : undefined] as const;
  });
  return keyRulesDraft.parse(Object.fromEntries(parts));
}

/** The AAGUIDs that somebody typed or pasted, in lower case and each once; `unread` is what is none. */
export function readAaguids(text: string): { readonly aaguids: string[]; readonly unread: string[] } {
  const words = text
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter((word) => word !== '' && word !== 'none');
  const isOne = (word: string) => aaguidList.element.safeParse(word).success && word !== NO_AAGUID;
  return {
    aaguids: [...new Set(words.filter(isOne))],
    unread: words.filter((word) => !isOne(word)),
  };
}

/** The rules that a draft asks for, over those that apply. */
export function draftedRules(draft: KeyRulesDraft, applied: KeyRules): KeyRules {
  const flag = (word: 'on' | 'off' | undefined, now: boolean) => (word === undefined ? now : word === 'on');
  const list = (text: string | undefined, now: readonly string[]) =>
    text === undefined ? now : readAaguids(text).aaguids;
  const { hello, passkey } = applied;
  return {
    hello: {
      mode: draft.hello ?? hello.mode,
      requireSecurityDevice: flag(draft.tpm, hello.requireSecurityDevice),
      excludeTpm12: flag(draft.tpm12, hello.excludeTpm12),
    },
    passkey: {
      mode: draft.passkey ?? passkey.mode,
      requireAttestation: flag(draft.attestation, passkey.requireAttestation),
      allowSynced: flag(draft.synced, passkey.allowSynced),
      allow: list(draft.allow, passkey.allow),
      block: list(draft.block, passkey.block),
    },
  };
}

/** The same rules in an address: only what differs from those that apply. */
export function draftOf(wanted: KeyRules, applied: KeyRules): Partial<Record<keyof KeyRulesDraft, string>> {
  const draft: Partial<Record<keyof KeyRulesDraft, string>> = {};
  const note = (name: keyof KeyRulesDraft, value: string, now: string) => {
    if (value !== now) draft[name] = value;
  };
  const word = (value: boolean) => (value ? 'on' : 'off');
  const text = (list: readonly string[]) => [...list].sort().join(',') || 'none';
  note('hello', wanted.hello.mode, applied.hello.mode);
  note('tpm', word(wanted.hello.requireSecurityDevice), word(applied.hello.requireSecurityDevice));
  note('tpm12', word(wanted.hello.excludeTpm12), word(applied.hello.excludeTpm12));
  note('passkey', wanted.passkey.mode, applied.passkey.mode);
  note('attestation', word(wanted.passkey.requireAttestation), word(applied.passkey.requireAttestation));
  note('synced', word(wanted.passkey.allowSynced), word(applied.passkey.allowSynced));
  note('allow', text(wanted.passkey.allow), text(applied.passkey.allow));
  note('block', text(wanted.passkey.block), text(applied.passkey.block));
  return draft;
}
