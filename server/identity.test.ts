import { describe, expect, test } from 'vitest';
import { type Role, roles } from '#domain/identity';
import { TENANT } from '#domain/policy/resolve';
import {
  createUser,
  findUser,
  firstAdministrator,
  listPeople,
  mayManage,
  requirePasswordChange,
  resetPassword,
  setUserDisabled,
} from './identity.ts';
import { readPolicy } from './policy.ts';
import { setPolicy } from './policy-setting.ts';
import { aPerson, aRuntime, aSession, done, lastEvent, outcome, rows } from './testing.ts';

describe('a person', () => {
  test('is created once under every spelling of the name, also by many at the same instant', async () => {
    const runtime = await aRuntime();
    const spellings = [
      'tomás@tidewater.example',
      'TOMÁS@Tidewater.Example',
      'toma\u0301s@tidewater.example',
      ' tomás@tidewater.example ',
    ];
    const answers = await Promise.all(
      spellings.map((upn) => createUser(runtime, { upn, displayName: 'Tomás', groups: ['Design'] })),
    );
    expect(answers.map(outcome).sort()).toEqual(['already_exists', 'already_exists', 'already_exists', 'ok']);
    expect((await rows(runtime)).users).toBe(1);
    expect(await findUser(runtime, 'tomás@tidewater.example')).not.toBeNull();
    expect(await runtime.db.event.count({ where: { code: 'user_created' } })).toBe(1);
  });

  test('has an opaque handle of 32 random bytes, no password and no way in at first', async () => {
    const runtime = await aRuntime();
    const [mia, tomas] = [await aPerson(runtime), await aPerson(runtime, 'tomas')];
    const [a, b] = [
      await runtime.db.user.findUniqueOrThrow({ where: { id: mia.id } }),
      await runtime.db.user.findUniqueOrThrow({ where: { id: tomas.id } }),
    ];
    expect(Buffer.from(a.userHandle, 'base64url')).toHaveLength(32);
    expect(a.userHandle).not.toBe(b.userHandle);
    expect(a.passwordHash).toBeNull();
  });

  test.each([
    '',
    'mia',
    'mia@',
    'm ia@tidewater.example',
    'mi\u0430@tidewater.example',
    "'; DROP TABLE User; --@x.y",
  ])('cannot be called %j', async (upn) => {
    const runtime = await aRuntime();
    expect(outcome(await createUser(runtime, { upn, displayName: 'X' }))).toBe('invalid_value');
    expect((await rows(runtime)).users).toBe(0);
  });

  test('is found by any text without that text doing anything else', async () => {
    const runtime = await aRuntime();
    await aPerson(runtime, 'mia');
    for (const search of ["' OR 1=1 --", '"', '\\', 'x'.repeat(10_000)]) {
      expect(await listPeople(runtime, { search })).toEqual([]);
    }
    expect(await listPeople(runtime, { search: ' MIA ' })).toHaveLength(1);
    await createUser(runtime, { upn: 'n.okafor@tidewater.example', displayName: 'Noor Okafor' });
    expect(await listPeople(runtime, { search: 'OKAFOR' })).toHaveLength(1);
    expect(await listPeople(runtime, { search: 'oor oka' })).toHaveLength(1);
  });
});

describe('managing somebody', () => {
  test('follows the matrix of roles for passwords, accounts, keys and sessions, and is never for oneself', async () => {
    const runtime = await aRuntime();
    const quick = { ...runtime, passwords: { ...runtime.passwords, hash: async () => 'x' } };
    const member = await aPerson(runtime, 'member');
    const reader = await aPerson(runtime, 'reader', ['global_reader']);
    done(await resetPassword(quick, null, { userId: reader.id }));
    const may: Record<Role, { member: boolean; administrator: boolean }> = {
      global_administrator: { member: true, administrator: true },
      privileged_authentication_administrator: { member: true, administrator: true },
      authentication_administrator: { member: true, administrator: false },
      global_reader: { member: false, administrator: false },
    };
    for (const [row, role] of (Object.keys(roles) as Role[]).entries()) {
      const admin = await aPerson(runtime, `admin-${row}`, [role]);
      const actor = (await aSession(runtime, admin, 'passkey')).session.person;
      const answers = async (userId: string) => [
        outcome(await mayManage(runtime, actor, userId)),
        outcome(await resetPassword(quick, actor, { userId })),
        outcome(await requirePasswordChange(runtime, actor, { userId })),
        outcome(await setUserDisabled(runtime, actor, { userId, disabled: true })),
        outcome(await setUserDisabled(runtime, actor, { userId, disabled: false })),
      ];
      const all = (answer: string) => [answer, answer, answer, answer, answer];
      expect(await answers(member.id), role).toEqual(all(may[role].member ? 'ok' : 'not_permitted'));
      // Nobody who signed in sets a password for an administrator.
      const ofAdministrator = ['ok', 'administrator_password', 'ok', 'ok', 'ok'];
      expect(await answers(reader.id), role).toEqual(
        may[role].administrator ? ofAdministrator : all('not_permitted'),
      );
      expect(await answers(admin.id), role).toEqual(all('own_account'));
      expect(await answers('nobody'), role).toEqual(all('not_found'));
    }
  });

  test('writes who did it, and nothing when there was nothing to do', async () => {
    const runtime = await aRuntime();
    const mia = await aPerson(runtime);
    for (let times = 0; times < 2; times += 1)
      done(await setUserDisabled(runtime, null, { userId: mia.id, disabled: true }));
    expect(await runtime.db.event.count({ where: { code: 'user_disabled' } })).toBe(1);
    expect(await lastEvent(runtime)).toMatchObject({ code: 'user_disabled', userId: mia.id, actorId: null });
  });

  test('begins with the oldest enabled Global Administrator that is not for emergencies', async () => {
    const runtime = await aRuntime();
    expect(await firstAdministrator(runtime)).toBeNull();
    done(
      await createUser(runtime, {
        upn: 'glass@tidewater.example',
        displayName: 'G',
        roles: ['global_administrator'],
        breakGlass: true,
      }),
    );
    const ada = await aPerson(runtime, 'ada', ['global_administrator']);
    runtime.pass(1);
    const zoe = await aPerson(runtime, 'zoe', ['global_administrator']);
    expect((await firstAdministrator(runtime))?.id).toBe(ada.id);
    done(await setUserDisabled(runtime, null, { userId: ada.id, disabled: true }));
    expect((await firstAdministrator(runtime))?.id).toBe(zoe.id);
  });
});

describe('policy', () => {
  test('is set, changed and cleared, each with an event; what is not allowed changes nothing', async () => {
    const runtime = await aRuntime();
    const limit = async () => (await readPolicy(runtime.db))('DeviceLimitPerUser');
    done(await setPolicy(runtime, 'admin', { name: 'DeviceLimitPerUser', value: '3' }));
    done(await setPolicy(runtime, 'admin', { name: 'DeviceLimitPerUser', value: '4' }));
    expect(await limit()).toMatchObject({ value: 4, source: TENANT });
    expect(outcome(await setPolicy(runtime, 'admin', { name: 'DeviceLimitPerUser', value: '0' }))).toBe(
      'invalid_value',
    );
    for (const name of ['__proto__', 'toString', 'devicelimitperuser', '']) {
      expect(outcome(await setPolicy(runtime, 'admin', { name, value: 'true' }))).toBe('not_found');
    }
    expect(await limit()).toMatchObject({ value: 4, source: TENANT });
    done(await setPolicy(runtime, 'admin', { name: 'DeviceLimitPerUser', value: null }));
    expect((await limit()).source).toBeNull();
    expect(await runtime.db.event.count({ where: { code: 'policy_changed', actorId: 'admin' } })).toBe(3);
  });
});
