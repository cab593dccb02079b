import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '#domain/time';
import { listCredentials, removeCredential, reportKeyLost, revokeCredential } from './credential.ts';
import { changeDevice, removeOwnDevice, reportDeviceLost, reportOwnDeviceLost } from './device.ts';
import { listEvents } from './event.ts';
import { readRecovery } from './recovery-ladder.ts';
import { findSession } from './session.ts';
import { issueTemporaryAccessPass, readPass } from './temporary-access-pass.ts';
import {
  aDevice,
  aKey,
  anAuthenticatorApp,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  aTenant,
  type Desk,
  done,
  lastEvent,
  outcome,
  signedInAt,
  signIn,
  type TestRuntime,
  within,
} from './testing.ts';
import { aDocument, aSource, tell } from './testing-policy.ts';

const usable = async (runtime: TestRuntime, userId: string) =>
  (await listCredentials(runtime, userId)).filter((key) => key.usable).length;

/** Signed in at their desk, with a second key. */
async function withTwoKeys(runtime: TestRuntime) {
  const desk = await aPersonWithHelloKey(runtime);
  const session = await signedInAt(runtime, desk);
  const passkey = await aKey(runtime, session, 'passkey');
  return { desk, session, passkey };
}

/** The same person's second machine, with a Hello key of its own, signed out. */
async function anotherDesk(runtime: TestRuntime, { person }: Desk): Promise<Desk> {
  const session = await aSession(runtime, person, 'passkey');
  const device = await aDevice(runtime, session, 'HOME-01');
  const key = await aKey(runtime, await within(runtime, session, session.token), 'hello', device);
  await runtime.db.session.updateMany({
    where: { id: session.session.id },
    data: { endedAt: runtime.clock.now() },
  });
  const { session: _, ...browser } = session;
  return { person, browser: { ...browser, session: null }, device, key };
}

describe('a pass for somebody who has a key that works', () => {
  test('takes a reason, whoever issues it; the reason is in the log and in no summary', async () => {
    const runtime = await aRuntime();
    const { person } = await aPersonWithHelloKey(runtime);
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    const issuer = (await aSession(runtime, ada, 'passkey')).session.person;
    for (const by of [issuer, null]) {
      for (const reason of [undefined, '', ' \u2028 ', 'x', 'x'.repeat(301)])
        expect(
          outcome(await issueTemporaryAccessPass(runtime, by, { userId: person.id, reason })),
          String(reason),
        ).toBe('reason_required');
    }
    expect(await runtime.db.temporaryAccessPass.count()).toBe(0);
    const reason = 'Her laptop is at the workshop';
    const issued = done(await issueTemporaryAccessPass(runtime, issuer, { userId: person.id, reason }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pass_issued',
      detail: { reason, workingKeys: 1 },
    });
    expect((await runtime.db.temporaryAccessPass.findFirstOrThrow()).reason).toBe(reason);
    expect(JSON.stringify([issued, await readPass(runtime, person.id)])).not.toContain(reason);
  });

  test('takes none where the key is quarantined, revoked or on a disabled device, and an app is no key', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const issue = async () =>
      outcome(await issueTemporaryAccessPass(runtime, null, { userId: desk.person.id }));
    expect(await issue()).toBe('reason_required');
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    expect(await issue()).toBe('ok');
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'enable' }));
    expect(await issue()).toBe('reason_required');
    await runtime.db.credential.updateMany({ data: { quarantinedAt: runtime.clock.now() } });
    expect(await issue()).toBe('ok');

    await aTenant(runtime);
    const tomas = await aPerson(runtime, 'tomas');
    await aPassword(runtime, tomas);
    await anAuthenticatorApp(runtime, await aSession(runtime, tomas, 'passkey'));
    expect(outcome(await issueTemporaryAccessPass(runtime, null, { userId: tomas.id }))).toBe('ok');
  });

  test('takes one for a key that was made while the pass was hashed', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    const session = await aSession(runtime, person, 'passkey');
    const hash = async () => {
      await aKey(runtime, session, 'passkey');
      return 'x';
    };
    const slow = { ...runtime, passwords: { ...runtime.passwords, hash } };
    expect(outcome(await issueTemporaryAccessPass(slow, null, { userId: person.id }))).toBe(
      'reason_required',
    );
  });
});

describe('the last key', () => {
  test('is not removed; the one before it is, and says why', async () => {
    const runtime = await aRuntime();
    const { desk, session, passkey } = await withTwoKeys(runtime);
    done(await removeCredential(runtime, session, { credentialId: passkey.kid }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'credential_revoked',
      sessionId: session.session.id,
      actorId: null,
      detail: { reason: 'removed', keysLeft: 1 },
    });
    const last = { credentialId: desk.key.kid };
    expect(outcome(await removeCredential(runtime, session, last))).toBe('last_strong_credential');
    expect(outcome(await removeOwnDevice(runtime, session, { deviceId: desk.device.id }))).toBe(
      'last_strong_credential',
    );
    expect(await usable(runtime, desk.person.id)).toBe(1);
    const row = await runtime.db.credential.findUniqueOrThrow({ where: { id: passkey.kid } });
    expect(row.revocationReason).toBe('removed');
  });

  test('survives two tabs that remove two different keys at the same instant, again and again', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    let last = desk.key.kid;
    for (let round = 0; round < 4; round += 1) {
      const other = (await aKey(runtime, session, 'passkey')).kid;
      const answers = await Promise.all(
        [last, other].map((credentialId) => removeCredential(runtime, session, { credentialId })),
      );
      expect(answers.map(outcome).sort()).toEqual(['last_strong_credential', 'ok']);
      expect(await usable(runtime, desk.person.id)).toBe(1);
      last = outcome(answers[0] as never) === 'ok' ? other : last;
    }
  });

  test('survives a device and a key that are removed at the same instant', async () => {
    const runtime = await aRuntime();
    const { desk, session, passkey } = await withTwoKeys(runtime);
    const answers = await Promise.all([
      removeCredential(runtime, session, { credentialId: passkey.kid }),
      removeOwnDevice(runtime, session, { deviceId: desk.device.id }),
    ]);
    expect(answers.map(outcome).sort()).toEqual(['last_strong_credential', 'ok']);
    expect(await usable(runtime, desk.person.id)).toBe(1);
  });

  test('is one that works: a quarantined key, or one on a disabled device, holds nobody in and is removed freely', async () => {
    const runtime = await aRuntime();
    const { desk, session, passkey } = await withTwoKeys(runtime);
    await runtime.db.credential.update({
      where: { id: passkey.kid },
      data: { quarantinedAt: runtime.clock.now() },
    });
    expect(outcome(await removeCredential(runtime, session, { credentialId: desk.key.kid }))).toBe(
      'last_strong_credential',
    );
    done(await removeCredential(runtime, session, { credentialId: passkey.kid }));
    const home = await anotherDesk(runtime, desk);
    done(await changeDevice(runtime, null, { deviceId: home.device.id, change: 'disable' }));
    expect(outcome(await removeCredential(runtime, session, { credentialId: desk.key.kid }))).toBe(
      'last_strong_credential',
    );
    done(await removeCredential(runtime, session, { credentialId: home.key.kid }));
  });

  test('that is lost stops at once with every session that it opened, this one too', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const elsewhere = await signedInAt(runtime, desk);
    const byPassword = await aSession(runtime, desk.person, 'password');
    const here = await signedInAt(runtime, desk);
    const lost = await reportKeyLost(runtime, here, { credentialId: desk.key.kid });
    expect(done(lost)).toEqual({ sessionsEnded: 2, keysLeft: 0 });
    expect(lost.session).toBe('clear');
    for (const { token } of [elsewhere, here]) expect(await findSession(runtime, token)).toBeNull();
    expect(await findSession(runtime, byPassword.token)).not.toBeNull();
    expect(outcome(await signIn(runtime, desk))).toBe('sign_in_failed');
    expect(await runtime.db.credential.findFirstOrThrow()).toMatchObject({ revocationReason: 'lost' });
    expect(outcome(await reportKeyLost(runtime, here, { credentialId: desk.key.kid }))).toBe('not_found');
  });

  test('is reported lost only with a fresh strong proof, and only by its person', async () => {
    const runtime = await aRuntime();
    const mia = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithPasskey(runtime, 'tomas');
    const input = { credentialId: mia.key.kid };
    expect(
      outcome(await reportKeyLost(runtime, await aSession(runtime, mia.person, 'password'), input)),
    ).toBe('proof_required');
    const thief = await aSession(runtime, tomas.person, 'passkey');
    expect(outcome(await reportKeyLost(runtime, thief, input))).toBe('not_found');
    const session = await signedInAt(runtime, mia);
    runtime.pass(5 * MINUTE_MS + 1);
    expect(outcome(await reportKeyLost(runtime, session, input))).toBe('proof_required');
    expect(await usable(runtime, mia.person.id)).toBe(1);
  });

  test('is revoked by an administrator, or deleted with its device, only where they were told that it is the last', async () => {
    const runtime = await aRuntime();
    const { desk, passkey } = await withTwoKeys(runtime);
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    const key = (credentialId: string, evenLast?: boolean) =>
      revokeCredential(runtime, ada.id, { userId: desk.person.id, credentialId, evenLast });
    const device = (evenLast?: boolean) =>
      changeDevice(runtime, ada.id, { deviceId: desk.device.id, change: 'delete', evenLast });
    done(await key(passkey.kid));
    expect(outcome(await key(desk.key.kid))).toBe('last_strong_credential');
    expect(outcome(await device())).toBe('last_strong_credential');
    expect(await runtime.db.device.count({ where: { deletedAt: null } })).toBe(1);
    done(await device(true));
    const reasons = await runtime.db.credential.findMany({ orderBy: { createdAt: 'asc' } });
    expect(Object.fromEntries(reasons.map(({ id, revocationReason }) => [id, revocationReason]))).toEqual({
      [passkey.kid]: 'revoked_by_administrator',
      [desk.key.kid]: 'device_removed',
    });
    expect(await usable(runtime, desk.person.id)).toBe(0);
  });
});

describe('a lost device', () => {
  test('is disabled, its keys revoked, its sessions ended and its certificate held, in one event', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const home = await anotherDesk(runtime, desk);
    const there = await signedInAt(runtime, desk);
    const here = await signedInAt(runtime, home);
    const reported = await reportOwnDeviceLost(runtime, here, { deviceId: desk.device.id });
    expect(done(reported)).toEqual({ keysRevoked: 1, sessionsEnded: 1, keysLeft: 1 });
    expect(reported.session).toBeUndefined();
    expect(await findSession(runtime, there.token)).toBeNull();
    expect(await findSession(runtime, here.token)).not.toBeNull();
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'device_reported_lost',
      deviceId: desk.device.id,
      actorId: null,
      sessionId: here.session.id,
      detail: { name: 'STUDIO-07', disabled: true, keysRevoked: 1, sessionsEnded: 1, keysLeft: 1 },
    });
    const device = await runtime.db.device.findUniqueOrThrow({ where: { id: desk.device.id } });
    expect(device.disabledAt).not.toBeNull();
    const [certificate] = await runtime.db.deviceCertificate.findMany({
      where: { deviceId: desk.device.id },
    });
    expect(certificate?.revocationReason).toBe('certificateHold');
    const key = await runtime.db.credential.findUniqueOrThrow({ where: { id: desk.key.kid } });
    expect(key.revocationReason).toBe('lost');
    // Found again: it can be enabled, and its keys stay revoked.
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'enable' }));
    expect(outcome(await signIn(runtime, desk))).toBe('sign_in_failed');
  });

  test('may be the last one, and the one that one sits at: this session ends with it', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await signedInAt(runtime, desk);
    const reported = await reportOwnDeviceLost(runtime, session, { deviceId: desk.device.id });
    expect(done(reported)).toEqual({ keysRevoked: 1, sessionsEnded: 1, keysLeft: 0 });
    expect(reported.session).toBe('clear');
    expect(await findSession(runtime, session.token)).toBeNull();
  });

  test('is reported with a fresh strong proof only, and another person’s is not there', async () => {
    const runtime = await aRuntime();
    const mia = await aPersonWithHelloKey(runtime, 'mia');
    const tomas = await aPersonWithHelloKey(runtime, 'tomas');
    const input = { deviceId: mia.device.id };
    const weak = await aSession(runtime, mia.person, 'password');
    expect(outcome(await reportOwnDeviceLost(runtime, weak, input))).toBe('proof_required');
    const thief = await signedInAt(runtime, tomas);
    expect(outcome(await reportOwnDeviceLost(runtime, thief, input))).toBe('not_found');
    const session = await signedInAt(runtime, mia);
    runtime.pass(5 * MINUTE_MS + 1);
    expect(outcome(await reportOwnDeviceLost(runtime, session, input))).toBe('proof_required');
    expect(await usable(runtime, mia.person.id)).toBe(1);
  });

  test('that was disabled before still loses its keys, and is told once however often it is reported', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const input = { deviceId: desk.device.id };
    done(await changeDevice(runtime, 'admin', { ...input, change: 'disable' }));
    const reports = await Promise.all(
      Array.from({ length: 3 }, () => reportDeviceLost(runtime, 'admin', input)),
    );
    expect(reports.map((report) => done(report).keysRevoked).sort()).toEqual([0, 0, 1]);
    const events = await listEvents(runtime, { codes: ['device_reported_lost'] }, 9);
    expect(events.map(({ actorId, detail }) => [actorId, detail.disabled])).toEqual([['admin', false]]);
    expect(outcome(await reportDeviceLost(runtime, 'admin', { deviceId: 'nowhere' }))).toBe('not_found');
  });
});

test('a PIN can be reset where this device allows keys, whatever the organisation says of everybody', async () => {
  const runtime = await aRuntime();
  const desk = await aPersonWithHelloKey(runtime);
  const { session } = await signedInAt(runtime, desk);
  expect(await readRecovery(runtime, session)).toMatchObject({ resettable: true });
  await aSource(runtime, aDocument({ UsePassportForWork: 'false' }));
  await tell(runtime, { userId: desk.person.id, deviceId: desk.device.id });
  expect(await readRecovery(runtime, session)).toMatchObject({ resettable: false });
  expect(await readRecovery(runtime, null)).toMatchObject({ resettable: true });
});
