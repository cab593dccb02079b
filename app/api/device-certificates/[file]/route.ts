import type { NextRequest } from 'next/server';
import { problem } from '#domain/problem';
import { MINUTE_MS, SECOND_MS } from '#domain/time';
import { readAuthorityCertificate, readRevocationList } from '#server/device-certificate';
import { problemResponse, thrownProblem } from '#server/endpoint';
import { theRuntime } from '#server/product';

export const dynamic = 'force-dynamic';

/** Public files of the device CA, by the end of their names (RFC 5280 4.2.1.13, RFC 2585 4). They may be kept for so long. */
const files = {
  crl: { read: readRevocationList, type: 'application/pkix-crl', ageMs: 5 * MINUTE_MS },
  cer: { read: readAuthorityCertificate, type: 'application/pkix-cert', ageMs: 60 * MINUTE_MS },
} as const;

/** `<authority id>.crl`: its revocation list. `<authority id>.cer`: its certificate. No cookie is read or set. */
export async function GET(
  request: NextRequest,
  { params }: { params: Promise<{ file: string }> },
): Promise<Response> {
  try {
    const [, id, end] = /^([0-9a-f-]{36})\.(crl|cer)$/.exec((await params).file) ?? [];
    if (id === undefined) return problemResponse(problem('not_found'));
    const { read, type, ageMs } = files[end === 'crl' ? 'crl' : 'cer'];
    const found = await read(await theRuntime(), id);
    if (found === null) return problemResponse(problem('not_found'));
    const headers = { etag: found.tag, 'cache-control': `public, max-age=${ageMs / SECOND_MS}` };
    const held = request.headers.get('if-none-match')?.split(',') ?? [];
    if (held.some((tag) => tag.trim().replace(/^W\//, '') === found.tag))
      return new Response(null, { status: 304, headers });
    return new Response(found.content, { headers: { ...headers, 'content-type': type } });
  } catch (error) {
    return problemResponse(thrownProblem(error));
  }
}
