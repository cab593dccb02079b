import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { der, TAG } from '#domain/der';
import { DAY_MS, HOUR_MS } from '#domain/time';
import { listCompromised, listCredentials } from '../credential.ts';
import { listEvents } from '../event.ts';
import { setPolicy } from '../policy-setting.ts';
import { beginRegistration, finishRegistration } from '../registration.ts';
import {
  aBrowser,
  aPerson,
  aRuntime,
  aSession,
  done,
  START,
  setKeyRules,
  type TestRuntime,
} from '../testing.ts';
import { extension, intermediateCertificate, rootCertificate } from '../testing-attestation/certificate.ts';
import { keys } from '../testing-attestation/keys.ts';
import { forgeTpm, type TpmOptions } from '../testing-attestation/tpm.ts';
import { aWebServer, type ListOptions, LOOPBACK, listAt, writeList } from '../testing-metadata.ts';
import { addAnchor } from './anchor.ts';
import { inspectCredential } from './inspect.ts';
import { FETCHED_AT_ONCE, LISTS_MAX, listRevocationLists } from './revocation.ts';
import { ENTRIES_MAX, readRevocationList } from './revocation-list.ts';
import { settleStanding } from './standing.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Both may sign lists. */
const SIGNS_LISTS = '0000011';
const root = rootCertificate({
  extensions: [extension.basicConstraints(true), extension.keyUsage(SIGNS_LISTS)],
});
const authority = (...more: ReturnType<typeof listAt>[]) => ({
  extensions: [extension.basicConstraints(true, 0), extension.keyUsage(SIGNS_LISTS), ...more],
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A key whose intermediate names a list of the root, and whose AIK names one of the intermediate. */
async function aPlace(given: { readonly on?: boolean; readonly pin?: boolean } = {}) {
  const runtime = await aRuntime();
  // What is known is shown here; what the rules make of it is theirs to show.
  done(await setKeyRules(runtime, { passkey: { mode: 'off' } }));
  const answers: Record<string, Answer> = {};
  const asked: string[] = [];
  const server = await aWebServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers[request.url ?? ''];
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  closing.push(server.close);
  if (given.on !== false)
    done(await setPolicy(runtime, null, { name: 'AttestationRevocation.state', value: 'true' }));
  if (given.pin !== false) {
    const { fingerprint256 } = new X509Certificate(root);
    const pem = new X509Certificate(root).toString();
    done(await addAnchor(runtime, null, { format: 'tpm', pem, fingerprint: fingerprint256 }));
  }
  const options: TpmOptions = {
    intermediate: authority(listAt(`${server.address}root.crl`)),
    aikExtensions: { more: [listAt(`${server.address}intermediate.crl`)] },
  };
  const intermediate = intermediateCertificate(options.intermediate);
  const serve = (name: 'root' | 'intermediate', list: Partial<ListOptions>) => {
    const issuer = { root, intermediate }[name];
    const bytes = writeList({ issuer, signer: keys[name](), ...list });
    answers[`/${name}.crl`] = (_, response) => response.end(bytes);
  };
  const settle = (timeoutMs = 10_000) => settleStanding(runtime, { reach: LOOPBACK, timeoutMs });
  return { runtime, answers, asked, serve, settle, options, intermediate, address: server.address };
}

async function register(runtime: TestRuntime, options: TpmOptions) {
  const person = await aPerson(runtime, `p${Buffer.from(runtime.random.bytes(6)).toString('hex')}`);
  const caller = await aSession(runtime, person, 'passkey', aBrowser(runtime));
  const { challenge } = done(
    await beginRegistration(runtime, caller, { purpose: 'passkey', attestation: 'direct' }),
  );
  const response = forgeTpm({ challenge, credentialId: runtime.random.bytes(32), ...options });
  done(await finishRegistration(runtime, caller, { response }));
  const [key] = await listCredentials(runtime, person.id);
  if (key === undefined) throw new Error('there is no key');
  const stored = await runtime.db.credential.findUniqueOrThrow({ where: { id: key.id } });
  return { key, person, stored };
}

async function check(runtime: TestRuntime, id: string) {
  const { inspection } = done(await inspectCredential(runtime, id));
  const found = inspection.checks.find((each) => each.id === 'revocation');
  return { class: inspection.class, outcome: found?.outcome, detail: found?.detail ?? '' };
}

/** The AIK certificate of a registered key. */
async function aikOf(runtime: TestRuntime, id: string): Promise<Uint8Array> {
  const { readRegistration } = await import('#domain/attestation/statement');
  const stored = await runtime.db.credential.findUniqueOrThrow({ where: { id } });
  const read = readRegistration(stored.attestationObject, stored.clientDataJson);
  if (!('statement' in read) || read.statement?.format !== 'tpm') throw new Error('no statement');
  return read.statement.x5c?.[0] as Uint8Array;
}

describe('whether lists are asked for at all', () => {
  test('off: nobody is asked, and nothing is taken away', async () => {
    const { runtime, asked, settle, options } = await aPlace({ on: false });
    const { key } = await register(runtime, options);
    await settle();
    expect(asked).toEqual([]);
    expect(await check(runtime, key.id)).toMatchObject({
      class: 'tpm_hardware',
      outcome: 'not_checked',
      detail: 'Revocation lists are off',
    });
  });

  test('a ceremony asks nobody', async () => {
    const { runtime, asked, options } = await aPlace();
    await register(runtime, options);
    expect(asked).toEqual([]);
    expect(await listRevocationLists(runtime)).toEqual([]);
  });

  test('what a path without an anchor names is never asked for', async () => {
    const { runtime, asked, settle, options } = await aPlace({ pin: false });
    const { key } = await register(runtime, options);
    await settle();
    expect(asked).toEqual([]);
    expect(await listRevocationLists(runtime)).toEqual([]);
    expect(await check(runtime, key.id)).toMatchObject({ outcome: 'not_checked' });
  });

  test('a list inside our own network is never asked for', async () => {
    const { runtime, asked, options, serve } = await aPlace();
    serve('root', {});
    serve('intermediate', {});
    const { key } = await register(runtime, options);
    await settleStanding(runtime);
    expect(asked).toEqual([]);
    expect(await listRevocationLists(runtime)).toMatchObject([
      { failure: 'The address is not on the internet.' },
      { failure: 'The address is not on the internet.' },
    ]);
    expect((await check(runtime, key.id)).outcome).toBe('not_checked');
  });
});

describe('what lists say', () => {
  test('nothing is revoked: the check passes, and each list is asked for once', async () => {
    const { runtime, asked, settle, serve, options } = await aPlace();
    serve('root', {});
    serve('intermediate', {});
    const { key } = await register(runtime, options);
    await settle();
    await settle();
    expect(asked.sort()).toEqual(['/intermediate.crl', '/root.crl']);
    expect(await check(runtime, key.id)).toMatchObject({ class: 'tpm_hardware', outcome: 'passed' });
    expect(await listRevocationLists(runtime)).toMatchObject([{ state: 'current' }, { state: 'current' }]);
  });

  test('a revoked AIK: the key is compromised, until its authority takes it back', async () => {
    const { runtime, settle, serve, options } = await aPlace();
    serve('root', {});
    const { key, person } = await register(runtime, options);
    serve('intermediate', { number: 1, revoked: [{ certificate: await aikOf(runtime, key.id), reason: 6 }] });
    await settle();
    expect(await check(runtime, key.id)).toMatchObject({ class: 'unverified', outcome: 'failed' });
    expect(await listCompromised(runtime, 9)).toMatchObject([
      { id: key.id, compromised: 'attestation_certificate_revoked' },
    ]);
    const events = await listEvents(runtime, { userId: person.id }, 50);
    expect(events.filter(({ code }) => code === 'authenticator_compromised')).toHaveLength(1);
    serve('intermediate', { number: 2 });
    runtime.pass(DAY_MS);
    await settle();
    expect(await listCompromised(runtime, 9)).toEqual([]);
    expect((await check(runtime, key.id)).class).toBe('tpm_hardware');
  });

  test('an entry that its authority leaves out later takes nothing back, and comes back as no hold', async () => {
    const { runtime, settle, serve, options } = await aPlace();
    serve('root', {});
    const { key } = await register(runtime, options);
    const certificate = await aikOf(runtime, key.id);
    serve('intermediate', { number: 1, revoked: [{ certificate, reason: 1 }] });
    await settle();
    for (const [number, revoked] of [
      [2, []],
      [3, [{ certificate, reason: 6 }]],
      [4, []],
    ] as const) {
      serve('intermediate', { number, revoked });
      runtime.pass(DAY_MS);
      await settle();
      expect(await listCompromised(runtime, 9)).toHaveLength(1);
      expect(await runtime.db.revokedCertificate.findMany()).toMatchObject([{ reason: 'keyCompromise' }]);
    }
    const lists = await listRevocationLists(runtime);
    expect(lists.map(({ state, entries }) => [state, entries])).toContainEqual(['current', 1]);
  });

  test('a revoked intermediate: every key below it, those that are made later too', async () => {
    const { runtime, settle, serve, options, intermediate } = await aPlace();
    serve('root', { revoked: [{ certificate: intermediate, reason: 2 }] });
    serve('intermediate', {});
    await register(runtime, options);
    await register(runtime, options);
    await settle();
    expect(await listCompromised(runtime, 9)).toHaveLength(2);
    const { key } = await register(runtime, options);
    expect(key.compromised).toBe('attestation_certificate_revoked');
  });

  test('an authority that was merely replaced takes nothing back of what it vouched for before', async () => {
    const { runtime, settle, serve, options, intermediate } = await aPlace();
    serve('intermediate', {});
    const { key } = await register(runtime, options);
    runtime.pass(HOUR_MS);
    serve('root', { revoked: [{ certificate: intermediate, reason: 4, at: runtime.clock.now() }] });
    await settle();
    expect((await check(runtime, key.id)).outcome).toBe('passed');
    const later = await register(runtime, options);
    expect(later.key.compromised).toBe('attestation_certificate_revoked');
  });
});

describe('a list that cannot be had', () => {
  test('past the limit the check is not made, and says so; what was revoked stays revoked', async () => {
    const { runtime, answers, settle, serve, options } = await aPlace();
    serve('root', {});
    serve('intermediate', {});
    const { key } = await register(runtime, options);
    await settle();
    answers['/root.crl'] = (_, response) => response.writeHead(503).end();
    serve('intermediate', { number: 2, revoked: [{ certificate: await aikOf(runtime, key.id) }] });
    runtime.pass(DAY_MS);
    await settle();
    answers['/intermediate.crl'] = (_, response) => response.writeHead(503).end();
    runtime.pass(3 * DAY_MS);
    await settle();
    expect((await check(runtime, key.id)).outcome).toBe('failed');
    expect(await listCompromised(runtime, 9)).toHaveLength(1);
    const { key: other } = await register(runtime, {
      ...options,
      aikExtensions: { more: [] },
      aik: { publicKey: keys.rs256().publicKey },
      signer: keys.rs256().privateKey,
    });
    const found = await check(runtime, other.id);
    expect(found).toMatchObject({ class: 'tpm_hardware', outcome: 'not_checked' });
    expect(found.detail).toContain('It answered with status 503.');
    expect(await runtime.db.credential.findUniqueOrThrow({ where: { id: other.id } })).toMatchObject({
      compromised: null,
    });
  });

  test('is asked for again after an hour, and is one line of the log for one trouble', async () => {
    const { runtime, asked, settle, options } = await aPlace();
    await register(runtime, options);
    for (let time = 0; time < 3; time += 1) {
      await settle();
      await settle();
      runtime.pass(HOUR_MS);
    }
    expect(asked.filter((path) => path === '/root.crl')).toHaveLength(3);
    const refused = (await listEvents(runtime, {}, 100)).filter(
      ({ code }) => code === 'revocation_list_refused',
    );
    expect(refused).toHaveLength(2);
  });

  test.each<[string, string, Answer, number?]>([
    ['a redirect', 'redirect', (_, response) => response.writeHead(301, { location: '/root.crl' }).end()],
    ['silence', 'within', (_, response) => response.write('a'), 800],
    ['garbage', 'no revocation list', (_, response) => response.end('garbage')],
  ])('%s is not waited for and not believed', async (_what, words, answer, timeoutMs) => {
    const { runtime, answers, settle, options } = await aPlace();
    answers['/root.crl'] = answer;
    const { key } = await register(runtime, options);
    await settle(timeoutMs);
    const [, list] = await listRevocationLists(runtime);
    expect(list).toMatchObject({ state: 'outdated', fetchedAt: null });
    expect(list?.failure).toContain(words);
    expect((await check(runtime, key.id)).outcome).toBe('not_checked');
  });

  test('an older list does not hide what a newer one revoked', async () => {
    const { runtime, settle, serve, options, intermediate } = await aPlace();
    serve('intermediate', {});
    serve('root', { number: 5, revoked: [{ certificate: intermediate }] });
    await register(runtime, options);
    await settle();
    serve('root', { number: 4 });
    runtime.pass(DAY_MS);
    await settle();
    expect(await listCompromised(runtime, 9)).toHaveLength(1);
    const lists = await listRevocationLists(runtime);
    expect(lists.some(({ failure }) => failure?.includes('went back'))).toBe(true);
  });

  test('two instances at once ask for each list once', async () => {
    const place = await aPlace();
    const { runtime, asked, settle, serve, options } = place;
    serve('root', {});
    serve('intermediate', {});
    await register(runtime, options);
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    await Promise.all([settle(), settleStanding(other, { reach: LOOPBACK })]);
    await settle();
    expect(asked).toHaveLength(2);
  });
});

describe('the table of lists', () => {
  const rows = (count: number, address: string, checkedAt: Date | null = null) =>
    Array.from({ length: count }, (_, at) => ({
      id: `list-${at}`,
      issuer: 'AA',
      certificate: new Uint8Array(root),
      address: `${address}${at}.crl`,
      createdAt: START,
      checkedAt,
    }));

  test('forgets within a day what only revoked keys named, with its entries', async () => {
    const { runtime, asked, answers, settle, serve, options, intermediate } = await aPlace();
    serve('root', {});
    serve('intermediate', {});
    const { key } = await register(runtime, options);
    await settle();
    const [mine] = (await listRevocationLists(runtime)).filter(({ address }) => address.includes('/inter'));
    const elsewhere = `${mine?.address.replace('intermediate', 'other')}`;
    const other = await register(runtime, { ...options, aikExtensions: { more: [listAt(elsewhere)] } });
    const revoked = [{ certificate: '1234' }];
    const bytes = writeList({ issuer: intermediate, signer: keys.intermediate(), revoked });
    answers['/other.crl'] = (_, response) => response.end(bytes);
    await settle();
    expect(await listRevocationLists(runtime)).toHaveLength(3);
    runtime.pass(DAY_MS);
    await settle();
    expect(await listRevocationLists(runtime)).toHaveLength(3);
    expect(await runtime.db.revokedCertificate.count()).toBe(1);
    await runtime.db.credential.update({
      where: { id: other.key.id },
      data: { revokedAt: runtime.clock.now() },
    });
    runtime.pass(DAY_MS);
    const before = asked.length;
    await settle();
    expect((await listRevocationLists(runtime)).map(({ address }) => address)).not.toContain(elsewhere);
    expect(await listRevocationLists(runtime)).toHaveLength(2);
    expect(await runtime.db.revokedCertificate.count()).toBe(0);
    expect(asked.slice(before)).not.toContain('/other.crl');
    expect((await check(runtime, key.id)).outcome).toBe('passed');
  });

  test('is full with a number of them, and the log says so once', async () => {
    const { runtime, settle, options } = await aPlace();
    await runtime.db.revocationList.createMany({ data: rows(LISTS_MAX - 1, 'http://192.0.2.1/', START) });
    await register(runtime, options);
    await settle();
    await settle();
    expect(await listRevocationLists(runtime)).toHaveLength(LISTS_MAX);
    const events = await listEvents(runtime, {}, 100);
    const full = events.filter(({ detail }) => `${detail.cause}`.includes('no further list'));
    expect(full).toMatchObject([{ code: 'revocation_list_refused', outcome: 'failure' }]);
  });

  test('is asked in parts, those first that waited longest: silent hosts do not hold everybody up', async () => {
    const { runtime, asked, settle, address } = await aPlace();
    await runtime.db.revocationList.createMany({ data: rows(50, address) });
    for (const seen of [FETCHED_AT_ONCE, 2 * FETCHED_AT_ONCE, 50, 50]) {
      await settle();
      expect(new Set(asked).size).toBe(seen);
      expect(asked).toHaveLength(seen);
    }
  });
});

describe('a list is believed only', () => {
  const issuer = rootCertificate(authority());
  const signer = keys.root();
  const at = START;
  const read = (list: Partial<ListOptions>, certificate: Uint8Array = issuer) =>
    readRevocationList(writeList({ issuer, signer, ...list }), certificate, at);

  test('as its issuer made it', async () => {
    const revoked = [{ certificate: intermediateCertificate(), reason: 1 }];
    expect(await read({ number: 12, revoked })).toMatchObject({
      number: 'C',
      revoked: [{ reason: 'keyCompromise' }],
    });
  });

  const faults: [string, string, Partial<ListOptions>][] = [
    ['by the issuer itself', 'signature', { signer: keys.stranger() }],
    ['of the issuer that is asked about', 'another issuer', { issuer: intermediateCertificate() }],
    ['until its next one is due', 'ran out', { nextUpdate: new Date('2026-03-02T08:00:00Z') }],
    ['from when on it counts', 'future', { thisUpdate: new Date('2026-03-03T00:00:00Z') }],
    ['by an algorithm that still proves something', 'SHA-1', { algorithm: 'sha1' }],
    ['whole, not as changes', 'changes', { delta: true }],
    ['whole, not for a part', 'part', { partial: true }],
  ];
  test.each(faults)('%s', async (_what, words, list) => {
    const answer = await read(list);
    expect('failure' in answer && answer.failure).toContain(words);
  });

  test('where its issuer may sign lists', async () => {
    const answer = await read({}, rootCertificate());
    expect('failure' in answer && answer.failure).toContain('may not sign');
  });

  const many = (count: number, reason = 1) =>
    Array.from({ length: count }, (_, at) => ({
      certificate: (0x10_00_00_00 + at).toString(16),
      reason,
    }));

  test('with thousands of entries, each with its reason', async () => {
    const answer = await read({ revoked: many(5000, 4) });
    if ('failure' in answer) throw new Error(answer.failure);
    expect(answer.revoked).toHaveLength(5000);
    expect(answer.revoked[4999]).toEqual({
      serialNumber: '10001387',
      revokedAt: new Date('2026-03-02T00:00:00Z'),
      reason: 'superseded',
    });
  });

  test('up to the limit, and what is beyond it is called so', async () => {
    expect(await read({ revoked: many(ENTRIES_MAX) })).toMatchObject({ number: '1' });
    expect(await read({ revoked: many(ENTRIES_MAX + 1) })).toEqual({
      failure: 'It has more than 100,000 entries.',
    });
  });

  test('and no bytes crash its reader', async () => {
    const whole = writeList({ issuer, signer, revoked: many(20) });
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      octet: fc.integer({ min: 1, max: 255 }),
      kept: fc.nat(whole.length),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = Buffer.from(whole);
        for (const { at, octet } of changes) changed[at] = (changed[at] ?? 0) ^ octet;
        fc.pre(!changed.equals(whole));
        expect(await readRevocationList(changed, issuer, at)).toHaveProperty('failure');
        const kept = changes[0]?.kept ?? 0;
        if (kept < whole.length)
          expect(await readRevocationList(whole.subarray(0, kept), issuer, at)).toHaveProperty('failure');
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await readRevocationList(bytes, issuer, at)).toHaveProperty('failure');
      }),
    );
  });

  test('and rubbish of the largest size is refused in time in proportion', async () => {
    const size = 8 * 1024 * 1024;
    for (const part of ['3000', '30', '0500', '20'])
      expect(await readRevocationList(Buffer.alloc(size, part, 'hex'), issuer, at)).toHaveProperty('failure');
    const inside = der(TAG.sequence, Buffer.alloc(size, '3000', 'hex'));
    for (const bytes of [inside, der(TAG.sequence, inside)])
      expect(await readRevocationList(bytes, issuer, at)).toHaveProperty('failure');
  });

  test('by a signature of another of its lists, or one that is cut, never', async () => {
    const [one, other] = [1, 2].map((number) => writeList({ issuer, signer, number })) as [Buffer, Buffer];
    const moved = Buffer.concat([one.subarray(0, -256), other.subarray(-256)]);
    expect(moved).toHaveLength(one.length);
    expect(await readRevocationList(moved, issuer, at)).toEqual({ failure: 'Its signature is not valid.' });
  });

  test('by other kinds of signature, each with its own kind of key', async () => {
    const { publicKey } = keys.akEc();
    const curve = rootCertificate({ ...authority(), publicKey });
    const byCurve = { issuer: curve, signer: keys.akEc(), algorithm: 'ec' } as const;
    expect(await read(byCurve, curve)).toHaveProperty('revoked', []);
    expect(await read({ algorithm: 'pss' })).toHaveProperty('revoked', []);
    for (const [list, certificate] of [
      [{ signer: keys.stranger(), algorithm: 'pss' }, issuer],
      [{ ...byCurve, algorithm: 'rsa' }, curve],
      [{ algorithm: 'ec' }, issuer],
    ] as const)
      expect(await read(list, certificate)).toEqual({ failure: 'Its signature is not valid.' });
  });

  test('in text form too', async () => {
    const base64 = writeList({ issuer, signer, revoked: many(3) }).toString('base64');
    const pem = Buffer.from(`-----BEGIN X509 CRL-----\n${base64}\n-----END X509 CRL-----\n`);
    expect(await readRevocationList(pem, issuer, at)).toHaveProperty('revoked.length', 3);
  });

  test('when all of its bytes are there and none was changed', async () => {
    const whole = writeList({ issuer, signer, revoked: [{ certificate: intermediateCertificate() }] });
    for (let length = 0; length < whole.length; length += 7)
      expect(await readRevocationList(whole.subarray(0, length), issuer, at)).toHaveProperty('failure');
    for (let place = 0; place < whole.length; place += 11) {
      const changed = Buffer.from(whole);
      changed[place] = (changed[place] ?? 0) ^ 0x55;
      expect(await readRevocationList(changed, issuer, at)).toHaveProperty('failure');
    }
  });
});
