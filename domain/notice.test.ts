import { describe, expect, test } from 'vitest';
import { eventCodes } from './event.ts';
import { type NoticeFacts, noticeMail, noticeOf, notices } from './notice.ts';

const facts: NoticeFacts = {
  by: 'administration',
  name: 'Phone',
  deviceName: 'STUDIO-07',
  credentialId: null,
  deviceId: null,
  revocation: 'lost',
};
const about = {
  displayName: 'Mia Berg',
  organisation: 'Tidewater Studio',
  at: new Date('2026-03-02T09:05:00Z'),
};

describe('the table of notices', () => {
  test('tells of every change of what gets somebody in, and of failure only where somebody else may be at it', () => {
    const told = eventCodes.filter((code) => noticeOf(code) !== null);
    expect(told).toEqual(
      expect.arrayContaining([
        'key_registered',
        'passkey_registered',
        'pin_changed',
        'credential_revoked',
        'totp_registered',
        'totp_removed',
        'federated_identity_linked',
        'password_changed',
        'password_set',
        'pass_issued',
        'device_profile_added',
        'device_disabled',
        'device_reported_lost',
        'device_deleted',
      ]),
    );
    expect(eventCodes.filter((code) => noticeOf(code, 'failure') !== null)).toEqual([
      'pin_tries_exhausted',
      'credential_quarantined',
    ]);
    expect(noticeOf('sign_in')).toBeNull();
  });

  test('has one calm sentence for each event, with and without names', () => {
    const none = { ...facts, name: null, deviceName: null, revocation: null };
    for (const row of Object.values(notices)) {
      for (const each of [facts, none, { ...none, by: 'you' as const }]) {
        const said = row.sentence(each);
        expect(said).toMatch(/^[A-Z].*\.$/);
        expect(said).not.toMatch(/null|undefined|!| {2}/);
      }
    }
  });
});

test('a disabled device promises only the keys back that it can have', () => {
  const said = (softwareKeysWiped?: number) =>
    notices.device_disabled?.sentence({ ...facts, softwareKeysWiped });
  expect(said()).toBe('STUDIO-07 was disabled by an administrator. Its keys do not work for now.');
  expect(said(1)).toMatch(/, and the one that a browser kept there stopped for good\.$/);
  expect(said(2)).toMatch(/, and those that a browser kept there stopped for good\.$/);
});

describe('the e-mail of a notice', () => {
  test('says what happened, when, and what to do, and brings no link', () => {
    for (const row of Object.values(notices)) {
      const { subject, text } = noticeMail(row, facts, about);
      expect(subject).toBe(row.subject);
      expect(text).toContain('2 March 2026, 09:05 UTC');
      expect(text).toContain('Latchkey at Tidewater Studio');
      expect(text).not.toMatch(/https?:|www\.|@/);
    }
  });

  test('leaves out what somebody typed to mislead its reader', () => {
    const row = notices.key_registered;
    if (row === undefined) throw new Error('there is no row');
    for (const deviceName of ['http://evil.example', 'evil.example', 'call\n+1 555', 'x'.repeat(33), '<b>']) {
      const { text } = noticeMail(row, { ...facts, deviceName }, { ...about, displayName: deviceName });
      expect(text).not.toContain(deviceName);
      expect(text).toMatch(/^Hello there,\n\nA Windows Hello key was created\. /);
    }
  });
});
