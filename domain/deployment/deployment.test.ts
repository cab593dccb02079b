import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSetting, policySettings } from '../policy/settings.ts';
import { deploymentFacts, deploymentNames, deployments, trustsOf } from './matrix.ts';
import {
  confirmable,
  type DeploymentFacts,
  groupIsEmptyBecause,
  isDone,
  judgeRequirement,
  type RequirementName,
  requirementGroupNames,
  requirementNames,
  requirementSources,
  requirements,
  requirementsOf,
} from './requirements.ts';

const asks = (name: RequirementName) => requirements[name].deployments;
const where = (holds: (row: (typeof deployments)['cloud_only']) => boolean) =>
  deploymentNames.filter((name) => holds(deployments[name]));

describe('the matrix', () => {
  test('has each pair of model and trust once, and cloud-only none of the trusts', () => {
    const pairs = deploymentNames.map((name) => `${deployments[name].model}/${deployments[name].trust}`);
    expect(pairs).toEqual([
      'cloud_only/none',
      'hybrid/cloud_kerberos',
      'hybrid/key',
      'hybrid/certificate',
      'on_premises/key',
      'on_premises/certificate',
    ]);
    expect(trustsOf('on_premises').map(({ trust }) => trust)).toEqual(['key', 'certificate']);
  });

  test('tells every fact of every row in words', () => {
    for (const name of deploymentNames) {
      const facts = deploymentFacts(name);
      expect(facts).toHaveLength(8);
      for (const { value } of facts) expect(value, name).not.toBe('');
    }
  });

  test('lets only hybrid key trust wait for a synchronisation', () => {
    expect(where(({ keySync }) => keySync === 'awaited')).toEqual(['hybrid_key']);
    expect(where(({ usableAtOnce }) => !usableAtOnce)).toEqual(['hybrid_key']);
  });

  test('is what the setting may hold, and nothing else is', () => {
    const setting = policySettings['Deployment.modelAndTrust'];
    expect(setting.choices).toEqual(deploymentNames);
    for (const name of deploymentNames) expect(setting.labels[name]).toBe(deployments[name].title);
    for (const text of ['on_premises_cloud_kerberos', 'cloud_only_key', 'hybrid', ''])
      expect(parseSetting('Deployment.modelAndTrust', text)).toBeNull();
  });
});

describe('the requirements', () => {
  test('agree with the matrix', () => {
    expect(asks('domain_controller_certificates')).toEqual(
      expect.arrayContaining(where(({ pki }) => pki !== null)),
    );
    expect(asks('domain_controller_certificates')).toHaveLength(where(({ pki }) => pki !== null).length);
    expect(asks('key_sync')).toEqual(where(({ keySync }) => keySync !== 'none'));
    expect(asks('people_know_to_wait')).toEqual(where(({ usableAtOnce }) => !usableAtOnce));
    expect(asks('entra_p1')).toEqual(where(({ licence }) => licence !== null));
    expect(asks('adfs_registration')).toEqual(where((row) => row.registrationService === 'AD FS'));
    expect(asks('entra_registration')).toEqual(
      where((row) => row.registrationService === 'Microsoft Entra ID'),
    );
    expect([...asks('entra_authentication'), ...asks('entra_federated')].sort()).toEqual(
      where((row) => row.entraAuthentication !== null).sort(),
    );
    expect(asks('hybrid_join')).toEqual(
      where(({ joinTypes }) => joinTypes.includes('Microsoft Entra hybrid joined')),
    );
    expect(asks('certificate_templates')).toEqual(where(({ trust }) => trust === 'certificate'));
    expect(asks('cloud_trust_policy')).toEqual(where(({ trust }) => trust === 'cloud_kerberos'));
    expect(asks('key_trust_policy')).toEqual(where(({ trust }) => trust === 'key'));
    expect(asks('certificate_trust_policy')).toEqual(where(({ trust }) => trust === 'certificate'));
    expect(asks('functional_levels')).toEqual(where(({ model }) => model !== 'cloud_only'));
  });

  test('ask of every deployment for one version of Windows, and of each with a trust for one policy', () => {
    const once = (names: readonly RequirementName[], of = deploymentNames as readonly string[]) =>
      expect(names.flatMap(asks).sort()).toEqual([...of].sort());
    once(['windows_supported', 'windows_cloud_kerberos']);
    once(['policy_reaches_devices', 'group_policy']);
    once(['mfa_provider', 'mfa_adapter']);
    const withTrust = where(({ trust }) => trust !== 'none');
    once(['cloud_trust_policy', 'key_trust_policy', 'certificate_trust_policy'], withTrust);
    once(
      ['domain_controllers_cloud_kerberos', 'domain_controllers_key', 'domain_controllers_supported'],
      withTrust,
    );
  });

  test('each say what holds, why, where that is written, and for which deployment', () => {
    const sentences = new Set<string>();
    for (const name of requirementNames) {
      const { sentence, why, source, deployments: of } = requirements[name];
      expect(sentence, name).toMatch(/^\p{Lu}.*\.$/u);
      expect(why, name).toMatch(/^\p{Lu}.*\.$/u);
      expect(requirementSources[source].href, name).toMatch(
        /^https:\/\/(learn\.microsoft\.com|pages\.nist\.gov)\//,
      );
      expect(of.length, name).toBeGreaterThan(0);
      expect(new Set(of).size, name).toBe(of.length);
      sentences.add(sentence);
    }
    expect(sentences.size).toBe(requirementNames.length);
  });

  test('name every source that is kept', () => {
    const used = new Set(requirementNames.map((name) => requirements[name].source));
    expect([...used].sort()).toEqual(Object.keys(requirementSources).sort());
  });

  test('come in the order of the phases, and an empty phase says why', () => {
    for (const name of deploymentNames) {
      const groups = requirementsOf(name).map((each) =>
        requirementGroupNames.indexOf(requirements[each].group),
      );
      expect(groups).toEqual([...groups].sort((a, b) => a - b));
    }
    const hasSync = (name: (typeof deploymentNames)[number]) =>
      requirementsOf(name).some((each) => requirements[each].group === 'key_sync');
    for (const name of deploymentNames) {
      expect(hasSync(name)).toBe(deployments[name].keySync !== 'none');
      if (!hasSync(name)) expect(groupIsEmptyBecause('key_sync', name)).toContain('no key');
    }
    expect(groupIsEmptyBecause('certificates', 'hybrid_key')).toContain('no certificate');
    expect(groupIsEmptyBecause('licences', 'on_premises_key')).toBe('This deployment needs none.');
  });

  test('what Latchkey judges is never confirmed by a person, and the rest always is', () => {
    for (const name of requirementNames)
      expect(confirmable(name), name).toBe(requirements[name].judge === undefined ? name : null);
    for (const name of ['', 'nonsense', 'toString', '__proto__', 'WINDOWS_SUPPORTED'])
      expect(confirmable(name)).toBeNull();
  });
});

const good: DeploymentFacts = {
  helloOn: true,
  securityDevice: { decided: true, required: false, rulesOn: false },
  unprovable: null,
  people: { all: 12, without: 0 },
  administrators: 2,
  breakGlass: { all: 1, able: 1 },
  mail: 'sent',
  cloudTrust: null,
  certificateTrust: null,
};
const state = (name: RequirementName, facts: Partial<DeploymentFacts> = {}) =>
  judgeRequirement(name, { ...good, ...facts }, false).state;

describe('a judgement', () => {
  test('follows what is seen', () => {
    expect(state('hello_on')).toBe('met');
    expect(state('hello_on', { helloOn: false })).toBe('not_met');
    expect(state('anchors')).toBe('met');
    expect(state('anchors', { unprovable: 'RequireSecurityDevice' })).toBe('not_met');
    expect(state('second_factor')).toBe('met');
    expect(state('second_factor', { people: { all: 12, without: 1 } })).toBe('not_met');
    expect([0, 1, 2].map((administrators) => state('second_administrator', { administrators }))).toEqual([
      'not_met',
      'not_met',
      'met',
    ]);
    expect(state('break_glass')).toBe('met');
    expect(state('break_glass', { breakGlass: { all: 1, able: 0 } })).toBe('not_met');
    expect(state('break_glass', { breakGlass: { all: 0, able: 0 } })).toBe('not_met');
    expect((['off', 'untried', 'sent', 'failing'] as const).map((mail) => state('mail', { mail }))).toEqual([
      'not_met',
      'unknown',
      'met',
      'not_met',
    ]);
  });

  test('takes a rule that is on and does nothing for no decision', () => {
    const of = (decided: boolean, required: boolean, rulesOn: boolean) =>
      state('security_device', { securityDevice: { decided, required, rulesOn } });
    expect(of(false, false, false)).toBe('not_met');
    expect(of(false, false, true)).toBe('not_met');
    expect(of(true, false, false)).toBe('met');
    expect(of(true, true, false)).toBe('not_met');
    expect(of(true, true, true)).toBe('met');
  });

  test('of a trust knows what is configured here, and guesses nothing else', () => {
    const cases: [boolean | null, boolean | null, string, string, string][] = [
      // cloud, certificate: cloud Kerberos, key, certificate trust
      [null, null, 'unknown', 'unknown', 'unknown'],
      [true, null, 'met', 'not_met', 'unknown'],
      [false, null, 'not_met', 'unknown', 'unknown'],
      [null, false, 'unknown', 'unknown', 'not_met'],
      [true, false, 'met', 'not_met', 'not_met'],
      [false, false, 'not_met', 'met', 'not_met'],
      [null, true, 'not_met', 'not_met', 'met'],
      [true, true, 'not_met', 'not_met', 'met'],
      [false, true, 'not_met', 'not_met', 'met'],
    ];
    for (const [cloudTrust, certificateTrust, ...expected] of cases) {
      const facts = { cloudTrust, certificateTrust };
      const found = (['cloud_trust_policy', 'key_trust_policy', 'certificate_trust_policy'] as const).map(
        (name) => state(name, facts),
      );
      expect(found, JSON.stringify(facts)).toEqual(expected);
    }
  });

  test('says what it saw; a confirmation moves only what nobody can see', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...requirementNames),
        fc.record<DeploymentFacts>({
          helloOn: fc.boolean(),
          securityDevice: fc.record({ decided: fc.boolean(), required: fc.boolean(), rulesOn: fc.boolean() }),
          unprovable: fc.constantFrom(null, 'isAttestationEnforced'),
          people: fc.record({ all: fc.nat(9), without: fc.nat(9) }),
          administrators: fc.nat(3),
          breakGlass: fc.record({ all: fc.nat(2), able: fc.nat(2) }),
          mail: fc.constantFrom('off', 'untried', 'sent', 'failing'),
          cloudTrust: fc.constantFrom(null, true, false),
          certificateTrust: fc.constantFrom(null, true, false),
        }),
        (name, facts) => {
          const without = judgeRequirement(name, facts, false);
          const confirmed = judgeRequirement(name, facts, true);
          if (confirmable(name) === null) {
            expect(confirmed).toEqual(without);
            expect(without.finding).toMatch(/\.$/);
          } else {
            expect([without.state, confirmed.state]).toEqual(['unknown', 'confirmed']);
            expect(isDone(confirmed.state) && !isDone(without.state)).toBe(true);
          }
        },
      ),
    );
  });
});
