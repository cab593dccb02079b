import { describe, expect, test } from 'vitest';
import {
  registrationEventList,
  registrationReport,
  userRegistrationDetailsList,
} from '#domain/methods-report';
import { DAY_MS, later } from '#domain/time';
import { createUser, setUserDisabled } from './identity.ts';
import {
  downloadRegistrationDetails,
  exportRegistrationDetails,
  exportRegistrationEvents,
  listRegistrationDetails,
  readRegistrationReport,
} from './methods-report.ts';
import { finishRegistration } from './registration.ts';
import { newId } from './runtime.ts';
import {
  aKey,
  anAuthenticatorApp,
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastEvent,
  makeKey,
  outcome,
  setMethods,
  type TestRuntime,
} from './testing.ts';

async function aHouse(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

async function text(chunks: AsyncGenerator<string, void>): Promise<string> {
  let all = '';
  for await (const piece of chunks) all += piece;
  return all;
}

const lineOf = async (runtime: TestRuntime, upn: string) =>
  (await listRegistrationDetails(runtime, { take: 100 })).people.find(
    (each) => each.userPrincipalName === upn,
  );

describe('the registration report', () => {
  test('counts who has registered what, and who of them policy lets use it', async () => {
    const runtime = await aHouse();
    await aPersonWithHelloKey(runtime);
    const tomas = await aPersonWithPasskey(runtime);
    const coder = await aPerson(runtime, 'coder');
    await aPassword(runtime, coder);
    await anAuthenticatorApp(runtime, await aSession(runtime, coder, 'hello'));
    await aPerson(runtime, 'bare');
    const of = async (method: string) => {
      const report = await readRegistrationReport(runtime, '7d');
      const line = report.methods.find((each) => each.method === method);
      return [line?.registered, line?.capable];
    };
    const numbers = async () => {
      const { users, mfaRegistered, mfaCapable, passwordlessRegistered, passwordlessCapable } =
        await readRegistrationReport(runtime, '7d');
      return [users, mfaRegistered, mfaCapable, passwordlessRegistered, passwordlessCapable];
    };
    expect(registrationReport.parse(await readRegistrationReport(runtime, '24h')).methods).toHaveLength(7);
    expect(await numbers()).toEqual([4, 3, 3, 2, 2]);
    expect(await of('fido2')).toEqual([1, 1]);
    done(await setMethods(runtime, { 'Fido2.state': 'false', 'SoftwareOath.state': 'false' }));
    expect(await numbers()).toEqual([4, 3, 1, 2, 1]);
    expect(await of('fido2')).toEqual([1, 0]);
    expect(await of('softwareOath')).toEqual([1, 0]);
    expect(await of('windowsHelloForBusiness')).toEqual([1, 1]);
    // A disabled account is in none of it.
    const ada = await aSession(runtime, await aPerson(runtime, 'ada', ['global_administrator']), 'hello');
    done(await setUserDisabled(runtime, ada.session.person, { userId: tomas.person.id, disabled: true }));
    expect(await of('fido2')).toEqual([0, 0]);
    expect(await lineOf(runtime, tomas.person.upn)).toBeUndefined();
  });

  test('counts what was registered and what failed in its time, by method', async () => {
    const runtime = await aHouse();
    const session = await aSession(runtime, await aPerson(runtime), 'hello');
    await aKey(runtime, session, 'passkey', undefined, { backupEligible: true });
    runtime.pass(1000);
    const made = await makeKey(runtime, session, 'passkey');
    done(await setMethods(runtime, { 'Fido2.state': 'false' }));
    expect(outcome(await finishRegistration(runtime, session, made))).toBe('passkeys_not_enabled');
    const passkeys = async (window: '24h' | '7d' | '30d') => {
      const { methods } = await readRegistrationReport(runtime, window);
      const { succeeded, failed } = methods.find(({ method }) => method === 'fido2') ?? {};
      return [succeeded, failed];
    };
    expect(await passkeys('24h')).toEqual([1, 1]);
    const since = later(runtime.clock.now(), -DAY_MS);
    const events = JSON.parse(await text(exportRegistrationEvents(runtime, 'json', since)));
    expect(registrationEventList.parse(events).value).toMatchObject([
      { method: 'fido2', isSuccess: false, reason: 'passkeys_not_enabled' },
      { method: 'fido2', isSuccess: true, reason: null },
    ]);
    runtime.pass(2 * DAY_MS);
    expect(await passkeys('24h')).toEqual([0, 0]);
    expect(await passkeys('7d')).toEqual([1, 1]);
  });
});

describe('user registration details', () => {
  test('say of each what they have and may use, with the report’s own time', async () => {
    const runtime = await aHouse();
    const desk = await aPersonWithHelloKey(runtime, 'ada', ['global_administrator']);
    const tomas = await aPersonWithPasskey(runtime);
    expect(await lineOf(runtime, desk.person.upn)).toEqual({
      id: desk.person.id,
      userPrincipalName: desk.person.upn,
      userDisplayName: 'ada',
      isAdmin: true,
      isMfaRegistered: true,
      isMfaCapable: true,
      isPasswordlessCapable: true,
      methodsRegistered: ['windowsHelloForBusiness'],
      lastUpdatedDateTime: runtime.clock.now().toISOString(),
    });
    done(await setMethods(runtime, { 'Fido2.uses': 'confirm' }));
    expect(await lineOf(runtime, tomas.person.upn)).toMatchObject({
      isMfaRegistered: true,
      isPasswordlessCapable: false,
      methodsRegistered: ['fido2'],
    });
  });

  test('leave as CSV and JSON, every person once over the pages, and no cell is a formula', async () => {
    const runtime = await aHouse();
    const names = Array.from({ length: 502 }, (_, number) => `Person ${number % 7}`);
    for (const [number, displayName] of names.entries())
      await runtime.db.user.create({
        data: {
          id: newId(runtime),
          upn: `p${number}@tidewater.example`,
          displayName,
          userHandle: `handle-${number}`,
          createdAt: runtime.clock.now(),
        },
      });
    done(await createUser(runtime, { upn: 'evil@tidewater.example', displayName: '=HYPERLINK("x")' }));
    const csv = await text(exportRegistrationDetails(runtime, 'csv'));
    expect(csv.trimEnd().split('\r\n')).toHaveLength(1 + 503);
    expect(csv).toContain(`"'=HYPERLINK(""x"")"`);
    const { value } = JSON.parse(await text(exportRegistrationDetails(runtime, 'json')));
    expect(new Set(value.map(({ id }: { id: string }) => id)).size).toBe(503);
    expect(userRegistrationDetailsList.safeParse({ value: value.slice(0, 1) }).success).toBe(true);
  });

  test('are an event before the first name leaves', async () => {
    const runtime = await aHouse();
    const ada = await aSession(runtime, await aPerson(runtime, 'ada', ['global_administrator']), 'hello');
    const { chunks, headers, closed } = done(
      await downloadRegistrationDetails(runtime, ada, { format: 'csv' }),
    );
    await chunks.next();
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'methods_exported',
      userId: ada.session.userId,
      detail: { report: 'registration-details', people: 1, format: 'csv' },
    });
    expect(headers['content-disposition']).toMatch(/latchkey-registration-details-.*\.csv/);
    closed();
  });
});
