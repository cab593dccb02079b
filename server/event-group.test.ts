import { describe, expect, test } from 'vitest';
import { eventFilter } from '#domain/event-filter';
import { listEvents, record } from './event.ts';
import { exportEvents } from './event-export.ts';
import { selectEvents } from './event-filter.ts';
import { addMember, createGroup } from './group.ts';
import { newId } from './runtime.ts';
import { aDevice, aPerson, aRuntime, aSession, aTenant, done, type TestRuntime } from './testing.ts';

/** Outer holds Inner, Inner holds Outer again, and Mia; Tomas has a device in Outer; Zoe is in neither. */
async function aHouse() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const [mia, tomas, zoe] = [
    await aPerson(runtime, 'mia'),
    await aPerson(runtime, 'tomas'),
    await aPerson(runtime, 'zoe'),
  ];
  const outer = done(await createGroup(runtime, null, { name: 'Outer' })).id;
  const inner = done(await createGroup(runtime, null, { name: 'Inner' })).id;
  const device = await aDevice(runtime, await aSession(runtime, tomas, 'passkey'));
  for (const [groupId, kind, memberId] of [
    [outer, 'group', inner],
    [inner, 'group', outer],
    [inner, 'person', mia.id],
    [outer, 'device', device.id],
  ] as const)
    done(await addMember(runtime, null, { groupId, kind, memberId }));
  for (const userId of [mia.id, tomas.id, zoe.id, null])
    for (const code of ['unlock', 'ceremony_abandoned'] as const)
      await record(runtime.db, runtime, {
        code,
        outcome: code === 'unlock' ? 'success' : 'failure',
        userId,
        deviceId: device.id,
      });
  return { runtime, mia, tomas, zoe, outer, inner, device };
}

/** The people of the events that a filter selects, each once. */
async function whose(runtime: TestRuntime, words: Record<string, string>) {
  const selection = done(await selectEvents(runtime, eventFilter.parse(words)));
  const events = await listEvents(runtime, selection, 1000);
  return [...new Set(events.map(({ userId }) => userId))].sort();
}

/** More people than are read person by person. */
async function fill(runtime: TestRuntime, groupId: string): Promise<void> {
  const ids = Array.from({ length: 150 }, () => newId(runtime));
  const createdAt = runtime.clock.now();
  await runtime.db.user.createMany({
    data: ids.map((id) => ({
      id,
      upn: `${id}@tidewater.example`,
      displayName: id,
      userHandle: id,
      createdAt,
    })),
  });
  await runtime.db.groupMember.createMany({ data: ids.map((userId) => ({ groupId, userId })) });
}

describe.each([
  ['few people', false],
  ['many people', true],
])('events by a group of %s', (_, many) => {
  test('are those of its people, of groups in it and of owners of devices in it, by name or ID', async () => {
    const { runtime, mia, tomas, zoe, outer, inner } = await aHouse();
    if (many) await fill(runtime, inner);
    const both = [mia.id, tomas.id].sort();
    for (const group of ['Outer', outer, 'Inner', inner, `Outer,${inner}`, 'Outer,Nobody'])
      expect(await whose(runtime, { group })).toEqual(both);
    expect(await whose(runtime, { group: 'Nobody' })).toEqual([]);
    expect(await whose(runtime, { group: zoe.id })).toEqual([]);
  });

  test('are narrowed by every other part of the filter', async () => {
    const { runtime, mia, tomas, zoe, inner, device } = await aHouse();
    if (many) await fill(runtime, inner);
    const codes = async (words: Record<string, string>) => {
      const selection = done(await selectEvents(runtime, eventFilter.parse({ group: 'Outer', ...words })));
      return (await listEvents(runtime, selection, 1000)).map(({ code }) => code).sort();
    };
    const failures = ['ceremony_abandoned', 'ceremony_abandoned'];
    expect(await codes({ outcome: 'failure' })).toEqual(failures);
    expect(await codes({ code: 'ceremony_abandoned,sign_in', outcome: 'failure' })).toEqual(failures);
    expect(await codes({ code: 'unlock,ceremony_abandoned', device: device.id })).toHaveLength(4);
    expect(await codes({ from: '2030-01-01' })).toEqual([]);
    expect(await whose(runtime, { group: 'Outer', person: zoe.id })).toEqual([]);
    expect(await whose(runtime, { group: 'Outer', person: mia.id })).toEqual([mia.id]);
    expect(await whose(runtime, { group: 'Outer', person: tomas.id })).toEqual([tomas.id]);
  });

  test('are exported, and nobody else’s', async () => {
    const { runtime, zoe, inner } = await aHouse();
    if (many) await fill(runtime, inner);
    const query = { format: 'ndjson', ...eventFilter.parse({ group: 'Outer', outcome: 'failure' }) } as const;
    const { chunks } = done(await exportEvents(runtime, query, { by: {}, may: async () => true }));
    let text = '';
    for await (const chunk of chunks) text += chunk;
    expect(text.match(/ceremony_abandoned/g)).toHaveLength(2);
    expect(text).not.toContain(zoe.id);
  });
});

test('a group in a filter is refused where it cannot be read, never ignored', () => {
  for (const group of [
    ',',
    'a,,b',
    'x'.repeat(300),
    Array(51)
      .fill(0)
      .map((_, index) => `g${index}`)
      .join(),
  ])
    expect([group, eventFilter.safeParse({ group }).success]).toEqual([group, false]);
});
