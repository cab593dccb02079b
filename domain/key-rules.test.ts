import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { helloAaguid, NO_AAGUID, namedModels } from './attestation/aaguids.ts';
import { protectionClasses, type Verdict } from './attestation/verdict.ts';
import {
  anchorDemands,
  compromiseMeans,
  draftedRules,
  draftOf,
  isCurable,
  isModelProven,
  judgeKey,
  type KeyFacts,
  type KeyRules,
  keyRules,
  keyRulesDraft,
  needsStatement,
  readAaguids,
  readDraft,
  registrationRules,
  ruleCodes,
  ruleTable,
  signInRules,
} from './key-rules.ts';
import { parseSetting, ruleModes, settingText } from './policy/settings.ts';

const YUBIKEY = 'ee882879-721c-4913-9775-3dfcce97072a';
const HELLO = '08987058-cadc-4b81-b6e1-30de50dcbe96';
const MANAGER = 'bada5566-a7aa-401f-bd96-45619a55120d';
const MODELS = [YUBIKEY, HELLO, MANAGER];

const aKey: fc.Arbitrary<KeyFacts> = fc.record({
  kind: fc.constantFrom('hello' as const, 'passkey' as const),
  protection: fc.constantFrom(...protectionClasses),
  aaguid: fc.constantFrom(...MODELS, NO_AAGUID),
  modelProven: fc.boolean(),
  backupEligible: fc.boolean(),
  compromised: fc.option(fc.constant('Revoked by its maker'), { nil: null }),
});
const aMode = fc.constantFrom(...ruleModes);
const aList = fc.uniqueArray(fc.constantFrom(...MODELS), { maxLength: 3 });
const someRules: fc.Arbitrary<KeyRules> = fc.record({
  hello: fc.record({ mode: aMode, requireSecurityDevice: fc.boolean(), excludeTpm12: fc.boolean() }),
  passkey: fc.record({
    mode: aMode,
    requireAttestation: fc.boolean(),
    allowSynced: fc.boolean(),
    allow: aList,
    block: aList,
  }),
});
const anOccasion = fc.constantFrom('registration' as const, 'sign_in' as const);

const inMode = (rules: KeyRules, mode: KeyRules['hello']['mode']): KeyRules => ({
  hello: { ...rules.hello, mode },
  passkey: { ...rules.passkey, mode },
});
const passkeys = (change: Partial<KeyRules['passkey']>): KeyRules => ({
  hello: { mode: 'off', requireSecurityDevice: false, excludeTpm12: false },
  passkey: { mode: 'enforce', requireAttestation: false, allowSynced: true, allow: [], block: [], ...change },
});
const hello = (change: Partial<KeyRules['hello']>): KeyRules => ({
  ...passkeys({ mode: 'off' }),
  hello: { mode: 'enforce', requireSecurityDevice: true, excludeTpm12: false, ...change },
});
const key = (change: Partial<KeyFacts> = {}): KeyFacts => ({
  kind: 'passkey',
  protection: 'unverified',
  aaguid: YUBIKEY,
  modelProven: false,
  backupEligible: false,
  compromised: null,
  ...change,
});
const proven = key({ protection: 'other_hardware', modelProven: true });

describe('in every mode', () => {
  test('enforce refuses exactly what monitor and warn note, and those refuse nothing', () => {
    fc.assert(
      fc.property(someRules, aKey, anOccasion, (rules, facts, at) => {
        const enforced = judgeKey(inMode(rules, 'enforce'), facts, at);
        expect(enforced.refused).toBe(enforced.findings.length > 0);
        for (const mode of ['monitor', 'warn'] as const) {
          const noted = judgeKey(inMode(rules, mode), facts, at);
          expect(noted).toEqual({ mode, findings: enforced.findings, refused: false });
        }
        expect(judgeKey(inMode(rules, 'off'), facts, at)).toEqual({
          mode: 'off',
          findings: [],
          refused: false,
        });
      }),
    );
  });

  test('a sign-in finds what registration finds, but for the rules that act at registration alone', () => {
    fc.assert(
      fc.property(someRules, aKey, (rules, facts) => {
        const made = judgeKey(rules, facts, 'registration').findings;
        expect(judgeKey(rules, facts, 'sign_in').findings).toEqual(
          made.filter((code) => signInRules.includes(code)),
        );
      }),
    );
    expect([...signInRules, ...registrationRules].sort()).toEqual([...ruleCodes].sort());
    expect(registrationRules).toEqual(['model_unnamed', 'no_security_device', 'no_attestation']);
  });

  test('the rules for one kind of key say nothing about the other', () => {
    fc.assert(
      fc.property(someRules, someRules, aKey, anOccasion, (rules, other, facts, at) => {
        const mixed =
          facts.kind === 'hello' ? { ...other, hello: rules.hello } : { ...other, passkey: rules.passkey };
        expect(judgeKey(mixed, facts, at)).toEqual(judgeKey(rules, facts, at));
      }),
    );
  });
});

describe('lists of models', () => {
  test('one model more to block never admits a key, nor does one less to allow, unless that was the last', () => {
    fc.assert(
      fc.property(someRules, aKey, anOccasion, fc.constantFrom(...MODELS), (rules, facts, at, model) => {
        const before = judgeKey(rules, facts, at).findings;
        const { allow, block } = rules.passkey;
        const stricter = { ...rules, passkey: { ...rules.passkey, block: [...block, model] } };
        expect(judgeKey(stricter, facts, at).findings).toEqual(expect.arrayContaining([...before]));
        const fewer = allow.filter((each) => each !== model);
        if (fewer.length === 0) return;
        const narrower = { ...rules, passkey: { ...rules.passkey, allow: fewer } };
        expect(judgeKey(narrower, facts, at).findings).toEqual(expect.arrayContaining([...before]));
      }),
    );
  });

  test('mean the same in any order', () => {
    fc.assert(
      fc.property(someRules, aKey, anOccasion, (rules, facts, at) => {
        const { allow, block } = rules.passkey;
        const turned = { allow: [...allow].reverse(), block: [...block].reverse() };
        const other = { ...rules, passkey: { ...rules.passkey, ...turned } };
        expect(judgeKey(other, facts, at)).toEqual(judgeKey(rules, facts, at));
      }),
    );
  });

  test('to allow are met by a proven model alone; to block hit a mere label too, and win', () => {
    const found = (change: Partial<KeyRules['passkey']>, facts: KeyFacts) =>
      judgeKey(passkeys(change), facts, 'sign_in').findings;
    expect(found({ allow: [YUBIKEY] }, proven)).toEqual([]);
    expect(found({ allow: [YUBIKEY] }, key())).toEqual(['model_not_allowed']);
    expect(found({ allow: [MANAGER] }, proven)).toEqual(['model_not_allowed']);
    expect(found({ block: [YUBIKEY] }, key())).toEqual(['model_blocked']);
    expect(found({ block: [YUBIKEY] }, proven)).toEqual(['model_blocked']);
    expect(found({ allow: [YUBIKEY], block: [YUBIKEY] }, proven)).toEqual(['model_blocked']);
    expect(found({ allow: [YUBIKEY] }, key({ aaguid: NO_AAGUID, modelProven: true }))).toEqual([
      'model_not_allowed',
    ]);
  });
});

describe('a Hello key under RequireSecurityDevice', () => {
  test.each([
    ['tpm_hardware', []],
    ['vbs_hardware', []],
    ['other_hardware', ['no_security_device']],
    ['software', ['no_security_device']],
    ['unverified', ['no_security_device']],
  ] as const)('%s', (protection, findings) => {
    const facts = key({ kind: 'hello', protection });
    expect(judgeKey(hello({}), facts, 'registration').findings).toEqual(findings);
    // A registration rule: what exists goes on working.
    expect(judgeKey(hello({}), facts, 'sign_in').findings).toEqual([]);
  });
});

test('a compromised model falls under both sets of rules, also at sign-in, and no statement cures it', () => {
  for (const kind of ['hello', 'passkey'] as const) {
    const facts = key({ kind, compromised: 'Its maker says so' });
    const ruling = judgeKey(inMode(hello({}), 'enforce'), facts, 'sign_in');
    expect(ruling).toMatchObject({ findings: ['compromised'], refused: true });
    expect(isCurable(judgeKey(inMode(hello({}), 'enforce'), facts, 'registration').findings)).toBe(false);
  }
});

test('another try can help only where every rule could be met by a better statement', () => {
  expect(isCurable([])).toBe(false);
  expect(isCurable(['no_security_device'])).toBe(true);
  expect(isCurable(['model_not_allowed', 'no_attestation'])).toBe(true);
  expect(isCurable(['synced', 'no_attestation'])).toBe(false);
});

test('a statement is asked for exactly where a rule looks at what only a statement tells', () => {
  expect(needsStatement(hello({}), 'hello')).toBe(true);
  expect(needsStatement(hello({ mode: 'monitor' }), 'hello')).toBe(true);
  expect(needsStatement(hello({ mode: 'off' }), 'hello')).toBe(false);
  expect(needsStatement(hello({}), 'passkey')).toBe(false);
  expect(needsStatement(passkeys({ allowSynced: false }), 'passkey')).toBe(false);
  for (const change of [{ allow: [YUBIKEY] }, { block: [YUBIKEY] }, { requireAttestation: true }])
    expect(needsStatement(passkeys(change), 'passkey')).toBe(true);
});

describe('a model is proven', () => {
  const verdict = (change: Partial<Verdict>): Verdict => ({
    class: 'other_hardware',
    format: 'packed',
    aaguid: YUBIKEY,
    manufacturer: null,
    anchor: null,
    checks: [{ id: 'certificate_aaguid', outcome: 'passed', detail: '' }],
    ...change,
  });
  test('by a TPM, or by the certificate of other hardware, and by nothing less', () => {
    expect(isModelProven(verdict({}))).toBe(true);
    expect(isModelProven(verdict({ class: 'tpm_hardware', aaguid: HELLO, checks: [] }))).toBe(true);
    expect(isModelProven(verdict({ class: 'vbs_hardware', aaguid: HELLO, checks: [] }))).toBe(true);
    expect(isModelProven(null)).toBe(false);
    expect(isModelProven(verdict({ class: 'unverified' }))).toBe(false);
    expect(isModelProven(verdict({ class: 'software' }))).toBe(false);
    expect(isModelProven(verdict({ aaguid: NO_AAGUID }))).toBe(false);
    for (const outcome of ['failed', 'not_checked', 'not_applicable'] as const)
      expect(isModelProven(verdict({ checks: [{ id: 'certificate_aaguid', outcome, detail: '' }] }))).toBe(
        false,
      );
  });
});

describe('what has to be provable before rules are enforced', () => {
  const demands = (rules: KeyRules) => anchorDemands(rules, (aaguid) => helloAaguid(aaguid) !== null);
  test('is asked of rules that are enforced alone', () => {
    fc.assert(
      fc.property(someRules, (rules) => {
        for (const mode of ['off', 'monitor', 'warn'] as const)
          expect(demands(inMode(rules, mode))).toEqual([]);
      }),
    );
    expect(demands(hello({}))).toEqual([{ setting: 'RequireSecurityDevice', formats: ['tpm'] }]);
    expect(demands(hello({ requireSecurityDevice: false }))).toEqual([]);
  });

  test('names the formats by which the allowed models attest', () => {
    const formats = (change: Partial<KeyRules['passkey']>) =>
      demands(passkeys(change)).map((each) => each.formats);
    expect(formats({ allow: [HELLO] })).toEqual([['tpm']]);
    expect(formats({ allow: [YUBIKEY] })).toEqual([['packed']]);
    expect(formats({ allow: [YUBIKEY, HELLO] })).toEqual([['packed', 'tpm']]);
    // Nothing is left that could be accepted.
    expect(formats({ allow: [YUBIKEY], block: [YUBIKEY] })).toEqual([[]]);
  });
});

describe('rules that are being thought about', () => {
  test('are in the address as what differs, and come back as they were', () => {
    fc.assert(
      fc.property(someRules, someRules, (applied, wanted) => {
        const back = draftedRules(keyRulesDraft.parse(draftOf(wanted, applied)), applied);
        const sorted = (rules: KeyRules) => ({
          ...rules,
          passkey: {
            ...rules.passkey,
            allow: [...rules.passkey.allow].sort(),
            block: [...rules.passkey.block].sort(),
          },
        });
        expect(sorted(back)).toEqual(sorted(wanted));
        expect(draftOf(applied, applied)).toEqual({});
      }),
    );
  });

  test('are never anything but rules, whatever the address says', () => {
    const words = fc.dictionary(fc.constantFrom(...Object.keys(keyRulesDraft.shape)), fc.string());
    fc.assert(
      fc.property(words, someRules, (typed, applied) => {
        expect(keyRules.safeParse(draftedRules(readDraft(typed), applied)).success).toBe(true);
      }),
    );
  });

  test('take AAGUIDs as people paste them, each once, and name what is none', () => {
    expect(readAaguids(`${YUBIKEY.toUpperCase()}, ${HELLO}\n${YUBIKEY};`)).toEqual({
      aaguids: [YUBIKEY, HELLO],
      unread: [],
    });
    expect(readAaguids(`none ${NO_AAGUID} yubikey`)).toEqual({ aaguids: [], unread: [NO_AAGUID, 'yubikey'] });
  });
});

test('every named model can stand in a list, and stands in the table once', () => {
  const all = namedModels.map(({ aaguid }) => aaguid);
  expect(parseSetting('keyRestrictions.allow', settingText(all))).toEqual(all);
  expect(namedModels.every(({ name }) => name.trim() !== '')).toBe(true);
});

test('every rule says what it is to both, without a number or a code', () => {
  for (const code of ruleCodes) {
    expect(ruleTable[code].title).toMatch(/^[A-Z]/);
    expect(ruleTable[code].sentence).toMatch(/\.$/);
  }
});

test('what is said of compromised keys is what the rules do at a sign-in', () => {
  const stops = (rules: KeyRules, key: KeyFacts) =>
    judgeKey(rules, { ...key, compromised: 'Revoked by its maker' }, 'sign_in').refused;
  const said: readonly [RegExp, readonly KeyFacts['kind'][]][] = [
    [/^A key .* no longer/, ['hello', 'passkey']],
    [/^A passkey .* no longer .*a Hello key still/, ['passkey']],
    [/^A Hello key .* no longer .*a passkey still/, ['hello']],
    [/^A key .* still/, []],
  ];
  fc.assert(
    fc.property(someRules, aKey, (rules, key) => {
      const kinds = (['hello', 'passkey'] as const).filter((kind) => stops(rules, { ...key, kind }));
      const found = said.find(([words]) => words.test(compromiseMeans(rules)));
      expect(found?.[1]).toEqual(kinds);
    }),
  );
});
