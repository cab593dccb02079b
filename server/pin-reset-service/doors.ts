import 'server-only';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { serviceKeyRequest, serviceRecoveryRequest, ticketKey } from '#domain/pin-reset-ticket';
import { SECOND_MS } from '#domain/time';
import type { PinResetService } from './service.ts';

/** A ticket, a protector and a key are some 2 KiB. */
const BODY_LIMIT_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 15 * SECOND_MS;

type Door = (service: PinResetService, body: unknown) => Promise<unknown> | null;

/** A door that takes what its schema takes; null for anything else. */
function door<S extends z.ZodType>(
  schema: S,
  answer: (service: PinResetService, input: z.output<S>) => Promise<unknown>,
): Door {
  return (service, body) => {
    const input = schema.safeParse(body);
    return input.success ? answer(service, input.data) : null;
  };
}

const tenant = z.guid();

const doors = new Map<string, Door>([
  ['/key', door(serviceKeyRequest, (service) => service.publicKey())],
  ['/recovery', door(serviceRecoveryRequest, (service, request) => service.recover(request))],
  ['/status', door(z.strictObject({ tenant }), (service, request) => service.status(request.tenant))],
  [
    '/trust',
    door(z.strictObject({ tenant, key: ticketKey }), (service, request) =>
      service.trust(request.tenant, request.key),
    ),
  ],
  [
    '/distrust',
    door(z.strictObject({ tenant, thumbprint: z.string().max(64) }), (service, request) =>
      service.distrust(request.tenant, request.thumbprint),
    ),
  ],
  ['/rotation', door(serviceKeyRequest, (service) => service.rotate())],
]);

/** The service behind HTTP, for the tenants that hold `token`. `log` hears of what broke, and of nothing else. */
export function createDoors(service: PinResetService, token: string, log: (error: unknown) => void): Server {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);

  async function answer(request: IncomingMessage): Promise<readonly [status: number, body: unknown]> {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return [401, {}];
    const found = doors.get(request.url ?? '');
    if (found === undefined) return [404, {}];
    if (request.method !== 'POST') return [405, {}];
    const text = await readBody(request);
    if (text === null) return [413, {}];
    const asked = found(service, jsonOf(text));
    return asked === null ? [400, {}] : [200, (await asked) ?? {}];
  }

  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      answer(request)
        .catch((error) => {
          log(error);
          return [500, {}] as const;
        })
        .then(([status, body]) => send(response, status, body), log);
    },
  );
  return server;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  // What is left of a body that was refused is not read: the connection ends with the answer.
  const close = status === 200 ? {} : { connection: 'close' };
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...close });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
