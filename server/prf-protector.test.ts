import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '#domain/time';
import { finishAuthentication } from './authentication.ts';
import type { SignedIn } from './caller.ts';
import { removeCredential } from './credential.ts';
import { changeDevice } from './device.ts';
import { listEvents } from './event.ts';
import { listContainers, noteResetProtector } from './key-container.ts';
import { beginPinChange } from './pin-change.ts';
import { setPolicy } from './policy-setting.ts';
import { notePrfProtector, readOpeners } from './prf-protector.ts';
import {
  aKey,
  aPersonWithPasskey,
  aRuntime,
  aSession,
  done,
  outcome,
  signIn,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import {
  answerWithTicket,
  aPersonWithSoftwareKey,
  PIN,
  setPin,
  signedInWithPin,
  signInWithPin,
} from './testing-container.ts';

const NEW_PIN = 'other mooring 88';

/** Somebody whose browser keeps a key, with a passkey of theirs elsewhere, signed out. */
async function aDeskWithPasskey(runtime: TestRuntime, alias = 'mia') {
  const desk = await aPersonWithSoftwareKey(runtime, alias);
  const key = await aKey(runtime, await signedInWithPin(runtime, desk), 'passkey');
  await runtime.db.session.updateMany({
    where: { userId: desk.person.id },
    data: { endedAt: runtime.clock.now() },
  });
  return { ...desk, key };
}
type DeskWithPasskey = Awaited<ReturnType<typeof aDeskWithPasskey>>;

/** Signed in by the passkey, in the browser that keeps the other key. */
async function signedInWithPasskey(runtime: TestRuntime, desk: DeskWithPasskey) {
  const token = tokenOf(await signIn(runtime, desk));
  return { ...(await within(runtime, desk.browser, token)), token };
}

/** Both have answered in one session. */
async function confirmedWithBoth(runtime: TestRuntime, desk: DeskWithPasskey) {
  const session = await signedInWithPin(runtime, desk);
  const token = tokenOf(await signIn(runtime, desk, {}, session, 'step-up'));
  return { ...(await within(runtime, desk.browser, token)), token };
}

async function setBiometrics(runtime: TestRuntime, value: 'true' | 'false'): Promise<void> {
  done(await setPolicy(runtime, null, { name: 'UseBiometrics', value }));
  // A device keeps what the organisation had set when it was enrolled.
  await runtime.db.devicePolicy.deleteMany();
}

describe('a passkey that opened the container', () => {
  test('begins another PIN by its own fresh proof; the same key stays, and the old PIN counts until the new one is shown', async () => {
    const runtime = await aRuntime();
    const desk = await aDeskWithPasskey(runtime);
    const { container, key } = desk;
    const session = await signedInWithPasskey(runtime, desk);
    await noteResetProtector(runtime.db, container.id, { at: runtime.clock.now(), digest: 'A'.repeat(43) });
    expect(outcome(await beginPinChange(runtime, session, { container: container.id }))).toBe(
      'proof_required',
    );
    const begun = done(
      await beginPinChange(runtime, session, { container: container.id, passkey: key.credentialId }),
    );
    const ticket = await setPin(runtime, session, container, begun.protector, NEW_PIN);
    const signed = await signInWithPin(runtime, { ...desk.browser, session: null }, container, PIN);
    if (signed === 'wrong') throw new Error('the old PIN is gone');
    done(signed);
    const answer = await answerWithTicket(runtime, session, container, ticket, { purpose: 'step-up' });
    expect(done(await finishAuthentication(runtime, session, answer))).toMatchObject({
      kid: container.key?.kid,
    });
    expect(await signInWithPin(runtime, { ...desk.browser, session: null }, container, PIN)).toBe('wrong');
    const [event] = await listEvents(runtime, { userId: desk.person.id, codes: ['pin_reset'] }, 5);
    const { kid } = container.key ?? {};
    expect(event).toMatchObject({ detail: { kind: 'non_destructive', kid, opener: 'passkey' } });
    // The secret for the PIN reset service was not seen: it stays.
    const [state] = await listContainers(runtime, { userId: desk.person.id });
    expect(state).toMatchObject({ credentialId: kid, resetProtectorAt: expect.any(Date) });
  });

  test('proves nothing for another container, for another passkey, another person, or too late', async () => {
    const runtime = await aRuntime();
    const desk = await aDeskWithPasskey(runtime);
    const other = await aDeskWithPasskey(runtime, 'tomas');
    const stranger = await aPersonWithPasskey(runtime, 'vera');
    const begin = async (at: SignedIn, passkey: string, container = desk.container.id) =>
      outcome(await beginPinChange(runtime, at, { container, passkey }));
    const session = await signedInWithPasskey(runtime, desk);
    const own = desk.key.credentialId;
    expect(await begin(session, own, other.container.id)).toBe('container_unknown');
    expect(await begin(session, other.key.credentialId)).toBe('proof_required');
    expect(await begin(session, stranger.key.credentialId)).toBe('proof_required');
    expect(await begin(session, 'bm9ib2R5cw')).toBe('proof_required');
    expect(await begin(await signedInWithPasskey(runtime, other), own)).toBe('container_unknown');
    // The container's own key is no other way, and a second passkey has answered nothing yet.
    expect(await begin(session, desk.container.key?.credentialId ?? '')).toBe('proof_required');
    const second = await aKey(runtime, session, 'passkey');
    expect(await begin(session, second.credentialId)).toBe('proof_required');
    // A session that another proof began names a passkey in vain.
    const elsewhere = await aSession(runtime, desk.person, 'totp', desk.browser);
    const at = { where: { id: elsewhere.session.id }, data: { deviceId: desk.device.id } };
    await runtime.db.session.update(at);
    expect(await begin(await within(runtime, desk.browser, elsewhere.token), own)).toBe('proof_required');

    expect(await begin(session, own)).toBe('ok');
    runtime.pass(10 * MINUTE_MS + 1);
    expect(await begin(await within(runtime, desk.browser, session.token), own)).toBe('proof_required');
  });

  test('opens nothing once it was removed, where policy forbids it, or after the wipe of its device', async () => {
    const runtime = await aRuntime();
    const desk = await aDeskWithPasskey(runtime);
    const { credentialId: passkey, kid } = desk.key;
    const begin = async (at: SignedIn) =>
      outcome(await beginPinChange(runtime, at, { container: desk.container.id, passkey }));
    const session = await signedInWithPasskey(runtime, desk);
    expect(await begin(session)).toBe('ok');
    const confirmed = await confirmedWithBoth(runtime, desk);
    await setBiometrics(runtime, 'false');
    expect(await begin(confirmed)).toBe('prf_protector_off');
    expect(await readOpeners(runtime, confirmed.session)).toMatchObject({ allowed: false });
    await setBiometrics(runtime, 'true');
    expect(await readOpeners(runtime, confirmed.session)).toMatchObject({
      allowed: true,
      passkeys: [{ credentialId: passkey }],
    });
    done(await removeCredential(runtime, confirmed, { credentialId: kid }));
    expect(await begin(confirmed)).toBe('proof_required');
    expect(await readOpeners(runtime, confirmed.session)).toMatchObject({ passkeys: [] });
    done(await changeDevice(runtime, null, { deviceId: desk.device.id, change: 'disable' }));
    expect(await begin(confirmed)).toBe('container_retired');
  });
});

describe('noting that a passkey opens the container', () => {
  test('takes a fresh proof by both keys, and tells the person; taking it back takes none', async () => {
    const runtime = await aRuntime();
    const desk = await aDeskWithPasskey(runtime);
    const other = await aDeskWithPasskey(runtime, 'tomas');
    const { credentialId: passkey, kid } = desk.key;
    const note = async (at: SignedIn, changed: object = {}) =>
      outcome(
        await notePrfProtector(runtime, at, {
          container: desk.container.id,
          passkey,
          stored: true,
          ...changed,
        }),
      );
    expect(await note(await signedInWithPin(runtime, desk))).toBe('proof_required');
    expect(await note(await signedInWithPasskey(runtime, desk))).toBe('proof_required');
    const both = await confirmedWithBoth(runtime, desk);
    expect(await note(both, { passkey: other.key.credentialId })).toBe('proof_required');
    expect(await note(both, { container: other.container.id })).toBe('container_unknown');
    expect(await note(await confirmedWithBoth(runtime, other))).toBe('container_unknown');
    expect(await runtime.db.event.count({ where: { code: 'prf_protector_stored' } })).toBe(0);
    expect(await note(both)).toBe('ok');
    const events = () =>
      listEvents(
        runtime,
        { userId: desk.person.id, codes: ['prf_protector_stored', 'prf_protector_forgotten'] },
        5,
      );
    const about = { credentialId: desk.container.key?.kid, deviceId: desk.device.id };
    expect(await events()).toMatchObject([
      { ...about, code: 'prf_protector_stored', detail: { passkey: kid } },
    ]);
    expect(await runtime.db.notice.count({ where: { code: 'prf_protector_stored' } })).toBe(1);

    runtime.pass(5 * MINUTE_MS + 1);
    const late = await within(runtime, desk.browser, both.token);
    expect(await note(late)).toBe('proof_required');
    await setBiometrics(runtime, 'false');
    expect(await note(late)).toBe('prf_protector_off');
    expect(await note(late, { stored: false })).toBe('ok');
    runtime.pass(1000);
    expect(await note(late, { stored: false, passkey: other.key.credentialId })).toBe('ok');
    expect(
      (await events()).map(({ detail }) => (detail as { passkey?: string }).passkey).slice(0, 2),
    ).toEqual([null, kid]);
  });
});
