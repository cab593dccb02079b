import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sufficientProof } from '#domain/authentication';
import { CERTIFICATE_LIFETIME_MS } from '#domain/device-certificate';
import { FEDERATED_REQUEST_LIFETIME_MS } from '#domain/federation';
import { proveProfile } from '#domain/software-authenticator';
import { MINUTE_MS } from '#domain/time';
import { beginDeviceProof } from './device.ts';
import { listEvents } from './event.ts';
import { beginFederatedSignIn } from './federated-sign-in.ts';
import { changeFederatedDomain, removeFederatedDomain, unlinkIdentity } from './federation.ts';
import { setUserDisabled } from './identity.ts';
import { listNotices } from './notice.ts';
import { systemClock } from './runtime.ts';
import { findSession, lockSession } from './session.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastCause,
  lastEvent,
  ORIGIN,
  outcome,
  registerDevice,
  START,
  signIn,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { back, DOMAIN, federationWith, mia, miaWithMfa } from './testing-federation.ts';
import { anUpstream, comeBackFrom, type TestUpstream, type UpstreamTelling } from './testing-upstream.ts';

let upstream: TestUpstream;
beforeAll(async () => {
  upstream = await anUpstream(back(DOMAIN), back('harbour.example'));
});
afterAll(async () => await upstream.close());
const { aFederation, federate, begin, finish, goThere, causeAfter } = federationWith(() => upstream);

describe('a sign-in at the provider', () => {
  test('asks by code, PKCE, state and nonce for the name that was typed, and opens a session', async () => {
    const runtime = await aFederation();
    const person = await aPerson(runtime);
    await upstream.tell(miaWithMfa);
    const caller = aBrowser(runtime);
    const address = new URL(await begin(runtime, caller, ` MIA@${DOMAIN} `));
    expect(address.origin).toBe(upstream.issuer);
    expect(Object.fromEntries(address.searchParams)).toEqual({
      client_id: upstream.clientId,
      response_type: 'code',
      scope: 'openid profile email',
      redirect_uri: `${ORIGIN}/sign-in/federated/callback/${DOMAIN}`,
      login_hint: person.upn,
      max_age: '86400',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]+$/),
    });
    const answered = await comeBackFrom(address.href, back(DOMAIN));
    const result = await finish(runtime, caller, answered);
    expect(done(result)).toEqual({ next: 'signed_in', leadsTo: null });
    const { session } = await within(runtime, caller, tokenOf(result));
    expect(session).toMatchObject({ kind: 'ordinary', method: 'federated-mfa', userId: person.id });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'federated_sign_in',
      outcome: 'success',
      userId: person.id,
      sessionId: session.id,
      detail: { method: 'federated-mfa', domain: DOMAIN, issuer: upstream.issuer },
    });
  });

  test('registers a device while the MFA over there is fresh, and a sign-in without MFA registers nothing', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    for (const [telling, registered] of [
      [miaWithMfa, 'ok'],
      [mia, 'proof_required'],
      [{ ...miaWithMfa, signedInSecondsAgo: 11 * 60 }, 'proof_required'],
    ] as const) {
      await upstream.tell(telling);
      const caller = aBrowser(runtime);
      const session = await within(runtime, caller, tokenOf(await goThere(runtime, caller)));
      expect(outcome((await registerDevice(runtime, session)).result)).toBe(registered);
    }
  });

  test('MFA is as old as the provider says, and counts for nothing where it does not say', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell({ ...miaWithMfa, signedInSecondsAgo: 9.5 * 60 });
    const caller = aBrowser(runtime);
    const { session } = await within(runtime, caller, tokenOf(await goThere(runtime, caller)));
    const now = runtime.clock.now();
    const left = sufficientProof('provision_hello', session.proofs, now)?.until.getTime() ?? 0;
    expect(left - now.getTime()).toBeGreaterThan(0);
    // The clock here stands while the provider's goes on: half a minute for it to do so.
    expect(left - now.getTime()).toBeLessThanOrEqual(MINUTE_MS);
    expect(sufficientProof('add_passkey', session.proofs, now)).toBeNull();
    // Asked for by max_age, it has to be there.
    const silent = { ...miaWithMfa, token: { without: ['auth_time'] } };
    expect((await causeAfter(runtime, silent))[0]).toBe('sign_in_failed');
  });

  test('one that was longer ago than a day is none', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    const old = {
      ...mia,
      token: { claims: { auth_time: Math.floor(systemClock.now().getTime() / 1000) - 86_500 } },
    };
    expect((await causeAfter(runtime, old))[0]).toBe('sign_in_failed');
  });

  test('goes on when another instance answers, because all that is asked travels sealed', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell(mia);
    const caller = aBrowser(runtime);
    const answered = await comeBackFrom(await begin(runtime, caller), back(DOMAIN));
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    other.pass(runtime.clock.now().getTime() - START.getTime());
    expect(outcome(await finish(other, caller, answered))).toBe('ok');
  });
});

describe('FederatedIdpMfaBehavior', () => {
  const method = async (runtime: TestRuntime, telling: UpstreamTelling) => {
    await upstream.tell(telling);
    const caller = aBrowser(runtime);
    const result = await goThere(runtime, caller);
    if (!result.ok) return await lastCause(runtime);
    const { value } = result;
    return value.next === 'upstream'
      ? value
      : (await within(runtime, caller, tokenOf(result))).session.method;
  };

  test('acceptIfMfaDoneByFederatedIdp: MFA over there counts where it was done', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    expect(await method(runtime, miaWithMfa)).toBe('federated-mfa');
    expect(await method(runtime, mia)).toBe('federated');
    expect(await method(runtime, { ...mia, methods: { acr: 'https://refeds.org/profile/mfa' } })).toBe(
      'federated-mfa',
    );
  });

  test('rejectMfaByFederatedIdp: it never counts', async () => {
    const runtime = await aFederation({ behavior: 'rejectMfaByFederatedIdp' });
    await aPerson(runtime);
    expect(await method(runtime, miaWithMfa)).toBe('federated');
    expect(await method(runtime, mia)).toBe('federated');
  });

  test('enforceMfaByFederatedIdp: whoever comes without is sent back once, for MFA that is made now', async () => {
    const runtime = await aFederation({ behavior: 'enforceMfaByFederatedIdp' });
    await aPerson(runtime);
    expect(await method(runtime, miaWithMfa)).toBe('federated-mfa');
    await upstream.tell({ ...mia, mfa: { amr: ['pwd', 'otp'] } });
    const caller = aBrowser(runtime);
    const first = await goThere(runtime, caller);
    const step = done(first);
    if (step.next !== 'upstream') throw new Error('it was let in');
    expect(first.session).toBeUndefined();
    const asked = new URL(step.address).searchParams;
    expect(asked.get('prompt')).toBe('login');
    expect(asked.get('max_age')).toBe('300');
    expect(asked.get('acr_values')?.split(' ')[0]).toBe('https://refeds.org/profile/mfa');
    const second = await finish(runtime, caller, await comeBackFrom(step.address, back(DOMAIN)));
    expect((await within(runtime, caller, tokenOf(second))).session.method).toBe('federated-mfa');
  });

  test('enforceMfaByFederatedIdp: who comes back without it again is not let in', async () => {
    const runtime = await aFederation({ behavior: 'enforceMfaByFederatedIdp' });
    await aPerson(runtime);
    await upstream.tell(mia);
    const caller = aBrowser(runtime);
    const step = done(await goThere(runtime, caller));
    if (step.next !== 'upstream') throw new Error('it was let in');
    const again = await finish(runtime, caller, await comeBackFrom(step.address, back(DOMAIN)));
    expect([outcome(again), await lastCause(runtime)]).toEqual([
      'sign_in_failed',
      'mfa_not_done_by_federated_idp',
    ]);
  });

  test('MFA that is asked for anew counts where it is accepted, and nowhere else', async () => {
    const asksMfa = { ...mia, mfa: { amr: ['mfa'] } };
    for (const [behavior, counts] of [
      ['acceptIfMfaDoneByFederatedIdp', 'federated-mfa'],
      ['rejectMfaByFederatedIdp', 'federated'],
    ] as const) {
      const runtime = await aFederation({ behavior });
      await aPerson(runtime);
      await upstream.tell(asksMfa);
      const caller = aBrowser(runtime);
      const result = await goThere(runtime, caller, undefined, true);
      expect((await within(runtime, caller, tokenOf(result))).session.method).toBe(counts);
    }
  });
});

describe('a token that proves nothing', () => {
  const inSeconds = () => Math.floor(systemClock.now().getTime() / 1000);
  const lies: Readonly<Record<string, () => NonNullable<UpstreamTelling['token']>>> = {
    'of another issuer': () => ({ claims: { iss: 'https://evil.example' } }),
    'for another audience': () => ({ claims: { aud: 'somebody-else' } }),
    'for several audiences, and nobody said for whom': () => ({
      claims: { aud: ['latchkey', 'somebody-else'] },
    }),
    'with another nonce': () => ({ claims: { nonce: 'another' } }),
    'without a nonce': () => ({ without: ['nonce'] }),
    expired: () => ({ claims: { exp: inSeconds() - 120 } }),
    'that never ends': () => ({ without: ['exp'] }),
    'from a time to come': () => ({ claims: { iat: inSeconds() + 600, nbf: inSeconds() + 600 } }),
    'that nobody signed': () => ({ signed: 'not' }),
    'signed by another key': () => ({ signed: 'by_another' }),
    "signed by the client's own secret": () => ({ signed: 'by_client_secret' }),
    'about nobody': () => ({ without: ['sub'] }),
    'about a subject that is too long': () => ({ claims: { sub: 'x'.repeat(256) } }),
    'about a subject that is no text': () => ({ claims: { sub: 7 } }),
  };

  test.each(Object.keys(lies))('%s', async (name) => {
    const runtime = await aFederation();
    await aPerson(runtime);
    const [problem, cause] = await causeAfter(runtime, { ...miaWithMfa, token: lies[name]?.() ?? {} });
    expect(problem).toBe('sign_in_failed');
    expect(cause).toEqual(expect.stringMatching(/^token_invalid: |^subject_malformed$/));
    expect(await runtime.db.session.count()).toBe(0);
    expect(await runtime.db.federatedIdentity.count()).toBe(0);
  });

  test('unsigned, even where the provider says that it signs none or by a shared secret', async () => {
    for (const signed of ['not', 'by_client_secret'] as const) {
      const runtime = await aFederation();
      await aPerson(runtime);
      const description = { id_token_signing_alg_values_supported: ['RS256', 'none', 'HS256'] };
      expect((await causeAfter(runtime, { ...mia, token: { signed }, description }))[0]).toBe(
        'sign_in_failed',
      );
    }
  });
});

describe('an answer that is not of this request', () => {
  async function anAnswer() {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell(mia);
    const caller = aBrowser(runtime);
    const answered = await comeBackFrom(await begin(runtime, caller), back(DOMAIN));
    return { runtime, caller, answered };
  }
  const changed = (answered: URLSearchParams, name: string, value: string | null) => {
    const copy = new URLSearchParams(answered);
    if (value === null) copy.delete(name);
    else copy.set(name, value);
    return copy;
  };
  const refused = async (runtime: TestRuntime, result: Awaited<ReturnType<typeof finish>>) => [
    outcome(result),
    await lastCause(runtime),
  ];

  test('comes to another browser: nobody is signed in by a link', async () => {
    const { runtime, answered } = await anAnswer();
    const result = await finish(runtime, aBrowser(runtime), answered);
    expect(await refused(runtime, result)).toEqual(['challenge_invalid', 'state_seal_or_browser']);
  });

  test.each([null, '', 'x', 'AAAA', '%00'])('has the state %j', async (state) => {
    const { runtime, caller, answered } = await anAnswer();
    const result = await finish(runtime, caller, changed(answered, 'state', state));
    expect(await refused(runtime, result)).toEqual(['challenge_invalid', 'state_seal_or_browser']);
  });

  test('has a state that was changed', async () => {
    const { runtime, caller, answered } = await anAnswer();
    const state = answered.get('state') ?? '';
    const turned = `${state.slice(0, 40)}${state[40] === 'A' ? 'B' : 'A'}${state.slice(41)}`;
    const result = await finish(runtime, caller, changed(answered, 'state', turned));
    expect(await refused(runtime, result)).toEqual(['challenge_invalid', 'state_seal_or_browser']);
  });

  test('comes a second time, also at the same moment', async () => {
    const { runtime, caller, answered } = await anAnswer();
    const both = await Promise.all([finish(runtime, caller, answered), finish(runtime, caller, answered)]);
    expect(both.map(outcome).sort()).toEqual(['challenge_consumed', 'ok']);
    expect(outcome(await finish(runtime, caller, answered))).toBe('challenge_consumed');
  });

  test('comes too late', async () => {
    const { runtime, caller, answered } = await anAnswer();
    runtime.pass(FEDERATED_REQUEST_LIFETIME_MS);
    const result = await finish(runtime, caller, answered);
    expect(await refused(runtime, result)).toEqual(['challenge_expired', 'state_expired']);
  });

  test('names another issuer, or none where the provider names itself (RFC 9207)', async () => {
    for (const iss of ['https://evil.example', null]) {
      const { runtime, caller, answered } = await anAnswer();
      await upstream.asked();
      const result = await finish(runtime, caller, changed(answered, 'iss', iss));
      expect(outcome(result)).toBe('sign_in_failed');
      expect(await lastCause(runtime)).toMatch(/^token_invalid: /);
      // The code was not given away.
      expect(await upstream.asked()).not.toContain('/token');
    }
  });

  test('comes back at the address of another domain (mix-up)', async () => {
    const { runtime, caller, answered } = await anAnswer();
    await federate(runtime, { domain: 'harbour.example' });
    await upstream.asked();
    const result = await finish(runtime, caller, answered, 'harbour.example');
    expect(await refused(runtime, result)).toEqual(['challenge_invalid', 'another_domain']);
    expect(await upstream.asked()).not.toContain('/token');
  });

  test('has a code of another request: PKCE and nonce refuse it', async () => {
    const { runtime, caller, answered } = await anAnswer();
    const theirs = await comeBackFrom(await begin(runtime, aBrowser(runtime)), back(DOMAIN));
    const result = await finish(runtime, caller, changed(answered, 'code', theirs.get('code')));
    expect(await refused(runtime, result)).toEqual(['sign_in_failed', 'upstream_refused: invalid_grant']);
  });

  test('says that it did not work, in whatever words', async () => {
    const { runtime, caller, answered } = await anAnswer();
    const error = changed(changed(answered, 'code', null), 'error', `access_denied${'<b>'.repeat(100)}`);
    const result = await finish(runtime, caller, error);
    expect(outcome(result)).toBe('sign_in_failed');
    expect(String(await lastCause(runtime)).length).toBeLessThan(100);
  });

  test('comes after the domain was switched off, taken back or told another behaviour', async () => {
    for (const change of [
      (runtime: TestRuntime) => changeFederatedDomain(runtime, null, { domain: DOMAIN, enabled: false }),
      (runtime: TestRuntime) => removeFederatedDomain(runtime, null, { domain: DOMAIN }),
    ]) {
      const { runtime, caller, answered } = await anAnswer();
      expect(outcome(await change(runtime))).toBe('ok');
      const result = await finish(runtime, caller, answered);
      expect(await refused(runtime, result)).toEqual(['sign_in_failed', 'domain_not_federated']);
    }
  });
});

describe('who somebody is', () => {
  test('a first sign-in links the subject, and the link stands whatever the provider calls the person later', async () => {
    const runtime = await aFederation();
    const [person, other] = [await aPerson(runtime), await aPerson(runtime, 'ben')];
    await upstream.tell(mia);
    done(await goThere(runtime, aBrowser(runtime)));
    expect(await runtime.db.federatedIdentity.findMany()).toMatchObject([
      { userId: person.id, subject: mia.subject, issuer: upstream.issuer },
    ]);
    const renamed = { ...mia, claims: { upn: other.upn } };
    expect(await causeAfter(runtime, renamed)).toEqual(['ok', null]);
    // Under the other's name nobody comes in.
    expect(await causeAfter(runtime, renamed, other.upn)).toEqual([
      'sign_in_failed',
      'another_person_came_back',
    ]);
    expect(await causeAfter(runtime, { ...mia, claims: {} })).toEqual(['ok', null]);
    expect(await runtime.db.federatedIdentity.count()).toBe(1);
  });

  test('a new link is told to every other session of the person, and to nobody again', async () => {
    const runtime = await aFederation();
    await aTenant(runtime);
    const person = await aPerson(runtime);
    const elsewhere = await aSession(runtime, person, 'hello');
    await upstream.tell(mia);
    const caller = aBrowser(runtime);
    const { session } = await within(runtime, caller, tokenOf(await goThere(runtime, caller)));
    done(await goThere(runtime, aBrowser(runtime)));
    const told = await listNotices(runtime, elsewhere.session);
    expect(told.map(({ code }) => code)).toEqual(['federated_identity_linked']);
    expect(await listNotices(runtime, session)).toEqual([]);
  });

  test('a second subject never becomes a person who is linked, and the log says so', async () => {
    const runtime = await aFederation();
    const person = await aPerson(runtime);
    await upstream.tell(mia);
    done(await goThere(runtime, aBrowser(runtime)));
    const second = { ...mia, subject: 'somebody-else' };
    expect(await causeAfter(runtime, second)).toEqual(['sign_in_failed', 'another_subject_is_linked']);
    expect(await lastEvent(runtime)).toMatchObject({
      userId: person.id,
      outcome: 'failure',
      detail: { subject: 'somebody-else', issuer: upstream.issuer },
    });
  });

  test('two first sign-ins of two subjects at once link one', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    const answers = [];
    for (const subject of ['one', 'two']) {
      await upstream.tell({ ...mia, subject });
      const caller = aBrowser(runtime);
      answers.push({ caller, answered: await comeBackFrom(await begin(runtime, caller), back(DOMAIN)) });
    }
    const results = await Promise.all(
      answers.map(({ caller, answered }) => finish(runtime, caller, answered)),
    );
    expect(results.map(outcome).sort()).toEqual(['ok', 'sign_in_failed']);
    expect(await runtime.db.federatedIdentity.count()).toBe(1);
  });

  test.each([
    ['nobody here', { upn: `nobody@${DOMAIN}` }, 'person_unknown'],
    ['a person of a domain that is not federated', { upn: 'mia@elsewhere.example' }, 'person_unknown'],
    [
      'a person by another claim than the chosen one',
      { preferred_username: `mia@${DOMAIN}` },
      'person_unknown',
    ],
    ['nobody', {}, 'person_unknown'],
    ['several', { upn: [`mia@${DOMAIN}`] }, 'person_unknown'],
    ['a name with what no name has', { upn: `mia@${DOMAIN}\u0000` }, 'person_unknown'],
  ])('a provider that names %s links nobody', async (_, claims, cause) => {
    const runtime = await aFederation();
    await aPerson(runtime);
    expect(await causeAfter(runtime, { ...mia, claims })).toEqual(['sign_in_failed', cause]);
    expect(await runtime.db.federatedIdentity.count()).toBe(0);
  });

  test('an e-mail address names somebody where the provider verified it', async () => {
    const runtime = await aFederation({ claim: 'email' });
    await aPerson(runtime);
    const email = `mia@${DOMAIN}`;
    expect(await causeAfter(runtime, { ...mia, claims: { email, email_verified: false } })).toEqual([
      'sign_in_failed',
      'person_unknown',
    ]);
    expect(await causeAfter(runtime, { ...mia, claims: { email, email_verified: true } })).toEqual([
      'ok',
      null,
    ]);
  });

  describe('where the ID token does not name anybody', () => {
    const unnamed: UpstreamTelling = { ...mia, token: { without: ['upn', 'email', 'email_verified'] } };

    test('UserInfo does, once: who is linked is asked about no more', async () => {
      const runtime = await aFederation();
      await aPerson(runtime);
      await upstream.asked();
      expect(await causeAfter(runtime, unnamed)).toEqual(['ok', null]);
      expect(await upstream.asked()).toContain('/me');
      const away = { ...unnamed, userInfo: { status: 500 } };
      expect(await causeAfter(runtime, away)).toEqual(['ok', null]);
      expect(await upstream.asked()).not.toContain('/me');
    });

    test('and where it does, UserInfo is not asked', async () => {
      const runtime = await aFederation();
      await aPerson(runtime);
      await upstream.asked();
      expect(await causeAfter(runtime, mia)).toEqual(['ok', null]);
      expect(await upstream.asked()).not.toContain('/me');
    });

    test.each<[string, UpstreamTelling['userInfo'], string, RegExp]>([
      ['another subject', { claims: { sub: 'somebody-else' } }, 'sign_in_failed', /^token_invalid: /],
      ['no subject', { claims: { sub: null } }, 'sign_in_failed', /^token_invalid: /],
      ['nobody', { claims: { upn: null } }, 'sign_in_failed', /^person_unknown$/],
      ['several people', { claims: { upn: [`mia@${DOMAIN}`] } }, 'sign_in_failed', /^person_unknown$/],
      [
        'too much',
        { claims: { padding: 'x'.repeat(2 * 1024 * 1024) } },
        'federation_unavailable',
        /^upstream_unreachable$/,
      ],
      ['nothing: it is down', { status: 503 }, 'federation_unavailable', /^upstream_unreachable$/],
      ['nothing at all', { silent: true }, 'federation_unavailable', /^upstream_unreachable$/],
      [
        'to go elsewhere',
        { status: 302, location: 'http://169.254.169.254/latest' },
        'federation_unavailable',
        /^upstream_unreachable$/,
      ],
      ['that the token is none', { status: 401 }, 'sign_in_failed', /^(token_invalid|upstream_refused): /],
    ])('one that says %s links nobody', async (_, userInfo, problem, cause) => {
      const runtime = await aFederation();
      await aPerson(runtime);
      expect(await causeAfter(runtime, { ...unnamed, ...(userInfo && { userInfo }) })).toEqual([
        problem,
        expect.stringMatching(cause),
      ]);
      expect(await runtime.db.session.count()).toBe(0);
      expect(await runtime.db.federatedIdentity.count()).toBe(0);
    });

    test('one that is elsewhere is not asked', async () => {
      const runtime = await aFederation();
      await aPerson(runtime);
      const description = { userinfo_endpoint: 'http://169.254.169.254/latest' };
      expect(await causeAfter(runtime, { ...unnamed, description })).toEqual([
        'federation_unavailable',
        'endpoint_elsewhere',
      ]);
    });

    test('says nothing of how somebody signed in, and an address is verified only where it stands', async () => {
      const runtime = await aFederation({ claim: 'email' });
      await aPerson(runtime);
      const email = `mia@${DOMAIN}`;
      const lies = { amr: ['mfa'], acr: 'https://refeds.org/profile/mfa' };
      const says = (claims: Readonly<Record<string, unknown>>) => ({
        ...unnamed,
        claims: {},
        userInfo: { claims: { ...lies, ...claims } },
      });
      const mixed = { ...says({ email }), token: { without: ['email'], claims: { email_verified: true } } };
      expect(await causeAfter(runtime, mixed)).toEqual(['sign_in_failed', 'person_unknown']);
      expect(await causeAfter(runtime, says({ email, email_verified: true }))).toEqual(['ok', null]);
      expect((await runtime.db.session.findMany()).map(({ method }) => method)).toEqual(['federated']);
    });
  });

  test('somebody who is still signed in over there does not come in under the name that another typed', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    const ben = await aPerson(runtime, 'ben');
    expect(await causeAfter(runtime, mia, ben.upn)).toEqual(['sign_in_failed', 'another_person_came_back']);
    expect(await runtime.db.federatedIdentity.count()).toBe(0);
  });

  test('a subject that is linked in one domain is nobody in another of the same provider', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell(mia);
    done(await goThere(runtime, aBrowser(runtime)));
    await federate(runtime, { domain: 'harbour.example', issuer: `${upstream.issuer}/` });
    const caller = aBrowser(runtime);
    const address = await begin(runtime, caller, 'mia@harbour.example');
    const answered = await comeBackFrom(address, back('harbour.example'));
    expect(outcome(await finish(runtime, caller, answered, 'harbour.example'))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('person_of_another_domain');
  });

  test('an emergency account and a disabled one do not come in this way', async () => {
    const runtime = await aFederation();
    const person = await aPerson(runtime);
    await runtime.db.user.update({ where: { id: person.id }, data: { breakGlass: true } });
    expect(await causeAfter(runtime, miaWithMfa)).toEqual(['sign_in_failed', 'break_glass']);
    await runtime.db.user.update({ where: { id: person.id }, data: { breakGlass: false } });
    done(await setUserDisabled(runtime, null, { userId: person.id, disabled: true }));
    expect(await causeAfter(runtime, miaWithMfa)).toEqual(['sign_in_failed', 'user_disabled']);
    expect(await runtime.db.federatedIdentity.count()).toBe(0);
  });

  test('unlinking lets the next subject be linked, and ends what began there', async () => {
    const runtime = await aFederation();
    const person = await aPerson(runtime);
    await upstream.tell(mia);
    const token = tokenOf(await goThere(runtime, aBrowser(runtime)));
    done(await unlinkIdentity(runtime, null, { userId: person.id }));
    expect(await findSession(runtime, token)).toBeNull();
    expect(await causeAfter(runtime, { ...mia, subject: 'new' })).toEqual(['ok', null]);
    expect(outcome(await unlinkIdentity(runtime, null, { userId: 'nobody' }))).toBe('not_found');
  });
});

describe('realm discovery', () => {
  test('answers alike for every name of a domain, known or not, and asks the provider nothing about one', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell(mia);
    await begin(runtime, aBrowser(runtime));
    await upstream.asked();
    runtime.forget();
    const shape = async (upn: string) => {
      const { searchParams } = new URL(await begin(runtime, aBrowser(runtime), upn));
      const statements = runtime.statements.splice(0).map((text) => text.replace(/\s+/g, ' '));
      for (const name of ['state', 'nonce', 'code_challenge', 'login_hint']) searchParams.set(name, '');
      return [searchParams.toString(), statements];
    };
    const known = await shape(`mia@${DOMAIN}`);
    expect(await shape(`zoe@${DOMAIN}`)).toEqual(known);
    expect(await upstream.asked()).toEqual([]);
  });

  test.each(['mia@elsewhere.example', 'mia', '@', 'mia@a@b.example', `mia@x.${DOMAIN}`, 'mia@constructor'])(
    '%s: no provider',
    async (upn) => {
      const runtime = await aFederation();
      expect(outcome(await beginFederatedSignIn(runtime, aBrowser(runtime), { upn }))).toBe(
        'domain_not_federated',
      );
    },
  );

  test('finds none that was switched off', async () => {
    const runtime = await aFederation();
    done(await changeFederatedDomain(runtime, null, { domain: DOMAIN, enabled: false }));
    const upn = `mia@${DOMAIN}`;
    expect(outcome(await beginFederatedSignIn(runtime, aBrowser(runtime), { upn }))).toBe(
      'domain_not_federated',
    );
    done(await changeFederatedDomain(runtime, null, { domain: DOMAIN, enabled: true }));
    await upstream.tell(mia);
    expect(outcome(await beginFederatedSignIn(runtime, aBrowser(runtime), { upn }))).toBe('ok');
  });

  test('and the way back are slowed down where one address asks too often', async () => {
    const runtime = await aFederation();
    await upstream.tell(mia);
    const caller = aBrowser(runtime);
    let asked = 'ok';
    for (let turn = 0; turn < 301 && asked !== 'too_many_attempts'; turn += 1)
      asked = outcome(await finish(runtime, caller, new URLSearchParams()));
    expect(asked).toBe('too_many_attempts');
    const { code } = await lastEvent(runtime);
    expect(code).toBe('attempts_limited');
    expect((await listEvents(runtime, {}, 1000)).length).toBeLessThan(150);
  });
});

describe('a provider that is not as it should be', () => {
  const upn = `mia@${DOMAIN}`;
  const beginning = async (telling: UpstreamTelling) => {
    const runtime = await aFederation();
    await upstream.tell(telling);
    const result = await beginFederatedSignIn(runtime, aBrowser(runtime), { upn });
    return [outcome(result), await lastCause(runtime)];
  };
  const away = ['federation_unavailable', 'upstream_unreachable'];

  test.each([
    ['answers 500', { status: 500 }],
    ['answers nothing', { silent: true }],
    ['sends elsewhere', { status: 302, location: 'http://127.0.0.1:9/' }],
  ])('one that %s is unavailable', async (_, how) => {
    expect(await beginning({ ...mia, ...how })).toEqual(away);
  });

  test('one where nothing listens is unavailable, and every other way works', async () => {
    const runtime = await aFederation({ issuer: 'http://localhost:9' });
    const result = await beginFederatedSignIn(runtime, aBrowser(runtime), { upn });
    expect([outcome(result), await lastCause(runtime)]).toEqual(away);
    const person = await aPerson(runtime);
    const { pass } = done(
      await issueTemporaryAccessPass(runtime, null, { userId: person.id, reason: 'a test' }),
    );
    expect(
      outcome(await redeemTemporaryAccessPass(runtime, aBrowser(runtime), { upn: person.upn, pass })),
    ).toBe('ok');
  });

  test('one that goes away between request and answer is unavailable, and nothing was changed', async () => {
    const runtime = await aFederation();
    await aPerson(runtime);
    await upstream.tell(mia);
    const caller = aBrowser(runtime);
    const answered = await comeBackFrom(await begin(runtime, caller), back(DOMAIN));
    await upstream.tell({ ...mia, status: 503 });
    const result = await finish(runtime, caller, answered);
    expect([outcome(result), await lastCause(runtime)]).toEqual(away);
    expect(await runtime.db.session.count()).toBe(0);
  });

  test.each([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['an issuer for every tenant', { issuer: 'http://localhost/{tenantid}' }],
  ])('one that names %s is not believed', async (_, description) => {
    expect(await beginning({ ...mia, description })).toEqual([
      'federation_unavailable',
      expect.stringMatching(/^description_invalid: /),
    ]);
  });

  test.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri'])(
    'one whose %s is elsewhere is not asked: nothing here leads into another network',
    async (name) => {
      const description = { [name]: 'http://169.254.169.254/latest' };
      expect(await beginning({ ...mia, description })).toEqual([
        'federation_unavailable',
        'endpoint_elsewhere',
      ]);
    },
  );

  test('one whose answer is too long is not read to its end', async () => {
    const description = { padding: 'x'.repeat(2 * 1024 * 1024) };
    expect(await beginning({ ...mia, description })).toEqual(away);
  });
});

describe('a device that the browser shows', () => {
  /** Its person comes back from the provider, so long after it was registered. */
  async function anAnswerAt(later = 0, signedInSecondsAgo = 0) {
    const runtime = await aFederation();
    const desk = await aPersonWithHelloKey(runtime);
    runtime.pass(later);
    // The provider's clock does not pass.
    const auth_time = Math.floor(runtime.clock.world().getTime() / 1000) - signedInSecondsAgo;
    await upstream.tell({ ...miaWithMfa, token: { claims: { auth_time } } });
    const { challenge } = done(
      await beginDeviceProof(runtime, desk.browser, { purpose: 'recognise-device' }),
    );
    const { profileId: id, profile } = desk.device;
    const device = { id, challenge, signature: proveProfile(profile, ORIGIN, challenge) };
    const { upn } = desk.person;
    const { address } = done(await beginFederatedSignIn(runtime, desk.browser, { upn, device }));
    const answered = await comeBackFrom(address, back(DOMAIN));
    const asked = new URL(address).searchParams;
    return { runtime, desk, asked, come: async () => await finish(runtime, desk.browser, answered) };
  }

  test('asks for a sign-in that is made now: who is still signed in over there does not pass its lock by leaving it', async () => {
    const now = await anAnswerAt();
    expect([now.asked.get('prompt'), now.asked.get('max_age')]).toEqual(['login', '300']);
    expect(outcome(await now.come())).toBe('ok');
    // What the browser asked for may be left out on the way; what the provider says of it may not.
    const before = await anAnswerAt(0, 60);
    expect(outcome(await before.come())).toBe('sign_in_failed');
    expect(await lastCause(before.runtime)).toBe('signed_in_before_it_was_asked');
    expect(await before.runtime.db.session.count({ where: { method: 'federated-mfa' } })).toBe(0);
  });

  test('so does a lock that is left for the sign-in page', async () => {
    const runtime = await aFederation();
    const person = await aPerson(runtime);
    await upstream.tell(miaWithMfa);
    const browser = aBrowser(runtime);
    const token = tokenOf(await goThere(runtime, browser));
    done(await lockSession(runtime, await within(runtime, browser, token)));
    const locked = await within(runtime, browser, token);
    await upstream.tell({ ...miaWithMfa, signedInSecondsAgo: 60 });
    expect(outcome(await goThere(runtime, locked, person.upn))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('signed_in_before_it_was_asked');
  });

  test('so does a lock that came while somebody was over there', async () => {
    const runtime = await aFederation();
    const { upn } = await aPerson(runtime);
    await upstream.tell(miaWithMfa);
    const browser = aBrowser(runtime);
    const token = tokenOf(await goThere(runtime, browser));
    const { address } = done(await beginFederatedSignIn(runtime, browser, { upn }));
    const answered = await comeBackFrom(address, back(DOMAIN));
    runtime.pass(MINUTE_MS);
    done(await lockSession(runtime, await within(runtime, browser, token)));
    const locked = await within(runtime, browser, token);
    expect(outcome(await finish(runtime, locked, answered))).toBe('sign_in_failed');
    expect(await lastCause(runtime)).toBe('signed_in_before_the_lock');
  });

  test('is the one of the session', async () => {
    const { runtime, desk, come } = await anAnswerAt();
    const { session } = await within(runtime, desk.browser, tokenOf(await come()));
    expect(session.deviceId).toBe(desk.device.id);
  });

  test('gets a new certificate where its own is due, and keeps it where it is not', async () => {
    const fresh = await anAnswerAt();
    expect(outcome(await fresh.come())).toBe('ok');
    expect(await fresh.runtime.db.deviceCertificate.count()).toBe(1);

    const { runtime, desk, come } = await anAnswerAt(CERTIFICATE_LIFETIME_MS);
    const [before] = await runtime.db.deviceCertificate.findMany();
    expect(outcome(await come())).toBe('ok');
    const after = await runtime.db.deviceCertificate.findMany({ where: { revokedAt: null } });
    expect(after).toMatchObject([{ deviceId: desk.device.id, profileId: desk.device.profileId }]);
    expect(after[0]?.serialNumber).not.toBe(before?.serialNumber);
  });

  test('gets none where the sign-in failed', async () => {
    const { runtime, desk, come } = await anAnswerAt(CERTIFICATE_LIFETIME_MS);
    await runtime.db.user.update({
      where: { id: desk.person.id },
      data: { disabledAt: runtime.clock.now() },
    });
    expect(outcome(await come())).toBe('sign_in_failed');
    expect(await runtime.db.deviceCertificate.count()).toBe(1);
  });

  test('stops the sign-in where it was disabled meanwhile', async () => {
    const { runtime, desk, come } = await anAnswerAt();
    await runtime.db.device.update({
      where: { id: desk.device.id },
      data: { disabledAt: runtime.clock.now() },
    });
    expect([outcome(await come()), await lastCause(runtime)]).toEqual(['sign_in_failed', 'device_disabled']);
  });
});

describe('what comes before federation, and after', () => {
  test('a pass wins: nobody who has one is sent anywhere', async () => {
    const runtime = await aFederation();
    const person = await aPerson(runtime);
    await upstream.tell(mia);
    await upstream.asked();
    const { pass } = done(
      await issueTemporaryAccessPass(runtime, null, { userId: person.id, reason: 'a test' }),
    );
    const caller = aBrowser(runtime);
    expect(outcome(await redeemTemporaryAccessPass(runtime, caller, { upn: person.upn, pass }))).toBe('ok');
    expect(await upstream.asked()).toEqual([]);
  });

  test('Hello once provisioned signs in without the provider, also where that is gone', async () => {
    const runtime = await aFederation();
    const desk = await aPersonWithHelloKey(runtime);
    await upstream.tell({ ...mia, status: 500 });
    await upstream.asked();
    expect(outcome(await signIn(runtime, desk))).toBe('ok');
    expect(await upstream.asked()).toEqual([]);
  });
});
