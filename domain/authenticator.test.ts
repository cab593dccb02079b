import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  APPROVAL_LIFETIME_MS,
  approvalDecisions,
  approvalMessage,
  approvalStateAt,
  approvalStates,
  codeOfAddress,
  groupedCode,
  judgeAnswer,
  normalisePhoneCode,
  numberFromRandom,
  PHONE_CODE_LENGTH,
  phoneCodeFromRandom,
  phoneProofMessage,
  type ShownRequest,
} from './authenticator.ts';
import { deviceProofMessage } from './device.ts';
import { later } from './time.ts';

const now = new Date('2026-03-02T09:00:00.000Z');
const shown: ShownRequest = {
  id: 'r1',
  purpose: 'confirm',
  account: 'mia@tidewater.example',
  browser: 'Edge 156 on Windows',
  address: '192.0.2.7',
  createdAt: now.toISOString(),
  expiresAt: later(now, APPROVAL_LIFETIME_MS).toISOString(),
};

describe('an answer', () => {
  test('approves with the number of the other screen and with no other', () => {
    for (let number = 0; number < 100; number += 1)
      expect(judgeAnswer({ number: 42 }, { decision: 'approve', number })).toBe(
        number === 42 ? 'approved' : 'mistyped',
      );
    expect(judgeAnswer({ number: 42 }, { decision: 'approve', number: null })).toBe('mistyped');
  });

  test('that denies or reports does so whatever number comes with it', () => {
    expect(judgeAnswer({ number: 42 }, { decision: 'deny', number: 42 })).toBe('denied');
    expect(judgeAnswer({ number: 42 }, { decision: 'report', number: 42 })).toBe('reported');
  });

  test('is signed over everything that the phone showed, the decision and the number: none stands for another', () => {
    const text = (...of: Parameters<typeof approvalMessage>) =>
      Buffer.from(approvalMessage(...of)).toString('hex');
    const first = { decision: 'approve', number: 42 } as const;
    const changed: ShownRequest[] = [
      { ...shown, id: 'r2' },
      { ...shown, purpose: 'sign_in' },
      { ...shown, account: 'tomas@tidewater.example' },
      { ...shown, browser: 'Firefox 150 on Linux' },
      { ...shown, address: '192.0.2.8' },
      { ...shown, createdAt: shown.expiresAt },
      { ...shown, expiresAt: shown.createdAt },
    ];
    const messages = [
      ...[shown, ...changed].map((each) => text('https://a.example', each, first)),
      text('https://b.example', shown, first),
      ...approvalDecisions.map((decision) => text('https://a.example', shown, { decision, number: null })),
      text('https://a.example', shown, { decision: 'approve', number: 43 }),
    ];
    expect(new Set(messages).size).toBe(messages.length);
  });

  test('is no proof of a phone and no proof of a device, and they are none of each other', () => {
    const bytes = new TextEncoder().encode('x');
    const messages = [
      phoneProofMessage('https://a.example', bytes, 'x'),
      deviceProofMessage('https://a.example', bytes, bytes),
      approvalMessage('https://a.example', shown, { decision: 'deny', number: null }),
    ].map((message) => Buffer.from(message).toString('hex'));
    expect(new Set(messages).size).toBe(3);
  });
});

test('a request expires at its time unless it was answered, also where nobody wrote it', () => {
  for (const state of approvalStates) {
    expect(approvalStateAt({ state, expiresAt: later(now, 1) }, now)).toBe(state);
    expect(approvalStateAt({ state, expiresAt: now }, now)).toBe(state === 'pending' ? 'expired' : state);
  }
});

test('every number has two digits, and each is as likely as the others', () => {
  const counts = new Map<number, number>();
  for (let byte = 0; byte < 256; byte += 1) {
    const number = numberFromRandom(Uint8Array.of(byte));
    if (number !== null) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, at) => at + 10));
  expect(new Set(counts.values())).toEqual(new Set([2]));
});

describe('the code of a phone', () => {
  test('is the same however it is typed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: PHONE_CODE_LENGTH, maxLength: PHONE_CODE_LENGTH }), (random) => {
        const code = phoneCodeFromRandom(random);
        expect(code).toMatch(/^[A-HJ-NP-Z2-9]{12}$/);
        expect(groupedCode(code)).toMatch(/^.{4}-.{4}-.{4}$/);
        expect(normalisePhoneCode(` ${groupedCode(code).toLowerCase()} `)).toBe(code);
      }),
    );
  });

  test('is taken out of our own address alone', () => {
    const origin = 'https://id.example';
    expect(codeOfAddress('https://id.example/authenticator#code=ABCD', origin)).toBe('ABCD');
    for (const other of [
      'https://evil.example/authenticator#code=ABCD',
      'https://id.example/authenticator',
      'https://id.example/authenticator?x#code=ABCD',
      'https://id.example.evil/authenticator#code=ABCD',
      'ABCD',
    ])
      expect(codeOfAddress(other, origin)).toBeNull();
  });
});
