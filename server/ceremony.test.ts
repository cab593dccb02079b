import { describe, expect, test } from 'vitest';
import {
  type Binding,
  type CeremonyPurpose,
  CHALLENGE_LIFETIME_MS,
  ceremonyPurposes,
} from '#domain/ceremony';
import { claimedPurpose, consumeChallenge, forgetExpiredChallenges, sealChallenge } from './ceremony.ts';
import { aRuntime, type TestRuntime } from './testing.ts';

const bound: Binding = { browser: 'browser', sessionId: 'session', userId: 'user', deviceId: 'device' };

async function open(
  runtime: TestRuntime,
  sealed: Uint8Array,
  purpose: CeremonyPurpose,
  binding: Binding,
): Promise<string> {
  const opened = await consumeChallenge(runtime, sealed, purpose, binding);
  return 'refused' in opened ? opened.refused : 'opened';
}

describe('a sealed challenge', () => {
  test('costs no row to ask for, and one when it is used', async () => {
    const runtime = await aRuntime();
    runtime.forget();
    const sealed = sealChallenge(runtime, 'hello', bound);
    expect(runtime.statements).toEqual([]);
    expect(await open(runtime, sealed, 'hello', bound)).toBe('opened');
    expect(runtime.statements).toHaveLength(1);
    expect(await runtime.db.consumedChallenge.count()).toBe(1);
  });

  test('opens once, and the second time says so', async () => {
    const runtime = await aRuntime();
    const sealed = sealChallenge(runtime, 'hello', bound);
    expect(await open(runtime, sealed, 'hello', bound)).toBe('opened');
    expect(await open(runtime, sealed, 'hello', bound)).toBe('challenge_consumed');
  });

  test('opens exactly once however many come at the same instant', async () => {
    const runtime = await aRuntime();
    const sealed = sealChallenge(runtime, 'hello', bound);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => open(runtime, sealed, 'hello', bound)),
    );
    expect(answers.filter((answer) => answer === 'opened')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'challenge_consumed')).toHaveLength(19);
  });

  test('stays used when another request’s transaction rolls back around it', async () => {
    const runtime = await aRuntime();
    const sealed = sealChallenge(runtime, 'hello', bound);
    let inside = () => {};
    const begun = new Promise<void>((resolve) => {
      inside = resolve;
    });
    const failing = runtime.db.$transaction(async (tx) => {
      inside();
      await tx.group.count();
      await tx.group.count();
      throw new Error('roll back');
    });
    await begun;
    const first = open(runtime, sealed, 'hello', bound);
    await expect(failing).rejects.toThrow('roll back');
    expect(await first).toBe('opened');
    expect(await open(runtime, sealed, 'hello', bound)).toBe('challenge_consumed');
  });

  test('opens for no other purpose', async () => {
    const runtime = await aRuntime();
    for (const sealedFor of Object.keys(ceremonyPurposes) as CeremonyPurpose[]) {
      const sealed = sealChallenge(runtime, sealedFor, bound);
      expect(claimedPurpose(sealed)).toBe(sealedFor);
      for (const purpose of Object.keys(ceremonyPurposes) as CeremonyPurpose[]) {
        if (purpose !== sealedFor)
          expect(await open(runtime, sealed, purpose, bound)).toBe('challenge_invalid');
      }
    }
    expect(await runtime.db.consumedChallenge.count()).toBe(0);
  });

  test.each([
    ['browser', { ...bound, browser: 'another' }],
    ['session', { ...bound, sessionId: 'another' }],
    ['user', { ...bound, userId: 'another' }],
    ['device', { ...bound, deviceId: 'another' }],
    ['session, for it has none', { ...bound, sessionId: undefined }],
    ['device, for it has none', { ...bound, deviceId: undefined }],
  ])('opens in no other %s, and is not used up by the attempt', async (_what, elsewhere) => {
    const runtime = await aRuntime();
    const sealed = sealChallenge(runtime, 'hello', bound);
    expect(await open(runtime, sealed, 'hello', elsewhere)).toBe('challenge_invalid');
    expect(await open(runtime, sealed, 'hello', bound)).toBe('opened');
  });

  test('with any one byte changed, left out or added does not open', async () => {
    const runtime = await aRuntime();
    const sealed = sealChallenge(runtime, 'hello', bound);
    for (let index = 0; index < sealed.length; index += 1) {
      for (const bit of [1, 0x80]) {
        const tampered = sealed.with(index, (sealed[index] ?? 0) ^ bit);
        expect(await open(runtime, tampered, 'hello', bound)).toBe('challenge_invalid');
        const claimed = claimedPurpose(tampered);
        if (claimed !== null) expect(await open(runtime, tampered, claimed, bound)).toBe('challenge_invalid');
      }
      expect(await open(runtime, Uint8Array.from([...sealed].toSpliced(index, 1)), 'hello', bound)).toBe(
        'challenge_invalid',
      );
    }
    expect(await open(runtime, Uint8Array.from([...sealed, 0]), 'hello', bound)).toBe('challenge_invalid');
    expect(await open(runtime, new Uint8Array(), 'hello', bound)).toBe('challenge_invalid');
    expect(await runtime.db.consumedChallenge.count()).toBe(0);
  });

  test('opens to its last millisecond and not a moment later', async () => {
    const runtime = await aRuntime();
    const [early, late] = [sealChallenge(runtime, 'hello', bound), sealChallenge(runtime, 'hello', bound)];
    runtime.pass(CHALLENGE_LIFETIME_MS - 1);
    expect(await open(runtime, early, 'hello', bound)).toBe('opened');
    runtime.pass(1);
    expect(await open(runtime, late, 'hello', bound)).toBe('challenge_expired');
  });

  test('of another installation does not open', async () => {
    const [ours, theirs] = [await aRuntime(), await aRuntime({ masterKey: 'ab'.repeat(32) })];
    expect(await open(ours, sealChallenge(theirs, 'hello', bound), 'hello', bound)).toBe('challenge_invalid');
  });

  test('is remembered as used exactly as long as it could be tried again', async () => {
    const runtime = await aRuntime();
    const sealed = sealChallenge(runtime, 'hello', bound);
    await open(runtime, sealed, 'hello', bound);
    runtime.pass(CHALLENGE_LIFETIME_MS - 1);
    expect(await forgetExpiredChallenges(runtime)).toBe(0);
    expect(await open(runtime, sealed, 'hello', bound)).toBe('challenge_consumed');
    runtime.pass(2);
    expect(await forgetExpiredChallenges(runtime)).toBe(1);
    expect(await open(runtime, sealed, 'hello', bound)).toBe('challenge_expired');
  });
});
