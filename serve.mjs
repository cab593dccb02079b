/**
 * The front door: Next behind a plain node:http server.
 *
 *     node serve.mjs [--dev]
 *
 * Next cannot say where a request comes from: it keeps whatever `X-Forwarded-For` a client invents. Rate limits and the
 * event log need an address that nobody can forge, so this server works it out from the socket and from the proxies that
 * the operator vouches for, and writes it over the header before Next sees the request. While it is at it, it bounds
 * what a request may send and how long it may take, and it stops without cutting off what it has accepted.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A ceremony is a few KiB; the largest attestation with its whole certificate chain stays under 20. */
export const API_BODY_LIMIT_BYTES = 64 * 1024;
/** The doors that take a file, by their exact paths: what each route lets in itself. */
export const FILE_LIMITS_BYTES = new Map([
  ['/api/attestation/metadata', 16 * 1024 * 1024],
  // 512 KiB in base64url, and the little around it.
  ['/api/policy/import', Math.ceil((512 * 1024 * 4) / 3) + 1024],
]);
/** Server actions and everything else; Next's own limit for an action is the same. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** How long a stop waits for answers to what was accepted, and for those who are still talking. */
const STOP_LIMIT_MS = 25_000;
const STOP_SENDERS_LIMIT_MS = 5_000;
/** How long a stop goes on taking connections that came before it, where more and more arrive. */
const BACKLOG_LIMIT_MS = 2_000;
/** How long Next may take to close when nobody is being served any more. */
const CLOSE_LIMIT_MS = 5_000;
/** When asking again is worth it after the store was away. */
const RETRY_AFTER_SECONDS = 5;
/** How long a refused sender may go on talking, so that it reads the refusal before the connection closes. */
const LINGER_MS = 1_000;

const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto'];

/** Something a person can put right; its message is the whole story, without a stack. */
class Refusal extends Error {}

/**
 * `::ffff:10.0.0.1`, `[::1]:4711` and `10.0.0.1:4711` as plain addresses, and every spelling of one IPv6 address as one
 * (RFC 5952: lower case, shortened, without a zone); undefined when it is none.
 */
function plainAddress(text) {
  const bare = text
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/%.*$/, '');
  if (isIP(bare) !== 6) return isIP(bare) ? bare : undefined;
  const address = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(address);
  if (mapped === null) return address;
  const [high, low] = [Number.parseInt(mapped[1], 16), Number.parseInt(mapped[2], 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * The address a request comes from. Each trusted proxy appends the address that it saw, so with n of them the n-th entry
 * from the right was written by the outermost one, and whatever stands further left was written by the client. A chain
 * that is too short or not an address did not come through those proxies: then only the socket is believed.
 */
export function clientAddress(socketAddress, forwardedFor, trustedProxyHops) {
  const chain = (forwardedFor ?? '').split(',');
  const entry = trustedProxyHops > 0 ? chain.at(-trustedProxyHops) : undefined;
  return plainAddress(entry ?? '') ?? plainAddress(socketAddress ?? '') ?? 'unknown';
}

/** `gathered` says that the body's length is not told: it is then kept in memory, and never more than a page takes. */
function bodyLimit(url, gathered) {
  const file = FILE_LIMITS_BYTES.get(url);
  if (file !== undefined && !(gathered && file > BODY_LIMIT_BYTES)) return file;
  let path = url.replace(/\?.*$/s, '');
  try {
    path = decodeURIComponent(path);
  } catch {
    // A path that nothing can decode is for the router to refuse.
  }
  return /^(\w+:\/\/[^/]*)?\/+api(\/|$)/i.test(path) ? API_BODY_LIMIT_BYTES : BODY_LIMIT_BYTES;
}

const TOO_LARGE = JSON.stringify({
  type: 'about:blank',
  title: 'Content Too Large',
  status: 413,
  code: 'content_too_large',
  detail: 'The request is larger than this door accepts. Nothing was changed.',
});

/** Answers, and listens on for a moment: a sender that is cut off while it talks never reads the answer. */
function refuseTooLarge(request) {
  const { socket } = request;
  socket.end(
    [
      'HTTP/1.1 413 Content Too Large',
      'Content-Type: application/problem+json',
      'Cache-Control: no-store',
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(TOO_LARGE)}`,
      '',
      TOO_LARGE,
    ].join('\r\n'),
  );
  request.push = () => true;
  request.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/**
 * Calls `proceed` unless the body is too large. One without a declared length is gathered first, so that no handler ever
 * works on a body that turns out to be refused.
 */
function withBoundedBody(request, proceed) {
  const gathered = request.headers['transfer-encoding'] !== undefined;
  const limit = bodyLimit(request.url, gathered);
  if (Number(request.headers['content-length'] ?? 0) > limit) return refuseTooLarge(request);
  if (!gathered) return proceed();

  const { push } = request;
  const chunks = [];
  let received = 0;
  // The parser delivers a body by calling `push`, and its end by pushing null.
  request.push = (chunk) => {
    received += chunk?.length ?? 0;
    chunks.push(chunk);
    if (received > limit) refuseTooLarge(request);
    else if (chunk === null) {
      request.push = push;
      for (const each of chunks) request.push(each);
      proceed();
    }
    return true;
  };
}

/**
 * Where a page opened by an IP address leads: WebAuthn knows names only, so the same page at ORIGIN. Undefined for
 * anything else. Next would make the redirect relative, and the browser would go in circles.
 */
function elsewhere(request, origin) {
  if (origin === undefined || request.method !== 'GET' || /^\/+api(\/|$)/i.test(request.url))
    return undefined;
  const byAddress = plainAddress(request.headers.host ?? '') !== undefined;
  return byAddress && request.url.startsWith('/') ? origin + request.url : undefined;
}

function isEventStream(response) {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

/** What a page may tell the front door about the request that it serves: Next lets no page choose its status. */
const requests = new AsyncLocalStorage();

/** Makes Next's 500 a 503 where the page says that the store was away (`server/page.ts`). */
function withOwnStatus(response, handle) {
  const note = {};
  const { writeHead } = response;
  response.writeHead = (status, ...rest) => {
    if (status !== 500 || !note.unavailable) return writeHead.call(response, status, ...rest);
    response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
    return writeHead.call(response, 503, ...rest);
  };
  requests.run(note, handle);
}

/**
 * The server without Next: `handle` sees bounded requests whose `x-forwarded-for` is one address, found here. Not yet
 * listening. A page opened by an IP address is led to `origin`. `stop()` takes no new connections, ends streams of
 * events, lets other accepted requests finish (25 s at most, and 5 s for whoever is still sending) and then resolves.
 */
export function createFrontDoor(handle, { trustedProxyHops = 0, origin } = {}) {
  let stopping = false;
  const open = new Set();
  const server = createServer({ connectionsCheckingInterval: 5_000 }, (request, response) => {
    const { headers } = request;
    headers['x-forwarded-for'] = clientAddress(
      request.socket.remoteAddress,
      headers['x-forwarded-for'],
      trustedProxyHops,
    );
    if (trustedProxyHops === 0) for (const name of FORWARDING_HEADERS) delete headers[name];
    if (stopping) response.setHeader('Connection', 'close');
    open.add(response);
    response.once('close', () => {
      open.delete(response);
      if (stopping) setImmediate(() => server.closeIdleConnections());
    });
    const location = elsewhere(request, origin);
    if (location !== undefined)
      return response.writeHead(307, { location, 'cache-control': 'no-store' }).end();
    // No text of ours holds U+0000, and PostgreSQL could not even look for one.
    if (/%00/.test(request.url)) return response.writeHead(400, { 'cache-control': 'no-store' }).end();
    withBoundedBody(request, () => withOwnStatus(response, () => handle(request, response)));
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;

  const connections = new Set();
  let taken = 0;
  server.on('connection', (socket) => {
    taken += 1;
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  // Node forgets a connection once it is a WebSocket, and would wait for its end for ever.
  const webSockets = new Set();
  server.on('upgrade', (_request, socket) => {
    webSockets.add(socket);
    socket.once('close', () => webSockets.delete(socket));
  });

  /**
   * Resolves when the system holds no connection that it has accepted for us: Node takes one a turn, so that with two
   * turns without any there is none. Closing before that would reset people who have sent their request.
   */
  const backlogTaken = async () => {
    const deadline = Date.now() + BACKLOG_LIMIT_MS;
    for (let quiet = 0; quiet < 2 && Date.now() < deadline; ) {
      const before = taken;
      await new Promise(setImmediate);
      quiet = taken === before ? quiet + 1 : 0;
    }
  };

  const stop = async () => {
    stopping = true;
    await backlogTaken();
    await new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      for (const socket of webSockets) socket.destroy();
      // A stream of events has no end of its own; whoever reads it comes back and goes on where it was.
      const endStreams = () => {
        for (const response of open) if (isEventStream(response)) response.destroy();
      };
      endStreams();
      setTimeout(() => {
        endStreams();
        const answering = new Set([...open].filter(({ req }) => req.complete).map(({ req }) => req.socket));
        for (const socket of connections) if (!answering.has(socket)) socket.destroy();
      }, STOP_SENDERS_LIMIT_MS).unref();
      setTimeout(() => server.closeAllConnections(), STOP_LIMIT_MS).unref();
    });
  };
  return { server, stop };
}

function wholeNumber(name, fallback, max) {
  const text = process.env[name] || String(fallback);
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > max)
    throw new Refusal(`${name} must be a whole number from 0 to ${max}, not "${text}".`);
  return number;
}

function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    const explain = {
      EADDRINUSE: `Port ${port} is busy: stop the program that uses it, or choose another one with PORT.`,
      EACCES: `Port ${port} may not be opened by this user: choose one above 1023 with PORT.`,
      EADDRNOTAVAIL: `This machine has no address ${host}: correct HOST, or leave it out for 127.0.0.1.`,
      ENOTFOUND: `HOST is ${host}, which no address is known for: correct it, or leave it out for 127.0.0.1.`,
    };
    server.once('error', (error) => reject(explain[error.code] ? new Refusal(explain[error.code]) : error));
    server.listen(port, host, resolve);
  });
}

/** What the first start has to say (the first administrator's link), once, after the address is open. */
function takeAnnouncement(file) {
  if (!file) return '';
  try {
    const text = readFileSync(file, 'utf8').trim();
    rmSync(file);
    return text;
  } catch {
    return '';
  }
}

/**
 * Serves until SIGINT, SIGTERM, a `stop` message or the end of a parent that talks over IPC, then ends the process with
 * 0. Anything that keeps it from serving is one sentence and exit code 1.
 */
export async function serve({ dev = false } = {}) {
  try {
    process.env.NODE_ENV = dev ? 'development' : 'production';
    const host = process.env.HOST || '127.0.0.1';
    const port = wholeNumber('PORT', 3000, 65_535);
    const origin = process.env.ORIGIN || `http://localhost:${port}`;

    let whenReady;
    const ready = new Promise((resolve) => {
      whenReady = resolve;
    });
    const door = createFrontDoor(async (request, response) => (await ready)(request, response), {
      trustedProxyHops: wholeNumber('TRUSTED_PROXY_HOPS', 0, 16),
      origin: new URL(origin).origin,
    });
    // Listening comes first: a busy port is told before Next spends seconds on getting ready.
    await listen(door.server, port, host);

    // Next reads NODE_ENV when it is imported, so it is imported only now.
    const { default: next } = await import('next');
    const dir = fileURLToPath(new URL('.', import.meta.url));
    globalThis.latchkeyRequest = requests;
    globalThis.latchkeyListening = door.server.address();
    const app = next({ dev, dir, hostname: 'localhost', port, httpServer: door.server });

    let stopping = false;
    const stop = async () => {
      if (stopping) return;
      stopping = true;
      await door.stop();
      setTimeout(() => process.exit(0), CLOSE_LIMIT_MS).unref();
      await app.close();
      process.exit(0);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop);
    process.on('message', (message) => message === 'stop' && stop());

    await app.prepare();
    whenReady(app.getRequestHandler());

    console.log(
      `\nLatchkey is open at ${origin}${host === '127.0.0.1' ? '' : ` (listening on ${host}, port ${port})`}`,
    );
    const announcement = takeAnnouncement(process.env.LATCHKEY_ANNOUNCE);
    if (announcement) console.log(`\n${announcement}\n`);
  } catch (error) {
    console.error(error instanceof Refusal ? error.message : error);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.loadEnvFile?.(fileURLToPath(new URL('.env', import.meta.url)));
  } catch {
    // No .env is the usual case.
  }
  await serve({ dev: process.argv.includes('--dev') });
}
