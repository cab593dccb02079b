import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  claimedName,
  domainOfUpn,
  federatedIdpMfaBehaviors,
  issuerUrl,
  judgeIdentity,
  methodReferences,
  mfaContexts,
  mfaRulings,
  normaliseIssuer,
  saysMfa,
  signedInUpstreamAt,
} from './federation.ts';
import { later, MINUTE_MS, SECOND_MS } from './time.ts';

const now = new Date('2026-03-02T09:00:00Z');
const inSeconds = (at: Date) => at.getTime() / 1000;

describe('what the provider says about MFA', () => {
  test.each([
    [['mfa'], true],
    [['pwd', 'mfa'], true],
    [['pwd', 'otp'], true],
    [['pin', 'hwk'], true],
    [['fpt', 'swk'], true],
    [['pwd'], false],
    [['pwd', 'pin', 'kba'], false],
    [['otp', 'sms'], false],
    [['hwk'], false],
    [['user', 'geo', 'pwd'], false],
    [['MFA'], false],
    [['constructor', '__proto__', 'pwd'], false],
    [[], false],
    ['mfa', false],
    [{ 0: 'mfa' }, false],
    [[['mfa']], false],
    [undefined, false],
  ])('amr %j: %s', (amr, done) => {
    expect(saysMfa({ amr })).toBe(done);
  });

  test.each(mfaContexts)('acr %s is MFA', (acr) => {
    expect(saysMfa({ acr })).toBe(true);
  });

  test.each(['', '0', 'urn:pwd', mfaContexts, undefined])('acr %j is not', (acr) => {
    expect(saysMfa({ acr })).toBe(false);
  });

  test('values that are not in the table never make MFA of what is not', () => {
    const known = Object.keys(methodReferences);
    const unknown = fc.string().filter((value) => !known.includes(value));
    fc.assert(
      fc.property(fc.array(unknown), fc.constantFrom('pwd', 'otp', 'face'), (others, one) => {
        expect(saysMfa({ amr: [...others, one, one] })).toBe(false);
      }),
    );
  });
});

describe('whose MFA counts', () => {
  test.each([
    ['acceptIfMfaDoneByFederatedIdp', 'done', 'sign-in', 'federated-mfa'],
    ['acceptIfMfaDoneByFederatedIdp', 'not_done', 'sign-in', 'federated'],
    ['acceptIfMfaDoneByFederatedIdp', 'done', 'mfa', 'federated-mfa'],
    ['acceptIfMfaDoneByFederatedIdp', 'not_done', 'mfa', 'federated'],
    ['enforceMfaByFederatedIdp', 'done', 'sign-in', 'federated-mfa'],
    ['enforceMfaByFederatedIdp', 'not_done', 'sign-in', 'ask_again'],
    ['enforceMfaByFederatedIdp', 'done', 'mfa', 'federated-mfa'],
    ['enforceMfaByFederatedIdp', 'not_done', 'mfa', 'refuse'],
    ['rejectMfaByFederatedIdp', 'done', 'sign-in', 'federated'],
    ['rejectMfaByFederatedIdp', 'not_done', 'sign-in', 'federated'],
    ['rejectMfaByFederatedIdp', 'done', 'mfa', 'federated'],
    ['rejectMfaByFederatedIdp', 'not_done', 'mfa', 'federated'],
  ] as const)('%s, MFA %s, %s: %s', (behavior, done, round, ruling) => {
    expect(mfaRulings[behavior][done][round]).toBe(ruling);
  });

  test('accepting is the default', () => {
    expect(federatedIdpMfaBehaviors[0]).toBe('acceptIfMfaDoneByFederatedIdp');
  });

  test('MFA that was not done counts nowhere, and nobody is sent back twice', () => {
    for (const behavior of federatedIdpMfaBehaviors) {
      expect(Object.values(mfaRulings[behavior].not_done)).not.toContain('federated-mfa');
      expect(mfaRulings[behavior].not_done.mfa).not.toBe('ask_again');
    }
  });
});

describe('when the person signed in over there', () => {
  test('is what the provider says, never a time to come', () => {
    const at = later(now, -3 * MINUTE_MS);
    expect(signedInUpstreamAt({ auth_time: inSeconds(at) }, now)).toEqual(at);
    expect(signedInUpstreamAt({ auth_time: inSeconds(later(now, 30 * SECOND_MS)) }, now)).toEqual(now);
    expect(signedInUpstreamAt({ auth_time: inSeconds(later(now, 2 * MINUTE_MS)) }, now)).toBeNull();
  });

  test.each([undefined, null, '1772442000', Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, {}])(
    'is unknown for %s',
    (auth_time) => {
      expect(signedInUpstreamAt({ auth_time }, now)).toBeNull();
    },
  );
});

describe('the name that the provider gives', () => {
  test('is taken from the chosen claim alone', () => {
    const claims = {
      sub: 's',
      upn: 'ada@tidewater.example',
      preferred_username: 'ben',
      email: 'cleo@x.example',
    };
    expect(claimedName('upn', claims)).toBe('ada@tidewater.example');
    expect(claimedName('preferred_username', claims)).toBe('ben');
    expect(claimedName('upn', { ...claims, upn: ['ada@tidewater.example'] })).toBeNull();
    expect(claimedName('upn', { sub: 's' })).toBeNull();
  });

  test.each([undefined, false, 'true', 1])(
    'is no e-mail address whose email_verified is %s',
    (email_verified) => {
      expect(claimedName('email', { sub: 's', email: 'ada@tidewater.example', email_verified })).toBeNull();
    },
  );

  test('may be an e-mail address that the provider verified', () => {
    const claims = { sub: 's', email: 'ada@tidewater.example', email_verified: true };
    expect(claimedName('email', claims)).toBe('ada@tidewater.example');
  });
});

test('realm discovery looks at the domain alone', () => {
  expect(domainOfUpn('ada@tidewater.example')).toBe('tidewater.example');
  expect(domainOfUpn('nobody@tidewater.example')).toBe('tidewater.example');
  for (const text of ['ada', '@tidewater.example', 'ada@', 'ada@a.example@b.example', ''])
    expect(domainOfUpn(text)).toBeNull();
});

test.each([
  ['https://sts.tidewater.example', true],
  ['https://sts.tidewater.example/adfs', true],
  ['http://localhost:4000', true],
  ['http://127.0.0.1:4000', true],
  ['http://sts.tidewater.example', false],
  ['http://localhost.evil.example', false],
  ['https://ada:secret@sts.tidewater.example', false],
  ['https://sts.tidewater.example/?a=b', false],
  ['https://sts.tidewater.example/#a', false],
  ['javascript:alert(1)', false],
  ['sts.tidewater.example', false],
])('%s as an issuer: %s', (text, allowed) => {
  expect(issuerUrl(text) !== null).toBe(allowed);
});

test('an issuer is stored in one form', () => {
  for (const text of ['https://sts.example', 'https://sts.example/', 'HTTPS://STS.example:443'])
    expect(normaliseIssuer(text)).toBe('https://sts.example');
  expect(normaliseIssuer('https://sts.example/adfs')).toBe('https://sts.example/adfs');
  expect(normaliseIssuer('http://sts.example')).toBeNull();
});

describe('who a subject is', () => {
  const ada = { userId: 'ada' };
  test('a link stands, whatever name comes with it', () => {
    expect(judgeIdentity({ linked: ada, named: { userId: 'ben', hasLink: false } })).toEqual({
      kind: 'linked',
      userId: 'ada',
    });
    expect(judgeIdentity({ linked: ada, named: null })).toEqual({ kind: 'linked', userId: 'ada' });
  });

  test('somebody who is named and has no link gets one; a second subject is refused', () => {
    expect(judgeIdentity({ linked: null, named: { userId: 'ada', hasLink: false } })).toEqual({
      kind: 'link',
      userId: 'ada',
    });
    expect(judgeIdentity({ linked: null, named: { userId: 'ada', hasLink: true } })).toEqual({
      kind: 'refused',
      cause: 'another_subject_is_linked',
    });
    expect(judgeIdentity({ linked: null, named: null })).toEqual({
      kind: 'refused',
      cause: 'person_unknown',
    });
  });
});
