import 'server-only';
import { z } from 'zod';
import { recoveryFaults, serviceKeyAnswer, serviceRecoveryAnswer } from '#domain/pin-reset-ticket';
import { SECOND_MS } from '#domain/time';
import { type PinResetService, ServiceUnavailable } from './service.ts';

/** So long the service is waited for; the person waits as long. */
const PATIENCE_MS = 5 * SECOND_MS;
/** No answer of the service is longer, however many keys it has had. */
const ANSWER_LIMIT_BYTES = 1024 * 1024;

const opened = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: serviceRecoveryAnswer }),
  z.object({ ok: z.literal(false), fault: z.enum(recoveryFaults) }),
]);
const status = z.object({
  trusts: z.string().nullable(),
  keys: z.array(z.object({ kid: z.string(), createdAt: z.string() })),
});

/**
 * The service in its own process, asked over HTTP. Whatever is not its answer, a wrong token included, is
 * `ServiceUnavailable`, with the cause for the log.
 */
export function pinResetServiceAt({
  url,
  token,
}: {
  readonly url: string;
  readonly token: string;
}): PinResetService {
  async function ask<T>(door: string, body: unknown, answer: z.ZodType<T>): Promise<T> {
    try {
      const response = await fetch(`${url}/${door}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
        redirect: 'error',
        cache: 'no-store',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!response.ok) throw new Error(`the PIN reset service answered ${response.status}`);
      return answer.parse(JSON.parse(await limited(response)));
    } catch (error) {
      throw new ServiceUnavailable('the PIN reset service cannot be asked', { cause: error });
    }
  }

  return {
    publicKey: () => ask('key', {}, serviceKeyAnswer),
    recover: (request) => ask('recovery', request, opened),
    status: (tenant) => ask('status', { tenant }, status),
    trust: async (tenant, key) => void (await ask('trust', { tenant, key }, z.object({}))),
    distrust: async (tenant, thumbprint) =>
      void (await ask('distrust', { tenant, thumbprint }, z.object({}))),
    rotate: () => ask('rotation', {}, serviceKeyAnswer),
    // It checks itself when it starts; this one starts without it.
    check: async () => undefined,
  };
}

async function limited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > ANSWER_LIMIT_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
