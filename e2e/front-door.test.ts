import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  API_BODY_LIMIT_BYTES,
  BODY_LIMIT_BYTES,
  clientAddress,
  createFrontDoor,
  FILE_LIMITS_BYTES,
} from '../serve.mjs';

describe("the client's address", () => {
  test.each([
    { socket: '10.0.0.9', header: undefined, hops: 0, client: '10.0.0.9' },
    { socket: '::ffff:10.0.0.9', header: undefined, hops: 0, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '6.6.6.6', hops: 0, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '198.51.100.7', hops: 1, client: '198.51.100.7' },
    { socket: '10.0.0.9', header: '6.6.6.6, 198.51.100.7', hops: 1, client: '198.51.100.7' },
    { socket: '10.0.0.9', header: '6.6.6.6, 198.51.100.7, 10.0.0.8', hops: 2, client: '198.51.100.7' },
    { socket: '10.0.0.9', header: '[2001:db8::7]:4711', hops: 1, client: '2001:db8::7' },
    { socket: '10.0.0.9', header: '198.51.100.7:4711', hops: 1, client: '198.51.100.7' },
    { socket: '10.0.0.9', header: '198.51.100.7', hops: 2, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '<script>', hops: 1, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '', hops: 1, client: '10.0.0.9' },
    { socket: undefined, header: undefined, hops: 0, client: 'unknown' },
    // The same address in other words is the same address.
    { socket: '2001:DB8:0:0::7', header: undefined, hops: 0, client: '2001:db8::7' },
    { socket: '10.0.0.9', header: '2001:DB8::7', hops: 1, client: '2001:db8::7' },
    { socket: '10.0.0.9', header: '2001:0db8:0000:0000:0000:0000:0000:0007', hops: 1, client: '2001:db8::7' },
    { socket: 'fe80::1%eth0', header: undefined, hops: 0, client: 'fe80::1' },
    { socket: '10.0.0.9', header: '::FFFF:c633:6407', hops: 1, client: '198.51.100.7' },
    { socket: '10.0.0.9', header: '[::ffff:198.51.100.7]:443', hops: 1, client: '198.51.100.7' },
    { socket: '10.0.0.9', header: '198.51.100.7, 2001:db8::8', hops: 1, client: '2001:db8::8' },
    // What is no address is believed of nobody.
    { socket: '10.0.0.9', header: '6.6.6.6, ', hops: 1, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '6.6.6.6, unknown', hops: 1, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '198.51.100.7.1', hops: 1, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '0x7f.1', hops: 1, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '[::1', hops: 1, client: '10.0.0.9' },
    { socket: '10.0.0.9', header: '198.51.100.7, 10.0.0.8, 10.0.0.7', hops: 16, client: '10.0.0.9' },
  ])('with $hops trusted proxies, "$header" from $socket is $client', ({ socket, header, hops, client }) => {
    expect(clientAddress(socket, header, hops)).toBe(client);
  });
});

describe('the front door', () => {
  let server: Server | undefined;
  afterEach(() => server?.closeAllConnections());

  async function open(handle: (request: IncomingMessage, response: ServerResponse) => void, hops = 0) {
    const door = createFrontDoor(handle, { trustedProxyHops: hops });
    server = door.server;
    await new Promise<void>((resolve) => door.server.listen(0, '127.0.0.1', resolve));
    const { port } = door.server.address() as AddressInfo;
    return { ...door, port, origin: `http://127.0.0.1:${port}` };
  }

  test('leads a page opened by an IP address to the one origin, and nothing else', async () => {
    const door = createFrontDoor((_request, response) => response.end('here'), {
      origin: 'https://id.example.org',
    });
    server = door.server;
    await new Promise<void>((resolve) => door.server.listen(0, '127.0.0.1', resolve));
    const { port } = door.server.address() as AddressInfo;
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init });
    const page = await ask('/sign-in/pass?then=add-browser');
    expect([page.status, page.headers.get('location')]).toEqual([
      307,
      'https://id.example.org/sign-in/pass?then=add-browser',
    ]);
    expect((await ask('/api/health')).status).toBe(200);
    expect((await ask('/', { method: 'POST' })).status).toBe(200);
    expect((await fetch(`http://localhost:${port}/`)).status).toBe(200);
  });

  const tellHeaders = (request: IncomingMessage, response: ServerResponse) =>
    response.end(JSON.stringify(request.headers));

  const tellLength = async (request: IncomingMessage, response: ServerResponse) => {
    let length = 0;
    for await (const chunk of request) length += chunk.length;
    response.end(String(length));
  };

  /** Sends a body in chunks, without declaring its length. */
  function sendChunked(
    port: number,
    path: string,
    bytes: number,
  ): Promise<{ status?: number; body: string }> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest({ port, path, method: 'POST' }, async (answer) => {
        let body = '';
        for await (const chunk of answer) body += chunk;
        resolve({ ...(answer.statusCode ? { status: answer.statusCode } : {}), body });
      });
      sent.on('error', reject);
      for (let left = bytes; left > 0; left -= 1000) sent.write(Buffer.alloc(Math.min(left, 1000)));
      sent.end();
    });
  }

  test('forged forwarding headers reach nobody', async () => {
    const { origin } = await open(tellHeaders);
    const forged = {
      forwarded: 'for=6.6.6.6',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-port': '1',
      'x-forwarded-proto': 'gopher',
    };
    const seen = await (await fetch(origin, { headers: forged })).json();
    expect(seen['x-forwarded-for']).toBe('127.0.0.1');
    expect(Object.keys(seen).filter((name) => name.includes('forwarded'))).toEqual(['x-forwarded-for']);
  });

  test('behind a trusted proxy its headers stay, and the address is the one it saw', async () => {
    const { origin } = await open(tellHeaders, 1);
    const headers = { 'x-forwarded-for': '6.6.6.6, 198.51.100.7', 'x-forwarded-proto': 'https' };
    const seen = await (await fetch(origin, { headers })).json();
    expect(seen).toMatchObject({ 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' });
  });

  test.each([
    { path: '/api/authentication/verification', limit: API_BODY_LIMIT_BYTES },
    { path: '/%61pi/authentication/verification', limit: API_BODY_LIMIT_BYTES },
    { path: '//api/authentication/verification', limit: API_BODY_LIMIT_BYTES },
    { path: '/people', limit: BODY_LIMIT_BYTES },
    { path: '/api/policy/import', limit: FILE_LIMITS_BYTES.get('/api/policy/import') ?? 0 },
    { path: '/api/policy/import?again', limit: API_BODY_LIMIT_BYTES },
    { path: '/api/policy/import/', limit: API_BODY_LIMIT_BYTES },
    { path: '//api/policy/import', limit: API_BODY_LIMIT_BYTES },
  ])('$path takes $limit bytes and not one more, declared or chunked', async ({ path, limit }) => {
    const { origin, port } = await open(tellLength);
    const declared = (bytes: number) => fetch(origin + path, { method: 'POST', body: Buffer.alloc(bytes) });
    expect(await (await declared(limit)).text()).toBe(String(limit));
    expect(await sendChunked(port, path, limit)).toEqual({ status: 200, body: String(limit) });

    const refused = await declared(limit + 1);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([413, 'application/problem+json']);
    expect(await refused.json()).toMatchObject({ status: 413, code: 'content_too_large' });
    expect(await sendChunked(port, path, limit + 1)).toMatchObject({ status: 413 });
  });

  test('a file that is larger than a page takes comes with its length told, or not at all', async () => {
    const path = '/api/attestation/metadata';
    const { origin, port } = await open(tellLength);
    const body = Buffer.alloc(BODY_LIMIT_BYTES + 1);
    expect(await (await fetch(origin + path, { method: 'POST', body })).text()).toBe(String(body.length));
    expect(await sendChunked(port, path, body.length)).toMatchObject({ status: 413 });
  });

  test('a chunked body that is refused reaches no handler', async () => {
    let handled = 0;
    const { port } = await open((_request, response) => {
      handled += 1;
      response.end();
    });
    await sendChunked(port, '/api/x', API_BODY_LIMIT_BYTES + 1);
    expect(handled).toBe(0);
  });

  test('stopping answers those whom the system accepted before, however busy this process is', async () => {
    const door = await open((request, response) => {
      // Each keeps the only thread to itself for a while, as rendering a page does.
      for (const until = Date.now() + 40; Date.now() < until; );
      request.resume();
      setTimeout(() => response.end('done'), 10);
    });
    const sent = Array.from({ length: 6 }, async () => (await fetch(door.origin)).text());
    await once(door.server, 'request');
    const stopped = door.stop();
    expect(await Promise.all(sent)).toEqual(sent.map(() => 'done'));
    await stopped;
  });

  test('stopping finishes what was accepted and takes nothing new', async () => {
    const door = await open(() => undefined);
    const accepted = once(door.server, 'request');
    const pending = fetch(door.origin);
    const [, response] = await accepted;

    const stopped = door.stop();
    // Whoever has come before is still taken; then the door is shut, while the answer is pending.
    const knock = () =>
      new Promise<string>((resolve) => {
        const socket = connect(door.port, '127.0.0.1');
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
        socket.on('connect', () => socket.end(() => resolve('taken')));
      });
    await expect.poll(knock, { timeout: 30_000 }).toBe('ECONNREFUSED');

    response.end('done');
    expect(await (await pending).text()).toBe('done');
    await stopped;
  });

  test('stopping ends a stream of events at once, and nothing else', async () => {
    const door = await open((request, response) => {
      const type = request.url === '/stream' ? 'text/event-stream; charset=utf-8' : 'text/csv';
      response.setHeader('content-type', type);
      response.write('begun');
      if (request.url !== '/stream') stopped.then(() => response.end(', finished'));
    });
    let stopping = () => {};
    const stopped = new Promise<void>((resolve) => {
      stopping = resolve;
    });
    const [stream, download] = await Promise.all([
      fetch(`${door.origin}/stream`),
      fetch(`${door.origin}/download`),
    ]);
    const over = door.stop();
    await expect(stream.text()).rejects.toThrow('terminated');
    stopping();
    expect(await download.text()).toBe('begun, finished');
    await over;
  });
});
