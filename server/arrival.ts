import 'server-only';
import { type NextRequest, NextResponse } from 'next/server';
import type { Problem } from '#domain/problem';
import type { Result } from '#domain/result';
import type { Caller } from './caller.ts';
import { thrownProblem } from './endpoint.ts';
import { readEnvironment } from './env.ts';
import { theRuntime } from './product.ts';
import { cookiesOf, readCaller } from './request.ts';
import type { Runtime } from './runtime.ts';
import { supported, traced } from './trace.ts';

/** A redirect that is a GET whatever was asked (RFC 9110 15.4.4). */
const SEE_OTHER = 303;

/**
 * A GET route handler that another site leads people back to: there is no origin to compare, so the use case takes nothing
 * but what it sealed for this browser before. It is a redirect in the end: `lead` says where a success goes, `failed` where a
 * problem is told.
 */
export function arrival<T>(
  useCase: (
    runtime: Runtime,
    caller: Caller,
    input: { readonly domain: string; readonly answered: URLSearchParams },
  ) => Promise<Result<T>>,
  lead: (value: T) => string,
  failed: string,
): (request: NextRequest, context: { params: Promise<{ domain: string }> }) => Promise<Response> {
  return async (request, { params }) => {
    const { origin } = readEnvironment();
    try {
      const { runtime, trace } = traced(await theRuntime());
      const { caller } = await readCaller(runtime, request.cookies, request.headers);
      const domain = decoded((await params).domain);
      const result = await useCase(runtime, caller, { domain, answered: request.nextUrl.searchParams });
      const response = result.ok
        ? redirect(new URL(lead(result.value), origin))
        : told(new URL(failed, origin), supported(result.problem, trace));
      if (result.session !== undefined)
        for (const each of cookiesOf(result.session)) response.cookies.set(each);
      return response;
    } catch (error) {
      return told(new URL(failed, origin), thrownProblem(error));
    }
  };
}

function redirect(to: URL): NextResponse {
  const response = NextResponse.redirect(to, SEE_OTHER);
  response.headers.set('cache-control', 'no-store');
  return response;
}

/** The page that tells a problem finds its words by the code. */
function told(page: URL, { code, support }: Problem): NextResponse {
  page.searchParams.set('problem', code);
  if (support !== undefined) page.searchParams.set('support', support);
  return redirect(page);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
