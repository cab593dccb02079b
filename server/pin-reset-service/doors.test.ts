import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openAnswer } from '#domain/pin-reset-protector';
import { aRuntime, type TestRuntime } from '../testing.ts';
import { createDoors } from './doors.ts';
import { pinResetServiceAt } from './remote.ts';
import { ServiceUnavailable } from './service.ts';
import { aProtector, aTab, aTicket, aTicketTenant } from './testing.ts';

const TOKEN = 'ab'.repeat(32);
const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function aProcess(runtime: TestRuntime, service = runtime.pinResetService) {
  const broken: unknown[] = [];
  const server = createDoors(service, TOKEN, (error) => broken.push(error));
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, broken, url, remote: pinResetServiceAt({ url, token: TOKEN }) };
}

describe('the PIN reset service in its own process', () => {
  test('does over HTTP what it does in the process', async () => {
    const runtime = await aRuntime();
    const { remote, broken } = await aProcess(runtime);
    const tenant = await aTicketTenant(runtime, remote);
    const { place, sealed, kid, secret } = await aProtector(runtime, remote, tenant.id);
    const tab = await aTab();
    const ticket = await aTicket(runtime, tenant, place, sealed, tab);
    const request = { ticket, kid, ...sealed, oneTimeKey: tab.publicKey };
    const answer = await remote.recover(request);
    if (!answer.ok) throw new Error(answer.fault);
    expect(await openAnswer(tab, answer.value, ticket)).toEqual(Uint8Array.from(secret));
    expect(await remote.recover(request)).toEqual({ ok: false, fault: 'used' });
    const { kid: next } = await remote.rotate();
    expect(await remote.status(tenant.id)).toMatchObject({
      trusts: tenant.thumbprint,
      keys: [{ kid: next }, { kid }],
    });
    await remote.distrust(tenant.id, tenant.thumbprint);
    expect((await remote.status(tenant.id)).trusts).toBeNull();
    expect(broken).toEqual([]);
  });

  test('answers nobody without its token', async () => {
    const runtime = await aRuntime();
    const { url } = await aProcess(runtime);
    const stranger = pinResetServiceAt({ url, token: 'cd'.repeat(32) });
    await expect(stranger.publicKey()).rejects.toBeInstanceOf(ServiceUnavailable);
    await expect(stranger.rotate()).rejects.toBeInstanceOf(ServiceUnavailable);
    for (const headers of [{}, { authorization: '' }, { authorization: 'Bearer ' }] as HeadersInit[])
      expect((await fetch(`${url}/key`, { method: 'POST', headers, body: '{}' })).status).toBe(401);
  });

  test.each([
    ['no JSON', '/recovery', '{', 400],
    ['no request of this door', '/recovery', '{}', 400],
    ['an unknown member', '/key', '{"x":1}', 400],
    ['a tenant that is a path', '/status', '{"tenant":"../keys"}', 400],
    ['more than any request takes', '/recovery', `"${'x'.repeat(17 * 1024)}"`, 413],
    ['another door', '/keys', '{}', 404],
    ['a door of an object', '/constructor', '{}', 404],
  ])('refuses %s', async (_words, path, body, status) => {
    const runtime = await aRuntime();
    const { url, broken } = await aProcess(runtime);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(`${url}${path}`, { method: 'POST', headers, body })).status).toBe(status);
    expect((await fetch(`${url}/key`, { headers })).status).toBe(405);
    expect(broken).toEqual([]);
  });

  test('what breaks inside is logged there and told nobody', async () => {
    const runtime = await aRuntime();
    const broken = { ...runtime.pinResetService, publicKey: () => Promise.reject(new Error('the disk')) };
    const there = await aProcess(runtime, broken);
    await expect(there.remote.publicKey()).rejects.toBeInstanceOf(ServiceUnavailable);
    expect(there.broken).toEqual([new Error('the disk')]);
  });

  test('down, it is unavailable, and what it did not answer for is not used up', async () => {
    const runtime = await aRuntime();
    const { remote, server } = await aProcess(runtime);
    const tenant = await aTicketTenant(runtime, remote);
    const { place, sealed, kid } = await aProtector(runtime, remote, tenant.id);
    const tab = await aTab();
    const ticket = await aTicket(runtime, tenant, place, sealed, tab);
    const request = { ticket, kid, ...sealed, oneTimeKey: tab.publicKey };
    server.closeAllConnections();
    server.close();
    await expect(remote.recover(request)).rejects.toBeInstanceOf(ServiceUnavailable);
    const again = await aProcess(runtime);
    expect((await again.remote.recover(request)).ok).toBe(true);
  });

  test('an answer that is none of the service’s is as good as no answer', async () => {
    const runtime = await aRuntime();
    for (const answer of [{ kid: 'short', publicKey: 'A' }, { kid: '' }, {}]) {
      const other = { ...runtime.pinResetService, publicKey: async () => answer as never };
      const { remote } = await aProcess(runtime, other);
      await expect(remote.publicKey()).rejects.toBeInstanceOf(ServiceUnavailable);
    }
  });
});
