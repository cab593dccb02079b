import { describe, expect, test } from 'vitest';
import { eventCodes, windowsEventId } from './event.ts';
import { windowsEvent, windowsEventText } from './windows-event.ts';

const ID = 'db2da6bd-3d70-4b9b-b26b-444f669902da';
const KID = '4476694e-8e3b-4ef8-8487-be21f95e6f07';
const checks = {
  IsDeviceJoined: 'NO',
  IsUserAzureAD: 'YES',
  PolicyEnabled: 'YES',
  PostLogonEnabled: 'YES',
  DeviceEligible: 'Not Tested',
  SessionIsNotRemote: 'Not Tested',
  PreReqResult: 'WillNotProvision',
};

describe('an event as Windows would log it', () => {
  test('360 prints each check in its own words, and the verdict first', () => {
    const event = windowsEvent({
      id: ID,
      code: 'provisioning_will_not_launch',
      outcome: 'failure',
      detail: checks,
    });
    expect(event).toMatchObject({
      id: 360,
      level: 'Warning',
      log: 'Microsoft-Windows-User Device Registration/Admin',
      provider: 'Microsoft-Windows-User Device Registration',
    });
    expect(event?.message.split('\n')).toEqual([
      'Windows Hello for Business provisioning will not be launched.',
      'Device is AAD joined ( AADJ or DJ++ ): No',
      'User has logged on with AAD credentials: Yes',
      'Windows Hello for Business policy is enabled: Yes',
      'Windows Hello for Business post-logon provisioning is enabled: Yes',
      'Local computer meets Windows hello for business hardware requirements: Not Tested',
      'User is not connected to the machine via Remote Desktop: Not Tested',
      'Machine is governed by none policy.',
      'See https://go.microsoft.com/fwlink/?linkid=832647 for more details.',
    ]);
  });

  test('358 says that it will be launched', () => {
    const event = windowsEvent({
      id: ID,
      code: 'provisioning_will_launch',
      outcome: 'success',
      detail: checks,
    });
    expect(event).toMatchObject({ id: 358, level: 'Information' });
    expect(event?.message).toMatch(/^Windows Hello for Business provisioning will be launched\.\n/);
  });

  test('300 has the message that programs listen for', () => {
    const event = windowsEvent({
      id: ID,
      code: 'key_registered',
      outcome: 'success',
      detail: { kid: KID, upn: 'test@contoso.com', attestation: 'none', protection: 'not verified' },
    });
    expect(event?.message).toBe(
      `The NGC key was successfully registered. Key ID: {${KID}}. UPN: test@contoso.com. Attestation: ATT_SOFT. Client request ID: . Server request ID: ${ID}. Server response: {"kid":"${KID}","upn":"test@contoso.com"}`,
    );
  });

  test('is there for every event with a Windows ID, and for no other', () => {
    for (const code of eventCodes) {
      const event = windowsEvent({ id: ID, code, outcome: 'failure', detail: { cause: 'a cause' } });
      expect([code, event?.id ?? null]).toEqual([code, windowsEventId(code)]);
      if (event !== null)
        expect(windowsEventText(event, new Date(0))).toContain(`Event ID:      ${event.id}\n`);
    }
  });
});
