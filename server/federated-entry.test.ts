import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeFederatedDomain } from './federation.ts';
import { switchPasswordless } from './passwordless.ts';
import { dryRun } from './passwordless-dry-run.ts';
import { findSession } from './session.ts';
import {
  aBrowser,
  aPerson,
  aPersonWithHelloKey,
  aSwitch,
  done,
  lastCause,
  lastEvent,
  outcome,
  signIn,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { back, DOMAIN, federationWith, mia, miaWithMfa } from './testing-federation.ts';
import { anUpstream, comeBackFrom, type TestUpstream } from './testing-upstream.ts';

let upstream: TestUpstream;
beforeAll(async () => {
  upstream = await anUpstream(back(DOMAIN));
});
afterAll(async () => await upstream.close());
const { aFederation, begin, finish, goThere, causeAfter } = federationWith(() => upstream);

describe('where policy refuses passwords', () => {
  const switchTo = async (runtime: TestRuntime, mode: 'off' | 'hide' | 'refuse') =>
    done(await switchPasswordless(runtime, null, await aSwitch(runtime, mode)));

  test('a sign-in at the provider without MFA is no more than one, and says what gets in', async () => {
    const runtime = await aFederation();
    const person = await aPerson(runtime);
    await switchTo(runtime, 'refuse');
    expect(await causeAfter(runtime, mia)).toEqual(['federated_mfa_required', 'passwordless']);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'federated_sign_in',
      outcome: 'failure',
      userId: person.id,
    });
    expect(await runtime.db.session.count()).toBe(0);
    // Nobody is linked by what opens nothing.
    expect(await runtime.db.federatedIdentity.count()).toBe(0);
    expect(await causeAfter(runtime, miaWithMfa)).toEqual(['ok', null]);
  });

  test('asked for there, MFA gets in; where it never counts, nothing from there does', async () => {
    for (const [behavior, gets] of [
      ['acceptIfMfaDoneByFederatedIdp', 'ok'],
      ['enforceMfaByFederatedIdp', 'ok'],
      ['rejectMfaByFederatedIdp', 'federated_mfa_required'],
    ] as const) {
      const runtime = await aFederation({ behavior });
      await aPerson(runtime);
      await switchTo(runtime, 'refuse');
      await upstream.tell({ ...mia, mfa: { amr: ['mfa'] } });
      expect([behavior, outcome(await goThere(runtime, aBrowser(runtime), undefined, true))]).toEqual([
        behavior,
        gets,
      ]);
    }
  });

  test('off, hidden, or out of scope, it signs in', async () => {
    for (const mode of ['off', 'hide'] as const) {
      const runtime = await aFederation();
      await aPerson(runtime);
      await switchTo(runtime, mode);
      expect(await causeAfter(runtime, mia)).toEqual(['ok', null]);
    }
    const runtime = await aFederation();
    await aPerson(runtime);
    const nobody = { ...(await aSwitch(runtime, 'refuse')), include: [] };
    done(await switchPasswordless(runtime, null, nobody));
    expect(await causeAfter(runtime, mia)).toEqual(['ok', null]);
  });

  test('whoever went there before the switch comes back after it to a refusal', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell(mia);
    const caller = aBrowser(runtime);
    const answered = await comeBackFrom(await begin(runtime, caller), back(DOMAIN));
    await switchTo(runtime, 'refuse');
    expect([outcome(await finish(runtime, caller, answered)), await lastCause(runtime)]).toEqual([
      'federated_mfa_required',
      'passwordless',
    ]);
  });

  test('of a switch and many sign-ins at once, no session of before outlives the switch', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell(mia);
    const waiting = [];
    for (let count = 0; count < 6; count += 1) {
      const caller = aBrowser(runtime);
      waiting.push({ caller, answered: await comeBackFrom(await begin(runtime, caller), back(DOMAIN)) });
    }
    const wanted = await aSwitch(runtime, 'refuse');
    const [switched, ...results] = await Promise.all([
      switchPasswordless(runtime, null, wanted),
      ...waiting.map(async ({ caller, answered }) => await finish(runtime, caller, answered)),
    ]);
    expect(outcome(switched)).toBe('ok');
    for (const result of results)
      if (result.ok) expect(await findSession(runtime, tokenOf(result))).toBeNull();
    expect(await runtime.db.session.count({ where: { endedAt: null } })).toBe(0);
  });

  test('the dry run counts the sessions that the switch ends; those with MFA go on', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    const sessions = [];
    for (const telling of [mia, miaWithMfa]) {
      await upstream.tell(telling);
      sessions.push(tokenOf(await goThere(runtime, aBrowser(runtime))));
    }
    const wanted = await aSwitch(runtime, 'refuse');
    expect((await dryRun(runtime, wanted)).passwordSessions).toBe(1);
    expect(done(await switchPasswordless(runtime, null, wanted)).sessionsEnded).toBe(1);
    const [without, withMfa] = await Promise.all(
      sessions.map(async (token) => await findSession(runtime, token)),
    );
    expect(without).toBeNull();
    expect(withMfa?.method).toBe('federated-mfa');
  });
});

describe('people who hold an administrator role', () => {
  test('do not come in by a provider unless the domain says so', async () => {
    for (const role of [
      'global_administrator',
      'privileged_authentication_administrator',
      'authentication_administrator',
      'global_reader',
    ] as const) {
      const runtime = await aFederation();
      const person = await aPerson(runtime, 'mia', [role]);
      expect(await causeAfter(runtime, miaWithMfa)).toEqual(['sign_in_failed', 'administrator']);
      expect(await runtime.db.federatedIdentity.count()).toBe(0);
      done(await changeFederatedDomain(runtime, null, { domain: DOMAIN, administrators: true }));
      expect(await causeAfter(runtime, miaWithMfa)).toEqual(['ok', null]);
      // An emergency account never does.
      await runtime.db.user.update({ where: { id: person.id }, data: { breakGlass: true } });
      expect(await causeAfter(runtime, miaWithMfa)).toEqual(['sign_in_failed', 'break_glass']);
    }
  });

  test('their sessions from there end when the domain says so no longer, and those of others go on', async () => {
    const runtime = await aFederation({ administrators: true });
    await aPerson(runtime, 'mia', ['global_administrator']);
    const ben = await aPerson(runtime, 'ben');
    await upstream.tell(miaWithMfa);
    const theirs = tokenOf(await goThere(runtime, aBrowser(runtime)));
    const waiting = aBrowser(runtime);
    const answered = await comeBackFrom(await begin(runtime, waiting), back(DOMAIN));
    await upstream.tell({ ...miaWithMfa, subject: 'ben', claims: { upn: ben.upn } });
    const others = tokenOf(await goThere(runtime, aBrowser(runtime), ben.upn));
    const change = { domain: DOMAIN, administrators: false };
    expect(done(await changeFederatedDomain(runtime, null, change)).sessionsEnded).toBe(1);
    expect(await findSession(runtime, theirs)).toBeNull();
    expect(await findSession(runtime, others)).not.toBeNull();
    expect([outcome(await finish(runtime, waiting, answered)), await lastCause(runtime)]).toEqual([
      'sign_in_failed',
      'administrator',
    ]);
  });

  test('come in with their key as ever', async () => {
    const runtime = await aFederation();
    const desk = await aPersonWithHelloKey(runtime);
    await runtime.db.userRole.create({ data: { userId: desk.person.id, role: 'global_administrator' } });
    const result = await signIn(runtime, desk);
    expect((await within(runtime, desk.browser, tokenOf(result))).session.method).toBe('hello');
  });
});
