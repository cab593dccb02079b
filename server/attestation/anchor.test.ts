import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { listCredentials } from '../credential.ts';
import { beginRegistration, finishRegistration } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import {
  aBrowser,
  aPerson,
  aRuntime,
  aSession,
  done,
  lastEvent,
  outcome,
  type TestRuntime,
} from '../testing.ts';
import {
  intermediateCertificate,
  rootCertificate,
  writeCertificate,
} from '../testing-attestation/certificate.ts';
import { forgeAndroid, forgeNone } from '../testing-attestation/formats.ts';
import { keys } from '../testing-attestation/keys.ts';
import { forgeTpm, type TpmOptions, tpmIdentity } from '../testing-attestation/tpm.ts';
import { addAnchor, anchorsInForce, listAnchors, previewAnchor, removeAnchor } from './anchor.ts';
import { builtInAnchors, MICROSOFT_TPM_ROOT_FINGERPRINT } from './built-in.ts';
import { rejudge } from './rejudge.ts';

const pemOf = (der: Uint8Array) => new X509Certificate(Buffer.from(der)).toString();
const fingerprintOf = (der: Uint8Array) => new X509Certificate(Buffer.from(der)).fingerprint256;

async function pin(runtime: Runtime, certificate: Uint8Array = rootCertificate(), format = 'tpm' as const) {
  const input = { format, pem: pemOf(certificate), fingerprint: fingerprintOf(certificate) };
  return await addAnchor(runtime, null, input);
}

/** Registers a passkey with a forged statement, by the whole ceremony. */
async function register(
  runtime: TestRuntime,
  options: TpmOptions = {},
  forge: (options: TpmOptions) => ReturnType<typeof forgeTpm> = forgeTpm,
) {
  const person = await aPerson(runtime, `p${Buffer.from(runtime.random.bytes(6)).toString('hex')}`);
  const caller = await aSession(runtime, person, 'passkey', aBrowser(runtime));
  const { challenge } = done(
    await beginRegistration(runtime, caller, { purpose: 'passkey', attestation: 'direct' }),
  );
  const response = forge({ challenge, credentialId: runtime.random.bytes(32), ...options });
  const result = await finishRegistration(runtime, caller, { response });
  const [key] = await listCredentials(runtime, person.id);
  return { result, key, person };
}

describe('the anchor that ships', () => {
  test("is Microsoft's root, by its published fingerprint, and signs itself", () => {
    const [anchor] = builtInAnchors;
    const certificate = new X509Certificate(Buffer.from(anchor?.certificate ?? []));
    expect(certificate.fingerprint256).toBe(MICROSOFT_TPM_ROOT_FINGERPRINT);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.validTo).toContain('2039');
    expect(anchor?.format).toBe('tpm');
  });

  test('is listed first and cannot be added a second time', async () => {
    const runtime = await aRuntime();
    const [first] = await listAnchors(runtime);
    expect(first).toMatchObject({ id: null, format: 'tpm' });
    expect(first?.certificate.fingerprint).toBe(MICROSOFT_TPM_ROOT_FINGERPRINT);
    const shipped = builtInAnchors[0]?.certificate ?? new Uint8Array();
    expect(outcome(await pin(runtime, shipped))).toBe('already_exists');
  });
});

describe('an administrator pins an anchor', () => {
  test('it is shown before, counts from then on, and is taken away again; each is logged', async () => {
    const runtime = await aRuntime();
    const certificate = rootCertificate();
    const preview = done(previewAnchor(pemOf(certificate)));
    expect(preview).toMatchObject({
      fingerprint: fingerprintOf(certificate),
      authority: true,
      key: 'RSA 2048',
    });
    const { id } = done(await pin(runtime, certificate));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'attestation_anchor_added',
      detail: { format: 'tpm', fingerprint: fingerprintOf(certificate) },
    });
    expect(await anchorsInForce(runtime.db)).toHaveLength(2);
    done(await removeAnchor(runtime, null, { id }));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'attestation_anchor_removed',
      detail: { fingerprint: fingerprintOf(certificate) },
    });
    expect(await anchorsInForce(runtime.db)).toHaveLength(1);
    expect(outcome(await removeAnchor(runtime, null, { id }))).toBe('not_found');
  });

  test('once for each format', async () => {
    const runtime = await aRuntime();
    done(await pin(runtime));
    expect(outcome(await pin(runtime))).toBe('already_exists');
  });

  test('another certificate than the one that was shown is refused', async () => {
    const runtime = await aRuntime();
    const shown = fingerprintOf(rootCertificate());
    const input = { format: 'tpm', pem: pemOf(intermediateCertificate()), fingerprint: shown } as const;
    expect(outcome(await addAnchor(runtime, null, input))).toBe('certificate_unreadable');
    expect(await anchorsInForce(runtime.db)).toHaveLength(1);
  });

  test('what is no authority, no certificate, or several is refused', async () => {
    const runtime = await aRuntime();
    const leaf = writeCertificate({
      subject: [['2.5.4.3', 'A leaf']],
      issuer: [['2.5.4.3', 'A leaf']],
      publicKey: keys.stranger().publicKey,
      signer: keys.stranger().privateKey,
      extensions: [],
    });
    expect(outcome(await pin(runtime, leaf))).toBe('anchor_unsuitable');
    const two = pemOf(rootCertificate()) + pemOf(intermediateCertificate());
    for (const pem of ['', 'hello', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', two])
      expect(outcome(previewAnchor(pem)), pem.slice(0, 30)).toBe('certificate_unreadable');
  });
});

describe('a registration keeps its verdict', () => {
  test('a key of a TPM under a pinned anchor is stored as such, with its maker', async () => {
    const runtime = await aRuntime();
    done(await pin(runtime));
    const { result, key } = await register(runtime);
    done(result);
    expect(key).toMatchObject({ protection: 'tpm', manufacturer: 'Nuvoton' });
    const event = await lastEvent(runtime);
    expect(event.detail).toMatchObject({ protection: 'tpm_hardware', failed: '' });
  });

  test('the same statement without the anchor registers as not verified, and says why', async () => {
    const runtime = await aRuntime();
    const { result, key } = await register(runtime);
    done(result);
    expect(key).toMatchObject({ protection: 'unverified', manufacturer: null });
    expect((await lastEvent(runtime)).detail).toMatchObject({
      protection: 'unverified',
      failed: 'trust_anchor',
    });
  });

  test.each<[string, TpmOptions]>([
    ['an explicit scheme', { scheme: '0018000b' }],
    ['the anchor in the chain', { chain: (chain) => [...chain, rootCertificate()] }],
  ])('what the library cannot read and is legal registers: %s', async (_what, options) => {
    const runtime = await aRuntime();
    done(await pin(runtime));
    const { result, key } = await register(runtime, options);
    done(result);
    expect(key?.protection).toBe('tpm');
  });

  test('that way is open to nothing else: without the anchor, or with anything wrong, it is refused', async () => {
    const runtime = await aRuntime();
    const scheme = '0018000b';
    expect(outcome((await register(runtime, { scheme })).result)).toBe('attestation_unverifiable');
    done(await pin(runtime));
    for (const wrong of [
      { attributes: 0x0004_0070 },
      { signer: keys.stranger().privateKey },
      { identity: tpmIdentity('id:FFFFF1D0') },
      { certInfoTail: Uint8Array.of(0) },
    ]) {
      const { result, key } = await register(runtime, { scheme, ...wrong });
      expect(outcome(result)).toBe('attestation_unverifiable');
      expect(key).toBeUndefined();
    }
  });

  test('a statement that is not signed by its key is refused', async () => {
    const runtime = await aRuntime();
    const { result, key } = await register(runtime, { signer: keys.stranger().privateKey });
    expect(outcome(result)).toBe('attestation_unverifiable');
    expect(key).toBeUndefined();
  });

  test('the library never sees formats for which it would download what a certificate names', async () => {
    const runtime = await aRuntime();
    const { result, key } = await register(runtime, {}, forgeAndroid);
    done(result);
    expect(key).toMatchObject({ protection: 'unverified' });
    const broken = await register(runtime, {}, (options) =>
      forgeAndroid({ ...options, description: { allApplications: true } }),
    );
    expect(outcome(broken.result)).toBe('attestation_unverifiable');
    const unknown = await register(runtime, {}, (options) =>
      forgeNone({ ...options, format: 'android-safetynet' }),
    );
    expect(outcome(unknown.result)).toBe('attestation_unverifiable');
  });
});

describe('stored statements are judged again', () => {
  test('under new anchors: what changed is told, kept and logged, and a second run changes nothing', async () => {
    const runtime = await aRuntime();
    const { key } = await register(runtime);
    const other = await register(runtime, {}, forgeNone);
    expect(await rejudge(runtime, null)).toMatchObject({ judged: 0 });
    runtime.pass(1000);
    expect(await rejudge(runtime, null)).toEqual({ judged: 2, changed: [] });
    const { id } = done(await pin(runtime));
    runtime.pass(1000);
    const changed = await rejudge(runtime, null);
    expect(changed).toEqual({
      judged: 2,
      changed: [{ id: key?.id, before: 'unverified', after: 'tpm_hardware', failed: [] }],
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'attestation_rejudged',
      credentialId: key?.id,
      detail: { before: 'unverified', after: 'tpm_hardware' },
    });
    expect(other.key?.protection).toBe('unverified');
    done(await removeAnchor(runtime, null, { id }));
    runtime.pass(1000);
    const again = await rejudge(runtime, null);
    expect(again.changed).toMatchObject([
      { before: 'tpm_hardware', after: 'unverified', failed: ['trust_anchor'] },
    ]);
  });

  test('by the time when they were made: a certificate that expired since still vouches', async () => {
    const runtime = await aRuntime();
    done(await pin(runtime));
    await register(runtime, { aik: { notAfter: new Date('2027-01-01T00:00:00Z') } });
    runtime.pass(400 * 24 * 3600 * 1000);
    expect(await rejudge(runtime, null)).toEqual({ judged: 1, changed: [] });
  });

  test('from where an earlier run ended', async () => {
    const runtime = await aRuntime();
    await register(runtime);
    runtime.pass(1000);
    const since = runtime.clock.now();
    runtime.pass(1000);
    await rejudge(runtime, null);
    runtime.pass(1000);
    await register(runtime);
    expect((await rejudge(runtime, null, { since })).judged).toBe(0);
    runtime.pass(1000);
    expect((await rejudge(runtime, null)).judged).toBe(2);
  });

  test('revoked keys are left as they were', async () => {
    const runtime = await aRuntime();
    await register(runtime);
    await runtime.db.credential.updateMany({ data: { revokedAt: runtime.clock.now() } });
    runtime.pass(1000);
    expect((await rejudge(runtime, null)).judged).toBe(0);
  });
});
