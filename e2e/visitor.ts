/**
 * Somebody without a browser: a cookie jar, the HTTP contract, the pages' server actions, and a key and a device of
 * software. What it sends is what a browser would send, or whatever a test wants sent instead.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type BrowserContext, expect, type Page } from '@playwright/test';
import {
  createCredential,
  createProfile,
  type Deviation,
  getAssertion,
  proveProfile,
  type SoftwareKey,
  type SoftwareProfile,
} from '#domain/software-authenticator';
import type { House } from './house.ts';
import { issuePass, newPerson } from './people.ts';

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, an empty object when it is none. */
  json: Record<string, unknown>;
  /** The `Set-Cookie` lines. */
  cookies: string[];
};

type Sent = { method?: string; headers?: Record<string, string>; body?: string | Uint8Array<ArrayBuffer> };
type Outcome = { ok: boolean; value?: unknown; problem?: { code: string; retryAfterSeconds?: number } };
type Profile = SoftwareProfile & { profileId: string; deviceId: string };
/** How an assertion differs from this visitor's own: another key, another device's proof or none, a lie. */
type How = Deviation & { key?: SoftwareKey | undefined; profile?: Profile | null | undefined };
type DeviceProof = { id: string; signature: string };

type Reference = { exportedName: string; filename: string; workers: Record<string, unknown> };
type Action = { id: string; file: string; page: string };

/** `app/(sign-in)/sign-in/pass/page` as the address `/sign-in/pass`. */
export const addressOf = (file: string) =>
  `/${file.replace(/^app\//, '').replace(/\/?page(\.tsx)?$/, '')}`.replaceAll(/\/\([^)]+\)/g, '') || '/';

/** Every server action of the build by `file#name`, with a page that takes it. */
export function serverActions(): ReadonlyMap<string, Action> {
  const manifest = JSON.parse(readFileSync('.next/server/server-reference-manifest.json', 'utf8')) as {
    node: Record<string, Reference>;
  };
  return new Map(
    Object.entries(manifest.node).map(([id, { exportedName, filename, workers }]) => [
      `${filename.replace(/^app\//, '').replace(/\/actions\.ts$/, '')}#${exportedName}`,
      { id, file: filename, page: addressOf(Object.keys(workers)[0] ?? '') },
    ]),
  );
}

let actions: ReturnType<typeof serverActions> | undefined;
export function serverAction(name: string): Action {
  actions ??= serverActions();
  const found = actions.get(name);
  if (found === undefined) throw new Error(`There is no action ${name} among ${[...actions.keys()]}`);
  return found;
}

/** What a server action returned, from the answer's rows. */
export function actionOutcome(answer: Answer): Outcome {
  const row = /^1:(\{"ok".*)$/m.exec(answer.text)?.[1];
  if (row === undefined) throw new Error(`No outcome in ${answer.status} ${answer.text.slice(0, 300)}`);
  return JSON.parse(row) as Outcome;
}

type Verification = { response: ReturnType<typeof getAssertion>['response']; device?: DeviceProof };

export type Visitor = ReturnType<typeof visitor>;

/** `address` is where this visitor claims to come from; a house with a trusted proxy believes it. */
export function visitor(server: Pick<House, 'origin'>, { address }: { address?: string } = {}) {
  const { origin } = server;
  const jar = new Map<string, string>();

  async function send(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(origin + path, {
      method,
      redirect: 'manual',
      headers: { ...(cookie && { cookie }), ...(address && { 'x-forwarded-for': address }), ...headers },
      ...(body !== undefined && { body }),
    });
    // A connection that was opened and left unused for long is told so before it is used: nothing was read from it, and
    // asking again is right (RFC 9110, 15.5.9).
    if (response.status === 408)
      return await send(path, { method, headers, ...(body !== undefined && { body }) });
    const text = await response.text();
    const cookies = response.headers.getSetCookie();
    for (const line of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    let json = {};
    try {
      json = JSON.parse(text) as typeof json;
    } catch {
      // Not JSON.
    }
    return { status: response.status, headers: response.headers, text, json, cookies };
  }

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(path, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  const callAction = (name: string, input: unknown, headers: Record<string, string> = {}) => {
    const { id, page } = serverAction(name);
    return send(page, {
      method: 'POST',
      headers: { origin, 'next-action': id, 'content-type': 'text/plain;charset=UTF-8', ...headers },
      body: JSON.stringify([input]),
    });
  };
  const act = async (name: string, input: unknown) => actionOutcome(await callAction(name, input));

  const options = async (path: string, body: unknown) => {
    const answer = await post(path, body);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status} ${answer.text}`);
    return answer.json as { challenge: string };
  };

  const own: { key?: SoftwareKey; profile?: Profile } = {};

  const self = {
    own,
    jar,
    send,
    post,
    act,
    callAction,

    redeemPass: (upn: string, pass: string) => act('(sign-in)#redeemPassAction', { upn, pass }),

    /** A new profile key and the body that registers it as a device. */
    async deviceRequest(name: string, made: SoftwareProfile = createProfile(randomBytes(48))) {
      const { challenge } = await options('/api/device-registration/options', { purpose: 'register-device' });
      const body = {
        publicKey: made.publicKey,
        challenge,
        signature: proveProfile(made, origin, challenge),
        browser: 'A program',
        os: 'Linux',
        platformAuthenticator: 'yes',
        name,
        joinType: 'joined',
      };
      return { made, body };
    },

    async registerDevice(name: string): Promise<void> {
      const { made, body } = await self.deviceRequest(name);
      const answer = await post('/api/device-registration/verification', body);
      if (answer.status !== 200) throw new Error(answer.text);
      const { profileId, deviceId } = answer.json as { profileId: string; deviceId: string };
      own.profile = { ...made, profileId, deviceId };
    },

    /** Proves this visitor's device, or another's, over a challenge and a credential. */
    prove(
      challenge: string,
      credentialId: string,
      profile: Profile | undefined = own.profile,
    ): DeviceProof | undefined {
      return (
        profile && {
          id: profile.profileId,
          signature: proveProfile(profile, origin, challenge, credentialId),
        }
      );
    },

    /** A new key and the body that registers it. */
    async keyRequest(purpose: 'hello' | 'passkey' | 'pin-reset', deviation: Deviation = {}) {
      const asked = await options('/api/registration/options', { purpose });
      const made = createCredential(
        asked as unknown as PublicKeyCredentialCreationOptionsJSON,
        origin,
        randomBytes(64),
        deviation,
      );
      const device = purpose !== 'passkey' ? self.prove(asked.challenge, made.response.id) : undefined;
      return { key: made.key, body: { response: made.response, ...(device && { device }) } };
    },

    async registerKey(purpose: 'hello' | 'passkey', deviation: Deviation = {}): Promise<Answer> {
      const { key, body } = await self.keyRequest(purpose, deviation);
      const answer = await post('/api/registration/verification', body);
      if (answer.status === 200) own.key = key;
      return answer;
    },

    /** An answer over a challenge that was asked for already. */
    signInOver(asked: Answer): Promise<Answer> {
      if (own.key === undefined) throw new Error('There is no key yet');
      const { challenge } = asked.json as { challenge: string };
      const made = getAssertion({ challenge }, origin, own.key);
      own.key = made.key;
      const device = self.prove(challenge, made.response.id);
      return self.verify({ response: made.response, ...(device && { device }) });
    },

    /** The body of a verification: an assertion by the key over a fresh challenge, with a device's proof or without. */
    async assertion(
      purpose: 'sign-in' | 'unlock' | 'step-up' = 'sign-in',
      { key = own.key, profile = own.profile, ...deviation }: How = {},
    ): Promise<Verification> {
      if (key === undefined) throw new Error('There is no key yet');
      const { challenge } = await options('/api/authentication/options', { purpose });
      const made = getAssertion({ challenge }, origin, key, deviation);
      if (key === own.key) own.key = made.key;
      const device = profile === null ? undefined : self.prove(challenge, made.response.id, profile);
      return { response: made.response, ...(device && { device }) };
    },

    verify: (body: unknown): Promise<Answer> => post('/api/authentication/verification', body),

    signIn: async (how: How = {}): Promise<Answer> => self.verify(await self.assertion('sign-in', how)),

    /** Gives a browser this visitor's session, as if it had signed in there. */
    async enterBrowser(context: BrowserContext): Promise<void> {
      await context.addCookies(
        [...jar].map(([name, value]) => ({
          name,
          value,
          // For these names Chromium wants a secure address here; a cookie belongs to the host, not to its port.
          url: 'https://localhost/',
          httpOnly: true,
          secure: true,
          sameSite: 'Lax' as const,
        })),
      );
    },
  };
  return self;
}

/** Takes a person from a pass to an ordinary session with a Hello key on a device of software. */
export async function enrolled(
  server: House,
  upn: string,
  deviceName: string,
  address?: string,
): Promise<Visitor> {
  const person = visitor(server, address === undefined ? {} : { address });
  const redeemed = await person.redeemPass(upn, await issuePass(server, upn));
  if (!redeemed.ok) throw new Error(`The pass was refused: ${JSON.stringify(redeemed)}`);
  await person.registerDevice(deviceName);
  for (const answer of [await person.registerKey('hello'), await person.signIn()]) {
    if (answer.status !== 200) throw new Error(answer.text);
  }
  return person;
}

/** An administrator takes the only key of somebody away; their device stays. */
export async function loseKey(boss: Page, server: House, upn: string): Promise<void> {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-27');
  await administrator.enterBrowser(boss.context());
  await boss.goto(`/admin/people?q=${encodeURIComponent(upn)}`);
  await boss.getByRole('link', { name: upn }).click();
  await boss.getByRole('button', { name: 'Revoke', exact: true }).click();
  await boss
    .getByRole('alertdialog')
    .getByRole('button', { name: /^Revoke 1 key/ })
    .click();
  await expect(boss.getByText('The key is revoked.')).toBeVisible();
}
