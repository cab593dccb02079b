import { describe, expect, test } from 'vitest';
import { NOTICE_SHOWN_MS } from '#domain/notice';
import type { SignedIn } from './caller.ts';
import { removeCredential, revokeCredential } from './credential.ts';
import { reportDeviceLost } from './device.ts';
import { resetPassword } from './identity.ts';
import { dismissNotices, forgetOldNotices, listNotices, readNotice } from './notice.ts';
import { changePassword } from './password-change.ts';
import { removeSecondFactor } from './second-factor.ts';
import { issueTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aDevice,
  aKey,
  anAuthenticatorApp,
  aPassSession,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  breakEvents,
  done,
  type TestRuntime,
} from './testing.ts';

const told = async (runtime: TestRuntime, { session }: SignedIn) =>
  (await listNotices(runtime, session)).map(({ code }) => code).sort();

async function aWorkplace() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

describe('a notice', () => {
  test('reaches every other session of its person, and nobody else’s', async () => {
    const runtime = await aWorkplace();
    const mia = await aPerson(runtime);
    const here = await aSession(runtime, mia, 'passkey');
    const there = await aSession(runtime, mia, 'passkey');
    const tomas = await aSession(runtime, await aPerson(runtime, 'tomas'), 'passkey');
    await aKey(runtime, here, 'passkey');
    expect(await told(runtime, here)).toEqual([]);
    expect(await told(runtime, there)).toEqual(['passkey_registered']);
    expect(await told(runtime, tomas)).toEqual([]);
    expect(await told(runtime, await aSession(runtime, mia, 'passkey'))).toEqual(['passkey_registered']);
  });

  test('stays until it is dismissed in that session, or before on the same device; nobody dismisses another’s', async () => {
    const runtime = await aWorkplace();
    const mia = await aPerson(runtime);
    const intruder = await aSession(runtime, mia, 'passkey');
    const desk = await aSession(runtime, mia, 'passkey');
    await aDevice(runtime, desk);
    const atDesk = async () => {
      const { deviceId } = await runtime.db.session.findUniqueOrThrow({ where: { id: desk.session.id } });
      return { ...desk, session: { ...desk.session, deviceId } };
    };
    done(await resetPassword(runtime, null, { userId: mia.id }));
    const [notice] = await listNotices(runtime, intruder.session);
    const noticeIds = [notice?.id ?? '', 'nowhere'];
    const stranger = await aSession(runtime, await aPerson(runtime, 'tomas'), 'passkey');
    done(await dismissNotices(runtime, stranger, { noticeIds }));
    for (let twice = 0; twice < 2; twice += 1) done(await dismissNotices(runtime, intruder, { noticeIds }));
    expect(await told(runtime, intruder)).toEqual([]);
    expect(await told(runtime, await atDesk())).toEqual(['password_set']);
    done(await dismissNotices(runtime, await atDesk(), { noticeIds }));
    expect(await told(runtime, await atDesk())).toEqual([]);
    // The next morning, on the same device and on another one.
    const morning = await aSession(runtime, mia, 'passkey');
    expect(await told(runtime, morning)).toEqual(['password_set']);
    const { deviceId } = (await atDesk()).session;
    expect(await told(runtime, { ...morning, session: { ...morning.session, deviceId } })).toEqual([]);
    expect(await readNotice(runtime, mia.id, notice?.id ?? '')).toMatchObject({ code: 'password_set' });
    expect(await readNotice(runtime, stranger.session.userId, notice?.id ?? '')).toBeNull();
  });

  test('comes with every change, by oneself and by an administrator, and with an e-mail to the UPN', async () => {
    const runtime = await aWorkplace();
    const desk = await aPersonWithHelloKey(runtime);
    const { person } = desk;
    const current = await aPassword(runtime, person);
    const session = await aSession(runtime, person, 'passkey');
    const own = await aKey(runtime, session, 'passkey');
    const second = await aKey(runtime, session, 'passkey');
    done(await removeCredential(runtime, session, { credentialId: own.kid }));
    done(await revokeCredential(runtime, 'admin', { userId: person.id, credentialId: second.kid }));
    const app = await anAuthenticatorApp(runtime, session);
    done(await removeSecondFactor(runtime, session, { kind: 'totp', id: app.id }));
    const password = 'seven herons on the pier';
    done(await changePassword(runtime, session, { current, password }));
    done(await issueTemporaryAccessPass(runtime, null, { userId: person.id, reason: 'a test' }));
    done(await reportDeviceLost(runtime, 'admin', { deviceId: desk.device.id }));
    const notices = await runtime.db.notice.findMany({ where: { userId: person.id } });
    const by = notices.map(({ code, detail }) => `${code} ${JSON.parse(detail).by}`).sort();
    expect(by).toEqual(
      [
        'credential_revoked administration',
        'credential_revoked you',
        'device_reported_lost administration',
        'key_registered you',
        'pass_issued administration',
        'passkey_registered you',
        'passkey_registered you',
        'password_changed you',
        'password_set administration',
        'totp_registered you',
        'totp_removed you',
      ].sort(),
    );
    const mails = await runtime.db.mail.findMany();
    expect(mails).toHaveLength(notices.length);
    for (const { address, text } of mails) {
      expect(address).toBe(person.upn);
      for (const secret of [current, password, app.key]) expect(text).not.toContain(secret);
    }
  });

  test('of a pass is not for whoever redeemed it, and for everybody else', async () => {
    const runtime = await aWorkplace();
    const mia = await aPerson(runtime);
    const before = await aSession(runtime, mia, 'passkey');
    const redeemed = await aPassSession(runtime, mia);
    expect(await told(runtime, redeemed)).toEqual([]);
    expect(await told(runtime, before)).toEqual(['pass_issued']);
  });

  test('is written with its event or not at all', async () => {
    const runtime = await aWorkplace();
    const mia = await aPerson(runtime);
    const mend = await breakEvents(runtime);
    await expect(resetPassword(runtime, null, { userId: mia.id })).rejects.toThrow();
    await mend();
    expect([await runtime.db.notice.count(), await runtime.db.mail.count()]).toEqual([0, 0]);
  });

  test('is not written for sample data, nor before there is an organisation, and is forgotten in time', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    done(await resetPassword(runtime, null, { userId: mia.id }));
    await aTenant(runtime);
    done(await resetPassword({ ...runtime, sample: true }, null, { userId: mia.id }));
    expect([await runtime.db.notice.count(), await runtime.db.mail.count()]).toEqual([0, 0]);
    done(await resetPassword(runtime, null, { userId: mia.id }));
    runtime.pass(NOTICE_SHOWN_MS);
    expect(await told(runtime, await aSession(runtime, mia, 'passkey'))).toEqual([]);
    expect(await forgetOldNotices(runtime)).toBe(0);
    runtime.pass(1);
    expect(await forgetOldNotices(runtime)).toBe(1);
  });
});
