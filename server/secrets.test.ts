import { Secret } from 'otpauth';
import { expect, test } from 'vitest';
import { resetPassword } from './identity.ts';
import { changePassword } from './password-change.ts';
import { signInWithCode, signInWithPassword } from './password-sign-in.ts';
import { finishRegistration } from './registration.ts';
import { mac, sameBytes } from './secrets.ts';
import { createTenant } from './tenant.ts';
import {
  aBrowser,
  aDevice,
  aKey,
  aPassSession,
  aPerson,
  aRuntime,
  codeOf,
  done,
  MASTER_KEY,
  makeKey,
  signIn,
  storeBytes,
  tokenOf,
  within,
} from './testing.ts';
import { beginTotpRegistration, finishTotpRegistration } from './totp.ts';

test('no secret of a whole story is in the store’s bytes, nor in any event', async () => {
  const runtime = await aRuntime();
  await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example' });
  const mia = await aPerson(runtime);
  const { password } = done(await resetPassword(runtime, null, { userId: mia.id, temporary: false }));
  const byPassword = tokenOf(
    await signInWithPassword(runtime, aBrowser(runtime), { upn: mia.upn, password }),
  );
  await signInWithPassword(runtime, aBrowser(runtime), { upn: password, password: 'a guess at a secret' });
  const begun = await aPassSession(runtime, mia);
  const device = await aDevice(runtime, begun);
  const session = await within(runtime, begun, begun.token);
  const synced = await makeKey(runtime, session, 'hello', device, { backupEligible: true });
  const offered = await finishRegistration(runtime, session, synced);
  const offer = String(offered.ok ? '' : offered.problem.facts?.offer);
  const key = await aKey(runtime, session, 'hello', device);
  const token = tokenOf(await signIn(runtime, { key, device, browser: session }));
  const strong = await within(runtime, session, token);
  const totp = done(await beginTotpRegistration(runtime, strong));
  const codes = [0, 1].map((steps) => codeOf(runtime, totp.key, steps));
  const [first = '', second = ''] = codes;
  done(await finishTotpRegistration(runtime, strong, { offer: totp.offer, code: first, name: 'Phone' }));
  const browser = aBrowser(runtime);
  const asked = done(await signInWithPassword(runtime, browser, { upn: mia.upn, password }));
  const ticket = asked.next === 'code' ? asked.ticket : '';
  const withCode = tokenOf(await signInWithCode(runtime, browser, { upn: mia.upn, ticket, code: second }));
  const chosen = 'violet engines hum at dawn';
  done(
    await changePassword(runtime, await within(runtime, browser, withCode), {
      current: password,
      password: chosen,
    }),
  );
  const totpSecret = totp.key.replaceAll(' ', '');

  const secrets = [
    password,
    begun.pass,
    byPassword,
    begun.token,
    token,
    offer,
    begun.browser,
    'a guess at a secret',
    totp.offer,
    totp.key,
    totpSecret,
    ticket,
    withCode,
    chosen,
  ];
  const binary = [
    Buffer.from(MASTER_KEY, 'hex'),
    Buffer.from(MASTER_KEY),
    ...(['challenge', 'offer', 'check', 'rate-limit', 'totp'] as const).map((purpose) =>
      runtime.keys(purpose),
    ),
    Buffer.from(key.secretKey),
    Buffer.from(device.profile.secretKey),
    Buffer.from(Secret.fromBase32(totpSecret).bytes),
    ...secrets.map((secret) => Buffer.from(secret)),
    ...[byPassword, begun.token, token].map((text) => Buffer.from(text, 'base64url')),
  ];
  expect(secrets.every((secret) => secret.length >= 8)).toBe(true);
  const bytes = await storeBytes(runtime);
  expect(bytes.includes(Buffer.from(mia.upn))).toBe(true);
  for (const secret of binary) expect(bytes.includes(secret)).toBe(false);

  const events = JSON.stringify(await runtime.db.event.findMany());
  for (const secret of secrets) expect(events).not.toContain(secret);
  // Six digits stand in many an ID by chance: a code would stand in quotes, or as a number.
  const details = (await runtime.db.event.findMany()).map(({ detail }) => detail).join();
  for (const code of codes) expect(details).not.toMatch(new RegExp(`[":]${code}[",}]`));
  for (const credentialId of [key.credentialId, synced.key.credentialId])
    expect(events).not.toContain(credentialId);
});

test('a MAC covers every part, and is compared whole', () => {
  const key = Buffer.alloc(32, 1);
  const of = (...parts: string[]) => mac(key, ...parts.map((part) => Buffer.from(part)));
  expect(sameBytes(of('a', 'b'), of('a', 'b'))).toBe(true);
  expect(sameBytes(of('a', 'b'), of('a', 'c'))).toBe(false);
  expect(sameBytes(of('a'), mac(Buffer.alloc(32, 2), Buffer.from('a')))).toBe(false);
  expect(sameBytes(of('a'), of('a').subarray(1))).toBe(false);
  expect(sameBytes(of('a'), new Uint8Array())).toBe(false);
});
