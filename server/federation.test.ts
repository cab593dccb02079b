import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectionWords } from '#domain/federation';
import { listEvents } from './event.ts';
import {
  addFederatedDomain,
  changeFederatedDomain,
  listFederatedDomains,
  readFederationOf,
  removeFederatedDomain,
  testFederatedDomain,
  unlinkIdentity,
  weighRemoval,
} from './federation.ts';
import { findSession } from './session.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  done,
  lastEvent,
  MASTER_KEY,
  outcome,
  storeBytes,
  tokenOf,
  within,
} from './testing.ts';
import { back, DOMAIN, federationWith, mia, miaWithMfa } from './testing-federation.ts';
import { anUpstream, CLIENT_SECRET, comeBackFrom, type TestUpstream } from './testing-upstream.ts';

let upstream: TestUpstream;
beforeAll(async () => {
  upstream = await anUpstream(back(DOMAIN));
});
afterAll(async () => await upstream.close());
const { aFederation, begin, finish, goThere, causeAfter } = federationWith(() => upstream);

describe('the settings of a domain', () => {
  test('keep the client secret sealed', async () => {
    const runtime = await aFederation();
    expect((await storeBytes(runtime)).includes(CLIENT_SECRET)).toBe(false);
    expect(JSON.stringify(await listFederatedDomains(runtime))).not.toContain(CLIENT_SECRET);
    expect(JSON.stringify(await listEvents(runtime, {}, 10))).not.toContain(CLIENT_SECRET);
    const stolen = await aRuntime({
      databaseUrl: runtime.databaseUrl,
      masterKey: 'a'.repeat(MASTER_KEY.length),
    });
    await expect(testFederatedDomain(stolen, null, { domain: DOMAIN })).rejects.toThrow('master key');
  });

  test.each([
    { domain: 'not a domain' },
    { issuer: 'http://sts.example' },
    { issuer: 'https://a:b@sts.example' },
    { clientId: '' },
    { clientSecret: '' },
  ])('%j is refused', async (wrong) => {
    const runtime = await aRuntime();
    const { clientId, clientSecret, issuer } = upstream;
    const right = { clientId, clientSecret, issuer, domain: DOMAIN, claim: 'upn' as const };
    expect(outcome(await addFederatedDomain(runtime, null, { ...right, ...wrong }))).toBe('invalid_value');
  });

  test('belong to one provider: a domain is added once', async () => {
    const runtime = await aFederation();
    const { clientId, clientSecret, issuer } = upstream;
    const again = { clientId, clientSecret, issuer, domain: DOMAIN.toUpperCase(), claim: 'upn' as const };
    expect(outcome(await addFederatedDomain(runtime, null, again))).toBe('already_exists');
  });

  test.each(['behaviour', 'switched off', 'taken back'])(
    '%s: sessions that began there end at once',
    async (how) => {
      for (const telling of [mia, miaWithMfa]) {
        const runtime = await aFederation();
        const person = await aPerson(runtime);
        await upstream.tell(telling);
        const token = tokenOf(await goThere(runtime, aBrowser(runtime)));
        const caller = aBrowser(runtime);
        const { pass } = done(
          await issueTemporaryAccessPass(runtime, null, { userId: person.id, reason: 'a test' }),
        );
        const kept = tokenOf(await redeemTemporaryAccessPass(runtime, caller, { upn: person.upn, pass }));
        const domain = DOMAIN;
        if (how === 'behaviour')
          done(await changeFederatedDomain(runtime, null, { domain, behavior: 'rejectMfaByFederatedIdp' }));
        else if (how === 'switched off')
          done(await changeFederatedDomain(runtime, null, { domain, enabled: false }));
        else done(await removeFederatedDomain(runtime, null, { domain }));
        expect(await findSession(runtime, token)).toBeNull();
        expect(await findSession(runtime, kept)).not.toBeNull();
      }
    },
  );

  test('a test asks for description and keys, also where the domain is off, and is kept', async () => {
    const runtime = await aFederation();
    await upstream.tell(mia);
    await upstream.asked();
    const domain = DOMAIN;
    const answered = done(await testFederatedDomain(runtime, null, { domain }));
    expect(answered.answer).toEqual({
      endpoints: ['/auth', '/token', '/jwks'].map((path) => `${upstream.issuer}${path}`),
      keys: 1,
      namesItself: true,
    });
    expect(await upstream.asked()).toEqual(['/.well-known/openid-configuration', '/jwks']);
    const [kept] = await listFederatedDomains(runtime);
    expect(kept).toMatchObject({ testedAt: runtime.clock.now(), testFailure: null });
    expect(await lastEvent(runtime)).toMatchObject({ code: 'federation_tested', outcome: 'success' });

    done(await changeFederatedDomain(runtime, null, { domain, enabled: false }));
    await upstream.tell({ ...mia, status: 500 });
    const failed = done(await testFederatedDomain(runtime, null, { domain }));
    expect(failed.answer).toEqual({ failure: 'unavailable', cause: 'upstream_unreachable' });
    expect((await listFederatedDomains(runtime))[0]?.testFailure).toBe('upstream_unreachable');
    expect(await lastEvent(runtime)).toMatchObject({
      outcome: 'failure',
      detail: { cause: 'upstream_unreachable' },
    });
    const elsewhere = { domain: 'elsewhere.example' };
    expect(outcome(await testFederatedDomain(runtime, null, elsewhere))).toBe('not_found');
  });

  test.each([
    ['jwks_uri', 'http://169.254.169.254/latest', 'endpoint_elsewhere'],
    ['jwks_uri', null, 'endpoint_elsewhere'],
    ['issuer', 'https://evil.example', 'description_invalid'],
  ])('a test finds out that %s is %s, and says it in words', async (name, value, cause) => {
    const runtime = await aFederation();
    await upstream.tell({ ...mia, description: { [name]: value } });
    const { answer } = done(await testFederatedDomain(runtime, null, { domain: DOMAIN }));
    if (!('failure' in answer)) throw new Error('it was found to be right');
    expect(answer.cause.split(':')[0]).toBe(cause);
    expect(inspectionWords(answer.cause)).not.toContain('event log');
  });

  test('a provider without a key that signs is found out', async () => {
    const runtime = await aFederation();
    await upstream.tell({ ...mia, description: { jwks_uri: `${upstream.issuer}/nowhere` } });
    const { answer } = done(await testFederatedDomain(runtime, null, { domain: DOMAIN }));
    expect(answer).toEqual({ failure: 'unavailable', cause: 'keys_unusable' });
  });

  test('a refusal names the field', async () => {
    const runtime = await aFederation();
    const domain = DOMAIN;
    const field = async (change: Parameters<typeof changeFederatedDomain>[2]) => {
      const result = await changeFederatedDomain(runtime, null, change);
      return result.ok ? null : result.problem.facts?.field;
    };
    expect(await field({ domain, issuer: 'http://sts.example' })).toBe('issuer');
    expect(await field({ domain, clientId: '' })).toBe('clientId');
    expect(await field({ domain, clientSecret: 'x'.repeat(513) })).toBe('clientSecret');
    // The secret of one provider is never shown to another.
    expect(await field({ domain, issuer: 'https://sts.example' })).toBe('clientSecret');
    expect(await field({ domain, clientId: 'another' })).toBe('clientSecret');
  });

  test('another issuer or client ID is another provider: links are forgotten, sessions end, and answers of before count no more', async () => {
    for (const change of [{ issuer: 'https://sts.example' }, { clientId: 'another' }]) {
      const runtime = await aFederation();
      await aPerson(runtime);
      await upstream.tell(mia);
      const token = tokenOf(await goThere(runtime, aBrowser(runtime)));
      const waiting = aBrowser(runtime);
      const answered = await comeBackFrom(await begin(runtime, waiting), back(DOMAIN));
      const [before] = await listFederatedDomains(runtime);
      const changed = { domain: DOMAIN, clientSecret: 'its own', ...change };
      expect(done(await changeFederatedDomain(runtime, null, changed))).toEqual({
        sessionsEnded: 1,
        unlinked: 1,
      });
      expect(await lastEvent(runtime)).toMatchObject({
        detail: { domain: DOMAIN, ...change, secret: 'changed', unlinked: 1, sessionsEnded: 1 },
      });
      expect(await findSession(runtime, token)).toBeNull();
      expect(await runtime.db.federatedIdentity.count()).toBe(0);
      await upstream.asked();
      expect(outcome(await finish(runtime, waiting, answered))).toBe('sign_in_failed');
      expect(await upstream.asked()).toEqual([]);
      const [after] = await listFederatedDomains(runtime);
      expect(after).toMatchObject({ ...before, ...change, id: expect.any(String), people: 0, usedAt: null });
      expect(after?.id).not.toBe(before?.id);
    }
  });

  test('another secret or claim ends nothing', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell(mia);
    const token = tokenOf(await goThere(runtime, aBrowser(runtime)));
    const changed = { domain: DOMAIN, claim: 'email' as const, clientSecret: 'wrong' };
    done(await changeFederatedDomain(runtime, null, changed));
    expect(await findSession(runtime, token)).not.toBeNull();
    expect(JSON.stringify(await listEvents(runtime, {}, 10))).not.toContain('wrong');
    expect(await causeAfter(runtime, mia)).toEqual(['sign_in_failed', 'upstream_refused: challenge']);
    done(await changeFederatedDomain(runtime, null, { domain: DOMAIN, clientSecret: CLIENT_SECRET }));
    expect(await causeAfter(runtime, mia)).toEqual(['ok', null]);
  });

  test('taking a domain back is weighed: who is linked, what ends, and whom nothing but a pass lets in', async () => {
    const runtime = await aFederation();
    const desk = await aPersonWithHelloKey(runtime);
    const ben = await aPerson(runtime, 'ben');
    const [{ id = '' } = {}] = await listFederatedDomains(runtime);
    expect(await weighRemoval(runtime, id)).toEqual({ people: 0, stranded: 0, sessions: 0 });
    await upstream.tell(mia);
    done(await goThere(runtime, aBrowser(runtime), desk.person.upn));
    await upstream.tell({ ...miaWithMfa, subject: 'ben', claims: { upn: ben.upn } });
    done(await goThere(runtime, aBrowser(runtime), ben.upn));
    expect(await weighRemoval(runtime, id)).toEqual({
      people: 2,
      stranded: 1,
      sessions: 2,
    });
  });

  test('nobody unlinks themself', async () => {
    const runtime = await aFederation();
    const person = await aPerson(runtime);
    await upstream.tell(mia);
    const browser = aBrowser(runtime);
    const caller = await within(runtime, browser, tokenOf(await goThere(runtime, browser)));
    expect(outcome(await unlinkIdentity(runtime, caller, { userId: person.id }))).toBe('own_account');
    expect(await readFederationOf(runtime, person)).toMatchObject({
      domain: { domain: DOMAIN },
      link: { subject: mia.subject, issuer: upstream.issuer },
    });
    expect(await readFederationOf(runtime, { id: 'nobody', upn: 'zoe@elsewhere.example' })).toBeNull();
  });
});
