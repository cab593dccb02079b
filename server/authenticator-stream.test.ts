import { describe, expect, test, vi } from 'vitest';
import type { PhoneState } from '#domain/authenticator';
import { SECOND_MS } from '#domain/time';
import { askForConfirmation } from './approval.ts';
import { beginPhoneRegistration, confirmPhone } from './authenticator-phone.ts';
import { createPhoneFeed, streamPhone } from './authenticator-stream.ts';
import { setUserDisabled } from './identity.ts';
import { removeSecondFactor } from './second-factor.ts';
import { aPerson, aRuntime, aSession, aTenant, done, outcome, type TestRuntime } from './testing.ts';
import { answer, aPhone, phoneProof, showCode, type TestPhone } from './testing-phone.ts';

async function house() {
  const runtime = await aRuntime();
  await aTenant(runtime);
  const mia = await aPerson(runtime);
  const session = await aSession(runtime, mia, 'hello');
  return { runtime, mia, session, phone: await aPhone(runtime, session), feed: createPhoneFeed(runtime) };
}

/** Reads a connection in the background, as a phone does. */
function follow({ chunks }: { chunks: AsyncGenerator<string, void> }) {
  let text = '';
  const reading = (async () => {
    for await (const chunk of chunks) text += chunk;
  })();
  return {
    reading,
    text: () => text,
    states: () => [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as PhoneState),
  };
}

/** One turn a second later, and everything that it wakes. */
async function aTurn(runtime: TestRuntime, feed: { turn(): Promise<void> }): Promise<void> {
  runtime.pass(SECOND_MS);
  await feed.turn();
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('the live connection of a phone', () => {
  test('says how it stands, and again each time that it changes, and never the number of a request', async () => {
    const { runtime, mia, session, phone, feed } = await house();
    const heard = follow(feed.listen(phone.id));
    await aTurn(runtime, feed);
    await aTurn(runtime, feed);
    const verification = { policy: 'when_available', rpId: 'localhost', credentialId: null };
    const push = { key: null, on: false };
    const quiet = { state: 'ready', name: 'Blue phone', account: mia.upn, request: null, verification, push };
    expect(heard.states()).toEqual([quiet]);
    const { requestId } = done(await askForConfirmation(runtime, session));
    await aTurn(runtime, feed);
    expect(heard.states().at(-1)).toMatchObject({ request: { id: requestId, purpose: 'confirm' } });
    expect(heard.text()).not.toContain('number');
    done(await answer(runtime, phone, 'deny'));
    await aTurn(runtime, feed);
    expect(heard.states().at(-1)).toEqual(quiet);
    expect(heard.states()).toHaveLength(3);
  });

  test('of one that comes back, to any instance, begins with what waits', async () => {
    const { runtime, session, phone, feed } = await house();
    const first = feed.listen(phone.id);
    const reading = follow(first);
    await aTurn(runtime, feed);
    first.close();
    await reading.reading;
    const { requestId } = done(await askForConfirmation(runtime, session));
    for (const other of [feed, createPhoneFeed(await aRuntime({ databaseUrl: runtime.databaseUrl }))]) {
      const again = follow(other.listen(phone.id));
      await other.turn();
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(again.states()).toMatchObject([{ request: { id: requestId } }]);
    }
  });

  test('shows the number of a phone that waits to be confirmed, and that it was', async () => {
    const { runtime, session, feed } = await house();
    const offer = done(await beginPhoneRegistration(runtime, session));
    const { phoneId } = done((await showCode(runtime, offer.code)).result);
    const { number } = await runtime.db.phoneOffer.findUniqueOrThrow({ where: { id: phoneId } });
    const heard = follow(feed.listen(phoneId));
    await aTurn(runtime, feed);
    expect(heard.states()).toMatchObject([{ state: 'confirming', number }]);
    done(await confirmPhone(runtime, session, { ...offer, mine: true }));
    await aTurn(runtime, feed);
    expect(heard.states().at(-1)).toMatchObject({ state: 'ready' });
  });

  const ends: readonly [string, (at: Awaited<ReturnType<typeof house>>) => Promise<unknown>][] = [
    [
      'removed',
      ({ runtime, session, phone }) =>
        removeSecondFactor(runtime, session, { kind: 'authenticator', id: phone.id }),
    ],
    [
      'of somebody disabled',
      ({ runtime, mia }) => setUserDisabled(runtime, null, { userId: mia.id, disabled: true }),
    ],
  ];
  test.each(ends)('of a phone that is %s says so and ends', async (_what, deed) => {
    const at = await house();
    const { runtime, phone, feed } = at;
    const heard = follow(feed.listen(phone.id));
    await aTurn(runtime, feed);
    await deed(at);
    await aTurn(runtime, feed);
    await heard.reading;
    expect(heard.states().at(-1)).toEqual({ state: 'gone' });
    expect(feed.listeners).toBe(0);
  });

  test('asks the store by a few statements a turn, however many phones listen', async () => {
    const { runtime, session, phone, feed } = await house();
    const phones = [phone, await aPhone(runtime, session), await aPhone(runtime, session)];
    for (const each of [...phones, ...phones]) follow(feed.listen(each.id));
    await aTurn(runtime, feed);
    runtime.forget();
    await aTurn(runtime, feed);
    expect(runtime.statements.filter((statement) => /^\s*SELECT/.test(statement)).length).toBeLessThanOrEqual(
      6,
    );
  });

  test('shows a sign of life, and ends where the store cannot be asked', async () => {
    const { runtime, phone, feed } = await house();
    const heard = follow(feed.listen(phone.id));
    for (let turn = 0; turn < 31; turn += 1) await aTurn(runtime, feed);
    expect(heard.text().match(/^: still here$/gm)?.length).toBeGreaterThanOrEqual(2);
    await runtime.db.$executeRawUnsafe('ALTER TABLE "PhoneOffer" RENAME TO "Elsewhere"');
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    await aTurn(runtime, feed);
    await heard.reading;
    expect(told).toHaveBeenCalledTimes(1);
    expect(heard.states()).toHaveLength(1);
  });
});

describe('who opens it', () => {
  const open = async (runtime: TestRuntime, phone: TestPhone, given: object = {}, from = phone.caller) => {
    const query = { phone: phone.id, ...(await phoneProof(runtime, phone, phone.id)), ...given };
    const result = await streamPhone(runtime, from, query);
    if (result.ok) result.value.closed();
    return outcome(result);
  };

  test('signs a challenge of its own browser with the key of that phone, once', async () => {
    const { runtime, session, phone } = await house();
    const second = await aPhone(runtime, session);
    expect(await open(runtime, phone)).toBe('ok');
    expect(await open(runtime, phone, {}, second.caller)).toBe('challenge_invalid');
    expect(await open(runtime, { ...phone, profile: second.profile })).toBe('challenge_invalid');
    expect(await open(runtime, phone, { phone: second.id })).toBe('challenge_invalid');
    expect(await open(runtime, phone, { phone: 'nobody' })).toBe('not_found');
    const proof = await phoneProof(runtime, phone, phone.id);
    expect(await open(runtime, phone, proof)).toBe('ok');
    expect(await open(runtime, phone, proof)).toBe('challenge_consumed');
  });

  test('has three connections at the most', async () => {
    const { runtime, phone } = await house();
    const query = async () => ({ phone: phone.id, ...(await phoneProof(runtime, phone, phone.id)) });
    const results = [];
    for (let turn = 0; turn < 4; turn += 1)
      results.push(await streamPhone(runtime, phone.caller, await query()));
    expect(results.map(outcome)).toEqual(['ok', 'ok', 'ok', 'too_many_streams']);
    for (const result of results) if (result.ok) result.value.closed();
    const again = done(await streamPhone(runtime, phone.caller, await query()));
    again.closed();
  });
});
