import { encodeCBOR } from '@levischuck/tiny-cbor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { joinBytes } from '../attestation/bytes.ts';
import * as phone from '../authenticator.ts';
import {
  attestedCredentialData,
  authenticationResponse,
  authenticatorData,
  clientDataJSON,
  registrationResponse,
} from '../authenticator-response.ts';
import { toBase64Url } from '../base64url.ts';
import { challengeHeader, MAC_BYTES, NONCE_BYTES } from '../ceremony.ts';
import { protections } from '../credential.ts';
import * as tickets from '../pin-reset-ticket.ts';
import * as wire from '../wire.ts';
import { diagramSvg } from './diagram.ts';
import { shownOf } from './message.ts';
import {
  type DoorPath,
  doorMessage,
  doors,
  type FormName,
  formMessage,
  forms,
  messageOf,
  type Step,
  steps,
} from './messages.ts';
import { participantNames, participants } from './participants.ts';
import { answerFacts, isRefused, outcomeFacts, type Recorded, withOneMore } from './recorded.ts';
import { stories } from './runs.ts';

const site = { origin: 'https://latchkey.example' };
const at = new Date('2026-11-20T10:00:00Z');
const sealed = toBase64Url(
  joinBytes(
    challengeHeader({
      purpose: 'sign-in',
      issuedAt: at,
      expiresAt: new Date(at.getTime() + 300_000),
      nonce: new Uint8Array(NONCE_BYTES).fill(0xab),
      ticket: null,
    }),
    new Uint8Array(MAC_BYTES),
  ),
);
const client = (type: string, origin = site.origin) =>
  clientDataJSON({ type, challenge: sealed, origin, crossOrigin: false });
const flags = { userPresent: true, userVerified: true, backedUp: false };
const assertion = (origin?: string) =>
  authenticationResponse(
    'AAAA',
    client('webauthn.get', origin),
    authenticatorData('latchkey.example', flags, 7),
    new Uint8Array(70),
    'BBBB',
  );
const asObject = (facts: readonly { name: string; value: string }[]) =>
  Object.fromEntries(facts.map(({ name, value }) => [name, value]));

const everyMessage = [
  ...(Object.keys(doors) as DoorPath[]).flatMap((path) => [
    { id: `asks ${path}`, message: doorMessage(path, 'asks') },
    { id: `answers ${path}`, message: doorMessage(path, 'answers') },
  ]),
  ...(Object.keys(forms) as FormName[]).flatMap((name) => [
    { id: `sends ${name}`, message: formMessage(name, 'sends') },
    { id: `gets ${name}`, message: formMessage(name, 'gets') },
  ]),
  ...(Object.keys(steps) as Step[]).map((id) => ({ id, message: steps[id] })),
];

describe('what is shown', () => {
  test('an assertion is decoded: client data, flags, counter, and sizes of the rest', () => {
    const body = { response: assertion(), device: { id: 'x', signature: 'AAAA' } };
    expect(
      asObject(shownOf(doorMessage('/api/authentication/verification', 'asks'), body, site)),
    ).toMatchObject({
      Type: 'webauthn.get',
      Origin: site.origin,
      'Challenge is for': 'sign-in',
      'Challenge lives': '300 s',
      Challenge: '62 bytes, nonce abababab…',
      'UP, somebody is there': '1',
      'UV, it is them': '1',
      'BE, may be synced': '0',
      'AT, holds a new key': '0',
      Counter: '7',
      Signature: '70 bytes',
      'Device proof': '3 bytes',
    });
  });

  test('a registration is decoded down to its public key', () => {
    const point = new Uint8Array(65).fill(3);
    const attested = attestedCredentialData(new Uint8Array(16), new Uint8Array(32), point);
    const response = registrationResponse(
      'AAAA',
      client('webauthn.create'),
      authenticatorData('latchkey.example', flags, 0, attested),
    );
    expect(asObject(shownOf(steps.created, response, site))).toMatchObject({
      Type: 'webauthn.create',
      'AT, holds a new key': '1',
      'AAGUID says': 'none named',
      'Public key': 'EC, P-256, ES256 (-7)',
      'Attestation format': 'none',
    });
  });

  test('of the way to an identity provider it is shown what is asked with, and neither whom nor where', () => {
    const address = `https://idp.example/authorize?response_type=code&code_challenge=${'A'.repeat(43)}&code_challenge_method=S256&state=sealed&nonce=${'A'.repeat(43)}&login_hint=mia%40latchkey.example&prompt=login`;
    const facts = asObject(shownOf(steps.upstreamAsks, { address }, site));
    expect(facts).toEqual({
      'Response type': 'code',
      PKCE: 'S256',
      'PKCE challenge': '32 bytes',
      Nonce: '32 bytes',
      'State, sealed for this browser': 'yes',
      'MFA is asked for': 'yes',
    });
  });

  test('of a new key the verdict is shown in the words of its card, and no other word is', () => {
    const shown = (protection: string) =>
      asObject(shownOf(doorMessage('/api/registration/verification', 'answers'), { protection }, site))[
        'Attestation verdict'
      ];
    expect(protections.map(shown)).toEqual([
      'Protected by TPM, verified',
      'Protected by VBS, verified',
      'Protected by hardware, verified',
      'Software key',
      'Protection not verified',
    ]);
    for (const word of ['tpm_hardware', 'toString', '__proto__', '']) expect(shown(word)).toBeUndefined();
  });

  test('another origin is not named', () => {
    const facts = asObject(shownOf(steps.signed, assertion('https://evil.example'), site));
    expect(facts.Origin).toBe('another origin');
  });
});

describe('secrets', () => {
  // Long and of an alphabet that every decoder takes, so that nothing leaves it out because of its form.
  const secret = fc.stringMatching(/^[A-Za-z0-9_-]{24,64}$/);
  const planted = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constant('SECRET'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom('SECRET', 'response', 'device', 'id', 'toString', '__proto__'),
        tie('tree'),
      ),
    ),
  })).tree;
  const sown = (tree: unknown, value: string): unknown =>
    JSON.parse(JSON.stringify(tree).replaceAll('SECRET', value));

  /** A body that has the secret at every path that a message shows, and beside it at every level. */
  function filled(paths: readonly string[], value: string, tree: unknown): unknown {
    const body: Record<string, unknown> = { [value]: value, token: value, pass: value, ticket: tree };
    for (const path of paths) {
      let level = body;
      const names = path.split('.');
      for (const name of names.slice(0, -1)) {
        if (typeof level[name] !== 'object') level[name] = { [value]: value, wrappedKey: tree };
        level = level[name] as Record<string, unknown>;
      }
      level[names.at(-1) ?? ''] = value;
    }
    return body;
  }

  test.each(everyMessage)('planted anywhere in “$id”, they never come out', ({ message }) => {
    const paths = message.fields.map(([path]) => path);
    fc.assert(
      fc.property(secret, planted, (value, tree) => {
        for (const body of [filled(paths, value, sown(tree, value)), sown(tree, value)]) {
          const shown = JSON.stringify(shownOf(message, body, site));
          expect(shown).not.toContain(value);
          expect(shown).not.toContain(value.slice(0, 12));
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each(everyMessage)('“$id” takes values of any kind, and stays short', ({ message }) => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 3 }), (value) => {
        for (const [, show] of message.fields)
          for (const fact of show(value, site)) expect(fact.value.length).toBeLessThan(200);
      }),
      { numRuns: 40 },
    );
  });

  test('nor as text inside client data, the attestation object or the format', () => {
    fc.assert(
      fc.property(secret, (value) => {
        const clientData = new TextEncoder().encode(
          JSON.stringify({
            type: value,
            challenge: sealed,
            origin: `https://${value}`,
            topOrigin: value,
            [value]: value,
          }),
        );
        const point = new Uint8Array(65).fill(3);
        const authData = authenticatorData(
          value,
          flags,
          0,
          attestedCredentialData(new TextEncoder().encode(value).slice(0, 16), new Uint8Array(8), point),
        );
        const object = encodeCBOR(
          new Map<string, unknown>([
            ['fmt', value],
            ['attStmt', new Map([[value, value]])],
            ['authData', authData],
          ]) as Parameters<typeof encodeCBOR>[0],
        );
        const response = {
          clientDataJSON: toBase64Url(clientData),
          attestationObject: toBase64Url(object),
        };
        const shown = JSON.stringify(shownOf(steps.created, { response }, site));
        expect(shown).toContain('another format');
        expect(shown).not.toContain(value.slice(0, 12));
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is kept', () => {
  const told = (...ids: Recorded['id'][]) =>
    ids
      .map((id, index): Recorded => ({ run: { id: 'a run', name: null }, id, at: index, facts: [] }))
      .reduce(withOneMore, [] as readonly Recorded[]);

  test('what a page asks on the side again and again is told once, with how often', () => {
    const looks = ['sends phone-look', 'gets phone-look'] as const;
    expect(
      told('gets phone-request', ...looks, ...looks, ...looks, 'phoneAnswers').map(({ id, times }) => ({
        id,
        times,
      })),
    ).toEqual([
      { id: 'gets phone-request', times: undefined },
      { id: 'sends phone-look', times: 3 },
      { id: 'gets phone-look', times: 3 },
      { id: 'phoneAnswers', times: undefined },
    ]);
  });

  test('a no is known as one, by a form and by a door', () => {
    const refused = { ok: false, problem: { code: 'sign_in_failed' } } as Parameters<typeof outcomeFacts>[0];
    expect([outcomeFacts(refused), answerFacts(401, {}, null)].map((facts) => isRefused({ facts }))).toEqual([
      true,
      true,
    ]);
    const taken = [outcomeFacts({ ok: true, value: {} }), answerFacts(200, {}, null), []];
    expect(taken.map((facts) => isRefused({ facts }))).toEqual([false, false, false]);
  });

  test('a step of the ceremony is told each time, and what comes after it begins anew', () => {
    expect(told('pin', 'pin', 'sends phone-look', 'pin', 'sends phone-look')).toHaveLength(5);
  });
});

describe('the tables', () => {
  /** The schemas of what the doors take and give. */
  const contracts: Partial<Record<DoorPath, readonly [asks: z.ZodType, answers: z.ZodType | null]>> = {
    '/api/authentication/options': [wire.authenticationOptionsRequest, null],
    '/api/authentication/verification': [wire.authenticationRequest, wire.authenticationAnswer],
    '/api/device-registration/options': [wire.deviceOptionsRequest, wire.deviceOptionsAnswer],
    '/api/device-registration/verification': [wire.deviceRegistrationRequest, wire.deviceAnswer],
    '/api/device-registration/profile': [wire.deviceProfileRequest, wire.deviceAnswer],
    '/api/registration/options': [wire.registrationOptionsRequest, null],
    '/api/registration/verification': [wire.registrationRequest, wire.registrationAnswer],
    '/api/key-container/evaluation': [wire.evaluationRequest, wire.evaluationAnswer],
    '/api/key-container/change': [wire.pinChangeRequest, wire.pinChangeAnswer],
    '/api/key-container/history': [wire.pinHistoryRequest, wire.pinHistoryAnswer],
    '/api/key-container/options': [wire.pinTryOptionsRequest, wire.pinTryOptionsAnswer],
    '/api/key-container/creation': [wire.containerCreationRequest, wire.containerCreationAnswer],
    '/api/key-container/prf-protector': [wire.prfProtectorRequest, wire.prfProtectorAnswer],
    '/api/key-container/recovery': [tickets.recoveryRequest, tickets.recoveryAnswer],
    '/api/pin-reset-service/key': [tickets.serviceKeyRequest, tickets.serviceKeyAnswer],
    '/api/pin-reset-service/recovery': [tickets.serviceRecoveryRequest, tickets.serviceRecoveryAnswer],
    '/api/credential/signals': [wire.signalsRequest, wire.signalsAnswer],
    '/api/ceremony-reports': [wire.ceremonyReport, wire.ceremonyReportAnswer],
    '/api/authenticator/answer': [phone.approvalAnswerRequest, null],
    '/api/authenticator/verification': [phone.phoneVerificationRequest, phone.phoneVerificationAnswer],
    '/api/authenticator/subscription': [phone.phonePushRequest, null],
  };

  interface JsonSchema {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly anyOf?: readonly JsonSchema[];
  }
  const propertyOf = (schema: JsonSchema | undefined, name: string): JsonSchema | undefined =>
    schema?.properties?.[name] ?? schema?.anyOf?.map((each) => propertyOf(each, name)).find(Boolean);

  test.each(Object.entries(contracts))('fields of %s are fields of its contract', (path, contract) => {
    for (const [half, schema] of [
      ['asks', contract[0]],
      ['answers', contract[1]],
    ] as const) {
      if (schema === null) continue;
      const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
      for (const [field] of doorMessage(path as DoorPath, half).fields)
        expect(
          field.split('.').reduce<JsonSchema | undefined>(propertyOf, json),
          `${half} ${field}`,
        ).toBeDefined();
    }
  });

  test('what stays on the device is said only of messages that stay there', () => {
    for (const { message } of everyMessage) {
      const { from, to, carrier, fields } = message;
      const local = participants[from].onDevice && participants[to].onDevice;
      if (carrier === 'local') expect(local).toBe(true);
      if (['asks', 'answers', 'sends', 'gets'].includes(carrier)) expect(local).toBe(false);
      if (from === 'person') expect(fields).toEqual([]);
    }
    // One wall: everybody of the device stands on one side of it.
    const sides = participantNames.map((name) => participants[name].onDevice);
    expect(sides).toEqual([...sides].sort((a, b) => Number(b) - Number(a)));
  });

  test('of a form no field is listed that somebody types into', () => {
    const shown = (Object.keys(forms) as FormName[]).flatMap((name) =>
      formMessage(name, 'sends').fields.map(([path]) => path),
    );
    expect([...new Set(shown)].sort()).toEqual(['device.challenge', 'device.signature']);
    const typed = { upn: 'mia@tidewater.example', pass: 'ABCD2345', password: 'a password', code: '123456' };
    for (const name of Object.keys(forms) as FormName[])
      expect(shownOf(formMessage(name, 'sends'), typed, site)).toEqual([]);
  });

  test('every step of every story is a message', () => {
    const ids = [...Object.values(stories).flatMap(({ parts }) => parts.flatMap(({ steps: of }) => [...of]))];
    for (const id of ids) expect(messageOf(id), id).not.toBeNull();
    for (const id of [
      'toString',
      'asks /api/nothing',
      'asks __proto__',
      'sends __proto__',
      'sends /api/authentication/options',
      'asks pass',
      '',
      'says /api/authentication/options',
    ])
      expect(messageOf(id)).toBeNull();
  });

  test('a diagram is markup of its own only', () => {
    const drawn = [{ message: { ...steps.get, name: '<script>alert(1)</script>' }, note: '"&' }];
    const svg = diagramSvg('<b>', drawn);
    expect(svg).not.toMatch(/<script|<b>|"&/);
  });
});
