import { describe, expect, test } from 'vitest';
import { DAY_MS } from '#domain/time';
import { mustChangePin, readOwnPin } from './own-pin.ts';
import { requirePinChange } from './pin-help.ts';
import { setPolicy } from './policy-setting.ts';
import { aRuntime, aSession, aTenant, done, within } from './testing.ts';
import { aPersonWithSoftwareKey, aSoftwareKey, signedInWithPin } from './testing-container.ts';

describe("the PIN of one's own software key", () => {
  test('is due when an administrator asks for a new one, for whoever came in with it and nobody else', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const { session } = await signedInWithPin(runtime, desk);
    expect(await readOwnPin(runtime, session)).toMatchObject({ due: null });
    expect(await mustChangePin(runtime, session)).toBe(false);
    done(await requirePinChange(runtime, null, { containerId: desk.container.id }));
    expect(await readOwnPin(runtime, session)).toMatchObject({ due: 'asked_for' });
    expect(await mustChangePin(runtime, session)).toBe(true);
    const { token } = await aSession(runtime, desk.person, 'passkey', desk.browser);
    const otherwise = await within(runtime, desk.browser, token);
    expect(await mustChangePin(runtime, otherwise.session)).toBe(false);
  });

  test('stays due for the key that it was asked of, whatever other key this device makes', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithSoftwareKey(runtime);
    const { session, ...caller } = await signedInWithPin(runtime, desk);
    done(await requirePinChange(runtime, null, { containerId: desk.container.id }));
    expect(await mustChangePin(runtime, session)).toBe(true);
    runtime.pass(1000);
    await aSoftwareKey(runtime, { ...caller, session }, desk.device);
    expect(await mustChangePin(runtime, session)).toBe(true);
  });

  test('expires after as many days as policy says, counted from its last change', async () => {
    const runtime = await aRuntime();
    // The organisation's own values reach a device once, when it is registered.
    await aTenant(runtime);
    done(await setPolicy(runtime, null, { name: 'PINComplexity/Expiration', value: '30' }));
    const desk = await aPersonWithSoftwareKey(runtime);
    await runtime.pass(29 * DAY_MS);
    const before = await signedInWithPin(runtime, desk);
    expect(await readOwnPin(runtime, before.session)).toMatchObject({ due: null });
    await runtime.pass(DAY_MS);
    const { session } = await signedInWithPin(runtime, desk);
    expect(await readOwnPin(runtime, session)).toMatchObject({ due: 'expired' });
    expect(await mustChangePin(runtime, session)).toBe(true);
  });
});
