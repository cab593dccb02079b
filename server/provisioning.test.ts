import { describe, expect, test } from 'vitest';
import { provisioningStep } from '#domain/provisioning';
import { MINUTE_MS } from '#domain/time';
import { beginAuthentication } from './authentication.ts';
import { beginDeviceProof } from './device.ts';
import { setPolicy } from './policy-setting.ts';
import { checkPrerequisites, readProvisioning } from './provisioning.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import { signOut } from './session.ts';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from './temporary-access-pass.ts';
import {
  aBrowser,
  aDevice,
  aKey,
  aPassSession,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  done,
  lastEvent,
  makeKey,
  outcome,
  rows,
  signedInAt,
  signIn,
  type TestDevice,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';

describe('the prerequisites after a sign-in', () => {
  test('write event 360 with the whole table where one says No, once a session', async () => {
    const runtime = await aRuntime();
    const session = await aSession(runtime, await aPerson(runtime), 'passkey');
    for (let times = 0; times < 2; times += 1)
      expect((await checkPrerequisites(runtime, session.session)).launch).toBe(false);
    expect(await runtime.db.event.count({ where: { code: { startsWith: 'provisioning_' } } })).toBe(1);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'provisioning_will_not_launch',
      outcome: 'failure',
      detail: {
        IsDeviceJoined: 'NO',
        IsUserAzureAD: 'YES',
        PolicyEnabled: 'YES',
        PostLogonEnabled: 'YES',
        DeviceEligible: 'Not Tested',
        SessionIsNotRemote: 'Not Tested',
        PreReqResult: 'WillNotProvision',
      },
    });
  });

  test('write event 358 and launch where all hold, once even when many pages ask at the same instant', async () => {
    const runtime = await aRuntime();
    const begun = await aSession(runtime, await aPerson(runtime), 'passkey');
    await aDevice(runtime, begun);
    const { session } = await within(runtime, begun, begun.token);
    const answers = await Promise.all([1, 2, 3, 4].map(() => checkPrerequisites(runtime, session)));
    expect(answers.filter(({ launch }) => launch)).toHaveLength(1);
    expect(await runtime.db.event.count({ where: { code: 'provisioning_will_launch' } })).toBe(1);
  });

  test('say No for a policy that is off', async () => {
    const runtime = await aRuntime();
    const { session } = await aSession(runtime, await aPerson(runtime), 'passkey');
    done(await setPolicy(runtime, null, { name: 'UsePassportForWork', value: 'false' }));
    done(await setPolicy(runtime, null, { name: 'DisablePostLogonProvisioning', value: 'true' }));
    await checkPrerequisites(runtime, session);
    expect((await lastEvent(runtime)).detail).toMatchObject({ PolicyEnabled: 'NO', PostLogonEnabled: 'NO' });
  });

  test('are not checked for somebody who has a key on this device', async () => {
    const runtime = await aRuntime();
    const { session } = await signedInAt(runtime, await aPersonWithHelloKey(runtime));
    expect((await checkPrerequisites(runtime, session)).keyOnThisDevice).toBe(true);
    expect(await runtime.db.event.count({ where: { code: { startsWith: 'provisioning_' } } })).toBe(0);
  });
});

describe('the set-up', () => {
  test('knows where somebody stands from the store alone: a reload, a second tab or a lost answer changes nothing', async () => {
    const runtime = await aRuntime();
    const person = await aPerson(runtime);
    const begun = await aPassSession(runtime, person);
    const step = async () =>
      provisioningStep(
        'key',
        await readProvisioning(runtime, (await within(runtime, begun, begun.token)).session),
      );
    expect(await step()).toBe('device');
    await aDevice(runtime, begun);
    expect(await step()).toBe('key');
    runtime.pass(10 * MINUTE_MS + 1);
    expect(await step()).toBe('confirm');
    const again = tokenOf(
      await redeemTemporaryAccessPass(runtime, await within(runtime, begun, begun.token), {
        upn: person.upn,
        pass: begun.pass,
      }),
    );
    expect((await within(runtime, begun, again)).session.kind).toBe('registration');
  });

  /** The whole way from a pass to a first sign-in, leaving off after `steps` of it. */
  async function cutAfter(runtime: TestRuntime, steps: number) {
    const person = await aPerson(runtime);
    const browser = aBrowser(runtime);
    const kept: { device?: TestDevice } = {};
    const { pass } = done(await issueTemporaryAccessPass(runtime, null, { userId: person.id }));
    let session = aBrowser(runtime) as Awaited<ReturnType<typeof within>>;
    const way = [
      async () => {
        const token = tokenOf(await redeemTemporaryAccessPass(runtime, browser, { upn: person.upn, pass }));
        session = await within(runtime, browser, token);
      },
      async () => void done(await beginDeviceProof(runtime, session, { purpose: 'register-device' })),
      async () => {
        kept.device = await aDevice(runtime, session);
        session = { ...session, session: { ...session.session, deviceId: kept.device.id } };
      },
      async () =>
        void done(await beginRegistration(runtime, session, { purpose: 'hello', attestation: 'direct' })),
      async () => void (await makeKey(runtime, session, 'hello', kept.device)),
      async () => {
        const made = await makeKey(runtime, session, 'hello', kept.device, { userVerified: false });
        expect(outcome(await finishRegistration(runtime, session, made))).toBe('registration_refused');
      },
      async () => void (await aKey(runtime, session, 'hello', kept.device)),
      async () => void done(await beginAuthentication(runtime, session, { purpose: 'sign-in' })),
    ];
    for (const step of way.slice(0, steps)) await step();
    return { person, browser, kept, pass, session };
  }

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'cut after step %i leads back to a working key, in the same browser and in another',
    async (steps) => {
      const runtime = await aRuntime();
      const { person, browser, kept, pass } = await cutAfter(runtime, steps);
      // The browser comes back an hour later: the old session is gone, the profile's key is still there.
      runtime.pass(20 * MINUTE_MS);
      for (const [place, at] of [browser, aBrowser(runtime, '198.51.100.9')].entries()) {
        const token = tokenOf(await redeemTemporaryAccessPass(runtime, at, { upn: person.upn, pass }));
        const session = await within(runtime, at, token);
        const device = await aDevice(runtime, session, `PLACE-${place}`);
        const key = await aKey(runtime, await within(runtime, at, token), 'hello', device);
        expect(outcome(await signIn(runtime, { key, device, browser: at }))).toBe('ok');
      }
      expect(kept.device === undefined).toBe(steps < 3);
      const { credentials } = await rows(runtime);
      expect(credentials).toBe(steps >= 7 ? 3 : 2);
    },
  );

  test('that was signed out in its middle has made nothing more than was acknowledged', async () => {
    const runtime = await aRuntime();
    const { session, kept } = await cutAfter(runtime, 4);
    const made = await makeKey(runtime, session, 'hello', kept.device);
    done(await signOut(runtime, session));
    expect(outcome(await finishRegistration(runtime, session, made))).toBe('sign_in_required');
    expect(await rows(runtime)).toMatchObject({ devices: 1, credentials: 0, liveSessions: 0 });
  });
});
