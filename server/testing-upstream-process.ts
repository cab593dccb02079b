import 'server-only';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import Provider, { type AdapterPayload } from 'oidc-provider';
import { mfaContexts } from '#domain/federation';
import { systemClock } from './runtime.ts';
import type { UpstreamTelling } from './testing-upstream.ts';

/**
 * A real OpenID Connect provider in a process of its own, for tests: whoever comes is signed in as it was told. It can be told
 * to lie, too: what it says in its tokens and of itself is then changed on the way out. Takes an `UpstreamTelling` as a
 * message and answers when it holds; the first answer names its issuer.
 */
const [, , clientId = '', clientSecret = '', ...returnTo] = process.argv;

const nobody = { subject: 'nobody', claims: {}, methods: {} };
let telling: UpstreamTelling = nobody;
/** What it knows of each subject. */
const known = new Map<string, UpstreamTelling['claims']>();

/** Everything that was issued, in memory. */
class Kept {
  static readonly rows = new Map<string, AdapterPayload>();
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  readonly #key = (id: string) => `${this.#name}:${id}`;
  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    Kept.rows.set(this.#key(id), payload);
  }
  async find(id: string): Promise<AdapterPayload | undefined> {
    return Kept.rows.get(this.#key(id));
  }
  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return [...Kept.rows.values()].find((payload) => payload.uid === uid);
  }
  async findByUserCode(): Promise<undefined> {
    return undefined;
  }
  async consume(id: string): Promise<void> {
    const payload = Kept.rows.get(this.#key(id));
    if (payload) payload.consumed = Math.floor(systemClock.now().getTime() / 1000);
  }
  async destroy(id: string): Promise<void> {
    Kept.rows.delete(this.#key(id));
  }
  async revokeByGrantId(): Promise<void> {}
}

const own = await generateKeyPair('RS256', { extractable: true });
const foreign = await generateKeyPair('RS256', { extractable: true });
const key = { ...(await exportJWK(own.privateKey)), kid: 'own', alg: 'RS256', use: 'sig' };

const server = createServer();
await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

const provider = new Provider(issuer, {
  adapter: Kept,
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: returnTo }],
  jwks: { keys: [key] },
  cookies: { keys: [clientSecret] },
  acrValues: [...mfaContexts],
  claims: {
    openid: ['sub', 'acr', 'amr'],
    profile: ['upn', 'preferred_username'],
    email: ['email', 'email_verified'],
    auth_time: null,
    iss: null,
  },
  // As AD FS and others do: what a scope asks for stands in the ID token.
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  findAccount: async (_ctx, accountId) => ({
    accountId,
    claims: async () => ({ sub: accountId, ...known.get(accountId) }),
  }),
  loadExistingGrant: async ({ oidc }) => {
    const { accountId } = oidc.session ?? {};
    const client = oidc.client?.clientId;
    const grant = new provider.Grant({
      ...(accountId === undefined ? {} : { accountId }),
      ...(client === undefined ? {} : { clientId: client }),
    });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});

/** Where oidc-provider has UserInfo. */
const USER_INFO = '/me';
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The ID token that it issued, with what it was told to lie about. */
async function forged(token: string): Promise<string> {
  const { token: lies } = telling;
  if (lies === undefined) return token;
  const issued = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const payload = { ...issued, ...lies.claims };
  for (const name of lies.without ?? []) delete payload[name];
  if (lies.signed === 'not') return `${base64url({ alg: 'none' })}.${base64url(payload)}.`;
  const signing = new SignJWT(payload);
  if (lies.signed === 'by_client_secret')
    return await signing.setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(clientSecret));
  const { privateKey } = lies.signed === 'by_another' ? foreign : own;
  return await signing.setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(privateKey);
}

provider.use(async (ctx, next) => {
  await next();
  const body = ctx.body as Record<string, unknown> | undefined;
  if (ctx.path === '/.well-known/openid-configuration' && telling.description)
    ctx.body = { ...body, ...telling.description };
  if (ctx.path === USER_INFO && telling.userInfo?.claims) ctx.body = { ...body, ...telling.userInfo.claims };
  if (ctx.path === '/token' && typeof body?.id_token === 'string')
    ctx.body = { ...body, id_token: await forged(body.id_token) };
});

/** Signs in whoever comes, with the factors that were asked for where it was told that there are such. */
async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  if (telling.page === true && request.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!doctype html><html lang="en"><title>Upstream</title><h1>Upstream of ${telling.subject}</h1>
      <form method="post"><button>Sign in</button></form></html>`,
    );
    return;
  }
  const asked = params.acr_values !== undefined && telling.mfa !== undefined;
  const { amr, acr } = asked ? (telling.mfa ?? {}) : telling.methods;
  const now = Math.floor(systemClock.now().getTime() / 1000);
  await provider.interactionFinished(request, response, {
    login: {
      accountId: telling.subject,
      ts: now - (telling.signedInSecondsAgo ?? 0),
      ...(amr === undefined ? {} : { amr: [...amr] }),
      ...(acr === undefined ? {} : { acr }),
    },
  });
}

const asked: string[] = [];
const serve = provider.callback();
server.on('request', (request, response) => {
  const path = new URL(request.url ?? '/', issuer).pathname;
  // A browser asks for it by itself.
  if (path === '/favicon.ico') return void response.writeHead(204).end();
  asked.push(path);
  const { silent, status, location } = path === USER_INFO ? { ...telling, ...telling.userInfo } : telling;
  if (silent === true) return;
  if (status !== undefined) {
    response.writeHead(status, location === undefined ? {} : { location });
    response.end();
  } else if (path.startsWith('/interaction/')) {
    interact(request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  } else void serve(request, response);
});

process.on('message', (message: UpstreamTelling | 'asked') => {
  if (message === 'asked') process.send?.({ asked: asked.splice(0) });
  else {
    telling = message;
    known.set(message.subject, message.claims);
    process.send?.({ told: true });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ issuer });
