import 'server-only';
import { lookup as resolve } from 'node:dns';
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '#domain/network';
import { SECOND_MS } from '#domain/time';

/** What may be reached from here. An address that somebody else named must not lead into our own network. */
export interface Reach {
  readonly protocols: readonly ('http:' | 'https:')[];
  /** Whether a connection to this IP address is allowed. */
  readonly allows: (address: string) => boolean;
}

export const PUBLIC_HTTPS: Reach = { protocols: ['https:'], allows: isPublicAddress };
/** Lists are signed, so that they may come in clear; many authorities offer nothing else. */
export const PUBLIC_WEB: Reach = { protocols: ['http:', 'https:'], allows: isPublicAddress };

export interface DownloadLimits {
  readonly bytes: number;
  /** From the question to the last byte. */
  readonly timeoutMs: number;
}

export type Downloaded = { readonly bytes: Buffer } | { readonly failure: string };

/** An address that is not within reach, in a sentence for administrators. */
class NotAllowed extends Error {}

/** An address that somebody else named, as it may be asked; a sentence where it may not. A name is judged as it resolves. */
export function withinReach(
  address: string,
  reach: Reach,
): { readonly url: URL; readonly protocol: 'http:' | 'https:' } | { readonly failure: string } {
  const url = URL.canParse(address) ? new URL(address) : null;
  const protocol = reach.protocols.find((known) => known === url?.protocol);
  if (url === null || protocol === undefined || url.username !== '' || url.password !== '')
    return { failure: `The address is none of ${reach.protocols.map((each) => `${each}//`).join(' or ')}.` };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !reach.allows(host)) return { failure: 'The address is not on the internet.' };
  return { url, protocol };
}

/** Resolves names within reach, so that the address that is connected to is one that was judged. */
export function lookupWithin(reach: Reach): LookupFunction {
  return (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const allowed = (found ?? []).filter(({ address }) => reach.allows(address));
      const [first] = allowed;
      if (error !== null) callback(error, '');
      else if (first === undefined || allowed.length < found.length)
        callback(new NotAllowed('The name leads to an address that is not on the internet.'), '');
      else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
}

/**
 * Fetches one address, once: no redirect, no credentials, no compression, up to a size and a time. The address that is
 * connected to is the one that was judged, so that a name cannot resolve to another one in between. What goes wrong comes
 * back as a sentence for administrators.
 */
export async function download(address: string, reach: Reach, limits: DownloadLimits): Promise<Downloaded> {
  const found = withinReach(address, reach);
  if ('failure' in found) return found;
  const { url, protocol } = found;
  const signal = AbortSignal.timeout(limits.timeoutMs);
  try {
    return await fetchOnce(url, protocol, reach, limits, signal);
  } catch (error) {
    if (signal.aborted)
      return { failure: `There was no whole answer within ${limits.timeoutMs / SECOND_MS} seconds.` };
    if (error instanceof NotAllowed) return { failure: error.message };
    const { code } = error as NodeJS.ErrnoException;
    return { failure: `It could not be reached (${code ?? 'no answer'}).` };
  }
}

function fetchOnce(
  url: URL,
  protocol: 'http:' | 'https:',
  reach: Reach,
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<Downloaded> {
  return new Promise((settle, reject) => {
    const lookup = lookupWithin(reach);
    const ask = protocol === 'https:' ? overHttps : overHttp;
    const asked = ask(url, { signal, lookup, agent: false, headers: { 'accept-encoding': 'identity' } });
    asked.on('error', reject);
    asked.on('response', (answer) => {
      const give = (downloaded: Downloaded) => {
        settle(downloaded);
        asked.destroy();
      };
      const { statusCode = 0, headers } = answer;
      if (statusCode !== 200)
        return give({
          failure:
            statusCode >= 300 && statusCode < 400
              ? 'It answered with a redirect, which is not followed.'
              : `It answered with status ${statusCode}.`,
        });
      if ((headers['content-encoding'] ?? 'identity') !== 'identity')
        return give({ failure: 'It answered in a compressed form that was not asked for.' });
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('error', reject);
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > limits.bytes)
          give({ failure: `It is larger than ${Math.floor(limits.bytes / (1024 * 1024))} MiB.` });
      });
      answer.on('end', () => {
        if (answer.complete) settle({ bytes: Buffer.concat(chunks) });
      });
      answer.on('aborted', () => reject(new NotAllowed('The answer was cut off.')));
    });
    asked.end();
  });
}
