import { beforeEach, describe, expect, test } from 'vitest';
import { type DeploymentName, deploymentNames } from '#domain/deployment/matrix';
import { type RequirementName, requirementNames, requirementsOf } from '#domain/deployment/requirements';
import type { KeyRules } from '#domain/key-rules';
import { DAY_MS } from '#domain/time';
import { administrator } from './caller.ts';
import { confirmRequirement, readChecklist, withdrawConfirmation } from './deployment.ts';
import { listEvents } from './event.ts';
import { createUser, setUserDisabled } from './identity.ts';
import { sendMails, writeMail } from './mail.ts';
import type { Delivery, Mailer } from './mailer.ts';
import { switchPasswordless } from './passwordless.ts';
import { setPolicy } from './policy-setting.ts';
import {
  anAuthenticatorApp,
  aPassword,
  aPerson,
  aRuntime,
  aSession,
  aSwitch,
  aTenant,
  breakEvents,
  done,
  lastEvent,
  outcome,
  START,
  setKeyRules,
  type TestRuntime,
} from './testing.ts';

let runtime: TestRuntime;
beforeEach(async () => {
  runtime = await aRuntime();
  await aTenant(runtime);
});

const choose = async (name: DeploymentName) =>
  done(await setPolicy(runtime, null, { name: 'Deployment.modelAndTrust', value: name }));
const set = async (name: string, value: string | null) =>
  done(await setPolicy(runtime, null, { name, value }));

async function line(name: RequirementName, of = runtime) {
  const found = (await readChecklist(of)).lines.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} is not asked`);
  return found;
}
const state = async (name: RequirementName, of = runtime) => (await line(name, of)).state;

const setHello = async (hello: Partial<KeyRules['hello']>) => done(await setKeyRules(runtime, { hello }));

const deploymentEvents = async () =>
  (await listEvents(runtime, {}, 100)).filter(({ code }) => code.startsWith('deployment_'));

describe('the checklist', () => {
  test('is that of the deployment that policy names, and cloud-only before anybody chose', async () => {
    const first = await readChecklist(runtime);
    expect([first.deployment, first.chosen]).toEqual(['cloud_only', false]);
    for (const name of deploymentNames) {
      await choose(name);
      const checklist = await readChecklist(runtime);
      expect(checklist).toMatchObject({ deployment: name, chosen: true });
      expect(checklist.lines.map((each) => each.name)).toEqual(requirementsOf(name));
    }
    expect(
      outcome(
        await setPolicy(runtime, null, {
          name: 'Deployment.modelAndTrust',
          value: 'on_premises_cloud_kerberos',
        }),
      ),
    ).toBe('invalid_value');
    await set('Deployment.modelAndTrust', null);
    expect(await readChecklist(runtime)).toEqual(first);
  });

  test('counts what is met and what is confirmed', async () => {
    const before = await readChecklist(runtime);
    expect(before.done).toBe(before.lines.filter((each) => each.state === 'met').length);
    done(await confirmRequirement(runtime, null, { name: 'windows_supported' }));
    expect((await readChecklist(runtime)).done).toBe(before.done + 1);
    await set('UsePassportForWork', 'false');
    expect((await readChecklist(runtime)).done).toBe(before.done);
  });
});

describe('what Latchkey judges follows the store, there and back', () => {
  test('Windows Hello for Business is on', async () => {
    expect(await state('hello_on')).toBe('met');
    await set('UsePassportForWork', 'false');
    expect(await state('hello_on')).toBe('not_met');
    await set('UsePassportForWork', null);
    expect(await state('hello_on')).toBe('met');
  });

  test('a security chip is decided: either way, and with rules that do something', async () => {
    expect(await line('security_device')).toMatchObject({
      state: 'not_met',
      finding: expect.stringContaining('Nobody'),
    });
    await setHello({ requireSecurityDevice: false, mode: 'off' });
    expect(await state('security_device')).toBe('met');
    await setHello({ requireSecurityDevice: true, mode: 'off' });
    expect(await state('security_device')).toBe('not_met');
    await setHello({ mode: 'monitor' });
    expect(await state('security_device')).toBe('met');
  });

  test('an anchor can prove what is enforced, until its certificate runs out', async () => {
    await setHello({ requireSecurityDevice: true, mode: 'enforce' });
    expect(await state('anchors')).toBe('met');
    runtime.pass(20 * 366 * DAY_MS);
    expect(await state('anchors')).toBe('not_met');
    await setHello({ requireSecurityDevice: false, mode: 'off' });
    expect(await state('anchors')).toBe('met');
  });

  test('everybody has a second factor: a pass that policy lets them use, or an authenticator app', async () => {
    const mia = await aPerson(runtime);
    const noah = done(
      await createUser(runtime, { upn: 'noah@tidewater.example', displayName: 'Noah', groups: ['Pilot'] }),
    );
    expect(await state('second_factor')).toBe('met');
    await set('TemporaryAccessPass.state', 'false');
    expect(await line('second_factor')).toMatchObject({
      state: 'not_met',
      finding: '2 of 2 can use no pass and have neither an authenticator app nor a key.',
    });
    await anAuthenticatorApp(runtime, await aSession(runtime, mia, 'passkey'));
    expect((await line('second_factor')).finding).toContain('1 of 2');
    await set('TemporaryAccessPass.state', 'true');
    expect(await state('second_factor')).toBe('met');
    const pilot = await runtime.db.group.findUniqueOrThrow({ where: { name: 'Pilot' } });
    await set('TemporaryAccessPass.excludeTargets', JSON.stringify([pilot.id]));
    expect((await line('second_factor')).finding).toContain('1 of 2');
    done(await setUserDisabled(runtime, null, { userId: noah.id, disabled: true }));
    expect(await state('second_factor')).toBe('met');
  });

  test('a second Global Administrator can sign in, not a break-glass account in their place', async () => {
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    await aPassword(runtime, ada);
    await aPassword(runtime, await aPerson(runtime, 'rita', ['global_reader']));
    const glass = done(
      await createUser(runtime, {
        upn: 'glass@tidewater.example',
        displayName: 'Glass',
        roles: ['global_administrator'],
        breakGlass: true,
      }),
    );
    expect(await state('break_glass')).toBe('not_met');
    await aPassword(runtime, glass);
    expect(await state('break_glass')).toBe('met');
    expect(await line('second_administrator')).toMatchObject({
      state: 'not_met',
      finding: '1 can, and nobody else.',
    });
    const bo = await aPerson(runtime, 'bo', ['global_administrator']);
    expect(await state('second_administrator')).toBe('not_met');
    await aPassword(runtime, bo);
    expect(await state('second_administrator')).toBe('met');
    done(await switchPasswordless(runtime, null, await aSwitch(runtime, 'refuse')));
    expect((await line('second_administrator')).finding).toBe('None can.');
    expect(await state('break_glass')).toBe('met');
    done(await switchPasswordless(runtime, null, await aSwitch(runtime, 'off')));
    expect(await state('second_administrator')).toBe('met');
    done(await setUserDisabled(runtime, null, { userId: bo.id, disabled: true }));
    expect(await state('second_administrator')).toBe('not_met');
    done(await setUserDisabled(runtime, null, { userId: glass.id, disabled: true }));
    expect(await line('break_glass')).toMatchObject({
      state: 'not_met',
      finding: 'There is none that is a Global Administrator.',
    });
  });

  test('e-mail leaves: unknown until one did, and not met when the latest could not', async () => {
    const mia = await aPerson(runtime);
    const delivering = (delivery: Delivery): Mailer => ({ deliver: async () => delivery });
    const write = () =>
      runtime.db.$transaction((tx) =>
        writeMail(tx, runtime, { userId: mia.id, address: mia.upn, subject: 'A key', text: 'was made' }),
      );
    expect(await state('mail')).toBe('not_met');
    const mailer = delivering({ kind: 'sent' });
    const posting = { ...runtime, mailer };
    await write();
    expect(await state('mail', posting)).toBe('unknown');
    expect(await sendMails(runtime, mailer)).toBe(1);
    expect(await state('mail', posting)).toBe('met');
    runtime.pass(1000);
    await write();
    await sendMails(runtime, delivering({ kind: 'never', failure: 'no such mailbox' }));
    expect(await state('mail', posting)).toBe('not_met');
    expect(await state('mail')).toBe('not_met');
  });

  test('what is kept for Windows: on, off, and unknown where nothing is configured here', async () => {
    await choose('hybrid_cloud_kerberos');
    expect(await state('cloud_trust_policy')).toBe('unknown');
    await set('UseCloudTrustForOnPremAuth', 'true');
    expect(await state('cloud_trust_policy')).toBe('met');
    await set('UseCertificateForOnPremAuth', 'true');
    expect(await state('cloud_trust_policy')).toBe('not_met');
    await choose('hybrid_certificate');
    expect(await state('certificate_trust_policy')).toBe('met');
    await choose('hybrid_key');
    expect(await state('key_trust_policy')).toBe('not_met');
    await set('UseCertificateForOnPremAuth', 'false');
    await set('UseCloudTrustForOnPremAuth', 'false');
    expect(await state('key_trust_policy')).toBe('met');
    await set('UseCloudTrustForOnPremAuth', null);
    expect(await state('key_trust_policy')).toBe('unknown');
  });
});

describe('a confirmation', () => {
  const name = 'windows_supported';

  test('says who and when, and is withdrawn again; each is logged once', async () => {
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    expect(await line(name)).toMatchObject({ state: 'unknown', confirmation: null });
    done(await confirmRequirement(runtime, ada.id, { name }));
    expect(await line(name)).toMatchObject({ state: 'confirmed', confirmation: { by: 'ada', at: START } });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'deployment_confirmed',
      actorId: ada.id,
      detail: { name },
    });
    done(await withdrawConfirmation(runtime, null, { name }));
    expect(await line(name)).toMatchObject({ state: 'unknown', confirmation: null });
    expect(await lastEvent(runtime)).toMatchObject({ code: 'deployment_withdrawn', actorId: null });
    done(await withdrawConfirmation(runtime, null, { name }));
    expect(await deploymentEvents()).toHaveLength(2);
  });

  test('given twice stays the first one', async () => {
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    done(await confirmRequirement(runtime, null, { name }));
    runtime.pass(DAY_MS);
    done(await confirmRequirement(runtime, ada.id, { name }));
    expect((await line(name)).confirmation).toEqual({ by: 'the command line', at: START });
    expect(await deploymentEvents()).toHaveLength(1);
  });

  test('given by many at once, at two instances, is one; withdrawn by many at once, is none', async () => {
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const both = [runtime, other, runtime, other, runtime, other];
    for (const result of await Promise.all(both.map((at) => confirmRequirement(at, null, { name }))))
      done(result);
    expect(await deploymentEvents()).toHaveLength(1);
    for (const result of await Promise.all(both.map((at) => withdrawConfirmation(at, null, { name }))))
      done(result);
    expect((await deploymentEvents()).map(({ code }) => code).sort()).toEqual([
      'deployment_confirmed',
      'deployment_withdrawn',
    ]);
    expect(await runtime.db.deploymentRequirement.count()).toBe(0);
  });

  test('belongs to the requirement: it waits while another deployment is chosen', async () => {
    done(await confirmRequirement(runtime, null, { name: 'entra_p1' }));
    expect((await readChecklist(runtime)).lines.map((each) => each.name)).not.toContain('entra_p1');
    await choose('hybrid_certificate');
    expect(await state('entra_p1')).toBe('confirmed');
  });

  test('of what Latchkey judges itself, or of an unknown name, is refused and leaves nothing', async () => {
    const judged = requirementNames.filter((each) =>
      ['hello_on', 'mail', 'second_administrator', 'anchors'].includes(each),
    );
    expect(judged).toHaveLength(4);
    for (const each of [...judged, 'nonsense', '', '__proto__', "'; DROP TABLE"]) {
      expect(outcome(await confirmRequirement(runtime, null, { name: each })), each).toBe('not_found');
      expect(outcome(await withdrawConfirmation(runtime, null, { name: each })), each).toBe('not_found');
    }
    expect(await runtime.db.deploymentRequirement.count()).toBe(0);
    // Nor does a row that came in another way, from an older version for one, count.
    await runtime.db.deploymentRequirement.createMany({
      data: ['hello_on', 'nonsense'].map((each) => ({ name: each, at: START })),
    });
    await set('UsePassportForWork', 'false');
    expect(await line('hello_on')).toMatchObject({ state: 'not_met', confirmation: null });
  });

  test('is not kept without its event, nor withdrawn without one', async () => {
    const mend = await breakEvents(runtime);
    await expect(confirmRequirement(runtime, null, { name })).rejects.toThrow();
    expect(await state(name)).toBe('unknown');
    await mend();
    done(await confirmRequirement(runtime, null, { name }));
    await breakEvents(runtime);
    await expect(withdrawConfirmation(runtime, null, { name })).rejects.toThrow();
    expect(await state(name)).toBe('confirmed');
  });

  test('stays readable when whoever gave it is gone', async () => {
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    done(await confirmRequirement(runtime, ada.id, { name }));
    await runtime.db.user.delete({ where: { id: ada.id } });
    expect((await line(name)).confirmation?.by).toBe('somebody who is gone');
  });

  test('is for Global Administrators alone: the guard of the page refuses every other role', async () => {
    const guard = administrator('manage_policy');
    for (const [role, expected] of [
      ['global_administrator', 'ok'],
      ['privileged_authentication_administrator', 'not_permitted'],
      ['authentication_administrator', 'not_permitted'],
      ['global_reader', 'not_permitted'],
    ] as const) {
      const person = await aPerson(runtime, role.replaceAll('_', '-'), [role]);
      expect(outcome(guard(await aSession(runtime, person, 'hello')))).toBe(expected);
    }
    const member = await aPerson(runtime, 'mia');
    expect(outcome(guard(await aSession(runtime, member, 'hello')))).toBe('not_found');
  });
});
