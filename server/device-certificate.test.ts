import 'reflect-metadata';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as Parsed,
  X509Crl,
  X509CrlReason,
} from '@peculiar/x509';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AUTHORITY_LIFETIME_MS,
  CERTIFICATE_LIFETIME_MS,
  REVOCATION_LIST_PERIOD_MS,
} from '#domain/device-certificate';
import { createProfile, proveProfile } from '#domain/software-authenticator';
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from '#domain/time';
import { addBrowser, finishAuthentication } from './authentication.ts';
import { beginDeviceProof, changeDevice, finishDeviceRegistration } from './device.ts';
import {
  currentAuthority,
  forgetOldCertificates,
  listAuthorities,
  readAuthorityCertificate,
  readCertificates,
  readRevocationList,
} from './device-certificate.ts';
import { listEvents } from './event.ts';
import { resetPassword } from './identity.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { unseal } from './secrets.ts';
import { createTenant, removeSampleData } from './tenant.ts';
import {
  aBrowser,
  aDevice,
  aFolder,
  answerChallenge,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  breakEvents,
  type Desk,
  deviceProof,
  done,
  lastCause,
  outcome,
  registerDevice,
  rows,
  signIn,
  storeBytes,
  type TestRuntime,
} from './testing.ts';

const TWO_THIRDS_MS = Math.ceil((CERTIFICATE_LIFETIME_MS * 2) / 3);
const RENEWED = 'device_certificate_renewed';

/** Every certificate, the oldest first. */
function certificates(runtime: TestRuntime) {
  return runtime.db.deviceCertificate.findMany({ orderBy: [{ startsAt: 'asc' }, { serialNumber: 'asc' }] });
}

async function theCertificate(runtime: TestRuntime) {
  const [only, ...others] = await certificates(runtime);
  if (only === undefined || others.length > 0) throw new Error('There is not one certificate.');
  return { row: only, x509: new X509Certificate(only.certificate) };
}

async function theAuthority(runtime: TestRuntime) {
  const row = await currentAuthority(runtime);
  return { row, x509: new X509Certificate(row.certificate) };
}

async function theList(runtime: TestRuntime, authorityId?: string) {
  const id = authorityId ?? (await currentAuthority(runtime)).id;
  const file = await readRevocationList(runtime, id);
  if (file === null) throw new Error('There is no list.');
  return { file, crl: new X509Crl(file.content) };
}

/** Serial numbers and reasons, as an independent reader finds them on the list. */
async function listed(runtime: TestRuntime, authorityId?: string): Promise<Record<string, string>> {
  const { crl } = await theList(runtime, authorityId);
  return Object.fromEntries(
    crl.entries.map(({ serialNumber, reason }) => [
      serialNumber.toUpperCase(),
      X509CrlReason[reason ?? X509CrlReason.unspecified],
    ]),
  );
}

/** The number of a list, from its extension. */
function numberOf(crl: X509Crl): number {
  const extension = crl.getExtension('2.5.29.20');
  if (extension === null) throw new Error('The list has no number.');
  return Number(`0x${Buffer.from(extension.value).subarray(2).toString('hex')}`);
}

function change(runtime: TestRuntime, deviceId: string, what: 'disable' | 'enable' | 'delete') {
  return changeDevice(runtime, 'admin', { deviceId, change: what, evenLast: true });
}

async function codes(runtime: TestRuntime): Promise<string[]> {
  const events = await listEvents(runtime, {}, 1000);
  return events.map(({ code }) => code).filter((code) => code.startsWith('device_certificate'));
}

describe('the device CA', () => {
  test('is made with the first device, once: also for many instances at the same instant', async () => {
    const runtime = await aRuntime();
    await createTenant(runtime, { name: 'Tidewater, "Studio"', domain: 'tidewater.example' });
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const made = await Promise.all([runtime, other, runtime, other].map((each) => currentAuthority(each)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await runtime.db.certificateAuthority.count()).toBe(1);
    expect(await runtime.db.event.count({ where: { code: 'certificate_authority_created' } })).toBe(1);
    const { x509 } = await theAuthority(runtime);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.ca).toBe(true);
    const parsed = new Parsed(x509.raw);
    expect(parsed.subjectName.getField('CN')[0]).toMatch(/^Latchkey Device CA [0-9A-F]{8}$/);
    expect(parsed.subjectName.getField('O')).toEqual(['Tidewater, "Studio"']);
    expect(parsed.getExtension(KeyUsagesExtension)?.usages).toBe(
      KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign,
    );
  });

  test('keeps its private key sealed: not in clear, not for another master key, not in another row', async () => {
    const runtime = await aRuntime();
    const { row } = await theAuthority(runtime);
    const pkcs8 = unseal(runtime.keys('certificate-authority'), row.privateKey, row.id);
    const key = createPrivateKey({ key: pkcs8 ?? '', format: 'der', type: 'pkcs8' });
    expect((await theAuthority(runtime)).x509.checkPrivateKey(key)).toBe(true);
    const secret = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
    expect(secret).toHaveLength(32);
    expect((await storeBytes(runtime)).includes(secret)).toBe(false);
    const stranger = await aRuntime({ databaseUrl: runtime.databaseUrl, masterKey: 'ab'.repeat(32) });
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    await expect(registerDevice(stranger, session)).rejects.toThrow(/does not open/);

    const id = '00000000-0000-4000-8000-000000000000';
    await runtime.db.certificateAuthority.create({
      data: { ...row, id, createdAt: later(row.createdAt, 1) },
    });
    await expect(registerDevice(runtime, session)).rejects.toThrow(/does not open/);
    expect(await rows(runtime)).toMatchObject({ devices: 0 });
    expect(await runtime.db.deviceCertificate.count()).toBe(0);
  });

  test('hands over to a new one before certificates would outlive it; what it signed stays verifiable', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const old = await theAuthority(runtime);
    runtime.pass(AUTHORITY_LIFETIME_MS - CERTIFICATE_LIFETIME_MS + MINUTE_MS);
    done(await signIn(runtime, desk));
    const next = await theAuthority(runtime);
    expect(next.row.id).not.toBe(old.row.id);
    const [first, second] = (await certificates(runtime)).map(
      (each) => new X509Certificate(each.certificate),
    );
    expect(first?.verify(old.x509.publicKey)).toBe(true);
    expect(second?.verify(next.x509.publicKey)).toBe(true);
    expect(second?.verify(old.x509.publicKey)).toBe(false);
    expect(second?.issuer).toBe(next.x509.subject);
    expect(await listAuthorities(runtime)).toMatchObject([
      { id: next.row.id, issues: true },
      { id: old.row.id, issues: false },
    ]);
    expect((await readAuthorityCertificate(runtime, old.row.id))?.content.equals(old.x509.raw)).toBe(true);
    expect((await theList(runtime, old.row.id)).crl.issuerName.toString()).toBe(
      new Parsed(old.x509.raw).subjectName.toString(),
    );
  });

  test('that has taken over certifies a browser anew at its next sign-in, however young its certificate', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const old = await theAuthority(runtime);
    runtime.pass(AUTHORITY_LIFETIME_MS - CERTIFICATE_LIFETIME_MS - DAY_MS);
    done(await signIn(runtime, desk));
    runtime.pass(2 * DAY_MS);
    // Somebody else’s registration makes the new one.
    await aPersonWithHelloKey(runtime, 'tomas');
    done(await signIn(runtime, desk));
    const { row: next } = await theAuthority(runtime);
    const [, superseded, , renewed] = await certificates(runtime);
    expect(superseded).toMatchObject({ authorityId: old.row.id, revocationReason: 'superseded' });
    expect(renewed).toMatchObject({ authorityId: next.id, revokedAt: null });
    expect(await listed(runtime, old.row.id)).toEqual({ [superseded?.serialNumber ?? '']: 'superseded' });
    expect(await listed(runtime, next.id)).toEqual({});
  });
});

describe('a device certificate', () => {
  test('is issued at registration over the profile’s key under the device’s ID, and says so in an event', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    const device = await aDevice(runtime, session);
    const { row, x509 } = await theCertificate(runtime);
    const authority = await theAuthority(runtime);
    expect(x509.subject).toBe(`CN=${device.id}`);
    expect(x509.issuer).toBe(authority.x509.subject);
    expect(x509.checkIssued(authority.x509)).toBe(true);
    expect(x509.verify(authority.x509.publicKey)).toBe(true);
    expect(x509.publicKey.export({ format: 'der', type: 'spki' }).toString('base64url')).toBe(
      device.profile.publicKey,
    );
    expect(x509.ca).toBe(false);
    expect(x509.serialNumber).toBe(row.serialNumber);
    expect(x509.fingerprint.replaceAll(':', '')).toBe(row.thumbprint);
    expect(new Date(x509.validFrom)).toEqual(row.startsAt);
    expect(new Date(x509.validTo)).toEqual(row.expiresAt);
    const parsed = new Parsed(x509.raw);
    expect(parsed.getExtension(KeyUsagesExtension)?.usages).toBe(KeyUsageFlags.digitalSignature);
    expect(parsed.getExtension(ExtendedKeyUsageExtension)?.usages).toEqual(['1.3.6.1.5.5.7.3.2']);
    const address = `http://localhost:3000/api/device-certificates/${authority.row.id}`;
    expect(x509.infoAccess?.trim()).toBe(`CA Issuers - URI:${address}.cer`);
    expect(parsed.toString('text')).toContain(`${address}.crl`);

    const issued = (await listEvents(runtime, { deviceId: device.id }, 10)).find(
      ({ code }) => code === 'device_certificate_issued',
    );
    expect(issued).toMatchObject({
      userId: session.session.userId,
      sessionId: session.session.id,
      detail: { thumbprint: row.thumbprint, serialNumber: row.serialNumber },
    });
    expect(JSON.stringify(issued)).not.toContain(device.profile.publicKey);
    expect((await readCertificates(runtime, device.id)).get(device.profileId)).toMatchObject({
      thumbprint: row.thumbprint,
      state: 'valid',
    });
  });

  test('of every browser of every device verifies, with a serial number of its own', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    const { x509: authority } = await theAuthority(runtime);
    for (let count = 0; count < 12; count += 1) {
      await aDevice(runtime, session, `DESK-${count}`);
      runtime.pass(MINUTE_MS / 2);
    }
    const all = (await certificates(runtime)).map((row) => new X509Certificate(row.certificate));
    expect(all).toHaveLength(12);
    for (const each of all) {
      expect(each.verify(authority.publicKey)).toBe(true);
      expect(each.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    }
    expect(new Set(all.map(({ serialNumber }) => serialNumber)).size).toBe(12);
  });

  test('verifies across 2050, where certificates write their times in another form', async () => {
    const runtime = await aRuntime();
    runtime.pass(new Date('2049-11-01T00:00:00.500Z').getTime() - runtime.clock.now().getTime());
    await aPersonWithHelloKey(runtime);
    const { row, x509 } = await theCertificate(runtime);
    const { x509: authority } = await theAuthority(runtime);
    expect(x509.verify(authority.publicKey)).toBe(true);
    expect(new Date(x509.validFrom)).toEqual(new Date('2049-11-01T00:00:00.000Z'));
    expect(new Date(x509.validTo)).toEqual(row.expiresAt);
    runtime.pass(200 * DAY_MS);
    done(await change(runtime, row.deviceId, 'disable'));
    const { crl } = await theList(runtime);
    expect(crl.entries[0]?.revocationDate).toEqual(new Date('2050-05-20T00:00:00.000Z'));
    expect(crl.nextUpdate?.getUTCFullYear()).toBe(2050);
  });

  test('is written with its device or not at all', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    await aDevice(runtime, session);
    await runtime.db.deviceCertificate.updateMany({ data: { profileId: null } });
    await runtime.db.deviceProfile.deleteMany();
    await runtime.db.device.deleteMany();
    // Every random number comes out the same: the serial number is taken already.
    const taken = await theCertificate(runtime);
    const stuck = {
      ...runtime,
      random: {
        bytes: (count: number) =>
          count === 16
            ? new Uint8Array(Buffer.from(taken.row.serialNumber, 'hex'))
            : runtime.random.bytes(count),
      },
    };
    const another = await aSession(runtime, await aPerson(runtime, 'tomas'), 'passkey');
    await expect(registerDevice(stuck, another)).rejects.toThrow(/[Uu]nique/);
    expect(await rows(runtime)).toMatchObject({ devices: 0, profiles: 0 });
    expect(await runtime.db.deviceCertificate.count()).toBe(1);
  });

  test('comes with an added browser: another key of the same device', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const session = await aSession(runtime, desk.person, 'passkey');
    const { response, challenge } = await answerChallenge(runtime, session, desk, 'add-browser', {
      device: null,
    });
    const profile = createProfile(runtime.random.bytes(48));
    const answer = done(
      await addBrowser(runtime, session, {
        publicKey: profile.publicKey,
        signature: proveProfile(profile, 'http://localhost:3000', challenge, response.id),
        browser: 'Chrome 156',
        response,
      }),
    );
    const byProfile = await readCertificates(runtime, desk.device.id);
    expect([...byProfile.keys()].sort()).toEqual([desk.device.profileId, answer.profileId].sort());
    const added = new X509Certificate(byProfile.get(answer.profileId)?.certificate ?? '');
    expect(added.subject).toBe(`CN=${desk.device.id}`);
    expect(added.publicKey.export({ format: 'der', type: 'spki' }).toString('base64url')).toBe(
      profile.publicKey,
    );
  });
});

describe('renewal', () => {
  test('costs a sign-in nothing while it is not due', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    runtime.pass(TWO_THIRDS_MS - DAY_MS);
    const sent = await answerChallenge(runtime, desk.browser, desk);
    runtime.forget();
    done(await finishAuthentication(runtime, desk.browser, { response: sent.response, device: sent.device }));
    // The one that reads the profile's key anyway.
    expect(runtime.statements.filter((text) => text.includes('Certificate'))).toHaveLength(1);
    expect(await codes(runtime)).toEqual(['device_certificate_issued']);
  });

  test('comes with the first sign-in after two thirds of its life; the old one is superseded', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { row: old } = await theCertificate(runtime);
    runtime.pass(TWO_THIRDS_MS);
    expect((await readCertificates(runtime, desk.device.id)).get(desk.device.profileId)?.state).toBe(
      'renewal_due',
    );
    done(await signIn(runtime, desk));
    const [before, after] = await certificates(runtime);
    expect(before).toMatchObject({ serialNumber: old.serialNumber, revocationReason: 'superseded' });
    expect(after).toMatchObject({ profileId: desk.device.profileId, revokedAt: null });
    expect(await listed(runtime)).toEqual({ [old.serialNumber]: 'superseded' });
    const renewed = (await listEvents(runtime, { codes: [RENEWED] }, 2))[0];
    expect(renewed?.detail).toMatchObject({
      thumbprint: after?.thumbprint,
      supersedes: old.serialNumber,
    });
    runtime.forget();
    done(await signIn(runtime, desk));
    expect(await runtime.db.deviceCertificate.count()).toBe(2);
  });

  test('gives a browser without a certificate its first one: at a key’s sign-in, a password’s, and an unlock', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { password } = done(
      await resetPassword(runtime, null, { userId: desk.person.id, temporary: false }),
    );
    const ways = [
      () => signIn(runtime, desk),
      async () => {
        const { challenge } = done(
          await beginDeviceProof(runtime, desk.browser, { purpose: 'recognise-device' }),
        );
        const signature = proveProfile(desk.device.profile, 'http://localhost:3000', challenge);
        const device = { id: desk.device.profileId, challenge, signature };
        return await signInWithPassword(runtime, desk.browser, { upn: desk.person.upn, password, device });
      },
      async () => {
        const session = await aSession(runtime, desk.person, 'passkey', desk.browser);
        return await signIn(runtime, desk, {}, session, 'unlock');
      },
    ];
    for (const enter of ways) {
      await runtime.db.deviceCertificate.deleteMany();
      const result = await enter();
      expect(result.ok).toBe(true);
      expect((await theCertificate(runtime)).row).toMatchObject({ profileId: desk.device.profileId });
    }
    expect((await codes(runtime)).every((code) => code === 'device_certificate_issued')).toBe(true);
  });

  test('does not come without the device’s proof, nor with somebody else’s, nor at a refused sign-in', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const other = await aPersonWithHelloKey(runtime, 'tomas');
    runtime.pass(TWO_THIRDS_MS);
    for (const lie of [{ device: null }, { device: other.device }, { userVerified: false }]) {
      expect(outcome(await signIn(runtime, desk, lie))).not.toBe('ok');
    }
    expect(await runtime.db.deviceCertificate.count()).toBe(2);
  });

  test('happens once for many sign-ins at the same instant, also where there was none', async () => {
    for (const missing of [false, true]) {
      const runtime = await aRuntime();
      const desk = await aPersonWithHelloKey(runtime);
      if (missing) await runtime.db.deviceCertificate.deleteMany();
      runtime.pass(TWO_THIRDS_MS);
      const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
      other.pass(TWO_THIRDS_MS);
      const sent = [];
      for (const [index, at] of [runtime, other, runtime, other].entries()) {
        const browser = aBrowser(at);
        const answer = await answerChallenge(at, browser, desk, 'sign-in', { counter: index + 2 });
        sent.push(() =>
          finishAuthentication(at, browser, { response: answer.response, device: answer.device }),
        );
      }
      const results = await Promise.all(sent.map((send) => send()));
      expect(results.some(({ ok }) => ok)).toBe(true);
      const present = await runtime.db.deviceCertificate.count({ where: { revokedAt: null } });
      expect(present).toBe(1);
      expect(await runtime.db.deviceCertificate.count()).toBe(missing ? 1 : 2);
    }
  });

  test('is no condition: an expired certificate stops no sign-in, and neither does a renewal that fails', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    runtime.pass(CERTIFICATE_LIFETIME_MS + DAY_MS);
    expect((await readCertificates(runtime, desk.device.id)).get(desk.device.profileId)?.state).toBe(
      'expired',
    );
    const errors: unknown[] = [];
    const { error } = console;
    console.error = (cause: unknown) => errors.push(cause);
    try {
      const broken = {
        ...runtime,
        keys: (purpose: Parameters<typeof runtime.keys>[0]) =>
          purpose === 'certificate-authority' ? Buffer.alloc(32) : runtime.keys(purpose),
      };
      expect(outcome(await signIn({ ...broken }, desk))).toBe('ok');
    } finally {
      console.error = error;
    }
    expect(errors).toMatchObject([{ message: expect.stringMatching(/does not open/) }]);
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    expect((await readCertificates(runtime, desk.device.id)).get(desk.device.profileId)?.state).toBe('valid');
  });
});

describe('revocation', () => {
  test('follows the device: on hold while disabled, off hold when enabled, for good when deleted', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { row } = await theCertificate(runtime);
    const first = numberOf((await theList(runtime)).crl);
    expect(await listed(runtime)).toEqual({});

    done(await change(runtime, desk.device.id, 'disable'));
    expect(await listed(runtime)).toEqual({ [row.serialNumber]: 'certificateHold' });
    expect(numberOf((await theList(runtime)).crl)).toBe(first + 1);
    const heldAt = runtime.clock.now();

    done(await change(runtime, desk.device.id, 'enable'));
    expect(await listed(runtime)).toEqual({});
    expect(numberOf((await theList(runtime)).crl)).toBe(first + 2);
    done(await change(runtime, desk.device.id, 'disable'));
    runtime.pass(HOUR_MS);
    done(await change(runtime, desk.device.id, 'delete'));
    expect(await listed(runtime)).toEqual({ [row.serialNumber]: 'cessationOfOperation' });
    expect((await theList(runtime)).crl.entries[0]?.revocationDate).toEqual(heldAt);
    expect((await codes(runtime)).sort()).toEqual([
      'device_certificate_issued',
      'device_certificate_released',
      'device_certificate_revoked',
      'device_certificate_revoked',
      'device_certificate_revoked',
    ]);
    // What is gone does not come back.
    expect(outcome(await change(runtime, desk.device.id, 'enable'))).toBe('not_found');
  });

  test('takes every browser of the device, and nobody else’s', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    const one = await aDevice(runtime, session, 'ONE');
    const two = await aDevice(runtime, session, 'TWO');
    const extra = (await certificates(runtime)).find(({ deviceId }) => deviceId === one.id);
    if (extra === undefined) throw new Error('no certificate');
    await runtime.db.deviceCertificate.create({
      data: { ...extra, serialNumber: 'AB', thumbprint: 'AB', profileId: null },
    });
    done(await change(runtime, one.id, 'disable'));
    expect(Object.keys(await listed(runtime)).sort()).toEqual([extra.serialNumber, 'AB'].sort());
    expect((await readCertificates(runtime, two.id)).get(two.profileId)?.state).toBe('valid');
  });

  test('and the device’s change are one: what cannot be written whole is not written at all', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { file } = await theList(runtime);
    await breakEvents(runtime);
    await expect(change(runtime, desk.device.id, 'disable')).rejects.toThrow();
    const device = await runtime.db.device.findUnique({ where: { id: desk.device.id } });
    expect(device?.disabledAt).toBeNull();
    expect((await theCertificate(runtime)).row.revokedAt).toBeNull();
    expect((await theList(runtime)).file.tag).toBe(file.tag);
  });

  test('lists exactly what is revoked, whatever happened to devices and in which order', async () => {
    const step = fc.record({
      device: fc.nat({ max: 1 }),
      what: fc.constantFrom('disable', 'enable', 'delete', 'sign-in' as const),
      days: fc.constantFrom(0, 1, 100, 250),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 7 }), async (steps) => {
        const runtime = await aRuntime();
        const desks = [
          await aPersonWithHelloKey(runtime, 'mia'),
          await aPersonWithHelloKey(runtime, 'tomas'),
        ];
        const { x509: authority } = await theAuthority(runtime);
        let latest = { number: 0, at: runtime.clock.now(), content: '' };
        for (const { device, what, days } of steps) {
          runtime.pass(days * DAY_MS);
          const desk = desks[device] as Desk;
          if (what === 'sign-in') await signIn(runtime, desk);
          else await change(runtime, desk.device.id, what);

          const now = runtime.clock.now();
          const expected = (await certificates(runtime)).filter(
            ({ revokedAt, expiresAt }) =>
              revokedAt !== null && expiresAt.getTime() > now.getTime() - REVOCATION_LIST_PERIOD_MS,
          );
          expect(await listed(runtime)).toEqual(
            Object.fromEntries(expected.map((row) => [row.serialNumber, row.revocationReason])),
          );
          const { crl, file } = await theList(runtime);
          const number = numberOf(crl);
          const content = file.content.toString('hex');
          // A number stands for one list.
          expect(number > latest.number || content === latest.content).toBe(true);
          expect(await crl.verify({ publicKey: new Parsed(authority.raw) })).toBe(true);
          latest = { number, at: now, content };

          // A device that is active has one certificate; a disabled or deleted one has none that is good.
          for (const { device: its } of desks) {
            const row = await runtime.db.device.findUnique({ where: { id: its.id } });
            const good = await runtime.db.deviceCertificate.count({
              where: { deviceId: its.id, revokedAt: null },
            });
            expect(good).toBe(row?.disabledAt === null && row.deletedAt === null ? 1 : 0);
          }
        }
      }),
      { numRuns: 12 },
    );
  }, 120_000);
});

describe('the revocation list', () => {
  test('is signed once for each change and period, and served as it is between', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    const { id } = await currentAuthority(runtime);
    const asked = await Promise.all([1, 2, 3].map(() => readRevocationList(runtime, id)));
    expect(new Set(asked.map((file) => file?.tag)).size).toBe(1);
    runtime.pass(MINUTE_MS);
    runtime.forget();
    expect((await readRevocationList(runtime, id))?.tag).toBe(asked[0]?.tag);
    expect(runtime.statements).toHaveLength(1);
    runtime.pass(REVOCATION_LIST_PERIOD_MS);
    const next = await theList(runtime);
    expect(next.file.tag).not.toBe(asked[0]?.tag);
    expect(next.crl.thisUpdate).toEqual(runtime.clock.now());
    done(await change(runtime, desk.device.id, 'disable'));
    expect((await theList(runtime)).file.tag).not.toBe(next.file.tag);
  });

  test('is there for our authorities only', async () => {
    const runtime = await aRuntime();
    for (const id of ['', '00000000-0000-4000-8000-000000000000', "' OR 1=1 --"]) {
      expect(await readRevocationList(runtime, id)).toBeNull();
      expect(await readAuthorityCertificate(runtime, id)).toBeNull();
    }
  });

  test('names a certificate until a list was signed after its end, and forgets it then', async () => {
    const runtime = await aRuntime();
    const desk = await aPersonWithHelloKey(runtime);
    done(await change(runtime, desk.device.id, 'delete'));
    runtime.pass(CERTIFICATE_LIFETIME_MS + REVOCATION_LIST_PERIOD_MS - MINUTE_MS);
    expect(Object.values(await listed(runtime))).toEqual(['cessationOfOperation']);
    runtime.pass(REVOCATION_LIST_PERIOD_MS);
    expect(await listed(runtime)).toEqual({});
    expect(await forgetOldCertificates(runtime)).toBe(0);
    runtime.pass(30 * DAY_MS);
    expect(await forgetOldCertificates(runtime)).toBe(1);
  });

  const version = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  test.skipIf(version.status !== 0)(
    'of a large organisation is one that OpenSSL reads to its end',
    async () => {
      // The X.509 library takes half a millisecond for each entry and reads no list of more than a thousand or two.
      const runtime = await aRuntime();
      await aPersonWithHelloKey(runtime);
      const { row } = await theCertificate(runtime);
      const many = Array.from({ length: 2000 }, (_, index) => {
        const serialNumber = `5${index.toString(16).toUpperCase().padStart(31, '0')}`;
        const revoked = { revokedAt: runtime.clock.now(), revocationReason: 'superseded' };
        return { ...row, ...revoked, serialNumber, thumbprint: serialNumber };
      });
      await runtime.db.deviceCertificate.createMany({ data: many });
      const file = await readRevocationList(runtime, row.authorityId);
      const options = ['crl', '-inform', 'DER', '-noout', '-text'];
      const { stdout } = spawnSync('openssl', options, { input: file?.content, maxBuffer: 2 ** 26 });
      const found = stdout.toString().match(/Serial Number: [0-9A-F]{32}/g);
      expect(found).toEqual(many.map(({ serialNumber }) => `Serial Number: ${serialNumber}`));
    },
    20_000,
  );

  test.skipIf(version.status !== 0)('is believed by OpenSSL, which finds on it what is revoked', async () => {
    const runtime = await aRuntime();
    await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example' });
    const desk = await aPersonWithHelloKey(runtime);
    const other = await aPersonWithHelloKey(runtime, 'tomas');
    const folder = aFolder();
    const keep = (name: string, label: string, der: Uint8Array) => {
      const body = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
      writeFileSync(join(folder, name), `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`);
      return join(folder, name);
    };
    const ca = keep('ca.pem', 'CERTIFICATE', (await currentAuthority(runtime)).certificate);
    const verdict = async (deviceId: string) => {
      const crl = keep('crl.pem', 'X509 CRL', (await theList(runtime)).file.content);
      const row = (await certificates(runtime)).find((each) => each.deviceId === deviceId);
      const leaf = keep('leaf.pem', 'CERTIFICATE', row?.certificate ?? new Uint8Array());
      const at = String(Math.floor(runtime.clock.now().getTime() / 1000));
      const options = ['-x509_strict', '-purpose', 'sslclient', '-crl_check', '-attime', at];
      const { stdout, stderr } = spawnSync(
        'openssl',
        ['verify', ...options, '-CAfile', ca, '-CRLfile', crl, leaf],
        { encoding: 'utf8' },
      );
      return `${stdout}${stderr}`;
    };
    runtime.pass(HOUR_MS);
    expect(await verdict(desk.device.id)).toMatch(/: OK/);
    done(await change(runtime, desk.device.id, 'disable'));
    expect(await verdict(desk.device.id)).toMatch(/certificate revoked/);
    expect(await verdict(other.device.id)).toMatch(/: OK/);
    const text = execFileSync(
      'openssl',
      ['crl', '-in', join(folder, 'crl.pem'), '-noout', '-text', '-CAfile', ca],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    expect(text).toMatch(/Certificate Hold/);
    expect(text).toMatch(/X509v3 CRL Number:\s+2/);
    done(await change(runtime, desk.device.id, 'enable'));
    expect(await verdict(desk.device.id)).toMatch(/: OK/);
  });
});

describe('a certificate that somebody else holds proves nothing without its key', () => {
  /** Mallory with a session of their own, and everything about Mia's device that is not her private key. */
  async function aThief() {
    const runtime = await aRuntime();
    const mia = await aPersonWithHelloKey(runtime, 'mia');
    const mallory = await aPersonWithHelloKey(runtime, 'mallory');
    const stolen = (await certificates(runtime)).find(({ deviceId }) => deviceId === mia.device.id);
    if (stolen === undefined) throw new Error('no certificate');
    const publicKey = new X509Certificate(stolen.certificate).publicKey
      .export({ format: 'der', type: 'spki' })
      .toString('base64url');
    expect(publicKey).toBe(mia.device.profile.publicKey);
    const session = await aSession(runtime, mallory.person, 'passkey', mallory.browser);
    const before = await rows(runtime);
    return { runtime, mia, mallory, stolen, publicKey, session, before, own: mallory.device.profile };
  }
  const facts = {
    name: 'STUDIO-07',
    joinType: 'joined',
    os: 'Windows',
    browser: 'Edge 156',
    platformAuthenticator: 'yes',
  } as const;
  const ORIGIN = 'http://localhost:3000';

  test('at registration: neither with another signature, nor with the certificate in the key’s or the signature’s place', async () => {
    const { runtime, stolen, publicKey, session, before, own } = await aThief();
    const der = Buffer.from(stolen.certificate).toString('base64url');
    const begun = async () =>
      done(await beginDeviceProof(runtime, session, { purpose: 'register-device' })).challenge;
    const attempts = [
      (challenge: string) => ({ publicKey, signature: proveProfile(own, ORIGIN, challenge) }),
      (challenge: string) => ({ publicKey: der, signature: proveProfile(own, ORIGIN, challenge) }),
      () => ({ publicKey, signature: der }),
      () => ({ publicKey, signature: '' }),
    ];
    for (const attempt of attempts) {
      const challenge = await begun();
      const result = await finishDeviceRegistration(runtime, session, {
        ...facts,
        challenge,
        ...attempt(challenge),
      });
      expect(outcome(result)).toBe('registration_refused');
      expect(await lastCause(runtime)).toBe('device_key_not_proven');
    }
    expect(await rows(runtime)).toEqual(before);
    expect(await runtime.db.deviceCertificate.count()).toBe(2);
  });

  test('at adding a browser', async () => {
    const { runtime, mallory, publicKey, session, before, own } = await aThief();
    const { response, challenge } = await answerChallenge(runtime, session, mallory, 'add-browser', {
      device: null,
    });
    const signature = proveProfile(own, ORIGIN, challenge, response.id);
    const result = await addBrowser(runtime, session, { publicKey, signature, browser: 'Edge', response });
    expect(outcome(result)).toBe('registration_refused');
    expect(await lastCause(runtime)).toBe('device_key_not_proven');
    expect((await rows(runtime)).profiles).toBe(before.profiles);
    expect(await runtime.db.deviceCertificate.count()).toBe(2);
  });

  test('beside a key at sign-in: the thief’s signature for Mia’s profile is a forgery, the certificate is no signature', async () => {
    const { runtime, mia, stolen, own } = await aThief();
    const der = Buffer.from(stolen.certificate).toString('base64url');
    const { response, challenge } = await answerChallenge(runtime, mia.browser, mia, 'sign-in', {
      device: null,
    });
    const forged = deviceProof({ ...mia.device, profile: own }, challenge, response.id);
    expect(outcome(await finishAuthentication(runtime, mia.browser, { response, device: forged }))).toBe(
      'sign_in_failed',
    );
    expect(await lastCause(runtime)).toBe('device_proof_invalid');
    for (const id of [mia.device.profileId, mia.device.id, stolen.serialNumber, stolen.thumbprint]) {
      const again = await answerChallenge(runtime, mia.browser, mia, 'sign-in', { device: null, counter: 9 });
      const result = await finishAuthentication(runtime, mia.browser, {
        response: again.response,
        device: { id, signature: der },
      });
      expect(['sign_in_failed', 'device_unknown']).toContain(outcome(result));
    }
    expect((await rows(runtime)).liveSessions).toBe(1);
  });

  test('beside a password: the session is placed on no device', async () => {
    const { runtime, mia, own } = await aThief();
    const { password } = done(
      await resetPassword(runtime, null, { userId: mia.person.id, temporary: false }),
    );
    const thief = aBrowser(runtime);
    const { challenge } = done(await beginDeviceProof(runtime, thief, { purpose: 'recognise-device' }));
    const device = {
      id: mia.device.profileId,
      challenge,
      signature: proveProfile(own, ORIGIN, challenge),
    };
    done(await signInWithPassword(runtime, thief, { upn: mia.person.upn, password, device }));
    const sessions = await runtime.db.session.findMany({ where: { userId: mia.person.id, endedAt: null } });
    expect(sessions).toMatchObject([{ deviceId: null }]);
  });

  test('and the right key under another device’s ID changes nothing: the server names what it certifies', async () => {
    const { runtime, mia, session, own } = await aThief();
    const profile = createProfile(runtime.random.bytes(48));
    const { challenge } = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' }));
    const asked = { deviceId: mia.device.id, csr: 'MIIB', certificate: 'MIIB' };
    const { deviceId } = done(
      await finishDeviceRegistration(runtime, session, {
        ...facts,
        ...asked,
        publicKey: profile.publicKey,
        challenge,
        signature: proveProfile(profile, ORIGIN, challenge),
      }),
    );
    expect(deviceId).not.toBe(mia.device.id);
    const issued = (await certificates(runtime)).filter((each) => each.deviceId === deviceId);
    expect(issued.map((each) => new X509Certificate(each.certificate).subject)).toEqual([`CN=${deviceId}`]);
    // A key that is registered already stays where it is.
    const again = done(await beginDeviceProof(runtime, session, { purpose: 'register-device' })).challenge;
    const repeated = done(
      await finishDeviceRegistration(runtime, session, {
        ...facts,
        publicKey: own.publicKey,
        challenge: again,
        signature: proveProfile(own, ORIGIN, again),
      }),
    );
    expect(repeated.deviceId).not.toBe(deviceId);
    expect((await readCertificates(runtime, mia.device.id)).size).toBe(1);
    expect(await runtime.db.deviceCertificate.count()).toBe(3);
  });
});

describe('sample data', () => {
  test('has certificates of its own, and takes them along when it goes; a real browser’s is revoked', async () => {
    const runtime = await aRuntime();
    const real = await aPersonWithHelloKey(runtime, 'mia');
    const sample = { ...runtime, sample: true };
    const noor = await aPersonWithHelloKey(sample, 'noor');
    const made = (await certificates(runtime)).find(({ deviceId }) => deviceId === noor.device.id);
    expect(made?.sample).toBe(true);
    // Somebody used the sample person's device: what they got is real.
    runtime.pass(TWO_THIRDS_MS);
    done(await signIn(runtime, noor));
    done(await signIn(runtime, real));
    done(await removeSampleData(runtime, null));
    const left = await certificates(runtime);
    expect(left.every((row) => !row.sample)).toBe(true);
    const theirs = left.filter(({ deviceId }) => deviceId === noor.device.id);
    expect(theirs).toMatchObject([{ revocationReason: 'cessationOfOperation', profileId: null }]);
    expect((await readCertificates(runtime, real.device.id)).get(real.device.profileId)?.state).toBe('valid');
    expect(Object.values(await listed(runtime)).sort()).toEqual(['cessationOfOperation', 'superseded']);
  });
});
