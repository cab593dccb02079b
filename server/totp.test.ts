import { describe, expect, test } from 'vitest';
import { TOTP_LIMIT_PER_PERSON } from '#domain/totp';
import { listSecondFactors } from './second-factor.ts';
import {
  anAuthenticatorApp,
  aPassSession,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  codeOf,
  done,
  flipped,
  lastCause,
  lastEvent,
  outcome,
  type TestRuntime,
  within,
} from './testing.ts';
import { acceptCode, beginTotpRegistration, finishTotpRegistration, verifyCode } from './totp.ts';

async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const mia = await aPerson(runtime);
  return { runtime, mia, session: await aSession(runtime, mia, 'passkey') };
}

/** Verifies a code and uses it up, as every way in does. */
async function use(runtime: TestRuntime, userId: string, typed: string) {
  const verified = await verifyCode(runtime, userId, typed);
  if ('cause' in verified) return verified.cause;
  const of = { userId, address: '192.0.2.7' };
  const accepted = await runtime.db.$transaction((tx) => acceptCode(tx, runtime, verified.code, of));
  return accepted ? 'accepted' : 'came_second';
}

describe('registering an authenticator app', () => {
  test('offers a key as text and address, and keeps nothing until its first code', async () => {
    const { runtime, mia, session } = await house();
    const offered = done(await beginTotpRegistration(runtime, session));
    expect(offered.key).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    const uri = new URL(offered.uri);
    expect([uri.protocol, uri.host]).toEqual(['otpauth:', 'totp']);
    expect(decodeURIComponent(uri.pathname)).toBe(`/Tidewater Studio:${mia.upn}`);
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({
      issuer: 'Tidewater Studio',
      secret: offered.key.replaceAll(' ', ''),
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    expect(await runtime.db.totpSecret.count()).toBe(0);
    const input = { offer: offered.offer, code: codeOf(runtime, offered.key), name: 'Phone' };
    const { id } = done(await finishTotpRegistration(runtime, session, input));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'totp_registered',
      userId: mia.id,
      credentialId: id,
      detail: { name: 'Phone', proof: 'passkey' },
    });
    expect(await listSecondFactors(runtime.db, mia.id)).toMatchObject([
      { id, name: 'Phone', lastUsedAt: null },
    ]);
  });

  test('takes a fresh strong proof: a password offers nothing, a pass does, and nothing does when it is old', async () => {
    const { runtime, mia } = await house();
    for (const [method, answer] of [
      ['password', 'proof_required'],
      ['hello', 'ok'],
      ['passkey', 'ok'],
      ['totp', 'ok'],
    ] as const) {
      const session = await aSession(runtime, mia, method);
      expect([method, outcome(await beginTotpRegistration(runtime, session))]).toEqual([method, answer]);
    }
    const begun = await aPassSession(runtime, mia);
    const { offer, key } = done(await beginTotpRegistration(runtime, begun));
    runtime.pass(5 * 60_000 + 1);
    expect(outcome(await beginTotpRegistration(runtime, begun))).toBe('proof_required');
    const late = { offer, code: codeOf(runtime, key), name: 'Phone' };
    expect(outcome(await finishTotpRegistration(runtime, begun, late))).toBe('proof_required');
    expect(await lastCause(runtime)).toBe('proof_too_old');
    expect(await runtime.db.totpSecret.count()).toBe(0);
  });

  test('counts the confirming code as used', async () => {
    const { runtime, mia, session } = await house();
    const { offer, key } = done(await beginTotpRegistration(runtime, session));
    const code = codeOf(runtime, key);
    done(await finishTotpRegistration(runtime, session, { offer, code, name: 'Phone' }));
    expect(await use(runtime, mia.id, code)).toBe('code_replayed');
    runtime.pass(30_000);
    expect(await use(runtime, mia.id, codeOf(runtime, key))).toBe('accepted');
  });

  test('lets a wrong code be typed again, and one offer register one app, also at the same instant', async () => {
    const { runtime, session } = await house();
    const { offer, key } = done(await beginTotpRegistration(runtime, session));
    for (const code of ['', '12345', 'abcdef', codeOf(runtime, key, 9), codeOf(runtime, key, -2)]) {
      runtime.pass(1);
      const wrong = { offer, code, name: 'Phone' };
      expect(outcome(await finishTotpRegistration(runtime, { ...session, address: code }, wrong))).toBe(
        'code_refused',
      );
    }
    expect(await lastCause(runtime)).toBe('code_wrong');
    const input = { offer, code: codeOf(runtime, key), name: 'Phone' };
    const answers = await Promise.all([1, 2, 3].map(() => finishTotpRegistration(runtime, session, input)));
    expect(answers.map(outcome).sort()).toEqual(['challenge_consumed', 'challenge_consumed', 'ok']);
    runtime.pass(30_000);
    const again = { offer, code: codeOf(runtime, key), name: 'Twin' };
    expect(outcome(await finishTotpRegistration(runtime, session, again))).toBe('challenge_consumed');
    expect(await runtime.db.totpSecret.count()).toBe(1);
  });

  test('takes no offer of another session or person, none past its time, and no garbage', async () => {
    const { runtime, mia, session } = await house();
    const { offer, key } = done(await beginTotpRegistration(runtime, session));
    const tomas = await aPerson(runtime, 'tomas');
    const finish = async (caller: typeof session, sealed = offer) =>
      outcome(
        await finishTotpRegistration(runtime, caller, {
          offer: sealed,
          code: codeOf(runtime, key),
          name: 'x',
        }),
      );
    expect(await finish(await aSession(runtime, mia, 'passkey'))).toBe('offer_expired');
    expect(await finish(await aSession(runtime, tomas, 'passkey'))).toBe('offer_expired');
    for (const garbage of ['', 'x', '!', 'A'.repeat(80), flipped(offer), 'x'.repeat(4096)])
      expect(await finish({ ...session, address: garbage }, garbage)).toBe('offer_expired');
    runtime.pass(10 * 60_000);
    const renewed = await within(runtime, session, session.token);
    const proofs = [{ kind: 'passkey', provenAt: runtime.clock.now() }] as const;
    const late = { ...renewed, session: { ...renewed.session, proofs } };
    expect(await finish({ ...late, token: session.token })).toBe('offer_expired');
    expect(await lastCause(runtime)).toBe('offer_expired');
    expect(await runtime.db.totpSecret.count()).toBe(0);
  });

  test('in a session that ended meanwhile leaves nothing', async () => {
    const { runtime, session } = await house();
    const { offer, key } = done(await beginTotpRegistration(runtime, session));
    await runtime.db.session.updateMany({ data: { endedAt: runtime.clock.now() } });
    const input = { offer, code: codeOf(runtime, key), name: 'x' };
    expect(outcome(await finishTotpRegistration(runtime, session, input))).toBe('sign_in_required');
    expect(await runtime.db.totpSecret.count()).toBe(0);
  });

  test('stops at the limit, also for many at the same instant', async () => {
    const { runtime, session } = await house();
    const offers = await Promise.all(
      Array.from({ length: TOTP_LIMIT_PER_PERSON + 2 }, async () =>
        done(await beginTotpRegistration(runtime, session)),
      ),
    );
    const answers = await Promise.all(
      offers.map(({ offer, key }, index) =>
        finishTotpRegistration(
          runtime,
          { ...session, address: `192.0.2.${index}` },
          { offer, code: codeOf(runtime, key), name: 'x' },
        ),
      ),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(TOTP_LIMIT_PER_PERSON);
    expect(await runtime.db.totpSecret.count()).toBe(TOTP_LIMIT_PER_PERSON);
    expect(outcome(await beginTotpRegistration(runtime, session))).toBe('authenticator_app_limit_reached');
  });
});

describe('a code', () => {
  test('is taken one step early or late, and no further (RFC 6238 5.2)', async () => {
    for (const [steps, answer] of [
      [-2, 'code_wrong'],
      [-1, 'accepted'],
      [0, 'accepted'],
      [1, 'accepted'],
      [2, 'code_wrong'],
    ] as const) {
      const { runtime, mia, session } = await house();
      const app = await anAuthenticatorApp(runtime, session);
      runtime.pass(10 * 30_000);
      expect([steps, await use(runtime, mia.id, app.code(steps))]).toEqual([steps, answer]);
    }
  });

  test('is taken once, and none of an earlier step after a later one', async () => {
    const { runtime, mia, session } = await house();
    const app = await anAuthenticatorApp(runtime, session);
    runtime.pass(60_000);
    const [before, now, after] = [app.code(-1), app.code(), app.code(1)];
    expect(await use(runtime, mia.id, now)).toBe('accepted');
    expect(await use(runtime, mia.id, now)).toBe('code_replayed');
    expect(await use(runtime, mia.id, before)).toBe('code_replayed');
    expect(await use(runtime, mia.id, after)).toBe('accepted');
    expect(await use(runtime, mia.id, now)).toBe('code_replayed');
    runtime.pass(30_000);
    expect(await use(runtime, mia.id, after)).toBe('code_replayed');
    expect(await use(runtime, mia.id, app.code(1))).toBe('accepted');
  });

  test('that many requests bring at the same instant is taken from exactly one', async () => {
    const { runtime, mia, session } = await house();
    const app = await anAuthenticatorApp(runtime, session);
    const code = app.code();
    const verified = await Promise.all([1, 2, 3, 4].map(() => verifyCode(runtime, mia.id, code)));
    const of = { userId: mia.id, address: '192.0.2.7' };
    const answers = await Promise.all(
      verified.map((each) =>
        'code' in each ? runtime.db.$transaction((tx) => acceptCode(tx, runtime, each.code, of)) : null,
      ),
    );
    expect(answers.filter((accepted) => accepted === true)).toHaveLength(1);
    expect(await runtime.db.event.count({ where: { code: 'totp_used' } })).toBe(1);
  });

  test('is one’s own: another person’s app opens nothing, and a secret that was moved to them neither', async () => {
    const { runtime, mia, session } = await house();
    const app = await anAuthenticatorApp(runtime, session);
    const tomas = await aPerson(runtime, 'tomas');
    expect(await use(runtime, tomas.id, app.code())).toBe('code_wrong');
    const other = await anAuthenticatorApp(runtime, await aSession(runtime, tomas, 'passkey'));
    const row = await runtime.db.totpSecret.findUniqueOrThrow({ where: { id: app.id } });
    await runtime.db.totpSecret.update({
      where: { id: other.id },
      data: { secret: row.secret, lastStep: 0 },
    });
    expect(await use(runtime, tomas.id, app.code())).toBe('code_wrong');
    expect(await use(runtime, mia.id, app.code())).toBe('accepted');
  });

  test('of any of several apps is taken, and uses up nothing of the others', async () => {
    const { runtime, mia, session } = await house();
    const phone = await anAuthenticatorApp(runtime, session);
    const tablet = await anAuthenticatorApp(runtime, session);
    expect(await use(runtime, mia.id, tablet.code())).toBe('accepted');
    expect(await use(runtime, mia.id, phone.code())).toBe('accepted');
    const apps = await listSecondFactors(runtime.db, mia.id);
    expect(apps.map(({ lastUsedAt }) => lastUsedAt)).toEqual([runtime.clock.now(), runtime.clock.now()]);
  });

  test('that is garbage is wrong and nothing worse', async () => {
    const { runtime, mia, session } = await house();
    await anAuthenticatorApp(runtime, session);
    for (const garbage of ['', ' ', '\u0000', '１２３４５', 'x'.repeat(100_000), '-00001', '1e5', '٠٠٠٠٠٠']) {
      expect(await use(runtime, mia.id, garbage)).toBe('code_wrong');
    }
  });
});

test('a person who goes takes their authenticator apps along', async () => {
  const { runtime, mia, session } = await house();
  await anAuthenticatorApp(runtime, session);
  await runtime.db.user.delete({ where: { id: mia.id } });
  expect(await runtime.db.totpSecret.count()).toBe(0);
});
