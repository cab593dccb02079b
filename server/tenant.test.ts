import { describe, expect, test } from 'vitest';
import { EnvironmentError } from './env.ts';
import { createGroup } from './group.ts';
import { createUser, resetPassword } from './identity.ts';
import { issueTemporaryAccessPass } from './temporary-access-pass.ts';
import { checkTenant, countSampleData, createTenant, readTenant, removeSampleData } from './tenant.ts';
import {
  aPersonWithHelloKey,
  aRuntime,
  breakEvents,
  done,
  lastEvent,
  outcome,
  rows,
  signIn,
} from './testing.ts';

const organisation = { name: 'Tidewater Studio', domain: 'tidewater.example' };

describe('a store', () => {
  test('is opened again by the same master key and relying party', async () => {
    const runtime = await aRuntime();
    await checkTenant(runtime);
    await createTenant(runtime, organisation);
    await createTenant(runtime, { name: 'Another', domain: 'another.example' });
    expect(await readTenant(runtime)).toMatchObject(organisation);
    await checkTenant(await aRuntime({ databaseUrl: runtime.databaseUrl }));
  });

  test('refuses another master key', async () => {
    const runtime = await aRuntime();
    await createTenant(runtime, organisation);
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl, masterKey: 'ab'.repeat(32) });
    await expect(checkTenant(other)).rejects.toThrow(EnvironmentError);
    await expect(checkTenant(other)).rejects.toThrow(/^SECRET_KEY .+\.$/);
  });

  test('refuses another relying party as long as it holds keys that would never work again', async () => {
    const runtime = await aRuntime();
    await createTenant(runtime, organisation);
    await aPersonWithHelloKey(runtime);
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl, relyingPartyId: 'id.example.org' });
    await expect(checkTenant(other)).rejects.toThrow(/^RP_ID: .*localhost.*id\.example\.org\.$/);
  });

  test('without keys goes over to another relying party, and belongs to it from then on', async () => {
    const runtime = await aRuntime();
    await createTenant(runtime, organisation);
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl, relyingPartyId: 'id.example.org' });
    await checkTenant(other);
    await aPersonWithHelloKey(runtime);
    await checkTenant(other);
    await expect(checkTenant(runtime)).rejects.toThrow(EnvironmentError);
  });
});

describe('sample data', () => {
  test('goes in one step with everything that hangs on it, and leaves what is real', async () => {
    const runtime = await aRuntime();
    const sample = { ...runtime, sample: true };
    await createGroup(runtime, null, { name: 'Design' });
    const real = await aPersonWithHelloKey(runtime, 'mia');
    await aPersonWithHelloKey(sample, 'noor');
    done(
      await createUser(sample, { upn: 'elias@tidewater.example', displayName: 'Elias', groups: ['Design'] }),
    );
    const counted = await countSampleData(runtime);
    expect(counted).toMatchObject({ people: 2, peopleKept: 0, devices: 1, keys: 1 });
    expect(done(await removeSampleData(runtime, 'admin'))).toEqual(counted);
    expect(await rows(runtime)).toMatchObject({ users: 1, devices: 1, profiles: 1, credentials: 1 });
    expect(await countSampleData(runtime)).toEqual({
      people: 0,
      peopleKept: 0,
      devices: 0,
      keys: 0,
      events: 0,
    });
    expect(await lastEvent(runtime)).toMatchObject({ code: 'sample_data_removed', actorId: 'admin' });
    expect(outcome(await signIn(runtime, real))).toBe('ok');
  });

  test('keeps the people who have been used for real, without their sample history', async () => {
    const runtime = await aRuntime();
    const sample = { ...runtime, sample: true };
    const elias = done(await createUser(sample, { upn: 'elias@tidewater.example', displayName: 'Elias' }));
    done(await createUser(sample, { upn: 'noor@tidewater.example', displayName: 'Noor' }));
    done(await resetPassword(sample, null, { userId: elias.id }));
    done(await issueTemporaryAccessPass(runtime, null, { userId: elias.id }));
    expect(done(await removeSampleData(runtime, null))).toMatchObject({ people: 1, peopleKept: 1 });
    const left = await runtime.db.user.findMany({ include: { pass: true } });
    expect(left).toMatchObject([{ upn: elias.upn, sample: false }]);
    expect(left[0]?.pass).not.toBeNull();
    expect(await runtime.db.event.count({ where: { code: 'user_created' } })).toBe(0);
  });

  test('that cannot be removed whole is not removed at all', async () => {
    const runtime = await aRuntime();
    await aPersonWithHelloKey({ ...runtime, sample: true }, 'noor');
    const before = await rows(runtime);
    await breakEvents(runtime);
    await expect(removeSampleData(runtime, null)).rejects.toThrow();
    expect(await rows(runtime)).toEqual(before);
  });
});
