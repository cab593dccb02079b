import 'server-only';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterAll, afterEach } from 'vitest';
import type { ProofKind } from '#domain/authentication';
import type { Role } from '#domain/identity';
import type { KeyRules } from '#domain/key-rules';
import type { PasswordlessMode } from '#domain/passwordless';
import { ALL_USERS } from '#domain/policy/settings';
import type { Problem } from '#domain/problem';
import type { Result } from '#domain/result';
import {
  createCredential,
  createProfile,
  type Deviation,
  getAssertion,
  proveProfile,
  type SoftwareKey,
  type SoftwareProfile,
} from '#domain/software-authenticator';
import { later } from '#domain/time';
import type {
  AuthenticationAnswer,
  AuthenticationResponse,
  DeviceProof,
  DeviceRecognition,
  RegistrationResponse,
} from '#domain/wire';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import type { Caller, SignedIn } from './caller.ts';
import { type Db, engineOf, engineOfStore, openStore } from './db.ts';
import { beginDeviceProof, finishDeviceRegistration } from './device.ts';
import { type LoggedEvent, listEvents } from './event.ts';
import { createUser, resetPassword } from './identity.ts';
import { changeKeyRules, readKeyRulesState } from './key-rules.ts';
import { dryRunKeyRules } from './key-rules-dry-run.ts';
import { changeMethods, dryRunMethods, type MethodValues } from './methods.ts';
import { argon2id } from './password.ts';
import { dryRun } from './passwordless-dry-run.ts';
import { pinResetServiceIn } from './pin-reset-service/service.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import { createRelyingParty } from './relying-party.ts';
import { type Runtime, systemRandom } from './runtime.ts';
import { openKeyring } from './secrets.ts';
import { findSession, openSession } from './session.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import { createTenant } from './tenant.ts';
import { emptyStore, makeTestStore } from './testing-store.ts';
import { beginTotpRegistration, finishTotpRegistration } from './totp.ts';

/**
 * Support for the tests of this room: a real store in a file of its own, a clock that stands still until it is moved,
 * real randomness, real Argon2id and real signatures. What is wrapped is wrapped to be counted.
 */
export const ORIGIN = 'http://localhost:3000';
export const MASTER_KEY = '5e'.repeat(32);
export const START = new Date('2026-03-02T09:00:00.000Z');

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A store of this file's tests, with the client that knows it: a new client compiles every statement again. */
interface OpenStore {
  readonly databaseUrl: string;
  readonly db: Db;
  readonly heard: { statements: string[] };
  readonly remove: () => Promise<void>;
}
const clean: OpenStore[] = [];
afterAll(async () => {
  for (const { db, remove } of clean.splice(0)) {
    await db.$disconnect();
    await remove();
  }
});

async function openTestStore(databaseUrl: string, remove: () => Promise<void>): Promise<OpenStore> {
  const heard = { statements: [] as string[] };
  const db = await openStore(databaseUrl, (statement) => heard.statements.push(statement));
  // A test survives no power cut; that the product does is db-sqlite.test.ts's to show.
  if (engineOf(databaseUrl) === 'sqlite') await db.$queryRawUnsafe('PRAGMA synchronous = OFF');
  return { databaseUrl, db, heard, remove };
}

/** A store of this test alone; an earlier test's is emptied and used again, unless its tables were changed. */
async function lendStore(): Promise<OpenStore> {
  const made = clean.pop();
  if (made !== undefined) return made;
  const { databaseUrl, remove } = await makeTestStore();
  return await openTestStore(databaseUrl, remove);
}

async function takeBack(store: OpenStore): Promise<void> {
  if (await emptyStore(store.db, store.heard.statements)) {
    clean.push(store);
    return;
  }
  await store.db.$disconnect();
  await store.remove();
}

/** An empty folder that is gone after the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  cleanups.push(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An empty store of this test's own, on the engine that the run is about; gone after the test. */
export async function aStore(given?: { migrated: boolean }): Promise<string> {
  const { databaseUrl, remove } = await makeTestStore(given);
  cleanups.push(remove);
  return databaseUrl;
}

export interface Counts {
  hash: number;
  verify: number;
  verifyAssertion: number;
}

export interface TestRuntime extends Runtime {
  /** The store's address, for another instance beside this one. */
  readonly databaseUrl: string;
  /** The folder of the PIN reset service; made when it is first used. */
  readonly pinResetFolder: string;
  /** Every statement's text since `forget`. */
  readonly statements: string[];
  readonly counts: Counts;
  /** Forgets what was counted. */
  forget(): void;
  /** Moves the clock. */
  pass(ms: number): void;
}

export async function aRuntime(
  given: {
    readonly masterKey?: string;
    readonly relyingPartyId?: string;
    readonly databaseUrl?: string;
    readonly demo?: boolean;
    /** The folder of the PIN reset service, for another instance on it; else one of its own. */
    readonly pinResetFolder?: string;
  } = {},
): Promise<TestRuntime> {
  const store =
    given.databaseUrl === undefined
      ? await lendStore()
      : await openTestStore(given.databaseUrl, async () => undefined);
  const { databaseUrl, db } = store;
  // Those that look at a store from outside leave before it is emptied.
  if (given.databaseUrl === undefined) cleanups.push(() => takeBack(store));
  else cleanups.unshift(() => db.$disconnect());
  const statements: string[] = [];
  store.heard.statements = statements;
  const counts: Counts = { hash: 0, verify: 0, verifyAssertion: 0 };
  const party = createRelyingParty({
    id: given.relyingPartyId ?? 'localhost',
    origin: ORIGIN,
    name: 'Latchkey',
  });
  let now = START;
  const clock = { now: () => now, world: () => now };
  const own = join(tmpdir(), `latchkey-test-${Buffer.from(systemRandom.bytes(8)).toString('hex')}`);
  const pinResetFolder = given.pinResetFolder ?? own;
  cleanups.push(async () => rmSync(own, { recursive: true, force: true }));
  return {
    db,
    databaseUrl,
    pinResetFolder,
    pinResetService: pinResetServiceIn(pinResetFolder, { clock, random: systemRandom }),
    statements,
    counts,
    clock,
    random: systemRandom,
    keys: openKeyring({ secretKey: given.masterKey ?? MASTER_KEY, dataDir: '' }, systemRandom.bytes),
    passwords: {
      hash: (secret) => {
        counts.hash += 1;
        return argon2id.hash(secret);
      },
      verify: (hashed, secret) => {
        counts.verify += 1;
        return argon2id.verify(hashed, secret);
      },
    },
    relyingParty: {
      ...party,
      verifyAssertion: (response, publicKey) => {
        counts.verifyAssertion += 1;
        return party.verifyAssertion(response, publicKey);
      },
    },
    mailer: null,
    pusher: null,
    demo: given.demo ?? false,
    sample: false,
    forget: () => {
      statements.length = 0;
      Object.assign(counts, { hash: 0, verify: 0, verifyAssertion: 0 });
    },
    pass: (ms) => {
      now = later(now, ms);
    },
  };
}

/** The value of a use case that must succeed here. */
export function done<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.problem.code}`);
  return result.value;
}

/** The session token that came with a success. */
export function tokenOf(result: Result<unknown>): string {
  done(result);
  if (result.session === undefined || result.session === 'clear') throw new Error('no token came back');
  return result.session.token;
}

/** The code of a refusal, or 'ok'. */
export function outcome(result: {
  readonly ok: boolean;
  readonly problem?: Problem;
}): Problem['code'] | 'ok' {
  return result.problem?.code ?? 'ok';
}

/** The latest event. */
export async function lastEvent(runtime: Runtime): Promise<LoggedEvent> {
  // The clock may stand still between two events: what tells them apart is where the engine put them.
  const place = engineOfStore(runtime.db) === 'sqlite' ? 'rowid' : 'ctid';
  const rows = await runtime.db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT "id" FROM "Event" ORDER BY ${place} DESC LIMIT 1`,
  );
  const event = (await listEvents(runtime, {}, 10_000)).find(({ id }) => id === rows[0]?.id);
  if (event === undefined) throw new Error('nothing was logged');
  return event;
}

/** The true reason of the latest failure, from the event log. */
export async function lastCause(runtime: Runtime): Promise<unknown> {
  const { outcome: result, detail } = await lastEvent(runtime);
  return result === 'failure' ? detail.cause : null;
}

/** Everything that the store keeps, as bytes to search. */
export async function storeBytes(runtime: TestRuntime): Promise<Buffer> {
  const { db, databaseUrl } = runtime;
  if (engineOf(databaseUrl) === 'sqlite') {
    await db.$queryRawUnsafe('PRAGMA wal_checkpoint(TRUNCATE)');
    return readFileSync(databaseUrl.slice('file:'.length));
  }
  const tables = await db.$queryRaw<
    { name: string }[]
  >`SELECT table_name::text AS "name" FROM information_schema.tables WHERE table_schema = 'public'`;
  const parts: Buffer[] = [];
  for (const { name } of tables) {
    for (const row of await db.$queryRawUnsafe<Record<string, unknown>[]>(`SELECT * FROM "${name}"`)) {
      for (const value of Object.values(row))
        parts.push(value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(`${String(value)}\n`));
    }
  }
  return Buffer.concat(parts);
}

/** Lets every event fail to be written until the returned function is called, as a full disk would. */
export async function breakEvents(runtime: Runtime): Promise<() => Promise<void>> {
  const sqlite = engineOfStore(runtime.db) === 'sqlite';
  await runtime.db.$executeRawUnsafe(
    sqlite
      ? `CREATE TRIGGER "no_event" BEFORE INSERT ON "Event" BEGIN SELECT RAISE(ABORT, 'disk full'); END`
      : 'ALTER TABLE "Event" ADD CONSTRAINT "no_event" CHECK (false) NOT VALID',
  );
  return async () => {
    await runtime.db.$executeRawUnsafe(
      sqlite ? 'DROP TRIGGER "no_event"' : 'ALTER TABLE "Event" DROP CONSTRAINT "no_event"',
    );
  };
}

/** How many rows each table has. */
export async function rows(runtime: Runtime): Promise<Record<string, number>> {
  const { db } = runtime;
  return {
    users: await db.user.count(),
    devices: await db.device.count(),
    profiles: await db.deviceProfile.count(),
    credentials: await db.credential.count(),
    sessions: await db.session.count(),
    liveSessions: await db.session.count({ where: { endedAt: null } }),
    proofs: await db.proof.count(),
    passes: await db.temporaryAccessPass.count(),
  };
}

export interface TestPerson {
  readonly id: string;
  readonly upn: string;
}

export async function aPerson(
  runtime: Runtime,
  alias = 'mia',
  roles: readonly Role[] = [],
): Promise<TestPerson> {
  return done(await createUser(runtime, { upn: `${alias}@tidewater.example`, displayName: alias, roles }));
}

/** A browser that nobody is signed in with. */
export function aBrowser(runtime: Runtime, address = '192.0.2.7'): Caller {
  const browser = Buffer.from(runtime.random.bytes(32)).toString('base64url');
  return { browser, session: null, address, userAgent: 'Edge 156 on Windows' };
}

/** This browser as its session's cookie makes it; throws when the session is dead. */
export async function within(runtime: Runtime, caller: Caller, token: string): Promise<SignedIn> {
  const session = await findSession(runtime, token);
  if (session === null) throw new Error('the session is dead');
  return { ...caller, session };
}

/** An ordinary session that began with a proof of this kind just now, without the ceremony. */
export async function aSession(
  runtime: Runtime,
  person: TestPerson,
  method: ProofKind,
  caller = aBrowser(runtime),
): Promise<SignedIn & { token: string }> {
  const { token } = await runtime.db.$transaction((tx) =>
    openSession(tx, runtime, caller, { userId: person.id, kind: 'ordinary', method, deviceId: null }),
  );
  return { ...(await within(runtime, caller, token)), token };
}

/** A session that began with a new pass. */
export async function aPassSession(
  runtime: Runtime,
  person: TestPerson,
  given: { readonly oneTime?: boolean; readonly lifetimeMinutes?: number; readonly caller?: Caller } = {},
): Promise<SignedIn & { token: string; pass: string }> {
  const { caller = aBrowser(runtime), ...request } = given;
  const { pass } = done(
    await issueTemporaryAccessPass(runtime, null, { userId: person.id, reason: 'a test', ...request }),
  );
  const token = tokenOf(await redeemTemporaryAccessPass(runtime, caller, { upn: person.upn, pass }));
  return { ...(await within(runtime, caller, token)), token, pass };
}

export interface TestDevice {
  readonly id: string;
  readonly profileId: string;
  readonly profile: SoftwareProfile;
}

/** Registers this browser as a device, by the whole ceremony; refused or not. */
export async function registerDevice(runtime: Runtime, caller: SignedIn, name = 'STUDIO-07') {
  const profile = createProfile(runtime.random.bytes(48));
  const begun = await beginDeviceProof(runtime, caller, { purpose: 'register-device' });
  if (!begun.ok) return { profile, result: begun };
  const { challenge } = begun.value;
  const result = await finishDeviceRegistration(runtime, caller, {
    publicKey: profile.publicKey,
    challenge,
    signature: proveProfile(profile, ORIGIN, challenge),
    name,
    joinType: 'joined',
    os: 'Windows',
    browser: caller.userAgent,
    platformAuthenticator: 'yes',
  });
  return { profile, result };
}

export async function aDevice(runtime: Runtime, caller: SignedIn, name?: string): Promise<TestDevice> {
  const { profile, result } = await registerDevice(runtime, caller, name);
  const answer = done(result);
  return { id: answer.deviceId, profileId: answer.profileId, profile };
}

/** What a browser shows of its device beside a typed secret. */
export async function recognition(
  runtime: Runtime,
  caller: Caller,
  device: TestDevice,
): Promise<DeviceRecognition> {
  const { challenge } = done(await beginDeviceProof(runtime, caller, { purpose: 'recognise-device' }));
  return { id: device.profileId, challenge, signature: proveProfile(device.profile, ORIGIN, challenge) };
}

/** The device's proof over a challenge and the key that answers it. */
export function deviceProof(device: TestDevice, challenge: string, credentialId: string): DeviceProof {
  return { id: device.profileId, signature: proveProfile(device.profile, ORIGIN, challenge, credentialId) };
}

export interface MadeKey {
  readonly key: SoftwareKey;
  readonly response: RegistrationResponse;
  readonly device?: DeviceProof;
}

/** Asks for options and lets the authenticator make a key; the answer is not sent yet. */
export async function makeKey(
  runtime: Runtime,
  caller: SignedIn,
  purpose: 'hello' | 'passkey' | 'pin-reset',
  device?: TestDevice,
  deviation: Deviation = {},
): Promise<MadeKey> {
  const options = done(await beginRegistration(runtime, caller, { purpose, attestation: 'direct' }));
  const made = createCredential(options, ORIGIN, runtime.random.bytes(48), deviation);
  if (device === undefined) return made;
  return { ...made, device: deviceProof(device, options.challenge, made.key.credentialId) };
}

/** Registers a key by the whole ceremony. */
export async function aKey(
  runtime: Runtime,
  caller: SignedIn,
  purpose: 'hello' | 'passkey' | 'pin-reset',
  device?: TestDevice,
  deviation?: Deviation,
): Promise<SoftwareKey & { kid: string }> {
  const { key, ...answer } = await makeKey(runtime, caller, purpose, device, deviation);
  const { kid } = done(await finishRegistration(runtime, caller, answer));
  return { ...key, kid };
}

/** A person at their machine: signed out, with a registered browser and a Hello key made there. */
export interface Desk {
  readonly person: TestPerson;
  readonly browser: Caller;
  readonly device: TestDevice;
  key: SoftwareKey & { kid: string };
}

export async function aPersonWithHelloKey(
  runtime: Runtime,
  alias = 'mia',
  roles: readonly Role[] = [],
): Promise<Desk> {
  const person = await aPerson(runtime, alias, roles);
  const browser = aBrowser(runtime);
  const session = await aSession(runtime, person, 'passkey', browser);
  const device = await aDevice(runtime, session);
  const key = await aKey(runtime, await within(runtime, browser, session.token), 'hello', device);
  await runtime.db.session.updateMany({ data: { endedAt: runtime.clock.now() } });
  return { person, browser, device, key };
}

/** A person with a passkey that roams, signed out. */
export async function aPersonWithPasskey(
  runtime: Runtime,
  alias = 'tomas',
): Promise<{ person: TestPerson; browser: Caller; key: SoftwareKey & { kid: string } }> {
  const person = await aPerson(runtime, alias);
  const browser = aBrowser(runtime);
  const session = await aSession(runtime, person, 'passkey', browser);
  const key = await aKey(runtime, session, 'passkey', undefined, { backupEligible: true });
  await runtime.db.session.updateMany({
    where: { userId: person.id },
    data: { endedAt: runtime.clock.now() },
  });
  return { person, browser, key };
}

export interface Lie extends Deviation {
  /** Whose device proof comes along; null leaves it out. The desk's own where left out. */
  readonly device?: TestDevice | null;
}

export type SignInPurpose = 'sign-in' | 'unlock' | 'step-up';

/** Asks for a challenge and answers it; the answer is not sent yet. */
export async function answerChallenge(
  runtime: Runtime,
  at: Caller,
  desk: { readonly key: SoftwareKey; readonly device?: TestDevice },
  purpose: SignInPurpose | 'add-browser' = 'sign-in',
  { device: shown, ...deviation }: Lie = {},
): Promise<{ response: AuthenticationResponse; device?: DeviceProof; challenge: string }> {
  const { challenge } = done(await beginAuthentication(runtime, at, { purpose }));
  const { response } = getAssertion({ challenge }, ORIGIN, desk.key, deviation);
  const device = shown === undefined ? desk.device : shown;
  return { challenge, response, ...(device ? { device: deviceProof(device, challenge, response.id) } : {}) };
}

/** A whole sign-in (or unlock, or step-up) at this caller; the authenticator counts. */
export async function signIn(
  runtime: Runtime,
  desk: { key: SoftwareKey & { kid: string }; readonly device?: TestDevice; readonly browser: Caller },
  lie: Lie = {},
  at: Caller = desk.browser,
  purpose: SignInPurpose = 'sign-in',
): Promise<Result<AuthenticationAnswer>> {
  const { response, device } = await answerChallenge(runtime, at, desk, purpose, lie);
  desk.key = { ...desk.key, counter: Math.max(desk.key.counter, lie.counter ?? desk.key.counter) + 1 };
  return await finishAuthentication(runtime, at, { response, ...(device ? { device } : {}) });
}

/** Signs in and comes back as the session's caller. */
export async function signedInAt(runtime: Runtime, desk: Desk): Promise<SignedIn & { token: string }> {
  const token = tokenOf(await signIn(runtime, desk));
  return { ...(await within(runtime, desk.browser, token)), token };
}

/** Gives a person a password that opens a session: nobody asks them for another. */
export async function aPassword(runtime: Runtime, person: { readonly id: string }): Promise<string> {
  return done(await resetPassword(runtime, null, { userId: person.id, temporary: false })).password;
}

/** Somebody's authenticator app: the secret, and the code that it shows now or so many steps from now. */
export interface TestApp {
  readonly id: string;
  readonly key: string;
  code(steps?: number): string;
}

/** The code of a typed or scanned key, so many steps from now; none from farther than one step is taken now. */
export function codeOf(runtime: Runtime, key: string, steps = 0): string {
  const app = new TOTP({ secret: Secret.fromBase32(key.replaceAll(' ', '')) });
  const at = (step: number) => app.generate({ timestamp: runtime.clock.now().getTime() + step * 30_000 });
  const taken = [-1, 0, 1].map(at);
  let step = steps;
  // Three times in a million the code of another time is the right one: then that of the step beyond.
  while (Math.abs(step) > 1 && taken.includes(at(step))) step += Math.sign(step);
  return at(step);
}

/** Another text, of as many characters, that differs in the first: base64url of other bytes. */
export const flipped = (text: string) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;

/** Registers an authenticator app by the whole procedure, in this session; its clock is ours. */
export async function anAuthenticatorApp(runtime: TestRuntime, caller: SignedIn): Promise<TestApp> {
  const { offer, key } = done(await beginTotpRegistration(runtime, caller));
  const input = { offer, code: codeOf(runtime, key), name: 'Phone' };
  const { id } = done(await finishTotpRegistration(runtime, caller, input));
  // The confirming code is used up: the app shows the next one.
  runtime.pass(30_000);
  return { id, key, code: (steps) => codeOf(runtime, key, steps) };
}

/** The organisation, which policy on passwords and authenticator apps name. */
export async function aTenant(runtime: Runtime): Promise<void> {
  await createTenant(runtime, { name: 'Tidewater Studio', domain: 'tidewater.example' });
}

/** Somebody at their own machine who forgot the PIN: signed in there by another key, just now. */
export async function aForgottenPin(runtime: TestRuntime, alias = 'mia') {
  const desk = await aPersonWithHelloKey(runtime, alias);
  const begun = await aSession(runtime, desk.person, 'passkey', desk.browser);
  await runtime.db.session.update({ where: { id: begun.session.id }, data: { deviceId: desk.device.id } });
  const session = { ...(await within(runtime, desk.browser, begun.token)), token: begun.token };
  runtime.pass(1);
  return { desk, session };
}

/** Two administrators who may ask and decide, and a third whose pass it is. */
export async function aDirectory(runtime: TestRuntime) {
  const member = async (alias: string, role: Role) => {
    const person = await aPerson(runtime, alias, [role]);
    return { person, caller: await aSession(runtime, person, 'passkey') };
  };
  const asks = await member('asks', 'global_administrator');
  const decides = await member('decides', 'privileged_authentication_administrator');
  const target = await member('target', 'authentication_administrator');
  return { asks, decides, target };
}

/** Changes rules for keys, as somebody does who has just looked at the dry run and confirms what it says. */
export async function setKeyRules(
  runtime: Runtime,
  change: { readonly hello?: Partial<KeyRules['hello']>; readonly passkey?: Partial<KeyRules['passkey']> },
) {
  const { rules, policyVersion } = await readKeyRulesState(runtime.db);
  const wanted = {
    hello: { ...rules.hello, ...change.hello },
    passkey: { ...rules.passkey, ...change.passkey },
  };
  const { stranded } = await dryRunKeyRules(runtime, wanted);
  return await changeKeyRules(runtime, null, { rules: wanted, policyVersion, confirmedStranded: stranded });
}

/** Changes methods and strengths, as somebody does who has just looked at the dry run and confirms what it says. */
export async function setMethods(runtime: Runtime, values: MethodValues) {
  const run = await dryRunMethods(runtime, { values });
  if (!run.ok) return run;
  const { policyVersion, toConfirm } = run.value;
  return await changeMethods(runtime, null, { values, policyVersion, confirmed: toConfirm });
}

/** The switch for everybody, as somebody asks for it who has just looked at the dry run. */
export async function aSwitch(runtime: TestRuntime, mode: PasswordlessMode) {
  const targets = { include: [ALL_USERS], exclude: [] };
  const { policyVersion, lockedOut } = await dryRun(runtime, targets);
  return { mode, ...targets, policyVersion, confirmedLockedOut: lockedOut };
}
