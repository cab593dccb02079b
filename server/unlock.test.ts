import { describe, expect, test } from 'vitest';
import { unlockProviders } from '#domain/policy/setting-text';
import { MINUTE_MS } from '#domain/time';
import { confirmWithCode } from './password-sign-in.ts';
import { setPolicy } from './policy-setting.ts';
import { findSession, lockSession } from './session.ts';
import {
  aKey,
  anAuthenticatorApp,
  aPassword,
  aPersonWithHelloKey,
  aRuntime,
  aTenant,
  type Desk,
  done,
  lastEvent,
  outcome,
  signedInAt,
  signIn,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { readLock } from './unlock.ts';

const { pin, fingerprint, face, trustedSignal } = unlockProviders;
const inNetwork = (prefix: string) =>
  `<rule schemaVersion="1.0"><signal type="ipConfig"><ipv4Prefix>${prefix}</ipv4Prefix></signal></rule>`;
/** Where `aBrowser` comes from. */
const HERE = '192.0.2.0/24';
const ELSEWHERE = '198.51.100.0/24';

/** Somebody locked on a device that knows these unlock factors from its enrolment. */
async function locked(network: string | null, first: readonly string[] = [pin, fingerprint, face]) {
  const runtime = await aRuntime();
  const set = async (name: string, value: string) => done(await setPolicy(runtime, null, { name, value }));
  if (network !== null) {
    await set('DeviceUnlock/Plugins', inNetwork(network));
    await set('DeviceUnlock/GroupB', [trustedSignal, pin].join(','));
    await set('DeviceUnlock/GroupA', first.join(','));
  }
  const desk = await aPersonWithHelloKey(runtime);
  const session = await signedInAt(runtime, desk);
  return { runtime, desk, ...(await lock(runtime, desk, session)) };
}

async function lock(runtime: TestRuntime, desk: Desk, session: Awaited<ReturnType<typeof signedInAt>>) {
  runtime.pass(MINUTE_MS);
  done(await lockSession(runtime, session));
  runtime.pass(MINUTE_MS);
  return { caller: await within(runtime, desk.browser, session.token) };
}

const isLocked = async (runtime: TestRuntime, token: string) =>
  (await findSession(runtime, token))?.lockedAt !== null;

describe('a lock', () => {
  test('opens with Hello alone where no unlock factors are configured', async () => {
    const { runtime, desk, caller } = await locked(null);
    const token = tokenOf(await signIn(runtime, desk, {}, caller, 'unlock'));
    expect(await isLocked(runtime, token)).toBe(false);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'unlock' });
  });

  test('opens with Hello alone on a trusted network', async () => {
    const { runtime, desk, caller } = await locked(HERE);
    const token = tokenOf(await signIn(runtime, desk, {}, caller, 'unlock'));
    expect(await isLocked(runtime, token)).toBe(false);
  });

  test('stays elsewhere, says so in the log, and stays for the same key a second time', async () => {
    const { runtime, desk, caller } = await locked(ELSEWHERE);
    let token = tokenOf(await signIn(runtime, desk, {}, caller, 'unlock'));
    expect(await isLocked(runtime, token)).toBe(true);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'unlock_factor', outcome: 'success' });
    const again = await within(runtime, desk.browser, token);
    expect(await readLock(runtime, again.session, again.address)).toMatchObject({
      trusted: false,
      shown: ['hello'],
      moreKeys: false,
    });
    runtime.pass(MINUTE_MS);
    token = tokenOf(await signIn(runtime, desk, {}, again, 'unlock'));
    expect(await isLocked(runtime, token)).toBe(true);
  });

  test('stays on a trusted network where the gesture may be none of the first list', async () => {
    const { runtime, desk, caller } = await locked(HERE, [fingerprint, face]);
    const token = tokenOf(await signIn(runtime, desk, {}, caller, 'unlock'));
    expect(await isLocked(runtime, token)).toBe(true);
  });

  test('opens with a second, different key', async () => {
    const { runtime, desk, caller } = await locked(ELSEWHERE);
    const other = await aKeyElsewhere(runtime, desk);
    const first = tokenOf(await signIn(runtime, desk, {}, caller, 'unlock'));
    const again = await within(runtime, desk.browser, first);
    expect(await readLock(runtime, again.session, again.address)).toMatchObject({ moreKeys: true });
    const second = tokenOf(
      await signIn(runtime, { key: other, device: desk.device, browser: desk.browser }, {}, again, 'unlock'),
    );
    expect(await isLocked(runtime, second)).toBe(false);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'unlock' });
  });

  test('opens with a password and a code beside the key, in either order, and with them alone it does not', async () => {
    const { runtime, desk, caller } = await locked(ELSEWHERE);
    await aTenant(runtime);
    const password = await aPassword(runtime, desk.person);
    const fresh = await signedInAt(runtime, desk);
    const app = await anAuthenticatorApp(runtime, fresh);
    runtime.pass(MINUTE_MS);
    const token = tokenOf(await confirmWithCode(runtime, caller, { password, code: app.code() }));
    expect(await isLocked(runtime, token)).toBe(true);
    const again = await within(runtime, desk.browser, token);
    expect(await readLock(runtime, again.session, again.address)).toMatchObject({ shown: ['totp'] });
    const opened = tokenOf(await signIn(runtime, desk, {}, again, 'unlock'));
    expect(await isLocked(runtime, opened)).toBe(false);
  });

  test('counts nothing that was shown before it: each lock asks for two again', async () => {
    const { runtime, desk, caller } = await locked(ELSEWHERE);
    const other = await aKeyElsewhere(runtime, desk);
    const first = tokenOf(await signIn(runtime, desk, {}, caller, 'unlock'));
    const roaming = { key: other, device: desk.device, browser: desk.browser };
    const opened = await within(runtime, desk.browser, first);
    const token = tokenOf(await signIn(runtime, roaming, {}, opened, 'unlock'));
    const { caller: relocked } = await lock(runtime, desk, {
      ...(await within(runtime, desk.browser, token)),
      token,
    });
    const one = tokenOf(await signIn(runtime, desk, {}, relocked, 'unlock'));
    expect(await isLocked(runtime, one)).toBe(true);
  });

  test('never opens twice by one answer', async () => {
    const { runtime, desk, caller } = await locked(ELSEWHERE);
    const results = await Promise.all([1, 2].map(() => signIn(runtime, desk, {}, caller, 'unlock')));
    const tokens = results.filter((result) => outcome(result) === 'ok').map(tokenOf);
    for (const token of tokens)
      expect((await findSession(runtime, token))?.lockedAt ?? 'gone').not.toBeNull();
  });
});

/** A passkey that roams, made in a session beside the locked one. */
async function aKeyElsewhere(runtime: TestRuntime, desk: Desk) {
  return await aKey(runtime, await signedInAt(runtime, desk), 'passkey');
}
