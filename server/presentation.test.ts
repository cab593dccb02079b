import { NextRequest } from 'next/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attackNames, attacks } from '#domain/presentation/attack';
import { chapterIds, chapterOf } from '#domain/presentation/chapters';
import {
  authenticationOptionsRequest,
  authenticationRequest,
  evaluationRequest,
  pinTryOptionsRequest,
  registrationOptionsRequest,
} from '#domain/wire';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import { anyone, type SignedIn, signedIn } from './caller.ts';
import { engineOfStore } from './db.ts';
import { readTables } from './db-rows.ts';
import { endpoint } from './endpoint.ts';
import { protectorPlace } from './pin-protector.ts';
import { beginPinTry, evaluatePin } from './pin-try.ts';
import { setPolicy } from './policy-setting.ts';
import { beginPresentation, setUpChapter } from './presentation.ts';
import { type Answer, overHttp, runAttack, type Send } from './presentation-attack.ts';
import { CANDIDATES, searchOffline, stealContainer } from './presentation-pin.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import { BROWSER_COOKIE, SESSION_COOKIE } from './request.ts';
import type { Runtime } from './runtime.ts';
import { unseal } from './secrets.ts';
import { findSession, signOut } from './session.ts';
import { setUpDesk } from './software-desk.ts';
import { redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import { createTenant, readPolicyVersion } from './tenant.ts';
import { goesBack } from './tenant-snapshot.ts';
import {
  aBrowser,
  aDevice,
  aPassSession,
  aPerson,
  aRuntime,
  aSession,
  breakEvents,
  done,
  lastEvent,
  makeKey,
  ORIGIN,
  outcome,
  rows,
  type TestRuntime,
  within,
} from './testing.ts';

const organisation = { name: 'Tidewater Studio', domain: 'tidewater.example' };
const CAST = ['mia', 'tomas'] as const;

interface Stage {
  readonly runtime: TestRuntime;
  readonly ada: SignedIn & { readonly token: string };
  readonly people: Readonly<Record<(typeof CAST)[number], { readonly id: string; readonly upn: string }>>;
}

/** The demo tenant with its cast, and Ada, who presents. */
async function aStage(demo = true): Promise<Stage> {
  const runtime = await aRuntime();
  await createTenant(runtime, { ...organisation, demo });
  const people = { mia: await aPerson(runtime, 'mia'), tomas: await aPerson(runtime, 'tomas') };
  const presenter = await aPerson(runtime, 'ada', ['global_administrator']);
  return { runtime, people, ada: await aSession(runtime, presenter, 'hello') };
}

async function begun(): Promise<Stage> {
  const stage = await aStage();
  done(await beginPresentation(stage.runtime, stage.ada));
  return stage;
}

const present = { chapter: 'provision' } as const;

describe('a tenant that is no demo tenant', () => {
  test('keeps no beginning, is never set back, and is not attacked', async () => {
    const { runtime, ada } = await aStage(false);
    const before = await rows(runtime);
    expect(outcome(await beginPresentation(runtime, ada))).toBe('not_found');
    expect(outcome(await setUpChapter(runtime, ada, present))).toBe('not_found');
    const send: Send = () => Promise.reject(new Error('nothing is sent'));
    expect(outcome(await runAttack(runtime, ada, { attack: 'wrong_origin' }, send))).toBe('not_found');
    expect(await rows(runtime)).toEqual(before);
    expect(await runtime.db.tenantSnapshot.count()).toBe(0);
  });

  test('does not go back to what a demo tenant kept', async () => {
    const { runtime, ada } = await begun();
    await runtime.db.tenant.updateMany({ data: { demo: false } });
    const before = await rows(runtime);
    expect(outcome(await setUpChapter(runtime, ada, present))).toBe('not_found');
    expect(await rows(runtime)).toEqual(before);
  });
});

describe('the start of a chapter', () => {
  test('needs a beginning that the presenter is part of', async () => {
    const { runtime, ada } = await begun();
    const later = await aPerson(runtime, 'late', ['global_administrator']);
    const before = await rows(runtime);
    expect(outcome(await setUpChapter(runtime, await aSession(runtime, later, 'hello'), present))).toBe(
      'beginning_missing',
    );
    expect((await rows(runtime)).users).toBe(before.users);
    done(await setUpChapter(runtime, ada, present));
    expect((await rows(runtime)).users).toBe((before.users ?? 0) - 1);
  });

  test('is every chapter’s, and its passes and passwords work', async () => {
    const { runtime, ada } = await begun();
    for (const chapter of chapterIds) {
      const props = done(await setUpChapter(runtime, ada, { chapter }));
      const given = chapterOf(chapter).start.filter(({ does }) => does !== 'set_policy');
      expect([chapter, props.length]).toEqual([chapter, given.length]);
    }
    const [pass] = done(await setUpChapter(runtime, ada, present));
    const redeemed = await redeemTemporaryAccessPass(runtime, aBrowser(runtime), {
      upn: 'mia@tidewater.example',
      pass: pass?.value ?? '',
    });
    expect(outcome(redeemed)).toBe('ok');
  });

  test('gives a revocation list a number that no list had before', async () => {
    const { runtime, ada, people } = await begun();
    await aDevice(runtime, await aPassSession(runtime, people.mia));
    const numbers = () => runtime.db.certificateAuthority.findMany({ select: { crlNumber: true } });
    done(await beginPresentation(runtime, ada));
    const [before] = await numbers();
    await runtime.db.certificateAuthority.updateMany({ data: { crlNumber: { increment: 3 } } });
    done(await setUpChapter(runtime, ada, present));
    expect((await numbers())[0]?.crlNumber).toBe((before?.crlNumber ?? Number.NaN) + 4);
  });

  test('undoes what happened since: people, devices, keys, policy and the log', async () => {
    const { runtime, ada, people } = await begun();
    const before = await rows(runtime);
    const session = await aPassSession(runtime, people.mia);
    await aDevice(runtime, session);
    await aPerson(runtime, 'nobody');
    done(await setPolicy(runtime, null, { name: 'EnableWebSignIn', value: 'on' }));
    const version = await readPolicyVersion(runtime.db);
    done(await setUpChapter(runtime, ada, { chapter: 'administrator' }));
    const { liveSessions, ...after } = await rows(runtime);
    expect(after).toMatchObject({ users: before.users, devices: before.devices, passes: before.passes });
    expect(liveSessions).toBe(1);
    expect(await runtime.db.policyValue.count()).toBe(0);
    // A decision that was made under the policy that is gone is not one under the policy that came back.
    expect(await readPolicyVersion(runtime.db)).toBeGreaterThan(version);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'chapter_set_up',
      actorId: ada.session.person.id,
    });
    expect(await runtime.db.event.count({ where: { code: 'device_registered' } })).toBe(0);
  });

  test('signs everybody out but the presenter, and brings no session back', async () => {
    const { runtime, ada, people } = await aStage();
    const ended = await aSession(runtime, people.mia, 'hello');
    const open = await aSession(runtime, people.tomas, 'hello');
    done(await beginPresentation(runtime, ada));
    done(await signOut(runtime, ended));
    done(await setUpChapter(runtime, ada, present));
    for (const { token } of [ended, open]) expect(await findSession(runtime, token)).toBeNull();
    expect((await findSession(runtime, ada.token))?.person.id).toBe(ada.session.person.id);
  });

  test('keeps the presenter’s session as it is now, proofs and all, also one that is younger', async () => {
    const { runtime, ada } = await begun();
    runtime.pass(60_000);
    const again = await aSession(runtime, ada.session.person, 'hello');
    done(await setUpChapter(runtime, again, present));
    const kept = await findSession(runtime, again.token);
    expect(kept?.proofs).toEqual(again.session.proofs);
    expect(await findSession(runtime, ada.token)).toBeNull();
  });

  test('brings no pass and no used challenge back', async () => {
    const { runtime, ada, people } = await aStage();
    const { pass } = await aPassSession(runtime, people.tomas, { oneTime: false });
    done(await beginPresentation(runtime, ada));
    const consumed = await runtime.db.consumedChallenge.count();
    const session = await aPassSession(runtime, people.mia);
    await aDevice(runtime, session);
    expect(await runtime.db.consumedChallenge.count()).toBeGreaterThan(consumed);
    const used = await runtime.db.consumedChallenge.count();
    done(await setUpChapter(runtime, ada, { chapter: 'administrator' }));
    expect(await runtime.db.consumedChallenge.count()).toBe(used);
    const again = await redeemTemporaryAccessPass(runtime, aBrowser(runtime), {
      upn: people.tomas.upn,
      pass,
    });
    expect(outcome(again)).toBe('sign_in_failed');
  });

  test('meets a ceremony that runs: its person is signed out, and nothing of it is written', async () => {
    const { runtime, ada, people } = await begun();
    const session = await aPassSession(runtime, people.mia);
    const device = await aDevice(runtime, session);
    const at = await within(runtime, session, session.token);
    const { key, ...answer } = await makeKey(runtime, at, 'hello', device);
    done(await setUpChapter(runtime, ada, { chapter: 'administrator' }));
    // The door would not even find its session; the use case that has begun is refused as well.
    expect(await findSession(runtime, session.token)).toBeNull();
    expect(outcome(await finishRegistration(runtime, at, answer))).not.toBe('ok');
    expect(await runtime.db.credential.count({ where: { credentialId: key.credentialId } })).toBe(0);
    expect(await rows(runtime)).toMatchObject({ devices: 0, credentials: 0 });
  });

  test('is set up once at a time: of two presses at once the store is as the last one left it', async () => {
    const { runtime, ada, people } = await begun();
    const pressed = ['password', 'provision'] as const;
    const given = await Promise.all(pressed.map((chapter) => setUpChapter(runtime, ada, { chapter })));
    expect(given.map(outcome)).toEqual(['ok', 'ok']);
    const [last, ...others] = await runtime.db.event.findMany({ where: { code: 'chapter_set_up' } });
    expect(others).toEqual([]);
    const { chapter } = JSON.parse(last?.detail ?? '{}') as { chapter: (typeof pressed)[number] };
    const isPassword = chapter === 'password';
    expect(await runtime.db.temporaryAccessPass.count()).toBe(isPassword ? 0 : 1);
    const { passwordHash } = await runtime.db.user.findUniqueOrThrow({ where: { id: people.tomas.id } });
    expect(passwordHash !== null).toBe(isPassword);
  });

  test('is one presenter’s: of two at once the one is refused and changes nothing', async () => {
    const { runtime, ada } = await aStage();
    const ben = await aSession(runtime, await aPerson(runtime, 'ben', ['global_administrator']), 'hello');
    done(await beginPresentation(runtime, ada));
    const chapters = ['password', 'provision'] as const;
    const given = await Promise.all(
      [ada, ben].map((each, at) => setUpChapter(runtime, each, { chapter: chapters[at] ?? 'join' })),
    );
    expect(given.map(outcome).toSorted()).toEqual(['ok', 'sign_in_required']);
    const winner = given[0]?.ok ? ada : ben;
    for (const each of [ada, ben])
      expect((await findSession(runtime, each.token)) !== null).toBe(each === winner);
    expect(await runtime.db.event.findMany({ where: { code: 'chapter_set_up' } })).toMatchObject([
      { actorId: winner.session.person.id },
    ]);
  });

  test('changes nothing where one of its steps is refused', async () => {
    const { runtime, ada, people } = await aStage();
    await runtime.db.event.deleteMany({ where: { userId: people.mia.id } });
    await runtime.db.user.delete({ where: { id: people.mia.id } });
    done(await beginPresentation(runtime, ada));
    await aDevice(runtime, await aPassSession(runtime, people.tomas));
    const before = await rows(runtime);
    // Its first step is a change of policy, its second a pass for somebody who is not there.
    expect(outcome(await setUpChapter(runtime, ada, { chapter: 'kept-key' }))).toBe('not_found');
    expect(await rows(runtime)).toEqual(before);
    expect(await runtime.db.policyValue.count()).toBe(0);
  });

  test('is set up whole or not at all', async () => {
    const { runtime, ada, people } = await begun();
    await aDevice(runtime, await aPassSession(runtime, people.mia));
    const before = await rows(runtime);
    const mend = await breakEvents(runtime);
    await expect(setUpChapter(runtime, ada, present)).rejects.toThrow();
    await mend();
    expect(await rows(runtime)).toEqual(before);
  });
});

test('what stays refers to nothing that goes back', async () => {
  const { runtime } = await aStage();
  const tables = await readTables(runtime.db, engineOfStore(runtime.db));
  const names = tables
    .filter((table) => !goesBack(table))
    .flatMap(({ columns }) => columns.map(({ name }) => name));
  expect(
    names.filter((name) => /^(user|actor|person|device|credential|session|group)Id$/.test(name)),
  ).toEqual([]);
});

describe('an attack', () => {
  const home = globalThis as { latchkeyRuntime?: Promise<Runtime> };
  let stage: Stage;
  beforeEach(async () => {
    stage = await aStage();
    done(await setPolicy(stage.runtime, null, { name: 'SoftwareKeys', value: 'choice' }));
    home.latchkeyRuntime = Promise.resolve(stage.runtime);
  });
  afterEach(() => {
    delete home.latchkeyRuntime;
  });

  const doors = {
    '/api/authentication/options': endpoint(
      'options',
      authenticationOptionsRequest,
      anyone,
      beginAuthentication,
    ),
    '/api/authentication/verification': endpoint(
      'verification',
      authenticationRequest,
      anyone,
      finishAuthentication,
    ),
    '/api/key-container/options': endpoint('key-container', pinTryOptionsRequest, anyone, beginPinTry),
    '/api/key-container/evaluation': endpoint('pin-evaluation', evaluationRequest, anyone, evaluatePin),
    '/api/registration/options': endpoint('options', registrationOptionsRequest, signedIn, beginRegistration),
  } as const;

  /** The same doors, without a network between. */
  const send: Send = async (path, body, { browser, session }): Promise<Answer> => {
    const cookie = `${BROWSER_COOKIE}=${browser}${session ? `; ${SESSION_COOKIE}=${session}` : ''}`;
    const headers = { origin: ORIGIN, 'content-type': 'application/json', cookie };
    const request = new NextRequest(ORIGIN + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const response = await doors[path as keyof typeof doors](request);
    const line = response.headers.getSetCookie().find((each) => each.startsWith(`${SESSION_COOKIE}=`));
    return {
      status: response.status,
      json: (await response.json()) as Record<string, unknown>,
      session: line?.split(';')[0]?.slice(SESSION_COOKIE.length + 1) || null,
    };
  };

  test.each(attackNames)(
    '%s is refused, and the log has the refusal and that it was shown',
    async (attack) => {
      const { runtime, ada } = stage;
      const report = done(await runAttack(runtime, ada, { attack }, send));
      expect(report.sent.at(-1)?.answer).toBe(attacks[attack].answer);
      const { logged: code, cause } = attacks[attack];
      expect(report).toMatchObject({ attack, held: true, event: { code, cause } });
      expect(await runtime.db.event.count({ where: { code: 'attack_shown' } })).toBe(1);
      // Whoever was invented for it is sample data, and nobody else was touched.
      expect(await runtime.db.user.count({ where: { sample: false } })).toBe(3);
      expect(JSON.stringify(report)).not.toContain(ada.token);
    },
  );

  test('a copied container opens offline with the half of the server, and with no other', async () => {
    const { runtime } = stage;
    const { id: userId } = await aPerson(runtime, 'zoe');
    const desk = await setUpDesk(runtime, aBrowser(runtime), userId, 'QUAY-01');
    const stolen = await stealContainer(runtime, desk);
    const random = (count: number) => runtime.random.bytes(count);
    expect(await searchOffline(stolen, random)).toBeNull();
    const protector = await runtime.db.pinProtector.findFirstOrThrow({
      where: { containerId: stolen.container.id },
    });
    const half = unseal(runtime.keys('pin-oprf'), protector.key as Uint8Array, protectorPlace(protector));
    if (half === null) throw new Error('The half of the server does not open.');
    const key = { secretKey: half.subarray(0, 32), publicKey: half.subarray(32) };
    expect(CANDIDATES).toContain(await searchOffline(stolen, random, key));
  });

  test('is none where policy stops it before it begins, or its owner is refused', async () => {
    const { runtime, ada } = stage;
    const deaf: Send = async (path, ...rest) =>
      path === '/api/authentication/verification'
        ? { status: 401, json: {}, session: null }
        : await send(path, ...rest);
    expect(outcome(await runAttack(runtime, ada, { attack: 'replayed_assertion' }, deaf))).toBe(
      'attack_not_shown',
    );
    done(await setPolicy(runtime, null, { name: 'TemporaryAccessPass.state', value: 'false' }));
    for (const attack of attackNames)
      expect(outcome(await runAttack(runtime, ada, { attack }, send))).toBe('attack_not_shown');
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'attack_shown',
      outcome: 'failure',
      detail: { attack: attackNames.at(-1), cause: 'sign_in_failed' },
    });
  });

  test('is not run where no front door listens', async () => {
    expect(overHttp(stage.runtime)).toBeNull();
    expect(outcome(await runAttack(stage.runtime, stage.ada, { attack: 'wrong_origin' }))).toBe('not_found');
  });
});
