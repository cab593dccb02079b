import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { attestationInspection, attestationInspectionRequest } from '#domain/attestation/inspection';
import { aBrowser, aPerson, aRuntime, aSession, done, outcome } from '../testing.ts';
import { CHALLENGE } from '../testing-attestation/ceremony.ts';
import { rootCertificate } from '../testing-attestation/certificate.ts';
import { forgeNone } from '../testing-attestation/formats.ts';
import { forgeTpm } from '../testing-attestation/tpm.ts';
import { inspectAttestation, inspectForCaller } from './inspect.ts';

const ROOT_PEM = new X509Certificate(rootCertificate()).toString();

describe('the inspector', () => {
  test('says what a statement proves, in the form that its schema promises', async () => {
    const runtime = await aRuntime();
    const request = attestationInspectionRequest.parse({
      response: forgeTpm(),
      expectedChallenge: CHALLENGE,
      expectedOrigin: 'http://localhost:3000',
      expectedRpId: 'localhost',
      anchors: [ROOT_PEM],
    });
    const answer = done(await inspectAttestation(runtime, request));
    expect(attestationInspection.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      accepted: true,
      class: 'tpm_hardware',
      format: 'tpm',
      aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96',
      manufacturer: 'Nuvoton',
      credential: {
        alg: -7,
        flags: { up: true, uv: true, be: false, bs: false, at: true, ed: false },
        signCount: 0,
      },
    });
    expect(answer.trustPath.map(({ anchor, authority }) => [anchor, authority])).toEqual([
      [false, false],
      [false, true],
      [true, true],
    ]);
    expect(answer.checks.filter(({ outcome: each }) => each === 'not_checked')).toEqual([]);
  });

  test('checks nothing that it was not told to expect, and says so', async () => {
    const runtime = await aRuntime();
    const { checks, accepted } = done(
      await inspectAttestation(
        runtime,
        attestationInspectionRequest.parse({ response: forgeTpm(), anchors: [ROOT_PEM] }),
      ),
    );
    expect(checks.filter(({ outcome: each }) => each === 'not_checked').map(({ id }) => id)).toEqual([
      'challenge',
      'origin',
      'rp_id',
    ]);
    expect(accepted).toBe(true);
  });

  test('trusts the given anchors for that answer and no others, and without any those that are pinned', async () => {
    const runtime = await aRuntime();
    const ask = async (anchors?: string[]) =>
      done(
        await inspectAttestation(
          runtime,
          attestationInspectionRequest.parse({ response: forgeTpm(), anchors }),
        ),
      );
    expect(await ask([ROOT_PEM])).toMatchObject({ accepted: true, class: 'tpm_hardware' });
    expect(await ask([])).toMatchObject({ accepted: true, class: 'unverified' });
    expect(await ask()).toMatchObject({ accepted: false, class: 'unverified' });
  });

  test('judges certificates at the time that is asked about', async () => {
    const runtime = await aRuntime();
    const response = forgeTpm({ aik: { notAfter: new Date('2021-01-01T00:00:00Z') } });
    const ask = async (at?: string) =>
      done(
        await inspectAttestation(
          runtime,
          attestationInspectionRequest.parse({ response, anchors: [ROOT_PEM], at }),
        ),
      );
    expect((await ask()).class).toBe('unverified');
    expect((await ask('2020-06-01T00:00:00Z')).class).toBe('tpm_hardware');
  });

  test('stores nothing and fetches nothing', async () => {
    const runtime = await aRuntime();
    const fetched = vi.spyOn(globalThis, 'fetch');
    await inspectAttestation(runtime, attestationInspectionRequest.parse({ response: forgeTpm() }));
    expect(
      runtime.statements.filter((statement) => !/^(SELECT|BEGIN|COMMIT|PRAGMA)/i.test(statement)),
    ).toEqual([]);
    expect(fetched).not.toHaveBeenCalled();
  });

  test.each([
    ['client_data', { clientDataJSON: 'e30' }],
    ['attestation_object', { attestationObject: 'AAAA' }],
    ['attestation_object', { attestationObject: '' }],
  ])('garbage gives a problem that names the part: %s', async (part, change) => {
    const runtime = await aRuntime();
    const whole = forgeNone();
    const response = { ...whole, response: { ...whole.response, ...change } };
    const result = await inspectAttestation(runtime, attestationInspectionRequest.parse({ response }));
    expect(result).toMatchObject({
      problem: { code: 'attestation_unreadable', status: 422, facts: { part } },
    });
  });

  test('an anchor that is no certificate gives a problem', async () => {
    const runtime = await aRuntime();
    for (const anchor of ['', 'hello', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) {
      const request = attestationInspectionRequest.parse({ response: forgeNone(), anchors: [anchor] });
      expect(outcome(await inspectAttestation(runtime, request))).toBe('certificate_unreadable');
    }
  });

  test('no response crashes it', async () => {
    const runtime = await aRuntime();
    const whole = forgeTpm();
    const base64url = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'));
    await fc.assert(
      fc.asyncProperty(base64url, base64url, async (attestationObject, clientDataJSON) => {
        const response = { ...whole, response: { ...whole.response, attestationObject, clientDataJSON } };
        const result = await inspectAttestation(runtime, attestationInspectionRequest.parse({ response }));
        expect(outcome(result)).toBe('attestation_unreadable');
      }),
      { numRuns: 50 },
    );
  });

  test('is open to administrators, and to everybody only while the demo tenant is on', async () => {
    const runtime = await aRuntime();
    const request = attestationInspectionRequest.parse({ response: forgeNone() });
    const nobody = aBrowser(runtime);
    const member = await aSession(runtime, await aPerson(runtime), 'passkey');
    const reader = await aSession(runtime, await aPerson(runtime, 'ada', ['global_reader']), 'passkey');
    expect(outcome(await inspectForCaller(runtime, nobody, request))).toBe('sign_in_required');
    expect(outcome(await inspectForCaller(runtime, member, request))).toBe('not_found');
    expect(outcome(await inspectForCaller(runtime, reader, request))).toBe('ok');
    expect(outcome(await inspectForCaller({ ...runtime, demo: true }, nobody, request))).toBe('ok');
  });
});
