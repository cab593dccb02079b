import 'server-only';
import { type AttackName, type AttackReport, type AttackStep, attacks } from '#domain/presentation/attack';
import { ok, type Result, refuse } from '#domain/result';
import { getAssertion, proveProfile } from '#domain/software-authenticator';
import { idsOfSupportCode, readSupportCode } from '#domain/support-code';
import { SECOND_MS } from '#domain/time';
import type { Caller, SignedIn } from './caller.ts';
import { beginDeviceProof } from './device.ts';
import { listEvents, record } from './event.ts';
import { createUser, resetPassword } from './identity.ts';
import { signInWithPassword } from './password-sign-in.ts';
import { demoTenant } from './presentation.ts';
import { CANDIDATES, elementFor, searchOffline, stealContainer } from './presentation-pin.ts';
import { BROWSER_COOKIE, SESSION_COOKIE } from './request.ts';
import type { Runtime } from './runtime.ts';
import { lockSession, tokenHashOf } from './session.ts';
import { callerAt, done, InventedRefused, type SoftwareDesk, setUpDesk } from './software-desk.ts';

const VERIFICATION = '/api/authentication/verification';
const MAKE_KEY = '/api/registration/options';
/** So long an answer of this process to itself may take. */
const PATIENCE_MS = 30 * SECOND_MS;
const LOOK_ALIKE = 'https://latchkey-sign-in.example';

/** What came back from a door: its cookies are in the sender's hands. */
export interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly session: string | null;
}

/** Sends a request to the running product as a program elsewhere would; null cookies are none. */
export type Send = (
  path: string,
  body: unknown,
  cookies: { readonly browser: string; readonly session?: string | undefined },
) => Promise<Answer>;

/** Where this process listens, told by the front door (`serve.mjs`). */
const front = globalThis as { latchkeyListening?: { address: string; port: number } | string | null };

/** Over the network, to this process's own door, under the product's own name. */
export function overHttp({ relyingParty }: Pick<Runtime, 'relyingParty'>): Send | null {
  const at = front.latchkeyListening;
  if (at === undefined || at === null || typeof at === 'string') return null;
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const address = everywhere[at.address] ?? at.address;
  const host = address.includes(':') ? `[${address}]` : address;
  return async (path, body, { browser, session }) => {
    const cookie = [`${BROWSER_COOKIE}=${browser}`, ...(session ? [`${SESSION_COOKIE}=${session}`] : [])];
    const response = await fetch(`http://${host}:${at.port}${path}`, {
      method: 'POST',
      headers: {
        origin: relyingParty.origin,
        'content-type': 'application/json',
        'user-agent': 'Latchkey presentation',
        cookie: cookie.join('; '),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const opened = response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0] ?? '')
      .find((pair) => pair.startsWith(`${SESSION_COOKIE}=`));
    return {
      status: response.status,
      json: (await response.json()) as Record<string, unknown>,
      session: opened?.slice(SESSION_COOKIE.length + 1) || null,
    };
  };
}

/** One attack under way: what was sent so far, and how to send more. */
interface Attempt {
  readonly runtime: Runtime;
  readonly domain: string;
  readonly sent: AttackStep[];
  readonly send: (what: string, ...request: Parameters<Send>) => Promise<Answer>;
}

type SignInBody = { readonly response: unknown; readonly device: { id: string; signature: string } };

/** Somebody invented who is there for this attack alone, at a device of software. */
async function aVictim(
  { runtime, domain }: Attempt,
  machine: string,
): Promise<SoftwareDesk & { upn: string }> {
  const word = Buffer.from(runtime.random.bytes(4)).toString('hex');
  const sample = { ...runtime, sample: true };
  const upn = `invented-${word}@${domain}`;
  const user = done(
    await createUser(sample, { upn, displayName: `Invented ${word}`, jobTitle: 'There for an attack' }),
  ).value;
  const caller: Caller = {
    browser: Buffer.from(runtime.random.bytes(32)).toString('base64url'),
    session: null,
    address: '192.0.2.250',
    userAgent: 'A program',
  };
  return { ...(await setUpDesk(sample, caller, user.id, `${machine}-${word}`)), upn };
}

const signedOut = ({ caller }: SoftwareDesk) => ({ browser: caller.browser });

/** The body that signs in over a fresh challenge, or what differs from it. */
async function signInBody(
  { runtime, send }: Attempt,
  desk: SoftwareDesk,
  lie: { readonly origin?: string; readonly profile?: Pick<SoftwareDesk, 'profile' | 'profileId'> } = {},
): Promise<SignInBody> {
  const { origin = runtime.relyingParty.origin, profile: shown = desk } = lie;
  const asked = await send(
    'Asks for a challenge',
    '/api/authentication/options',
    { purpose: 'sign-in' },
    signedOut(desk),
  );
  const { challenge } = asked.json as { challenge: string };
  const { response, key } = getAssertion({ challenge }, origin, desk.hello);
  desk.hello = key;
  const signature = proveProfile(shown.profile, origin, challenge, key.credentialId);
  return { response, device: { id: shown.profileId, signature } };
}

async function ownerSignsIn(attempt: Attempt, desk: SoftwareDesk, body: SignInBody): Promise<string> {
  const { session, json } = await attempt.send('The owner signs in', VERIFICATION, body, signedOut(desk));
  if (session === null) throw new InventedRefused(String(json.code));
  return session;
}

const signIn = async (attempt: Attempt, desk: SoftwareDesk) =>
  await ownerSignsIn(attempt, desk, await signInBody(attempt, desk));

const run: Readonly<Record<AttackName, (attempt: Attempt) => Promise<Answer>>> = {
  replayed_assertion: async (attempt) => {
    const desk = await aVictim(attempt, 'QUAY');
    const body = await signInBody(attempt, desk);
    await ownerSignsIn(attempt, desk, body);
    return await attempt.send('The attacker sends the same bytes', VERIFICATION, body, signedOut(desk));
  },
  wrong_origin: async (attempt) => {
    const desk = await aVictim(attempt, 'QUAY');
    const body = await signInBody(attempt, desk, { origin: LOOK_ALIKE });
    return await attempt.send(`Signed at ${LOOK_ALIKE}, passed on`, VERIFICATION, body, signedOut(desk));
  },
  other_device: async (attempt) => {
    const [desk, thief] = [await aVictim(attempt, 'QUAY'), await aVictim(attempt, 'THIEF')];
    const body = await signInBody(attempt, { ...desk, caller: thief.caller }, { profile: thief });
    return await attempt.send('The copied key, from another device', VERIFICATION, body, signedOut(thief));
  },
  reset_without_mfa: async (attempt) => {
    const { runtime } = attempt;
    const { caller, upn, userId, profile, profileId } = await aVictim(attempt, 'QUAY');
    const { password } = done(await resetPassword(runtime, null, { userId, temporary: false })).value;
    const { challenge } = done(
      await beginDeviceProof(runtime, caller, { purpose: 'recognise-device' }),
    ).value;
    const signature = proveProfile(profile, runtime.relyingParty.origin, challenge);
    const device = { id: profileId, challenge, signature };
    const { token } = done(await signInWithPassword(runtime, caller, { upn, password, device }));
    const cookies = { browser: caller.browser, session: token };
    return await attempt.send('Resets with the password alone', MAKE_KEY, { purpose: 'pin-reset' }, cookies);
  },
  pin_offline: async (attempt) => {
    const { runtime, send, sent } = attempt;
    const random = (count: number) => runtime.random.bytes(count);
    const [desk, thief] = [await aVictim(attempt, 'QUAY'), await aVictim(attempt, 'THIEF')];
    const stolen = await stealContainer(runtime, desk);
    const found = await searchOffline(stolen, random);
    sent.push({
      what: `Tries ${CANDIDATES.length} PINs at the copy, the right one among them`,
      request: 'no request: offline',
      status: 0,
      answer: found === null ? 'none opens it' : 'opened',
    });
    if (found !== null) return { status: 0, json: {}, session: null };
    const { id: container } = stolen.container;
    const asked = await send(
      'Asks for the server’s half',
      '/api/key-container/options',
      { container },
      signedOut(thief),
    );
    const { challenge, protector } = asked.json as { challenge: string; protector: string };
    const element = await elementFor(stolen, random);
    const signature = proveProfile(thief.profile, runtime.relyingParty.origin, challenge, element);
    const device = { id: thief.profileId, signature };
    return await send(
      'The right PIN, from another device',
      '/api/key-container/evaluation',
      { container, protector, challenge, element, device },
      signedOut(thief),
    );
  },
  session_from_database: async (attempt) => {
    const desk = await aVictim(attempt, 'QUAY');
    const token = await signIn(attempt, desk);
    const found = await tokenHashOf(attempt.runtime, await callerAt(attempt.runtime, desk.caller, token));
    const cookies = { browser: desk.caller.browser, session: found };
    return await attempt.send('The session column as a cookie', MAKE_KEY, { purpose: 'passkey' }, cookies);
  },
  cookie_after_lock: async (attempt) => {
    const desk = await aVictim(attempt, 'QUAY');
    const session = await signIn(attempt, desk);
    const cookies = { browser: desk.caller.browser, session };
    done(await lockSession(attempt.runtime, await callerAt(attempt.runtime, desk.caller, session)));
    return await attempt.send('The stolen cookie, after the lock', MAKE_KEY, { purpose: 'passkey' }, cookies);
  },
};

/**
 * Runs an attack against the running product, on somebody invented for it: what is attacked is sent over `send`, and only
 * what comes before, such as an enrolment, is done by use cases. The log says first that the failure after it is shown. Where
 * policy lets nobody come as far as the attack, there is none.
 */
export async function runAttack(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly attack: AttackName },
  send: Send | null = overHttp(runtime),
): Promise<Result<AttackReport>> {
  const tenant = await demoTenant(runtime);
  if (tenant === null || send === null) return refuse('not_found');
  const shown = { code: 'attack_shown', actorId: caller.session.person.id } as const;
  await record(runtime.db, runtime, { ...shown, detail: { attack: input.attack } });
  const sent: AttackStep[] = [];
  const attempt: Attempt = {
    runtime,
    domain: tenant.domain,
    sent,
    send: async (what, path, ...rest) => {
      const answer = await send(path, ...rest);
      const { code } = answer.json;
      sent.push({
        what,
        request: `POST ${path}`,
        status: answer.status,
        answer: answer.status === 200 ? 'ok' : String(code),
      });
      return answer;
    },
  };
  const last = await run[input.attack](attempt).catch(async (error: unknown) => {
    if (!(error instanceof InventedRefused)) throw error;
    // As where policy refuses passwords, or lets nobody make such a key: then it would show something else.
    const detail = { attack: input.attack, cause: error.cause };
    await record(runtime.db, runtime, { ...shown, outcome: 'failure', detail });
    return null;
  });
  if (last === null) return refuse('attack_not_shown');
  const { json } = last;
  const event = await eventOf(runtime, json.support);
  const { answer, logged, cause } = attacks[input.attack];
  const held = json.code === answer && event?.code === logged && event.cause === cause;
  return ok({ attack: input.attack, sent, held, event });
}

async function eventOf(runtime: Runtime, support: unknown): Promise<AttackReport['event']> {
  const code = typeof support === 'string' ? readSupportCode(support) : null;
  if (code === null) return null;
  const [event] = await listEvents(runtime, { ids: idsOfSupportCode(code) }, 1);
  return event === undefined
    ? null
    : { code: event.code, cause: String(event.detail.cause ?? ''), support: code };
}
