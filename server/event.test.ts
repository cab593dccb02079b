import { describe, expect, test } from 'vitest';
import { listEvents, record } from './event.ts';
import { aRuntime, START, type TestRuntime } from './testing.ts';

async function write(runtime: TestRuntime, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await record(runtime.db, runtime, { code: 'sign_in', userId: `u${index % 2}`, detail: { index } });
    // Several share a moment: the page must still have one order.
    if (index % 3 === 2) runtime.pass(1);
  }
}

describe('the event log', () => {
  test('is paged by key: every event once, newest first, whatever is written meanwhile', async () => {
    const runtime = await aRuntime();
    await write(runtime, 20);
    const all = (await listEvents(runtime, {}, 100)).map(({ id }) => id);
    const paged: string[] = [];
    let after: { at: Date; id: string } | undefined;
    for (;;) {
      const page = await listEvents(runtime, { after }, 3);
      if (page.length === 0) break;
      paged.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (last !== undefined) after = { at: last.at, id: last.id };
      runtime.pass(1);
      await record(runtime.db, runtime, { code: 'sign_in', detail: {} });
    }
    expect(paged).toEqual(all);
    expect(new Set(paged).size).toBe(20);
  });

  test('is filtered by person, code, outcome and time, each alone and together', async () => {
    const runtime = await aRuntime();
    await write(runtime, 6);
    await record(runtime.db, runtime, { code: 'unlock', outcome: 'failure', userId: 'u1', deviceId: 'd' });
    const count = async (filter: Parameters<typeof listEvents>[1]) =>
      (await listEvents(runtime, filter, 100)).length;
    expect(await count({ userId: 'u0' })).toBe(3);
    expect(await count({ codes: ['unlock'] })).toBe(1);
    expect(await count({ codes: [] })).toBe(0);
    expect(await count({ outcome: 'failure' })).toBe(1);
    expect(await count({ deviceId: 'd', userId: 'u1' })).toBe(1);
    expect(await count({ since: new Date(START.getTime() + 1) })).toBe(4);
    expect(await count({ userId: 'u0', outcome: 'failure' })).toBe(0);
  });

  test('leaves out codes that this version does not know', async () => {
    const runtime = await aRuntime();
    await write(runtime, 1);
    await runtime.db.event.updateMany({ data: { code: 'of_tomorrow' } });
    expect(await listEvents(runtime, {}, 10)).toEqual([]);
  });

  test('keeps line ends and markup inside one event', async () => {
    const runtime = await aRuntime();
    const cause = 'a\n{"code":"sign_in","outcome":"success"}\r<script>';
    await record(runtime.db, runtime, { code: 'sign_in', outcome: 'failure', detail: { cause } });
    const [event] = await listEvents(runtime, {}, 10);
    expect(event?.detail).toEqual({ cause });
    expect(JSON.stringify(event).split('\n')).toHaveLength(1);
  });
});
