import { describe, expect, test } from 'vitest';
import {
  type ProvisioningFacts,
  type ProvisioningStep,
  provisioningStep,
  provisioningSteps,
  provisioningStepWords,
} from './provisioning.ts';

const facts = (
  proofFresh: boolean,
  deviceRegistered: boolean,
  keyOnThisDevice = false,
  policyPending = false,
): ProvisioningFacts => ({
  proofFresh,
  deviceRegistered,
  keyOnThisDevice,
  policyPending,
});

describe('the step of the set-up', () => {
  /** What is shown for each step asked for, in the order of `provisioningSteps`; null asks for none. */
  const table: readonly [ProvisioningFacts, Readonly<Record<ProvisioningStep | 'none', ProvisioningStep>>][] =
    [
      [
        facts(false, false),
        {
          none: 'welcome',
          welcome: 'welcome',
          confirm: 'confirm',
          device: 'confirm',
          policy: 'confirm',
          gesture: 'confirm',
          key: 'confirm',
          done: 'confirm',
        },
      ],
      [
        facts(false, true),
        {
          none: 'welcome',
          welcome: 'welcome',
          confirm: 'confirm',
          device: 'confirm',
          policy: 'confirm',
          gesture: 'confirm',
          key: 'confirm',
          done: 'confirm',
        },
      ],
      [
        facts(true, false),
        {
          none: 'welcome',
          welcome: 'welcome',
          confirm: 'device',
          device: 'device',
          policy: 'device',
          gesture: 'device',
          key: 'device',
          done: 'device',
        },
      ],
      [
        facts(true, true),
        {
          none: 'welcome',
          welcome: 'welcome',
          confirm: 'gesture',
          device: 'gesture',
          policy: 'gesture',
          gesture: 'gesture',
          key: 'key',
          done: 'key',
        },
      ],
    ];

  test.each(table)('with %o is the one the table says, whatever is asked for', (given, shown) => {
    expect(provisioningStep(null, given)).toBe(shown.none);
    for (const step of provisioningSteps) expect(provisioningStep(step, given)).toBe(shown[step]);
  });

  test('is policy while the device waits for it, whatever is asked for, and never else where nothing is waited for', () => {
    for (const step of [null, ...provisioningSteps])
      for (const proofFresh of [true, false])
        expect(provisioningStep(step, facts(proofFresh, true, false, true))).toBe('policy');
  });

  test('is done as soon as this device has a key, whatever else is true', () => {
    for (const proofFresh of [true, false]) {
      for (const deviceRegistered of [true, false]) {
        for (const step of [null, ...provisioningSteps]) {
          expect(provisioningStep(step, facts(proofFresh, deviceRegistered, true))).toBe('done');
        }
      }
    }
  });

  test('never shows the making of anything before the proof, and never a key without a device', () => {
    for (const step of [null, ...provisioningSteps]) {
      expect(['device', 'gesture', 'key', 'done']).not.toContain(provisioningStep(step, facts(false, true)));
      expect(['gesture', 'key', 'done']).not.toContain(provisioningStep(step, facts(true, false)));
    }
  });

  test('stays where it is when it is asked for again: a reload changes nothing', () => {
    for (const [given] of table) {
      for (const step of provisioningSteps) {
        const shown = provisioningStep(step, given);
        expect(provisioningStep(shown, given)).toBe(shown);
      }
    }
  });

  test('has words for a person', () => {
    for (const step of provisioningSteps) expect(provisioningStepWords[step]).not.toBe('');
  });
});
