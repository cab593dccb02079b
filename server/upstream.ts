import 'server-only';
import * as oidc from 'openid-client';
import { z } from 'zod';
import {
  type FederatedRound,
  issuerUrl,
  MAX_AGE_MS,
  MAX_AGE_NOW_MS,
  mfaContexts,
  type NamingClaim,
  PROVIDER_CLOCK_DIFFERS_MS,
  type UpstreamClaims,
} from '#domain/federation';
import { later, MINUTE_MS, SECOND_MS } from '#domain/time';
import type { Runtime } from './runtime.ts';

/**
 * An OpenID Connect provider that a domain is federated with, asked as a confidential client: code flow with PKCE, state and
 * nonce. Its description is believed only from its own address, and nothing but that address is ever asked.
 */
export interface Upstream {
  /** Of the federated domain. */
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What stays between the request and the answer. */
export interface UpstreamRequest {
  /** Where the provider sends the person back to. */
  readonly returnTo: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly round: FederatedRound;
  /** Whether the person signs in now, though they may still be signed in over there. */
  readonly anew: boolean;
}

/** `unavailable`: it is away, or does not answer like a provider. `refused`: what it answered proves nothing. */
export interface UpstreamFailure {
  readonly failure: 'unavailable' | 'refused';
  readonly cause: string;
}

/** So long the provider is waited for; the person waits as long. */
const PATIENCE_SECONDS = 5;
/** No answer of a provider is longer. */
const ANSWER_LIMIT_BYTES = 1024 * 1024;
/** How long its description counts, and the keys that came with it. */
const DESCRIPTION_KEPT_MS = 10 * MINUTE_MS;

class Unreachable extends Error {}
class Unsuitable extends Error {}

/** What was thrown here and came back wrapped, or null. */
function ours(error: unknown): Unreachable | Unsuitable | null {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof Unreachable || at instanceof Unsuitable) return at;
  return null;
}

const kept = new Map<string, { readonly configuration: oidc.Configuration; readonly until: Date }>();

/** The address that the person is sent to. */
export async function upstreamAddress(
  runtime: Runtime,
  upstream: Upstream,
  request: UpstreamRequest & { readonly loginHint: string },
): Promise<{ readonly address: string } | UpstreamFailure> {
  return await failing(async () => {
    const configuration = await describe(runtime, upstream);
    const address = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: request.returnTo,
      scope: 'openid profile email',
      state: request.state,
      nonce: request.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(request.verifier),
      code_challenge_method: 'S256',
      login_hint: request.loginHint,
      max_age: String(maxAgeSeconds(request)),
      ...(isNow(request) ? { prompt: 'login' } : {}),
      ...(request.round === 'mfa' ? { acr_values: mfaContexts.join(' ') } : {}),
    });
    return { address: address.href };
  });
}

/**
 * Exchanges the code of an answer for an ID token and validates it (OpenID Connect Core 3.1.3.7, RFC 9207 2.4): issuer,
 * audience, nonce, times, how long ago the person signed in, and the provider's signature, whatever way it came.
 */
export async function exchangeCode(
  runtime: Runtime,
  upstream: Upstream,
  request: UpstreamRequest,
  answered: URLSearchParams,
  naming: Naming,
): Promise<{ readonly claims: UpstreamClaims } | UpstreamFailure> {
  return await failing(async () => {
    const configuration = await describe(runtime, upstream);
    const back = new URL(request.returnTo);
    back.search = answered.toString();
    const tokens = await oidc.authorizationCodeGrant(configuration, back, {
      expectedState: request.state,
      expectedNonce: request.nonce,
      pkceCodeVerifier: request.verifier,
      maxAge: maxAgeSeconds(request),
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Unsuitable('no_id_token');
    return { claims: { ...claims, ...(await askForName(configuration, tokens, claims, naming)) } };
  });
}

/** What names a person at this provider, and whether somebody has to be named at all. */
export interface Naming {
  readonly claim: NamingClaim;
  /** Whether it is known here who a subject is. */
  readonly isKnown: (subject: string) => Promise<boolean>;
}

/**
 * The claim that names a person, from UserInfo (OpenID Connect Core 5.3), where the ID token does not have it and the subject is
 * not known yet. It is about the same subject, from the provider's own origin, under the same limits; nothing else of it counts.
 */
async function askForName(
  configuration: oidc.Configuration,
  tokens: oidc.TokenEndpointResponse,
  claims: UpstreamClaims,
  { claim, isKnown }: Naming,
): Promise<Pick<UpstreamClaims, NamingClaim | 'email_verified'>> {
  const { userinfo_endpoint } = configuration.serverMetadata();
  if (claims[claim] !== undefined || userinfo_endpoint === undefined || (await isKnown(claims.sub)))
    return {};
  const said: UpstreamClaims = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  // Whether an address is verified is said where the address is.
  return { [claim]: said[claim], ...(claim === 'email' ? { email_verified: said.email_verified } : {}) };
}

/** What a provider says of itself. */
export interface Inspected {
  /** Where it signs people in, exchanges codes and publishes its keys. */
  readonly endpoints: readonly string[];
  /** How many keys it publishes that sign. */
  readonly keys: number;
  /** It names itself in its answers (RFC 9207). */
  readonly namesItself: boolean;
}

/** Asks a provider anew for what a sign-in needs of it: its description and its keys. */
export async function inspectUpstream(
  runtime: Runtime,
  upstream: Upstream,
): Promise<Inspected | UpstreamFailure> {
  kept.delete(keyOf(upstream));
  return await failing(async () => {
    const configuration = await describe(runtime, upstream);
    const metadata = configuration.serverMetadata();
    const keys = await countKeys(new URL(String(metadata.jwks_uri)));
    if (keys === 0) throw new Unsuitable('keys_unusable');
    return {
      endpoints: [metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri].map(String),
      keys,
      namesItself: metadata.authorization_response_iss_parameter_supported === true,
    };
  });
}

/** A JSON Web Key Set (RFC 7517 5), as far as a signature needs it. */
const keySet = z.object({ keys: z.array(z.object({ kty: z.string(), use: z.string().optional() })) });

/** How many keys are at an address that are no shared secrets and not for encryption alone. */
async function countKeys(address: URL): Promise<number> {
  const response = await fetchFrom(address)(address.href, {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_SECONDS * SECOND_MS),
  });
  const read = keySet.safeParse(response.ok ? parsed(await response.text()) : null);
  return read.success ? read.data.keys.filter(({ kty, use }) => kty !== 'oct' && use !== 'enc').length : 0;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** Whether they sign in over there now. */
const isNow = ({ round, anew }: UpstreamRequest) => round === 'mfa' || anew;
const maxAgeSeconds = (request: UpstreamRequest) =>
  (isNow(request) ? MAX_AGE_NOW_MS : MAX_AGE_MS) / SECOND_MS;
const keyOf = ({ id, issuer, clientId, clientSecret }: Upstream) =>
  JSON.stringify([id, issuer, clientId, clientSecret]);

async function describe(runtime: Runtime, upstream: Upstream): Promise<oidc.Configuration> {
  const now = runtime.clock.world();
  const known = kept.get(keyOf(upstream));
  if (known !== undefined && now < known.until) return known.configuration;
  const issuer = issuerUrl(upstream.issuer);
  if (issuer === null) throw new Unsuitable('issuer_not_allowed');
  const configuration = await discover(issuer, upstream);
  checkDescription(issuer, configuration.serverMetadata());
  kept.set(keyOf(upstream), { configuration, until: later(now, DESCRIPTION_KEPT_MS) });
  return configuration;
}

async function discover(issuer: URL, upstream: Upstream): Promise<oidc.Configuration> {
  try {
    return await oidc.discovery(
      issuer,
      upstream.clientId,
      { [oidc.clockTolerance]: PROVIDER_CLOCK_DIFFERS_MS / SECOND_MS },
      clientAuthentication(upstream.clientSecret),
      {
        timeout: PATIENCE_SECONDS,
        [oidc.customFetch]: fetchFrom(issuer),
        execute: [
          oidc.enableNonRepudiationChecks,
          ...(issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
        ],
      },
    );
  } catch (error) {
    if (ours(error) !== null || !(error instanceof oidc.ClientError)) throw error;
    throw new Unsuitable(`description_invalid: ${error.message}`, { cause: error });
  }
}

/** One that speaks for many tenants at once, or for addresses elsewhere, is none that a domain can be handed over to. */
function checkDescription(issuer: URL, metadata: oidc.ServerMetadata): void {
  if (!URL.canParse(metadata.issuer) || new URL(metadata.issuer).href !== issuer.href)
    throw new Unsuitable('issuer_is_another');
  for (const endpoint of [metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri])
    if (endpoint === undefined || !URL.canParse(endpoint) || new URL(endpoint).origin !== issuer.origin)
      throw new Unsuitable('endpoint_elsewhere');
}

/** `client_secret_basic`, which is the default (OpenID Connect Core 9), unless the provider takes it in the body alone. */
function clientAuthentication(secret: string): oidc.ClientAuth {
  const [inHeader, inBody] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (taken.includes('client_secret_basic') ? inHeader : inBody)(server, ...rest);
  };
}

/** Fetches from the provider's own origin alone, without redirects, up to a size. */
function fetchFrom({ origin }: URL): oidc.CustomFetch {
  return async (address, options) => {
    if (new URL(address).origin !== origin) throw new Unsuitable('endpoint_elsewhere');
    try {
      const response = await fetch(address, {
        ...options,
        body: options.body as BodyInit | null,
        signal: options.signal ?? null,
        redirect: 'error',
        cache: 'no-store',
      });
      const body = await limited(response);
      if (response.status >= 500) throw new Error(`the provider answered ${response.status}`);
      return new Response(body, { status: response.status, headers: response.headers });
    } catch (error) {
      throw new Unreachable('the provider cannot be asked', { cause: error });
    }
  };
}

async function limited(response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > ANSWER_LIMIT_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function failing<T>(ask: () => Promise<T>): Promise<T | UpstreamFailure> {
  try {
    return await ask();
  } catch (error) {
    const known = ours(error);
    if (known instanceof Unreachable) return { failure: 'unavailable', cause: 'upstream_unreachable' };
    return known === null ? causeOf(error) : { failure: 'unavailable', cause: known.message };
  }
}

/** Errors of the protocol in one word each, for the log. Anything else is a bug. */
function causeOf(error: unknown): UpstreamFailure {
  if (error instanceof oidc.AuthorizationResponseError)
    return { failure: 'refused', cause: `upstream_answered: ${error.error.slice(0, 64)}` };
  if (error instanceof oidc.ResponseBodyError)
    return { failure: 'refused', cause: `upstream_refused: ${error.error.slice(0, 64)}` };
  if (error instanceof oidc.WWWAuthenticateChallengeError)
    return { failure: 'refused', cause: 'upstream_refused: challenge' };
  if (error instanceof oidc.ClientError)
    return { failure: 'refused', cause: `token_invalid: ${error.message} (${error.code ?? 'unknown'})` };
  throw error;
}
