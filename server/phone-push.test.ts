import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, verify } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type PushSubscription, pushContent } from '#domain/authenticator';
import { askForConfirmation } from './approval.ts';
import { PUBLIC_HTTPS } from './download.ts';
import { listEvents } from './event.ts';
import { keepPhonePush, pushWaiting } from './phone-push.ts';
import { setPolicy } from './policy-setting.ts';
import { createPusher } from './pusher.ts';
import { systemRandom } from './runtime.ts';
import { removeSecondFactor } from './second-factor.ts';
import { aPerson, aRuntime, aSession, aTenant, done, lastEvent, outcome, storeBytes } from './testing.ts';
import { aWebServer, LOOPBACK } from './testing-metadata.ts';
import { aPhone, phoneProof, type TestPhone } from './testing-phone.ts';

const pair = createECDH('prime256v1');
pair.generateKeys();
const vapid = {
  publicKey: pair.getPublicKey('base64url'),
  privateKey: pair.getPrivateKey('base64url'),
  subject: 'mailto:operator@tidewater.example',
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A push service: takes what comes, and answers with a status. */
async function aPushService(status = 201) {
  const received: Received[] = [];
  const service = await aWebServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(status, status === 302 ? { location: service.address } : {}).end();
  });
  closing.push(service.close);
  return { received, endpoint: `${service.address}send/one` };
}

/** A browser's half of a subscription. */
function aBrowsersKeys() {
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  return { keys, auth: Buffer.from(systemRandom.bytes(16)) };
}

/** RFC 8188 and 8291: one record, as a browser opens it. */
function decrypt(body: Buffer, keys: ECDH, auth: Buffer): string {
  const salt = body.subarray(0, 16);
  const idLength = body.readUInt8(20);
  const sender = body.subarray(21, 21 + idLength);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender]);
  const secret = Buffer.from(hkdfSync('sha256', keys.computeSecret(sender), auth, info, 32));
  const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16));
  const nonce = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12));
  const record = body.subarray(21 + idLength);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(record.subarray(-16));
  const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  return plain.subarray(0, plain.lastIndexOf(2)).toString('utf8');
}

async function house(reach = LOOPBACK) {
  const runtime = { ...(await aRuntime()), pusher: createPusher(vapid, reach) };
  await aTenant(runtime);
  const mia = await aPerson(runtime);
  const session = await aSession(runtime, mia, 'hello');
  return { runtime, mia, session, phone: await aPhone(runtime, session) };
}
type House = Awaited<ReturnType<typeof house>>;

async function subscribe({ runtime }: House, phone: TestPhone, endpoint: string) {
  const { keys, auth } = aBrowsersKeys();
  const subscription: PushSubscription = {
    endpoint,
    keys: { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') },
  };
  const proof = await phoneProof(runtime, phone, pushContent(phone.id, subscription));
  const input = { phoneId: phone.id, subscription, ...proof };
  return { keys, auth, input, result: await keepPhonePush(runtime, phone.caller, input) };
}

describe('a phone is woken', () => {
  test('once for each request, by a message that only it can read and that says only that something waits', async () => {
    const at = await house();
    const { runtime, mia, phone, session } = at;
    const { received, endpoint } = await aPushService();
    const { keys, auth, result } = await subscribe(at, phone, endpoint);
    expect(done(result)).toEqual({ on: true });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'phone_push_added',
      userId: mia.id,
      credentialId: phone.id,
      detail: { service: '127.0.0.1' },
    });
    done(await askForConfirmation(runtime, session));
    await vi.waitFor(() => expect(received).toHaveLength(1), 30_000);
    const { headers = {}, body = Buffer.alloc(0) } = received[0] ?? {};
    expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '60', urgency: 'high' });
    expect(decrypt(body, keys, auth)).toBe('{"waits":true}');
    // It was claimed: neither another instance nor the next turn sends it again.
    expect(await Promise.all([pushWaiting(runtime), pushWaiting(runtime)])).toEqual([0, 0]);
    expect(received).toHaveLength(1);

    // RFC 8292: signed for that push service alone, by the key that the browser was told.
    const [, token = '', key] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization ?? '') ?? [];
    expect(key).toBe(vapid.publicKey);
    const [head = '', claims = '', signature = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: new URL(endpoint).origin,
      sub: vapid.subject,
    });
    const point = Buffer.from(vapid.publicKey, 'base64url');
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    };
    const proven = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    expect(proven).toBe(true);
  });

  test('by one instance, where many look at once', async () => {
    const at = await house();
    const { runtime, phone, session } = at;
    const { received, endpoint } = await aPushService();
    done((await subscribe(at, phone, endpoint)).result);
    // The one that asked died before it woke anybody.
    done(await askForConfirmation({ ...runtime, pusher: null }, session));
    const sent = await Promise.all(Array.from({ length: 4 }, () => pushWaiting(runtime)));
    expect(sent.reduce((sum, each) => sum + each, 0)).toBe(1);
    expect(received).toHaveLength(1);
  });

  test.each([404, 410])('no more once its push service answers %i', async (status) => {
    const at = await house();
    const { runtime, phone, session } = at;
    const { received, endpoint } = await aPushService(status);
    done((await subscribe(at, phone, endpoint)).result);
    done(await askForConfirmation({ ...runtime, pusher: null }, session));
    expect(await pushWaiting(runtime)).toBe(0);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'phone_push_ended', credentialId: phone.id });
    done(await askForConfirmation({ ...runtime, pusher: null }, session));
    await pushWaiting(runtime);
    expect(received).toHaveLength(1);
  });

  test.each([302, 429, 500])(
    'again for the next request after %i, and follows no redirect',
    async (status) => {
      const at = await house();
      const { runtime, phone, session } = at;
      const { received, endpoint } = await aPushService(status);
      done((await subscribe(at, phone, endpoint)).result);
      for (const times of [1, 2]) {
        done(await askForConfirmation({ ...runtime, pusher: null }, session));
        expect(await pushWaiting(runtime)).toBe(0);
        expect(received).toHaveLength(times);
      }
      expect(await listEvents(runtime, { codes: ['phone_push_ended'] }, 5)).toEqual([]);
    },
  );

  test('not where policy says no, nor when it was removed, nor for what is over', async () => {
    const at = await house();
    const { runtime, phone, session } = at;
    const { received, endpoint } = await aPushService();
    done((await subscribe(at, phone, endpoint)).result);
    const value = (on: boolean) => ({ name: 'Authenticator.webPush', value: String(on) }) as const;
    done(await setPolicy(runtime, null, value(false)));
    done(await askForConfirmation(runtime, session));
    expect(await pushWaiting(runtime)).toBe(0);
    expect(outcome((await subscribe(at, phone, endpoint)).result)).toBe('bad_request');
    done(await setPolicy(runtime, null, value(true)));
    runtime.pass(60_000);
    expect(await pushWaiting(runtime)).toBe(0);
    const second = await aPhone(runtime, await aSession(runtime, at.mia, 'hello'));
    done(await removeSecondFactor(runtime, session, { kind: 'authenticator', id: phone.id }));
    done(await askForConfirmation({ ...runtime, pusher: null }, session));
    expect(await pushWaiting(runtime)).toBe(0);
    expect([received.length, second.id.length > 0]).toEqual([0, true]);
  });
});

describe('where it is woken', () => {
  test('is signed by its key: no other phone, place or key', async () => {
    const at = await house();
    const { runtime, phone, session } = at;
    const { endpoint } = await aPushService();
    const other = await aPhone(runtime, session);
    const { input } = await subscribe(at, phone, endpoint);
    const fresh = async (given: object) => {
      const proof = await phoneProof(runtime, phone, pushContent(phone.id, input.subscription));
      return outcome(await keepPhonePush(runtime, phone.caller, { ...input, ...proof, ...given }));
    };
    expect(outcome(await keepPhonePush(runtime, phone.caller, input))).toBe('challenge_consumed');
    expect(await fresh({ phoneId: other.id })).toBe('challenge_invalid');
    expect(await fresh({ phoneId: 'nobody' })).toBe('not_found');
    const elsewhere = { ...input.subscription, endpoint: `${endpoint}/thief` };
    expect(await fresh({ subscription: elsewhere })).toBe('challenge_invalid');
    expect(await fresh({})).toBe('ok');
  });

  test('is kept so that nobody who has the store can ring there', async () => {
    const at = await house();
    const { endpoint } = await aPushService();
    const { input } = await subscribe(at, at.phone, `${endpoint}/capability`);
    const store = await storeBytes(at.runtime);
    for (const secret of ['capability', input.subscription.keys.auth])
      expect(store.includes(secret)).toBe(false);
  });

  test.each([
    'http://push.example.org/one',
    'https://127.0.0.1/one',
    'https://[::1]/one',
    'https://10.0.0.7/one',
    'https://169.254.169.254/latest/meta-data',
    'https://192.168.1.1/one',
    'https://user:password@push.example.org/one',
    'ftp://push.example.org/one',
  ])('is on the internet and over https: %s is refused', async (endpoint) => {
    const at = await house(PUBLIC_HTTPS);
    expect(outcome((await subscribe(at, at.phone, endpoint)).result)).toBe('bad_request');
  });

  test('a name that leads into one’s own network is not reached', async () => {
    const pusher = createPusher(vapid, { ...PUBLIC_HTTPS, protocols: ['http:', 'https:'] });
    const { received, endpoint } = await aPushService();
    const { keys, auth } = aBrowsersKeys();
    const subscription = {
      endpoint: endpoint.replace('127.0.0.1', 'localhost'),
      keys: { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') },
    };
    expect(await pusher.push(subscription, 60)).toBe('failed');
    expect(received).toHaveLength(0);
  });

  test('takes keys that something can be encrypted for', async () => {
    const at = await house();
    const { endpoint } = await aPushService();
    const { keys } = aBrowsersKeys();
    for (const subscription of [
      { endpoint, keys: { p256dh: 'AAAA', auth: Buffer.from(systemRandom.bytes(16)).toString('base64url') } },
      { endpoint, keys: { p256dh: keys.getPublicKey('base64url'), auth: 'AAAA' } },
    ]) {
      const proof = await phoneProof(at.runtime, at.phone, pushContent(at.phone.id, subscription));
      const input = { phoneId: at.phone.id, subscription, ...proof };
      expect(outcome(await keepPhonePush(at.runtime, at.phone.caller, input))).toBe('bad_request');
    }
  });
});
