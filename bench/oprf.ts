import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { createCredential, createProfile, proveProfile } from '#domain/software-authenticator';
import { toBase64Url } from '../domain/base64url.ts';
import { SOFTWARE_KEY_AAGUID } from '../domain/key-container/aaguid.ts';
import { blind, evaluate, newOprfKey } from '../domain/oprf.ts';
import type { Result } from '../domain/result.ts';
import type { Caller, SignedIn } from '../server/caller.ts';
import { beginContainer } from '../server/container-creation.ts';
import { beginDeviceProof, finishDeviceRegistration } from '../server/device.ts';
import { readEnvironment } from '../server/env.ts';
import { createUser } from '../server/identity.ts';
import { clearPinTries } from '../server/pin-help.ts';
import { beginPinTry, evaluatePin } from '../server/pin-try.ts';
import { setPolicy } from '../server/policy-setting.ts';
import { openRuntime } from '../server/product.ts';
import { beginRegistration, finishRegistration } from '../server/registration.ts';
import type { Runtime } from '../server/runtime.ts';
import { findSession, openSession } from '../server/session.ts';
import { createTenant } from '../server/tenant.ts';
import { describeMachine, say, table } from './house.ts';
import { spread } from './readings.ts';

/**
 * What one try at a PIN costs the server, from the challenge that is consumed to the try that is counted and answered, on a
 * SQLite store that keeps what it commits; against the evaluation alone, and against one multiplication on the curve, which
 * cannot be avoided. The client's half is done before the clock starts.
 */
const { values: given } = parseArgs({
  options: { readings: { type: 'string', default: '7' }, containers: { type: 'string', default: '40' } },
});
const READINGS = Number(given.readings);
const CONTAINERS = Number(given.containers);
/** As many as the ladder allows before it asks for more. */
const TRIES_EACH = 3;
const RAW = 300;

const random = (runtime: Runtime) => (count: number) => runtime.random.bytes(count);

function done<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.problem.code}`);
  return result.value;
}

interface Place {
  readonly caller: Caller;
  readonly container: string;
  readonly prove: (challenge: string, element: string) => { id: string; signature: string };
}

/** Somebody's browser with a software key, by the whole ceremony; signed out. */
async function setUp(runtime: Runtime, name: string): Promise<Place> {
  const { origin } = runtime.relyingParty;
  const { id: userId } = done(
    await createUser(runtime, { upn: `${name}@latchkey.example`, displayName: name }),
  );
  const caller: Caller = {
    browser: toBase64Url(runtime.random.bytes(32)),
    session: null,
    address: '192.0.2.7',
    userAgent: 'Bench',
  };
  const { token } = await runtime.db.$transaction((tx) =>
    openSession(tx, runtime, caller, { userId, kind: 'ordinary', method: 'passkey', deviceId: null }),
  );
  const signedIn = async (): Promise<SignedIn> => {
    const session = await findSession(runtime, token);
    if (session === null) throw new Error('the session is dead');
    return { ...caller, session };
  };
  const profile = createProfile(runtime.random.bytes(48));
  const begun = done(await beginDeviceProof(runtime, await signedIn(), { purpose: 'register-device' }));
  const { profileId } = done(
    await finishDeviceRegistration(runtime, await signedIn(), {
      publicKey: profile.publicKey,
      challenge: begun.challenge,
      signature: proveProfile(profile, origin, begun.challenge),
      name,
      joinType: 'joined',
      os: 'Windows',
      browser: 'Bench',
      platformAuthenticator: 'no',
    }),
  );
  const prove = (challenge: string, about: string) => ({
    id: profileId,
    signature: proveProfile(profile, origin, challenge, about),
  });
  const there = await signedIn();
  const { container } = done(await beginContainer(runtime, there));
  const place = { caller: there, container, prove };
  const { ticket } = done(await evaluatePin(runtime, there, await aTry(runtime, place)));
  const options = done(
    await beginRegistration(runtime, there, { purpose: 'hello', attestation: 'none', ticket }),
  );
  const made = createCredential(options, origin, runtime.random.bytes(48), { aaguid: SOFTWARE_KEY_AAGUID });
  const device = prove(options.challenge, made.key.credentialId);
  done(await finishRegistration(runtime, there, { response: made.response, device }));
  return { ...place, caller };
}

/** A try as a browser sends it. */
async function aTry(runtime: Runtime, { caller, container, prove }: Place) {
  const { challenge, protector } = done(await beginPinTry(runtime, caller, { container }));
  const element = toBase64Url(blind(runtime.random.bytes(32), random(runtime)).element);
  return { container, protector, challenge, element, device: prove(challenge, element) };
}

interface Cost {
  readonly perSecond: number;
  readonly cpuMs: number;
}

async function costOf(count: number, work: () => Promise<unknown> | unknown): Promise<Cost> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (count * 1000) / elapsed, cpuMs: (user + system) / 1000 / count };
}

async function read(runtime: Runtime, places: readonly Place[]) {
  const tries: { caller: Caller; input: Awaited<ReturnType<typeof aTry>> }[] = [];
  for (const place of places)
    for (let each = 0; each < TRIES_EACH; each += 1)
      tries.push({ caller: place.caller, input: await aTry(runtime, place) });
  const door = await costOf(tries.length, async () => {
    for (const { caller, input } of tries) done(await evaluatePin(runtime, caller, input));
  });
  for (const { container } of places) done(await clearPinTries(runtime, null, { containerId: container }));

  const key = newOprfKey(random(runtime));
  const elements = Array.from(
    { length: RAW },
    () => blind(runtime.random.bytes(32), random(runtime)).element,
  );
  const alone = await costOf(RAW, () => {
    for (const element of elements) evaluate(key, [element], random(runtime));
  });
  const points = elements.map((element) => ristretto255.Point.fromBytes(element));
  const scalar = ristretto255.Point.Fn.fromBytes(key.secretKey);
  const curve = await costOf(RAW, () => {
    for (const point of points) point.multiply(scalar);
  });
  return { door, alone, curve };
}

const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
Object.assign(process.env, { DATA_DIR: dataDir, DEMO: '0' });
const runtime = await openRuntime(readEnvironment());
try {
  describeMachine();
  say(`${READINGS} readings of ${CONTAINERS * TRIES_EACH} tries, load ${loadavg()[0]?.toFixed(1)}\n`);
  await createTenant(runtime, { name: 'Bench', domain: 'latchkey.example' });
  done(await setPolicy(runtime, null, { name: 'SoftwareKeys', value: 'choice' }));
  const places: Place[] = [];
  for (let each = 0; each < CONTAINERS; each += 1) places.push(await setUp(runtime, `bench${each}`));
  await read(runtime, places);
  const readings: Awaited<ReturnType<typeof read>>[] = [];
  for (let reading = 0; reading < READINGS; reading += 1) readings.push(await read(runtime, places));
  const of = (pick: (reading: (typeof readings)[number]) => number, digits: number) =>
    spread(readings.map(pick), digits);
  table(
    ['', 'a second', 'CPU ms', ': multiplication'],
    [
      [
        'a try, counted and answered',
        of(({ door }) => door.perSecond, 0),
        of(({ door }) => door.cpuMs, 2),
        of(({ door, curve }) => door.cpuMs / curve.cpuMs, 1),
      ],
      [
        'the evaluation with its proof alone',
        of(({ alone }) => alone.perSecond, 0),
        of(({ alone }) => alone.cpuMs, 2),
        of(({ alone, curve }) => alone.cpuMs / curve.cpuMs, 1),
      ],
      [
        'one multiplication on ristretto255',
        of(({ curve }) => curve.perSecond, 0),
        of(({ curve }) => curve.cpuMs, 2),
        '1.0',
      ],
    ],
  );
} finally {
  await runtime.db.$disconnect();
  rmSync(dataDir, { recursive: true, force: true });
}
