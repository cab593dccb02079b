import { describe, expect, test } from 'vitest';
import {
  evaluatePrerequisites,
  type PrerequisiteFacts,
  prerequisites,
  verdictWords,
} from './prerequisites.ts';

const good: PrerequisiteFacts = {
  deviceRegistered: true,
  policyEnabled: true,
  postLogonEnabled: true,
  platformAuthenticator: 'yes',
  softwareKeys: false,
};

function verdicts(facts: PrerequisiteFacts) {
  return Object.fromEntries(
    evaluatePrerequisites(facts).checks.map(({ field, verdict }) => [field, verdict]),
  );
}

describe('the prerequisites', () => {
  test('hold when everything is as it should be, though a browser cannot test for Remote Desktop', () => {
    expect(evaluatePrerequisites(good)).toEqual({
      outcome: 'WillProvision',
      checks: [
        { field: 'IsDeviceJoined', verdict: 'yes' },
        { field: 'IsUserAzureAD', verdict: 'yes' },
        { field: 'PolicyEnabled', verdict: 'yes' },
        { field: 'PostLogonEnabled', verdict: 'yes' },
        { field: 'DeviceEligible', verdict: 'yes' },
        { field: 'SessionIsNotRemote', verdict: 'not_tested' },
      ],
    });
  });

  test.each([
    ['IsDeviceJoined', { deviceRegistered: false }],
    ['PolicyEnabled', { policyEnabled: false }],
    ['PostLogonEnabled', { postLogonEnabled: false }],
    ['DeviceEligible', { platformAuthenticator: 'no' }],
  ] as const)('stop the launch when %s alone says No', (field, change) => {
    const facts = { ...good, ...change };
    expect(evaluatePrerequisites(facts).outcome).toBe('WillNotProvision');
    expect(Object.entries(verdicts(facts)).filter(([, verdict]) => verdict === 'no')).toEqual([
      [field, 'no'],
    ]);
  });

  test('a device without an authenticator is eligible where its browser may keep a key itself', () => {
    const facts: PrerequisiteFacts = { ...good, platformAuthenticator: 'no', softwareKeys: true };
    expect(verdicts(facts).DeviceEligible).toBe('yes');
    expect(evaluatePrerequisites(facts).outcome).toBe('WillProvision');
  });

  test('launch while something is Not Tested: that is not a failure', () => {
    const facts: PrerequisiteFacts = { ...good, platformAuthenticator: 'not_tested' };
    expect(verdicts(facts).DeviceEligible).toBe('not_tested');
    expect(evaluatePrerequisites(facts).outcome).toBe('WillProvision');
  });

  test('launch if and only if no row says No, for every combination of facts', () => {
    for (const deviceRegistered of [true, false]) {
      for (const policyEnabled of [true, false]) {
        for (const postLogonEnabled of [true, false]) {
          for (const platformAuthenticator of ['yes', 'no', 'not_tested'] as const) {
            const { checks, outcome } = evaluatePrerequisites({
              deviceRegistered,
              policyEnabled,
              postLogonEnabled,
              platformAuthenticator,
              softwareKeys: false,
            });
            expect(outcome === 'WillProvision').toBe(checks.every(({ verdict }) => verdict !== 'no'));
          }
        }
      }
    }
  });

  test('say in every row what holds, what does not, and what to do then', () => {
    for (const row of prerequisites)
      for (const text of [row.line, row.holds, row.fails, row.remedy]) expect(text).not.toBe('');
    expect(new Set(prerequisites.map(({ field }) => field)).size).toBe(prerequisites.length);
    expect(verdictWords).toEqual({ yes: 'YES', no: 'NO', not_tested: 'Not Tested' });
  });
});
