import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  authenticationOptionsRequest,
  authenticationRequest,
  deviceProfileRequest,
  deviceRegistrationRequest,
  label,
  registrationOptionsRequest,
  registrationRequest,
} from './wire.ts';

const response = {
  id: 'AAAA',
  rawId: 'AAAA',
  type: 'public-key',
  response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA', userHandle: 'AAAA' },
};
const made = { ...response, response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' } };
const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('what crosses the wire', () => {
  test('is accepted in the forms of WebAuthn, with whatever else a browser adds to its response', () => {
    expect(accepts(authenticationRequest, { response: { ...response, future: { a: 1 } } })).toBe(true);
    expect(accepts(registrationRequest, { response: made })).toBe(true);
    expect(accepts(authenticationOptionsRequest, {})).toBe(true);
  });

  test('has no unknown fields of our own, a PIN least of all', () => {
    expect(accepts(authenticationRequest, { response, pin: '1234' })).toBe(false);
    expect(accepts(authenticationRequest, { response, device: { id: 'a', signature: 'AA', extra: 1 } })).toBe(
      false,
    );
    expect(accepts(registrationOptionsRequest, { purpose: 'hello', userId: 'somebody' })).toBe(false);
  });

  test('never carries a prototype: such keys are refused or left out', () => {
    const polluted = JSON.parse(
      '{"purpose":"hello","__proto__":{"attestation":"none","admin":true}}',
    ) as unknown;
    expect(accepts(registrationOptionsRequest, polluted)).toBe(false);
    const nested = JSON.parse(
      `{"response":${JSON.stringify({ ...response }).slice(0, -1)},"__proto__":{"admin":true}}}`,
    ) as unknown;
    const parsed = authenticationRequest.safeParse(nested);
    expect(Object.keys(parsed.data?.response ?? {})).not.toContain('__proto__');
    expect((parsed.data?.response as { admin?: boolean } | undefined)?.admin).toBeUndefined();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each([
    ['a purpose of ours that is not for this door', registrationOptionsRequest, { purpose: 'sign-in' }],
    ['another purpose of authentication', authenticationOptionsRequest, { purpose: 'hello' }],
    ['an empty credential ID', authenticationRequest, { response: { ...response, id: '' } }],
    [
      'a credential ID that is too long',
      authenticationRequest,
      { response: { ...response, id: 'A'.repeat(1401) } },
    ],
    ['padding', authenticationRequest, { response: { ...response, id: 'AAA=' } }],
    ['another type of credential', authenticationRequest, { response: { ...response, type: 'password' } }],
    [
      'client data that is too long',
      authenticationRequest,
      { response: { ...response, response: { ...response.response, clientDataJSON: 'A'.repeat(4097) } } },
    ],
    [
      'an attestation object that is too long',
      registrationRequest,
      { response: { ...made, response: { ...made.response, attestationObject: 'A'.repeat(24_577) } } },
    ],
    [
      'a device ID that is none',
      authenticationRequest,
      { response, device: { id: '../x', signature: 'AA' } },
    ],
    ['a number for a text', registrationRequest, { response: made, name: 1 }],
    ['an array', authenticationRequest, []],
    ['nothing', authenticationRequest, null],
    ['a text', deviceProfileRequest, 'x'],
  ] as const)('is refused with %s', (_what, schema, value) => {
    expect(accepts(schema, value)).toBe(false);
  });

  test('is judged without a throw whatever JSON comes', () => {
    for (const schema of [
      authenticationRequest,
      registrationRequest,
      deviceRegistrationRequest,
      deviceProfileRequest,
    ]) {
      fc.assert(fc.property(fc.jsonValue(), (value) => !accepts(schema, value)));
    }
  });
});

describe('the name of a thing', () => {
  test.each(['STUDIO-07', 'Mia’s Laptop', 'ノート', 'مكتب', '👩🏽‍💻 laptop'])('may be %s', (name) => {
    expect(accepts(label, name)).toBe(true);
  });

  test.each([
    '',
    '   ',
    'a\nb',
    'a\u0000',
    'a\u001b[31m',
    'a\u2028b',
    '\u202eexe.laptop',
    '\u2066a',
    'x'.repeat(65),
  ])('may not be %j', (name) => {
    expect(accepts(label, name)).toBe(false);
  });
});
