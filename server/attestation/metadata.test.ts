import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { DAY_MS, MINUTE_MS } from '#domain/time';
import { listCompromised, listCredentials } from '../credential.ts';
import { listEvents } from '../event.ts';
import { setPolicy } from '../policy-setting.ts';
import { beginRegistration, finishRegistration } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import {
  aBrowser,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  breakEvents,
  done,
  lastEvent,
  outcome,
  START,
  setKeyRules,
  type TestRuntime,
} from '../testing.ts';
import { HELLO_TPM } from '../testing-attestation/ceremony.ts';
import { rootCertificate, writeCertificate } from '../testing-attestation/certificate.ts';
import {
  type CertifiedOptions,
  forgePacked,
  forgeU2f,
  PACKED_AAGUID,
} from '../testing-attestation/formats.ts';
import { keys } from '../testing-attestation/keys.ts';
import { forgeTpm } from '../testing-attestation/tpm.ts';
import {
  anEntry,
  aPayload,
  aWebServer,
  LOOPBACK,
  metadataAuthority,
  type SignOptions,
} from '../testing-metadata.ts';
import { inspectCredential } from './inspect.ts';
import { forgetMetadata, loadMetadata, namesOfModels, readMetadata, refreshMetadata } from './metadata.ts';
import { METADATA_HOST, readBlob, shippedMetadataAnchors } from './metadata-blob.ts';
import { settleStanding } from './standing.ts';

const authority = metadataAuthority();
const ROOT64 = rootCertificate().toString('base64');
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function pinned(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  done(await authority.pin(runtime));
  return runtime;
}

/** What is known is shown here; what the rules make of it is theirs to show. */
async function withoutRules(): Promise<TestRuntime> {
  const runtime = await pinned();
  done(await setKeyRules(runtime, { passkey: { mode: 'off' } }));
  return runtime;
}

const load = (runtime: Runtime, payload: unknown, options?: SignOptions) =>
  loadMetadata(runtime, null, { blob: authority.sign(payload, options) });

async function register(
  runtime: TestRuntime,
  forge: (options: CertifiedOptions) => ReturnType<typeof forgePacked> = forgePacked,
) {
  const person = await aPerson(runtime, `p${Buffer.from(runtime.random.bytes(6)).toString('hex')}`);
  const caller = await aSession(runtime, person, 'passkey', aBrowser(runtime));
  const { challenge } = done(
    await beginRegistration(runtime, caller, { purpose: 'passkey', attestation: 'direct' }),
  );
  const response = forge({ challenge, credentialId: runtime.random.bytes(32), flags: 0x45 });
  done(await finishRegistration(runtime, caller, { response }));
  const [key] = await listCredentials(runtime, person.id);
  if (key === undefined) throw new Error('there is no key');
  return { key, person };
}

async function check(
  runtime: TestRuntime,
  id: string,
  name: 'metadata_status' | 'trust_anchor' = 'metadata_status',
) {
  const { inspection } = done(await inspectCredential(runtime, id));
  const found = inspection.checks.find((each) => each.id === name);
  return { class: inspection.class, outcome: found?.outcome, detail: found?.detail ?? '' };
}

describe('a BLOB is believed only as a whole', () => {
  const bad: [string, string, () => string][] = [
    ['text', 'not_a_blob', () => 'hello'],
    [
      'no algorithm',
      'algorithm',
      () => {
        const [, payload] = authority.sign(aPayload()).split('.');
        const [header] = authority.sign(aPayload(), { header: { alg: 'none' } }).split('.');
        return `${header}.${payload}.`;
      },
    ],
    [
      'HS256 by the public key as a secret',
      'algorithm',
      () => {
        const [header, payload] = authority.sign(aPayload(), { header: { alg: 'HS256' } }).split('.');
        const secret = keys.akEc().publicKey.export({ format: 'pem', type: 'spki' });
        const mac = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
        return `${header}.${payload}.${mac}`;
      },
    ],
    [
      'a changed payload',
      'signature',
      () => {
        const [header, , signature] = authority.sign(aPayload()).split('.');
        const payload = Buffer.from(JSON.stringify(aPayload({ no: 999 }))).toString('base64url');
        return `${header}.${payload}.${signature}`;
      },
    ],
    ['a part of it', 'signature', () => authority.sign(aPayload()).slice(0, -8)],
    [
      'another key than the certificate has',
      'signature',
      () => {
        const signed = authority.sign(aPayload(), { leaf: { publicKey: keys.other().publicKey } });
        return signed;
      },
    ],
    ['no certificates', 'no_certificates', () => authority.sign(aPayload(), { header: { x5c: undefined } })],
    [
      'a key in its header instead',
      'no_certificates',
      () =>
        authority.sign(aPayload(), {
          header: { x5c: undefined, jwk: keys.akEc().publicKey.export({ format: 'jwk' }) },
        }),
    ],
    [
      'an expired certificate',
      'untrusted',
      () => authority.sign(aPayload(), { leaf: { notAfter: new Date('2026-03-01T00:00:00Z') } }),
    ],
    [
      'a certificate that is not valid yet',
      'untrusted',
      () => authority.sign(aPayload(), { leaf: { notBefore: new Date('2026-04-01T00:00:00Z') } }),
    ],
    [
      'a certificate of somebody else',
      'untrusted',
      () => authority.sign(aPayload(), { leaf: { signer: keys.stranger().privateKey } }),
    ],
    [
      'a root of its own',
      'untrusted',
      () =>
        authority.sign(aPayload(), {
          leaf: { issuer: [['2.5.4.3', 'Own']], signer: keys.stranger().privateKey },
          chain: ([leaf]) => [
            leaf as Uint8Array,
            rootCertificate({
              subject: [['2.5.4.3', 'Own']],
              issuer: [['2.5.4.3', 'Own']],
              publicKey: keys.stranger().publicKey,
              signer: keys.stranger().privateKey,
            }),
          ],
        }),
    ],
    ['content without a number', 'content', () => authority.sign(aPayload({ no: undefined }))],
    [
      'a garbage entry',
      'content',
      () => authority.sign(aPayload({ entries: [anEntry(PACKED_AAGUID), { aaguid: 7 }] })),
    ],
    [
      'an entry without reports',
      'content',
      () => authority.sign(aPayload({ entries: [{ aaguid: PACKED_AAGUID }] })),
    ],
    ['content that is no JSON object', 'content', () => authority.sign('hello')],
  ];

  test.each(bad)('%s is refused as %s, and the old one stays', async (_what, cause, forge) => {
    const runtime = await pinned();
    done(await load(runtime, aPayload({ no: 3, entries: [anEntry(PACKED_AAGUID)] })));
    const result = await loadMetadata(runtime, null, { blob: forge() });
    expect(outcome(result)).toBe('metadata_refused');
    expect(await lastEvent(runtime)).toMatchObject({ code: 'metadata_refused', detail: { cause } });
    const after = await readMetadata(runtime);
    expect(after).toMatchObject({ number: 3, models: 1 });
    expect(after?.failure).toBeTruthy();
  });

  test('without a pinned authority only the FIDO Alliance may sign', async () => {
    const runtime = await aRuntime();
    expect(outcome(await load(runtime, aPayload()))).toBe('metadata_refused');
    expect(await readMetadata(runtime)).toMatchObject({ number: null });
  });

  test("the root that ships is GlobalSign's R3; another web site under it is nobody", async () => {
    const [anchor] = shippedMetadataAnchors();
    expect(anchor).toMatchObject({ name: 'GlobalSign Root CA - R3', builtIn: true });
    const shipped = { format: 'metadata', name: 'Shipped', certificate: authority.root, builtIn: true };
    const named = (name: string) => authority.sign(aPayload(), { leaf: { subject: [['2.5.4.3', name]] } });
    expect(await readBlob(named('mds.example'), [shipped], START)).toMatchObject({ fault: 'wrong_name' });
    expect(await readBlob(named(METADATA_HOST), [shipped], START)).toMatchObject({ content: { number: 7 } });
  });

  test('unknown members and statuses, and icons of other kinds, do no harm', async () => {
    const runtime = await pinned();
    const entry = {
      ...anEntry(PACKED_AAGUID, [{ status: 'SOMETHING_NEW', more: 1 }], {
        icon: 'data:text/html;base64,PHNjcmlwdD4=',
      }),
      tomorrow: true,
    };
    done(
      await load(runtime, aPayload({ entries: [entry, { aaid: '1234#5678', statusReports: [] }], more: {} })),
    );
    expect([...(await namesOfModels(runtime, [PACKED_AAGUID]))]).toEqual([
      [PACKED_AAGUID, { name: 'Forged Key 5', icon: null }],
    ]);
  });
});

describe('a BLOB replaces the one before', () => {
  test('whole, with a line of the log', async () => {
    const runtime = await pinned();
    const entries = Array.from({ length: 250 }, (_, at) =>
      anEntry(`00000000-0000-4000-8000-${String(at).padStart(12, '0')}`),
    );
    done(await load(runtime, aPayload({ no: 1, entries })));
    done(await load(runtime, aPayload({ no: 2, entries: [anEntry(PACKED_AAGUID)] })));
    expect(await readMetadata(runtime)).toMatchObject({
      number: 2,
      models: 1,
      failure: null,
      source: 'file',
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'metadata_loaded',
      detail: { number: 2, entries: 1 },
    });
  });

  test('only by a higher number, unless it was forgotten first', async () => {
    const runtime = await pinned();
    done(await load(runtime, aPayload({ no: 9, entries: [anEntry(PACKED_AAGUID)] })));
    for (const no of [8, 9]) {
      const result = await load(runtime, aPayload({ no, entries: [] }));
      expect(outcome(result)).toBe('metadata_not_newer');
    }
    expect(await readMetadata(runtime)).toMatchObject({ number: 9, models: 1 });
    done(await forgetMetadata(runtime, null));
    done(await load(runtime, aPayload({ no: 8 })));
    expect(outcome(await forgetMetadata(await aRuntime(), null))).toBe('not_found');
  });

  test('cut off in between, the old one is whole', async () => {
    const runtime = await pinned();
    done(await load(runtime, aPayload({ no: 1, entries: [anEntry(PACKED_AAGUID)] })));
    const mend = await breakEvents(runtime);
    await expect(load(runtime, aPayload({ no: 2, entries: [] }))).rejects.toThrow();
    await mend();
    expect(await readMetadata(runtime)).toMatchObject({ number: 1, models: 1 });
  });

  test('of two at once one number is in force, with its own entries', async () => {
    const runtime = await pinned();
    const results = await Promise.all([
      load(runtime, aPayload({ no: 4, entries: [anEntry(PACKED_AAGUID)] })),
      load(runtime, aPayload({ no: 5, entries: [anEntry(PACKED_AAGUID), anEntry(HELLO_TPM)] })),
    ]);
    expect(results.some(({ ok }) => ok)).toBe(true);
    expect(await readMetadata(runtime)).toMatchObject({ number: 5, models: 2 });
  });
});

describe('a BLOB is fetched', () => {
  async function served(answer: Parameters<typeof aWebServer>[0]) {
    const server = await aWebServer(answer);
    closing.push(server.close);
    return server.address;
  }

  test('from an address, and said where it came from', async () => {
    const runtime = await pinned();
    const address = await served((_, response) => response.end(authority.sign(aPayload())));
    done(await loadMetadata(runtime, null, { address }, { reach: LOOPBACK }));
    expect(await readMetadata(runtime)).toMatchObject({ number: 7, source: address });
  });

  test.each([
    [
      'a redirect',
      (_: unknown, r: import('node:http').ServerResponse) =>
        r.writeHead(302, { location: 'https://example.com/' }).end(),
    ],
    ['a failure', (_: unknown, r: import('node:http').ServerResponse) => r.writeHead(500).end()],
    [
      'too much',
      (_: unknown, r: import('node:http').ServerResponse) => {
        const piece = Buffer.alloc(1024 * 1024, 'a');
        const more = () => {
          while (r.write(piece));
          r.once('drain', more);
        };
        more();
      },
    ],
    ['nothing, for too long', (_: unknown, r: import('node:http').ServerResponse) => r.write('ey')],
    [
      'an answer that is cut off',
      (_: unknown, r: import('node:http').ServerResponse) => {
        r.writeHead(200, { 'content-length': '1000' });
        r.write('ey', () => r.destroy());
      },
    ],
  ] as const)('%s is no BLOB', async (_what, answer) => {
    const runtime = await pinned();
    const address = await served(answer);
    const result = await loadMetadata(runtime, null, { address }, { reach: LOOPBACK, timeoutMs: 1500 });
    expect(outcome(result)).toBe('metadata_unreachable');
    expect(await readMetadata(runtime)).toMatchObject({ number: null });
  });

  test.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://localhost/',
    'https://169.254.169.254/latest',
    'http://example.com/',
    'file:///etc/passwd',
    'https://user:password@example.com/',
    'no address',
  ])('nobody is led to %s', async (address) => {
    const runtime = await pinned();
    expect(outcome(await loadMetadata(runtime, null, { address }))).toBe('metadata_unreachable');
    const { detail } = await lastEvent(runtime);
    expect(detail.why).toMatch(/not on the internet|^The address is none of https/);
  });

  test('once a day where policy says so, and the same number is no failure', async () => {
    const runtime = await pinned();
    let asked = 0;
    const address = await served((_, response) => {
      asked += 1;
      response.end(authority.sign(aPayload()));
    });
    done(await loadMetadata(runtime, null, { address }, { reach: LOOPBACK }));
    runtime.pass(2 * DAY_MS);
    await refreshMetadata(runtime, { reach: LOOPBACK });
    expect(asked).toBe(1);
    done(await setPolicy(runtime, null, { name: 'AttestationMetadata.state', value: 'true' }));
    await Promise.all([1, 2].map(() => refreshMetadata(runtime, { reach: LOOPBACK })));
    await refreshMetadata(runtime, { reach: LOOPBACK });
    expect(asked).toBe(2);
    expect(await readMetadata(runtime)).toMatchObject({ failure: null, checkedAt: runtime.clock.now() });
  });
});

describe('what metadata says of a key', () => {
  const revoked = (more: object = {}) => [
    { status: 'FIDO_CERTIFIED_L1', effectiveDate: '2024-01-01' },
    { status: 'REVOKED', effectiveDate: '2026-02-01', ...more },
    { status: 'UPDATE_AVAILABLE', effectiveDate: '2026-02-20' },
  ];

  test('nothing, without any: the check is not made, and takes nothing away', async () => {
    const runtime = await pinned();
    const { key } = await register(runtime);
    expect(await check(runtime, key.id)).toMatchObject({
      outcome: 'not_checked',
      detail: 'No metadata is loaded',
    });
    expect(key.compromised).toBeNull();
  });

  test('a revoked model: its keys are marked with the load, their people told, and cleared when it is forgotten', async () => {
    const runtime = await pinned();
    await aTenant(runtime);
    const { key, person } = await register(runtime);
    done(await load(runtime, aPayload({ entries: [anEntry(PACKED_AAGUID, revoked())] })));
    runtime.pass(2 * MINUTE_MS);
    expect(await settleStanding(runtime)).toBe(1);
    expect(await settleStanding(runtime)).toBe(0);
    expect(await listCompromised(runtime, 10)).toMatchObject([
      { id: key.id, compromised: 'metadata_revoked' },
    ]);
    expect(await check(runtime, key.id)).toMatchObject({ outcome: 'failed', class: 'unverified' });
    const events = await listEvents(runtime, { userId: person.id }, 100);
    expect(events.filter(({ code }) => code === 'authenticator_compromised')).toHaveLength(1);
    const notices = await runtime.db.notice.findMany({ where: { userId: person.id } });
    expect(notices.map(({ code }) => code)).toContain('authenticator_compromised');
    done(await forgetMetadata(runtime, null));
    await settleStanding(runtime);
    expect(await listCompromised(runtime, 10)).toEqual([]);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'authenticator_cleared' });
  });

  test('a key of a revoked model is known as one from its registration on', async () => {
    const runtime = await withoutRules();
    done(await load(runtime, aPayload({ entries: [anEntry(PACKED_AAGUID, revoked())] })));
    const { key } = await register(runtime);
    expect(key.compromised).toBe('metadata_revoked');
    expect(await lastEvent(runtime)).toMatchObject({ code: 'authenticator_compromised' });
  });

  test('a key that is being written while the metadata is loaded and judged by is known with the next run', async () => {
    const runtime = await pinned();
    const { relyingParty } = runtime;
    const slow: typeof relyingParty.verifyRegistration = async (...given) => {
      const verified = await relyingParty.verifyRegistration(...given);
      done(await load(runtime, aPayload({ entries: [anEntry(PACKED_AAGUID, revoked())] })));
      await settleStanding(runtime);
      return verified;
    };
    const { key } = await register({
      ...runtime,
      relyingParty: { ...relyingParty, verifyRegistration: slow },
    });
    expect(key.compromised).toBeNull();
    runtime.pass(2 * MINUTE_MS);
    expect(await settleStanding(runtime)).toBe(1);
    expect(await listCompromised(runtime, 10)).toMatchObject([
      { id: key.id, compromised: 'metadata_revoked' },
    ]);
    expect(await settleStanding(runtime)).toBe(0);
  });

  test('a report with a later date counts from its day on', async () => {
    const runtime = await pinned();
    const { key } = await register(runtime);
    const reports = [{ status: 'USER_VERIFICATION_BYPASS', effectiveDate: '2026-03-05' }];
    done(await load(runtime, aPayload({ entries: [anEntry(PACKED_AAGUID, reports)] })));
    await settleStanding(runtime);
    expect(await listCompromised(runtime, 10)).toEqual([]);
    runtime.pass(3 * DAY_MS);
    await settleStanding(runtime);
    expect(await listCompromised(runtime, 10)).toMatchObject([
      { id: key.id, compromised: 'user_verification_bypassed' },
    ]);
  });

  test('a report on one attestation certificate concerns its keys and no others', async () => {
    const runtime = await pinned();
    const other = writeCertificate({
      subject: [['2.5.4.3', 'Another batch']],
      issuer: [['2.5.4.3', 'Another batch']],
      publicKey: keys.other().publicKey,
      signer: keys.root().privateKey,
      extensions: [],
    });
    const leaf = (await import('#domain/attestation/statement')).readRegistration;
    const { key } = await register(runtime);
    const stored = await runtime.db.credential.findUniqueOrThrow({ where: { id: key.id } });
    const read = leaf(stored.attestationObject, stored.clientDataJson);
    const x5c =
      'statement' in read && read.statement !== null && 'x5c' in read.statement ? read.statement.x5c : null;
    const report = (certificate: Uint8Array) => [
      { status: 'ATTESTATION_KEY_COMPROMISE', certificate: Buffer.from(certificate).toString('base64') },
    ];
    done(await load(runtime, aPayload({ no: 1, entries: [anEntry(PACKED_AAGUID, report(other))] })));
    await settleStanding(runtime);
    expect(await listCompromised(runtime, 10)).toEqual([]);
    done(
      await load(
        runtime,
        aPayload({ no: 2, entries: [anEntry(PACKED_AAGUID, report(x5c?.[0] as Uint8Array))] }),
      ),
    );
    await settleStanding(runtime);
    expect(await listCompromised(runtime, 10)).toMatchObject([
      { compromised: 'attestation_key_compromised' },
    ]);
  });

  test('a U2F key is found by the key identifier of its certificate', async () => {
    const runtime = await withoutRules();
    const { createHash } = await import('node:crypto');
    const spki = keys.akEc().publicKey.export({ format: 'der', type: 'spki' });
    const identifier = createHash('sha1').update(spki.subarray(-65)).digest('hex');
    const entry = {
      attestationCertificateKeyIdentifiers: [identifier],
      metadataStatement: { description: 'Old key' },
      statusReports: [{ status: 'REVOKED' }],
    };
    done(await load(runtime, aPayload({ entries: [entry] })));
    const { key } = await register(runtime, (options) => forgeU2f({ ...options, flags: 0x45 }));
    expect(await check(runtime, key.id)).toMatchObject({ outcome: 'failed' });
    expect((await check(runtime, key.id)).detail).toContain('Old key: REVOKED');
  });
});

describe('the roots of a metadata statement', () => {
  const rooted = { attestationRootCertificates: [ROOT64] };

  test('prove keys of that one model, as what it says that it is', async () => {
    const runtime = await pinned();
    const { key } = await register(runtime);
    const { key: stranger } = await register(runtime, (options) =>
      forgePacked({ ...options, aaguid: '11111111-1111-4111-8111-111111111111' }),
    );
    expect(key.protection).toBe('unverified');
    done(await load(runtime, aPayload({ no: 1, entries: [anEntry(PACKED_AAGUID, [], rooted)] })));
    expect(await check(runtime, key.id, 'trust_anchor')).toMatchObject({
      class: 'other_hardware',
      detail: 'Forged Key 5 (metadata)',
    });
    expect(await check(runtime, stranger.id, 'trust_anchor')).toMatchObject({
      class: 'unverified',
      outcome: 'not_checked',
    });
    const software = anEntry(PACKED_AAGUID, [], { ...rooted, keyProtection: ['software'] });
    done(await load(runtime, aPayload({ no: 2, entries: [software] })));
    expect((await check(runtime, key.id, 'trust_anchor')).class).toBe('software');
    const silent = anEntry(PACKED_AAGUID, [], { ...rooted, keyProtection: [] });
    done(await load(runtime, aPayload({ no: 3, entries: [silent] })));
    expect((await check(runtime, key.id, 'trust_anchor')).class).toBe('unverified');
  });

  test('never count for Windows Hello, and never for a TPM: its status does', async () => {
    const runtime = await withoutRules();
    const entries = [anEntry(HELLO_TPM, [{ status: 'REVOKED' }], rooted)];
    done(await load(runtime, aPayload({ entries })));
    const { key } = await register(runtime, (options) => forgeTpm(options as object));
    expect(await check(runtime, key.id, 'trust_anchor')).toMatchObject({
      outcome: 'failed',
      class: 'unverified',
    });
    expect(key.compromised).toBe('metadata_revoked');
  });
});
