import { describe, expect, test } from 'vitest';
import { NO_AAGUID } from './attestation/aaguids.ts';
import { credentialWords } from './credential.ts';
import { deviceProofMessage } from './device.ts';
import { SOFTWARE_KEY_AAGUID } from './key-container/aaguid.ts';
import { isSessionLive, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from './session.ts';
import { DAY_MS, HOUR_MS, later } from './time.ts';

test('a key is called what it is proven to be and no more', () => {
  const words = (kind: 'hello' | 'passkey', backupEligible: boolean, transports: string[]) =>
    credentialWords({ kind, backupEligible, transports, aaguid: NO_AAGUID });
  expect(words('hello', false, ['internal'])).toBe('Windows Hello key');
  const ofBrowser = { kind: 'hello', backupEligible: false, transports: ['internal'] } as const;
  expect(credentialWords({ ...ofBrowser, aaguid: SOFTWARE_KEY_AAGUID })).toBe('Software key');
  expect(words('passkey', true, ['hybrid', 'internal'])).toBe('Passkey, synced');
  expect(words('passkey', false, ['usb', 'nfc'])).toBe('Security key');
  expect(words('passkey', false, ['internal'])).toBe('Passkey, this device');
  expect(words('passkey', false, [])).toBe('Passkey, this device');
});

describe('the message that a device signs', () => {
  const text = (...given: Parameters<typeof deviceProofMessage>) =>
    Buffer.from(deviceProofMessage(...given)).toString('hex');
  const challenge = Uint8Array.of(1, 2, 3);
  const id = Uint8Array.of(9);

  test('is label, origin and two hashes', () => {
    expect(text('https://a.example', challenge)).toBe(
      Buffer.from('latchkey-device-v1https://a.example').toString('hex') +
        '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81' +
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  test('differs for another origin, challenge or key, and with and without a key', () => {
    const messages = [
      text('https://a.example', challenge, id),
      text('https://b.example', challenge, id),
      text('https://a.example', Uint8Array.of(1, 2), id),
      text('https://a.example', challenge, Uint8Array.of(8)),
      text('https://a.example', challenge),
      text('https://a.example', id, challenge),
    ];
    expect(new Set(messages).size).toBe(messages.length);
  });
});

describe('a session', () => {
  const now = new Date('2026-03-02T09:00:00Z');

  test('idles out after an hour and ends after a day, to the millisecond', () => {
    expect([SESSION_IDLE_MS, SESSION_ABSOLUTE_MS]).toEqual([HOUR_MS, DAY_MS]);
    const session = { lastSeenAt: now, expiresAt: later(now, DAY_MS) };
    expect(isSessionLive(session, later(now, HOUR_MS - 1))).toBe(true);
    expect(isSessionLive(session, later(now, HOUR_MS))).toBe(false);
    const busy = { lastSeenAt: later(now, DAY_MS - 1), expiresAt: later(now, DAY_MS) };
    expect(isSessionLive(busy, later(now, DAY_MS - 1))).toBe(true);
    expect(isSessionLive(busy, later(now, DAY_MS))).toBe(false);
  });
});
