import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  keyPairFrom,
  openAnswer,
  openResetSecret,
  type ProtectorPlace,
  publicKeyThumbprint,
  sealResetSecret,
} from '#domain/pin-reset-protector';
import {
  CLOCK_SKEW_MS,
  serviceRecoveryRequest,
  TICKET_LIFETIME_MS,
  TICKET_PROOF_MAX_AGE_MS,
  TICKET_TYPE,
} from '#domain/pin-reset-ticket';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#domain/time';
import { newId } from '../runtime.ts';
import { aRuntime, flipped, type TestRuntime } from '../testing.ts';
import { type PinResetService, pinResetServiceIn } from './service.ts';
import { aProtector, aTab, aTicket, aTicketTenant, draw } from './testing.ts';

async function aCase(runtime: TestRuntime) {
  const service = runtime.pinResetService;
  const tenant = await aTicketTenant(runtime, service);
  const protector = await aProtector(runtime, service, tenant.id);
  const tab = await aTab();
  const { place, sealed, kid } = protector;
  const ticketFor = (given: Parameters<typeof aTicket>[5] = {}) =>
    aTicket(runtime, tenant, place, sealed, tab, given);
  const ask = (ticket: string, changed: object = {}, at: PinResetService = service) =>
    at.recover({ ticket, kid, ...sealed, oneTimeKey: tab.publicKey, ...changed });
  const outcomeOf = async (ticket: string, changed: object = {}, at?: PinResetService) => {
    const answer = await ask(ticket, changed, at);
    return answer.ok ? 'opened' : answer.fault;
  };
  return { service, tenant, protector, tab, ticketFor, ask, outcomeOf };
}

const seconds = (runtime: TestRuntime, ms = 0) => Math.floor((runtime.clock.now().getTime() + ms) / 1000);
const flippedAt = (text: string, at: number) => text.slice(0, at) + flipped(text.slice(at));

describe('the PIN reset service', () => {
  test('opens a protector for a ticket, for the key of that one tab alone', async () => {
    const runtime = await aRuntime();
    const { protector, tab, ticketFor, ask } = await aCase(runtime);
    const ticket = await ticketFor();
    const answer = await ask(ticket);
    if (!answer.ok) throw new Error(answer.fault);
    expect(await openAnswer(tab, answer.value, ticket)).toEqual(Uint8Array.from(protector.secret));
    expect(await openAnswer(await aTab(), answer.value, ticket)).toBeNull();
    expect(await openAnswer(tab, answer.value, await ticketFor())).toBeNull();
    expect(JSON.stringify(answer)).not.toContain(Buffer.from(protector.secret).toString('base64url'));
  });

  test('the device alone recovers nothing: what it keeps opens with no key but the service’s', async () => {
    const runtime = await aRuntime();
    const { protector, tab } = await aCase(runtime);
    for (const pair of [tab, await aTab()])
      expect(await openResetSecret(pair, protector.sealed, protector.place)).toBeNull();
  });

  test('the service alone recovers nothing: its folder holds no part of a protector', async () => {
    const runtime = await aRuntime();
    const { protector, tenant, ticketFor, ask } = await aCase(runtime);
    expect((await ask(await ticketFor())).ok).toBe(true);
    const kept = readdirSync(runtime.pinResetFolder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(runtime.pinResetFolder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => `${path}\n${readFileSync(path, 'utf8')}`)
      .join('\n');
    expect(kept).toContain(tenant.thumbprint);
    const { place, sealed, secret } = protector;
    for (const text of [
      sealed.encapsulation,
      sealed.ciphertext,
      place.userHandle,
      place.device,
      place.container,
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ])
      expect(kept).not.toContain(text);
  });

  test('the key ring and what the device keeps open it together, without any ticket: that is what they are kept apart for', async () => {
    const runtime = await aRuntime();
    const { protector } = await aCase(runtime);
    const path = join(runtime.pinResetFolder, 'keys', '000001.json');
    const seed = Buffer.from(JSON.parse(readFileSync(path, 'utf8')).seed, 'base64url');
    const found = await openResetSecret(await keyPairFrom(seed), protector.sealed, protector.place);
    expect(found).toEqual(Uint8Array.from(protector.secret));
  });

  test('a ticket opens once', async () => {
    const runtime = await aRuntime();
    const { ticketFor, outcomeOf } = await aCase(runtime);
    const ticket = await ticketFor();
    expect(await outcomeOf(ticket)).toBe('opened');
    expect(await outcomeOf(ticket)).toBe('used');
    expect(await outcomeOf(await ticketFor())).toBe('opened');
  });

  test('a ticket opens once among many at the same instant, in several processes on one folder', async () => {
    const runtime = await aRuntime();
    const { ticketFor, outcomeOf, service } = await aCase(runtime);
    const other = pinResetServiceIn(runtime.pinResetFolder, runtime);
    const ticket = await ticketFor();
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, at) => outcomeOf(ticket, {}, at % 2 === 0 ? service : other)),
    );
    expect(answers.filter((answer) => answer === 'opened')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'used')).toHaveLength(23);
  });

  test('a used ticket stays used after a restart, and is forgotten only when it has long run out', async () => {
    const runtime = await aRuntime();
    const { ticketFor, outcomeOf } = await aCase(runtime);
    const ticket = await ticketFor();
    await outcomeOf(ticket);
    const restarted = () => pinResetServiceIn(runtime.pinResetFolder, runtime);
    expect(await outcomeOf(ticket, {}, restarted())).toBe('used');
    runtime.pass(TICKET_LIFETIME_MS);
    expect(await outcomeOf(ticket, {}, restarted())).toBe('expired');
    const used = () => readdirSync(join(runtime.pinResetFolder, 'used')).length;
    expect(used()).toBe(1);
    runtime.pass(DAY_MS);
    expect(await outcomeOf(await ticketFor(), {}, restarted())).toBe('opened');
    expect(used()).toBe(1);
  });

  test('a ticket that is refused for something else is not used up', async () => {
    const runtime = await aRuntime();
    const { ticketFor, outcomeOf } = await aCase(runtime);
    const ticket = await ticketFor();
    expect(await outcomeOf(ticket, { oneTimeKey: (await aTab()).publicKey })).toBe('other_key');
    expect(await outcomeOf(ticket, { kid: 'x'.repeat(43) })).toBe('key_unknown');
    expect(await outcomeOf(ticket)).toBe('opened');
  });

  test.each<[string, Parameters<typeof aTicket>[5] | ((runtime: TestRuntime) => object), string]>([
    ['for another audience', { claims: { aud: 'somebody-else' } }, 'claims'],
    ['without a proof', { claims: { mfaAt: undefined } }, 'claims'],
    ['with a claim too many', { claims: { admin: true } as object }, 'claims'],
    ['without an ID', { claims: { jti: undefined } }, 'claims'],
    ['for another protector', { claims: { protector: 'A'.repeat(43) } }, 'other_protector'],
    ['for the key of another tab', { claims: { cnf: { jkt: 'A'.repeat(43) } } }, 'other_key'],
    ['for another container', (runtime) => ({ claims: { container: newId(runtime) } }), 'unopenable'],
    ['for another device', (runtime) => ({ claims: { device: newId(runtime) } }), 'unopenable'],
    ['for another person', { claims: { sub: 'somebody' } }, 'unopenable'],
    [
      'from a tenant that is not registered',
      (runtime) => ({ claims: { iss: newId(runtime) } }),
      'tenant_unknown',
    ],
    ['whose tenant is a path', { claims: { iss: '../keys/000001' } }, 'tenant_unknown'],
    ['of another type', { header: { typ: 'JWT' } }, 'signature'],
    ['that names another key', { header: { kid: 'A'.repeat(43) } }, 'signature'],
    [
      'that lives longer than five minutes',
      (runtime) => ({ claims: { exp: seconds(runtime, TICKET_LIFETIME_MS + SECOND_MS) } }),
      'lives_too_long',
    ],
    [
      'that ends before it begins',
      (runtime) => ({ claims: { exp: seconds(runtime), iat: seconds(runtime, SECOND_MS) } }),
      'lives_too_long',
    ],
    [
      'from further ahead than clocks differ',
      (runtime) => ({
        claims: {
          iat: seconds(runtime, CLOCK_SKEW_MS + SECOND_MS),
          exp: seconds(runtime, CLOCK_SKEW_MS + MINUTE_MS),
        },
      }),
      'not_yet_valid',
    ],
    [
      'with a proof from after it',
      (runtime) => ({ claims: { mfaAt: seconds(runtime, SECOND_MS) } }),
      'claims',
    ],
    [
      'with a proof that is too old',
      (runtime) => ({ claims: { mfaAt: seconds(runtime, -TICKET_PROOF_MAX_AGE_MS - SECOND_MS) } }),
      'proof_too_old',
    ],
  ])('refuses a ticket %s', async (_words, given, fault) => {
    const runtime = await aRuntime();
    const { ticketFor, outcomeOf } = await aCase(runtime);
    const changes = typeof given === 'function' ? given(runtime) : given;
    expect(await outcomeOf(await ticketFor(changes))).toBe(fault);
    expect(await outcomeOf(await ticketFor())).toBe('opened');
  });

  test('a proof that was fresh when the ticket was signed and is not when it comes opens nothing', async () => {
    const runtime = await aRuntime();
    const { ticketFor, outcomeOf } = await aCase(runtime);
    const ticket = await ticketFor({
      claims: { mfaAt: seconds(runtime, -TICKET_PROOF_MAX_AGE_MS + MINUTE_MS) },
    });
    runtime.pass(2 * MINUTE_MS);
    expect(await outcomeOf(ticket)).toBe('proof_too_old');
  });

  test('takes a ticket from a clock that is a little ahead, and none whose time has come', async () => {
    const runtime = await aRuntime();
    const { ticketFor, outcomeOf } = await aCase(runtime);
    const ahead = CLOCK_SKEW_MS - SECOND_MS;
    const claims = { iat: seconds(runtime, ahead), exp: seconds(runtime, ahead + MINUTE_MS) };
    expect(await outcomeOf(await ticketFor({ claims }))).toBe('opened');
    const late = await ticketFor();
    runtime.pass(TICKET_LIFETIME_MS - 1);
    expect(await outcomeOf(await ticketFor())).toBe('opened');
    runtime.pass(1);
    expect(await outcomeOf(late)).toBe('expired');
  });

  test('takes no ticket that is unsigned, signed by another, or changed', async () => {
    const runtime = await aRuntime();
    const { service, tenant, protector, tab, ticketFor, outcomeOf } = await aCase(runtime);
    const ticket = await ticketFor();
    const [header = '', body = '', signature = ''] = ticket.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: TICKET_TYPE, kid: tenant.thumbprint }));
    expect(await outcomeOf(`${none.toString('base64url')}.${body}.`)).toBe('signature');
    expect(await outcomeOf(`${none.toString('base64url')}.${body}.${signature}`)).toBe('signature');
    expect(await outcomeOf(`${header}.${body}.${flipped(signature)}`)).toBe('signature');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const older = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp - 1 })).toString('base64url');
    expect(await outcomeOf(`${header}.${older}.${signature}`)).toBe('signature');
    // The public key as the secret of an HMAC.
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: TICKET_TYPE, kid: tenant.thumbprint })
      .sign(Buffer.from(JSON.stringify(tenant.key)));
    expect(await outcomeOf(confused)).toBe('signature');
    const stranger = await aTicketTenant(runtime, service);
    const forged = await aTicket(
      runtime,
      { ...tenant, privateKey: stranger.privateKey },
      protector.place,
      protector.sealed,
      tab,
    );
    expect(await outcomeOf(forged)).toBe('signature');
    expect(await outcomeOf(ticket)).toBe('opened');
  });

  test('another tenant’s good ticket opens nothing of this one', async () => {
    const runtime = await aRuntime();
    const { service, protector, tab, outcomeOf } = await aCase(runtime);
    const other = await aTicketTenant(runtime, service);
    const place: ProtectorPlace = { ...protector.place, tenant: other.id };
    const own = await aTicket(runtime, other, place, protector.sealed, tab);
    expect(await outcomeOf(own)).toBe('unopenable');
    const inItsName = await aTicket(runtime, other, protector.place, protector.sealed, tab);
    expect(await outcomeOf(inItsName)).toBe('signature');
  });

  test('a protector that was changed, or sealed for another place, opens nothing', async () => {
    const runtime = await aRuntime();
    const { service, tenant, protector, tab, outcomeOf } = await aCase(runtime);
    const { place, sealed } = protector;
    const moved = await sealResetSecret(
      protector.secret,
      (await service.publicKey()).publicKey,
      { ...place, container: newId(runtime) },
      draw(),
    );
    if (moved === null) throw new Error('not sealed');
    for (const changed of [
      { ...sealed, ciphertext: flipped(sealed.ciphertext) },
      { ...sealed, ciphertext: flippedAt(sealed.ciphertext, 60) },
      { ...sealed, encapsulation: flippedAt(sealed.encapsulation, 40) },
      { ...sealed, encapsulation: tab.publicKey },
      moved,
    ]) {
      // The tenant signs for whatever the browser sent it.
      const ticket = await aTicket(runtime, tenant, place, changed, tab);
      expect(await outcomeOf(ticket, changed)).toBe('unopenable');
      // And a ticket for the true one opens no other.
      expect(await outcomeOf(await aTicket(runtime, tenant, place, sealed, tab), changed)).toBe(
        'other_protector',
      );
    }
  });

  test('a one-time key that is no point of the curve gets no answer', async () => {
    const runtime = await aRuntime();
    const { ticketFor, ask, tab } = await aCase(runtime);
    const point = Buffer.from(tab.publicKey, 'base64url');
    point[40] = (point[40] ?? 0) ^ 1;
    const bad = point.toString('base64url');
    const ticket = await ticketFor({ claims: { cnf: { jkt: publicKeyThumbprint(bad) } } });
    expect(await ask(ticket, { oneTimeKey: bad })).toEqual({ ok: false, fault: 'other_key' });
  });

  test('a withdrawn tenant’s tickets open nothing, and registered anew with another key only the new ones do', async () => {
    const runtime = await aRuntime();
    const { service, tenant, protector, tab, ticketFor, outcomeOf } = await aCase(runtime);
    const old = await ticketFor();
    await service.distrust(tenant.id, tenant.thumbprint);
    expect(await outcomeOf(old)).toBe('tenant_unknown');
    const anew = await aTicketTenant(runtime, service, tenant.id);
    expect(await outcomeOf(old)).toBe('signature');
    // Withdrawing the old key again, late, leaves the new one.
    await service.distrust(tenant.id, tenant.thumbprint);
    expect(await outcomeOf(await aTicket(runtime, anew, protector.place, protector.sealed, tab))).toBe(
      'opened',
    );
  });

  test.each([
    ['no ticket', { ticket: '' }],
    ['a ticket that is too long', { ticket: `${'a'.repeat(2048)}.b.c` }],
    ['a ticket that is no JWS', { ticket: 'a b.c.d' }],
    ['a short ciphertext', { ciphertext: 'AAAA' }],
    ['a long ciphertext', { ciphertext: 'A'.repeat(5000) }],
    ['a key that is no key', { oneTimeKey: 'A' }],
    ['an unknown member', { extra: 1 }],
  ])('%s does not pass the door', (_words, changed) => {
    const good = {
      ticket: 'a.b.c',
      kid: 'A'.repeat(43),
      encapsulation: 'A'.repeat(87),
      ciphertext: 'A'.repeat(64),
      oneTimeKey: 'A'.repeat(87),
    };
    expect(serviceRecoveryRequest.safeParse(good).success).toBe(true);
    expect(serviceRecoveryRequest.safeParse({ ...good, ...changed }).success).toBe(false);
  });

  test.each(['a.b.c', 'e30.e30.e30', `${'A'.repeat(60)}.${'B'.repeat(60)}.C`])(
    'garbage in the form of a ticket is refused: %s',
    async (ticket) => {
      const runtime = await aRuntime();
      const { outcomeOf } = await aCase(runtime);
      expect(['unreadable', 'signature', 'tenant_unknown']).toContain(await outcomeOf(ticket));
    },
  );
});

describe('the key ring', () => {
  test('after rotations old protectors still open, and new ones take the new key', async () => {
    const runtime = await aRuntime();
    const { service, tenant, protector, tab, ticketFor, outcomeOf } = await aCase(runtime);
    const { kid } = await service.rotate();
    expect(kid).not.toBe(protector.kid);
    await service.rotate();
    expect(await outcomeOf(await ticketFor())).toBe('opened');
    const later = await aProtector(runtime, service, tenant.id);
    expect(later.kid).toBe((await service.status(tenant.id)).keys[0]?.kid);
    const ticket = await aTicket(runtime, tenant, later.place, later.sealed, tab);
    expect(
      (await service.recover({ ticket, kid: later.kid, ...later.sealed, oneTimeKey: tab.publicKey })).ok,
    ).toBe(true);
    // Under a key that it was not sealed to it stays closed.
    const again = await aTicket(runtime, tenant, later.place, later.sealed, tab);
    expect(await service.recover({ ticket: again, kid, ...later.sealed, oneTimeKey: tab.publicKey })).toEqual(
      { ok: false, fault: 'unopenable' },
    );
  });

  test('is made once by several at once, and rotated by each of several', async () => {
    const runtime = await aRuntime();
    const services = Array.from({ length: 6 }, () => pinResetServiceIn(runtime.pinResetFolder, runtime));
    const first = await Promise.all(services.map((service) => service.publicKey()));
    expect(new Set(first.map(({ kid }) => kid)).size).toBe(1);
    const rotated = await Promise.all(services.map((service) => service.rotate()));
    expect(new Set(rotated.map(({ kid }) => kid)).size).toBe(6);
    const [one, ...others] = await Promise.all(services.map((service) => service.publicKey()));
    for (const other of others) expect(other).toEqual(one);
  });

  test('is readable by its owner alone, and leaves no drafts', async () => {
    const runtime = await aRuntime();
    const { ticketFor, outcomeOf, service } = await aCase(runtime);
    await service.rotate();
    await outcomeOf(await ticketFor());
    const paths = readdirSync(runtime.pinResetFolder, { recursive: true, encoding: 'utf8' });
    expect(paths.filter((path) => path.includes('draft'))).toEqual([]);
    for (const path of paths) {
      const entry = statSync(join(runtime.pinResetFolder, path));
      if (process.platform !== 'win32') expect(entry.mode & 0o077).toBe(0);
    }
  });

  test('a draft that was never put in its place counts nothing', async () => {
    const runtime = await aRuntime();
    const { service, ticketFor, outcomeOf } = await aCase(runtime);
    writeFileSync(join(runtime.pinResetFolder, 'keys', '.draft-x'), '{"half');
    mkdirSync(join(runtime.pinResetFolder, 'used'));
    writeFileSync(join(runtime.pinResetFolder, 'used', '.draft-y'), '');
    await pinResetServiceIn(runtime.pinResetFolder, runtime).check();
    await service.rotate();
    expect(await outcomeOf(await ticketFor())).toBe('opened');
  });

  test.each<[string, (folder: string) => void]>([
    ['half a key', (keys) => writeFileSync(join(keys, '000001.json'), '{"kid":')],
    ['an empty file', (keys) => writeFileSync(join(keys, '000001.json'), '')],
    ['a file that is no key', (keys) => writeFileSync(join(keys, 'notes.txt'), 'hello')],
    [
      'a key under the ID of another',
      (keys) => {
        const path = join(keys, '000001.json');
        const key = JSON.parse(readFileSync(path, 'utf8'));
        writeFileSync(path, JSON.stringify({ ...key, kid: flipped(key.kid) }));
      },
    ],
    ['no keys where tenants are', (keys) => rmSync(keys, { recursive: true })],
    ['half a tenant', (keys) => spoilTenant(keys, '{')],
    ['a tenant that is none', (keys) => writeFileSync(join(keys, '..', 'tenants', 'x.json'), '{}')],
  ])('with %s the service refuses to start, and makes nothing anew', async (_words, spoil) => {
    const runtime = await aRuntime();
    await aCase(runtime);
    const keys = join(runtime.pinResetFolder, 'keys');
    spoil(keys);
    const restarted = pinResetServiceIn(runtime.pinResetFolder, runtime);
    await expect(restarted.check()).rejects.toThrow(/PIN reset service/);
  });

  test('checking a service that was never used makes nothing', async () => {
    const runtime = await aRuntime();
    await runtime.pinResetService.check();
    expect(() => statSync(runtime.pinResetFolder)).toThrow('ENOENT');
  });

  test('a folder that takes no writes refuses rather than forgets that a ticket was used', async () => {
    const runtime = await aRuntime();
    const { ticketFor, ask } = await aCase(runtime);
    // A file where the folder of used tickets should be: no right of any user helps.
    writeFileSync(join(runtime.pinResetFolder, 'used'), '');
    await expect(ask(await ticketFor())).rejects.toThrow();
  });
});

function spoilTenant(keys: string, text: string): void {
  const tenants = join(keys, '..', 'tenants');
  for (const name of readdirSync(tenants)) {
    writeFileSync(join(tenants, name), text);
  }
}
