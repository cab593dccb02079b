import { describe, expect, test } from 'vitest';
import { openAnswer, protectorDigest, sealResetSecret } from '#domain/pin-reset-protector';
import { TICKET_LIFETIME_MS } from '#domain/pin-reset-ticket';
import { MINUTE_MS } from '#domain/time';
import type { SignedIn } from './caller.ts';
import {
  askForRecovery,
  issueRecoveryTicket,
  mayRecover,
  readResetPlan,
  readServiceKey,
  storeResetProtector,
} from './pin-recovery.ts';
import {
  readPinResetService,
  readRegistration,
  registerPinResetService,
  rotatePinResetService,
  withdrawPinResetService,
} from './pin-reset-registration.ts';
import { pinResetServiceAt } from './pin-reset-service/remote.ts';
import { aProtector, aTab } from './pin-reset-service/testing.ts';
import { setPolicy } from './policy-setting.ts';
import { newId } from './runtime.ts';
import { readTenant } from './tenant.ts';
import {
  aDevice,
  aForgottenPin,
  aPassSession,
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  breakEvents,
  done,
  lastCause,
  lastEvent,
  outcome,
  storeBytes,
  type TestRuntime,
  within,
} from './testing.ts';
import { aDocument, aSource, tell } from './testing-policy.ts';

/** Somebody who forgot the PIN of a container with a reset protector, signed in at that device by another key just now. */
async function aForgottenContainerPin(runtime: TestRuntime) {
  await aTenant(runtime);
  done(await setPolicy(runtime, null, { name: 'EnablePinRecovery', value: 'true' }));
  done(await registerPinResetService(runtime, null));
  const { desk, session } = await aForgottenPin(runtime);
  const tenant = (await readTenant(runtime)).id;
  const made = await aProtector(runtime, runtime.pinResetService, tenant);
  const container = await aContainer(runtime, session, desk.key.kid, made.place.container);
  // Sealed for this very place, as the browser does.
  const place = {
    tenant,
    userHandle: session.session.person.userHandle,
    device: desk.device.id,
    container,
  };
  const protector = await sealedFor(runtime, place);
  done(await storeResetProtector(runtime, session, { container, kid: protector.kid }));
  const tab = await aTab();
  const askTicket = (caller: SignedIn = session, changed: object = {}) =>
    issueRecoveryTicket(runtime, caller, {
      container,
      protector: protector.digest,
      thumbprint: tab.thumbprint,
      ...changed,
    });
  const recover = (ticket: string, changed: object = {}, caller: SignedIn = session) =>
    askForRecovery(runtime, caller, {
      ticket,
      kid: protector.kid,
      ...protector.sealed,
      oneTimeKey: tab.publicKey,
      ...changed,
    });
  return { desk, session, container, protector, tab, askTicket, recover };
}

async function sealedFor(runtime: TestRuntime, place: Awaited<ReturnType<typeof aProtector>>['place']) {
  const secret = runtime.random.bytes(32);
  const { kid, publicKey } = await runtime.pinResetService.publicKey();
  const sealed = await sealResetSecret(secret, publicKey, place, runtime.random.bytes(32));
  if (sealed === null) throw new Error('not sealed');
  return { kid, sealed, secret, digest: protectorDigest(sealed) ?? '' };
}

async function aContainer(
  runtime: TestRuntime,
  { session }: SignedIn,
  credentialId: string,
  id = newId(runtime),
): Promise<string> {
  const { userId, deviceId } = session;
  const createdAt = runtime.clock.now();
  await runtime.db.keyContainer.create({
    data: { id, userId, deviceId: deviceId ?? '', credentialId, createdAt },
  });
  return id;
}

describe('a reset that keeps the key', () => {
  test('gives the tab its secret back; the organisation and its store never see it', async () => {
    const runtime = await aRuntime();
    const { session, container, protector, tab, askTicket, recover } = await aForgottenContainerPin(runtime);
    const { ticket } = done(await askTicket());
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pin_recovery_allowed',
      outcome: 'success',
      userId: session.session.userId,
      deviceId: session.session.deviceId,
      sessionId: session.session.id,
      detail: { container, proof: 'passkey' },
    });
    const answer = done(await recover(ticket));
    expect(await openAnswer(tab, answer, ticket)).toEqual(Uint8Array.from(protector.secret));
    expect(await lastEvent(runtime)).toMatchObject({ code: 'pin_recovery_answered', outcome: 'success' });
    const kept = await storeBytes(runtime);
    for (const form of ['hex', 'base64', 'base64url'] as const)
      expect(kept.includes(Buffer.from(protector.secret).toString(form))).toBe(false);
    expect(kept.includes(Buffer.from(protector.secret))).toBe(false);
    expect(kept.includes(ticket)).toBe(false);
  });

  test('a ticket is answered once, also at the same instant', async () => {
    const runtime = await aRuntime();
    const { askTicket, recover } = await aForgottenContainerPin(runtime);
    const { ticket } = done(await askTicket());
    const outcomes = (await Promise.all(Array.from({ length: 8 }, () => recover(ticket)))).map(outcome);
    expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1);
    expect(outcomes.filter((each) => each === 'pin_reset_ticket_refused')).toHaveLength(7);
    expect(outcome(await recover(ticket))).toBe('pin_reset_ticket_refused');
    expect(await lastCause(runtime)).toBe('used');
    // After a lost answer the person goes on with a new one.
    expect(outcome(await recover(done(await askTicket()).ticket))).toBe('ok');
  });

  test.each(['hello', 'passkey', 'totp'] as const)('%s is proof enough for ten minutes', async (kind) => {
    const runtime = await aRuntime();
    const { session, askTicket } = await aForgottenContainerPin(runtime);
    await runtime.db.proof.updateMany({ where: { sessionId: session.session.id }, data: { kind } });
    const caller = await within(runtime, session, session.token);
    expect(outcome(await askTicket(caller))).toBe('ok');
    runtime.pass(10 * MINUTE_MS);
    expect(outcome(await askTicket(caller))).toBe('proof_required');
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pin_recovery_allowed',
      outcome: 'failure',
      detail: { cause: 'proof' },
    });
  });

  test('a password alone is no proof, and neither is the key whose PIN is forgotten', async () => {
    const runtime = await aRuntime();
    const { desk, session, askTicket } = await aForgottenContainerPin(runtime);
    const where = { sessionId: session.session.id };
    await runtime.db.proof.updateMany({ where, data: { kind: 'password' } });
    expect(outcome(await askTicket(await within(runtime, session, session.token)))).toBe('proof_required');
    await runtime.db.proof.updateMany({ where, data: { kind: 'hello', credentialId: desk.key.kid } });
    expect(outcome(await askTicket(await within(runtime, session, session.token)))).toBe('proof_required');
    await runtime.db.proof.deleteMany({ where });
    expect(outcome(await askTicket(await within(runtime, session, session.token)))).toBe('proof_required');
  });

  test('a proof that runs out while the ticket waits opens nothing', async () => {
    const runtime = await aRuntime();
    const { askTicket, recover } = await aForgottenContainerPin(runtime);
    runtime.pass(8 * MINUTE_MS);
    const { ticket } = done(await askTicket());
    runtime.pass(3 * MINUTE_MS);
    expect(outcome(await recover(ticket))).toBe('proof_required');
    expect(await lastCause(runtime)).toBe('proof_too_old');
  });

  test('a ticket that waited five minutes opens nothing', async () => {
    const runtime = await aRuntime();
    const { askTicket, recover } = await aForgottenContainerPin(runtime);
    const { ticket } = done(await askTicket());
    runtime.pass(TICKET_LIFETIME_MS);
    expect(outcome(await recover(ticket))).toBe('pin_reset_ticket_refused');
    expect(await lastCause(runtime)).toBe('expired');
  });

  test('nobody gets a ticket for a container of somebody else, of another device, or that was retired', async () => {
    const runtime = await aRuntime();
    const { desk, session, container, askTicket } = await aForgottenContainerPin(runtime);
    const stranger = await aSession(runtime, await aPerson(runtime, 'noah'), 'passkey');
    const device = await aDevice(runtime, stranger, 'OTHER-01');
    expect(device.id).not.toBe(desk.device.id);
    expect(outcome(await askTicket(await within(runtime, stranger, stranger.token)))).toBe('not_found');
    expect(await lastCause(runtime)).toBe('another_container');
    const elsewhere = await aSession(runtime, desk.person, 'passkey');
    expect(outcome(await askTicket(elsewhere))).toBe('not_found');
    await aDevice(runtime, elsewhere, 'HOME-01');
    expect(outcome(await askTicket(await within(runtime, elsewhere, elsewhere.token)))).toBe('not_found');
    expect(outcome(await askTicket(session, { container: newId(runtime) }))).toBe('not_found');
    await runtime.db.keyContainer.update({
      where: { id: container },
      data: { retiredAt: runtime.clock.now() },
    });
    expect(outcome(await askTicket())).toBe('not_found');
  });

  test('a pass session at the device may reset, as it may make a new key', async () => {
    const runtime = await aRuntime();
    const { desk, askTicket } = await aForgottenContainerPin(runtime);
    const pass = await aPassSession(runtime, desk.person);
    await runtime.db.session.update({
      where: { id: pass.session.id },
      data: { deviceId: desk.device.id },
    });
    const there = await within(runtime, pass, pass.token);
    expect(there.session.kind).toBe('registration');
    expect(outcome(await askTicket(there))).toBe('ok');
  });

  test('policy that is off, or comes off for this device, stops it and every new protector', async () => {
    const runtime = await aRuntime();
    const { session, container, protector, askTicket } = await aForgottenContainerPin(runtime);
    await aSource(runtime, aDocument({ EnablePinRecovery: 'false' }));
    await tell(runtime, { userId: session.session.userId, deviceId: session.session.deviceId ?? '' });
    expect(outcome(await askTicket())).toBe('pin_recovery_off');
    expect(await lastCause(runtime)).toBe('policy');
    expect(outcome(await readServiceKey(runtime, session))).toBe('pin_recovery_off');
    expect(outcome(await storeResetProtector(runtime, session, { container, kid: protector.kid }))).toBe(
      'pin_recovery_off',
    );
    expect(await readResetPlan(runtime, session.session)).toMatchObject({
      can: 'DestructiveOnly',
      obstacle: 'policy',
      protectorWanted: false,
    });
  });

  test('an event that cannot be written gives no ticket', async () => {
    const runtime = await aRuntime();
    const { askTicket } = await aForgottenContainerPin(runtime);
    const mend = await breakEvents(runtime);
    await expect(askTicket()).rejects.toThrow();
    await mend();
    expect(outcome(await askTicket())).toBe('ok');
  });

  test('another tab’s key, a changed protector and another protector get nothing', async () => {
    const runtime = await aRuntime();
    const { session, protector, askTicket, recover } = await aForgottenContainerPin(runtime);
    const { ticket } = done(await askTicket());
    expect(outcome(await recover(ticket, { oneTimeKey: (await aTab()).publicKey }))).toBe(
      'pin_reset_ticket_refused',
    );
    expect(await lastCause(runtime)).toBe('other_key');
    const other = await aProtector(runtime, runtime.pinResetService, newId(runtime));
    expect(outcome(await recover(ticket, other.sealed))).toBe('pin_reset_ticket_refused');
    expect(await lastCause(runtime)).toBe('other_protector');
    // Signed for whatever the browser claims, it still opens only what was sealed for this container.
    const claimed = done(await askTicket(session, { protector: protectorDigest(other.sealed) }));
    expect(outcome(await recover(claimed.ticket, { ...other.sealed, kid: other.kid }))).toBe(
      'pin_reset_protector_unusable',
    );
    expect(await lastCause(runtime)).toBe('unopenable');
    expect(outcome(await recover(ticket, { kid: 'A'.repeat(43) }))).toBe('pin_reset_protector_unusable');
    expect(await lastCause(runtime)).toBe('key_unknown');
    expect(protector.kid).not.toBe('A'.repeat(43));
    expect(outcome(await recover(ticket))).toBe('ok');
  });

  test('a service that is down loses nothing: the same ticket works when it is back', async () => {
    const runtime = await aRuntime();
    const { askTicket, protector, tab, session, container } = await aForgottenContainerPin(runtime);
    const { ticket } = done(await askTicket());
    // Nothing listens on the discard port of this machine.
    const down = { ...runtime, pinResetService: pinResetServiceAt({ url: 'http://127.0.0.1:9', token: '' }) };
    const request = { ticket, kid: protector.kid, ...protector.sealed, oneTimeKey: tab.publicKey };
    expect(await askForRecovery(down, session, request)).toMatchObject({
      ok: false,
      problem: { code: 'pin_reset_service_unavailable', status: 503, retryAfterSeconds: expect.any(Number) },
    });
    expect(await lastCause(runtime)).toBe('service_unavailable');
    expect(outcome(await readServiceKey(down, session))).toBe('pin_reset_service_unavailable');
    expect(outcome(await storeResetProtector(down, session, { container, kid: protector.kid }))).toBe(
      'pin_reset_service_unavailable',
    );
    expect((await readResetPlan(down, session.session)).can).toBe('Unknown');
    expect((await readPinResetService(down)).state).toBe('unreachable');
    expect(outcome(await registerPinResetService(down, null))).toBe('pin_reset_service_unavailable');
    expect(outcome(await rotatePinResetService(down, null))).toBe('pin_reset_service_unavailable');
    expect(outcome(await askForRecovery(runtime, session, request))).toBe('ok');
  });

  test('after a rotation the protector from before still opens', async () => {
    const runtime = await aRuntime();
    const { askTicket, recover, session, container } = await aForgottenContainerPin(runtime);
    const { kid } = done(await rotatePinResetService(runtime, null));
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pin_reset_service_rotated',
      detail: { key: kid },
    });
    expect(done(await readServiceKey(runtime, session)).kid).toBe(kid);
    expect(outcome(await recover(done(await askTicket()).ticket))).toBe('ok');
    expect(outcome(await storeResetProtector(runtime, session, { container, kid }))).toBe('ok');
  });
});

describe('the reset protector', () => {
  test('is noted with an event, and given up with one', async () => {
    const runtime = await aRuntime();
    const { session, container, protector } = await aForgottenContainerPin(runtime);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'reset_protector_stored',
      detail: { container, key: protector.kid },
    });
    const plan = await readResetPlan(runtime, session.session);
    expect(plan).toMatchObject({
      can: 'DestructiveAndNonDestructive',
      obstacle: null,
      protectorWanted: true,
    });
    expect(plan.container?.id).toBe(container);
    expect(done(await storeResetProtector(runtime, session, { container, kid: null })).storedAt).toBeNull();
    expect((await lastEvent(runtime)).code).toBe('reset_protector_forgotten');
    const events = await runtime.db.event.count();
    done(await storeResetProtector(runtime, session, { container, kid: null }));
    expect(await runtime.db.event.count()).toBe(events);
    expect(await readResetPlan(runtime, session.session)).toMatchObject({
      can: 'DestructiveOnly',
      obstacle: 'protector',
      protectorWanted: true,
    });
  });

  test('that was given up, or that a reset has used, opens nothing more: no copy of it gets a ticket', async () => {
    const runtime = await aRuntime();
    const { session, container, askTicket } = await aForgottenContainerPin(runtime);
    // What the browser says when it drops its protector, and what the server notes when a reset commits.
    done(await storeResetProtector(runtime, session, { container, kid: null }));
    expect(outcome(await askTicket())).toBe('pin_reset_protector_unusable');
  });

  test('is noted only in a session on its own device, and only for a key that the service has', async () => {
    const runtime = await aRuntime();
    const { desk, session, container, protector } = await aForgottenContainerPin(runtime);
    const elsewhere = await aSession(runtime, desk.person, 'passkey');
    for (const kid of [protector.kid, null])
      expect(outcome(await storeResetProtector(runtime, elsewhere, { container, kid }))).toBe('not_found');
    expect(outcome(await storeResetProtector(runtime, session, { container, kid: 'A'.repeat(43) }))).toBe(
      'pin_reset_protector_unusable',
    );
    const kept = await runtime.db.keyContainer.findUnique({ where: { id: container } });
    expect(kept?.resetProtectorAt).toEqual(expect.any(Date));
  });

  test('a device whose key is not kept by the browser has none, and resets with a new key', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const { session } = await aForgottenPin(runtime);
    expect(await readResetPlan(runtime, session.session)).toEqual({
      can: 'DestructiveOnly',
      container: null,
      obstacle: 'policy',
      protectorWanted: false,
    });
  });

  test('where no new key may be made, keeping it is the only reset', async () => {
    const runtime = await aRuntime();
    const { session } = await aForgottenContainerPin(runtime);
    await aSource(runtime, aDocument({ UsePassportForWork: 'false' }));
    await tell(runtime, { userId: session.session.userId, deviceId: session.session.deviceId ?? '' });
    expect((await readResetPlan(runtime, session.session)).can).toBe('NonDestructiveOnly');
  });
});

describe('the registration', () => {
  test('is not there by itself, and without it nothing is asked of the service', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    done(await setPolicy(runtime, null, { name: 'EnablePinRecovery', value: 'true' }));
    expect(await readPinResetService(runtime)).toMatchObject({
      state: 'not_registered',
      registeredAt: null,
      keys: [],
    });
    const { session } = await aForgottenPin(runtime);
    const container = await aContainer(runtime, session, 'kid');
    const asks = { container, protector: 'A'.repeat(43), thumbprint: 'A'.repeat(43) };
    expect(outcome(await issueRecoveryTicket(runtime, session, asks))).toBe('pin_recovery_off');
    expect(await lastCause(runtime)).toBe('service');
    expect(outcome(await readServiceKey(runtime, session))).toBe('pin_recovery_off');
    expect(await mayRecover(runtime, session.session, container)).toEqual({ refused: 'service' });
    expect(outcome(await rotatePinResetService(runtime, null))).toBe('not_found');
    expect(outcome(await withdrawPinResetService(runtime, null))).toBe('not_found');
  });

  test('is made once by several at once, and the service trusts the key that counts', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    const results = await Promise.all(
      Array.from({ length: 5 }, () => registerPinResetService(runtime, null)),
    );
    expect(results.map(outcome)).toEqual(Array(5).fill('ok'));
    expect(await runtime.db.event.count({ where: { code: 'pin_reset_service_registered' } })).toBe(1);
    expect(await readPinResetService(runtime)).toMatchObject({
      state: 'registered',
      by: 'the command line',
      ticketKey: (await readRegistration(runtime.db))?.thumbprint,
      keys: [expect.objectContaining({ kid: expect.any(String) })],
    });
  });

  test('that was cut off before the service heard of it is made whole by registering again', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    done(await registerPinResetService(runtime, null));
    const key = (await readRegistration(runtime.db))?.thumbprint ?? '';
    await runtime.pinResetService.distrust((await readTenant(runtime)).id, key);
    expect((await readPinResetService(runtime)).state).toBe('incomplete');
    done(await registerPinResetService(runtime, null));
    expect(await readPinResetService(runtime)).toMatchObject({ state: 'registered', ticketKey: key });
  });

  test('withdrawn, it is over at once: tickets from before, new ones, and every protector', async () => {
    const runtime = await aRuntime();
    const { session, askTicket, recover } = await aForgottenContainerPin(runtime);
    const { ticket } = done(await askTicket());
    expect((await readPinResetService(runtime)).protectors).toBe(1);
    expect(done(await withdrawPinResetService(runtime, null))).toEqual({ told: true, protectors: 1 });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'pin_reset_service_withdrawn',
      detail: { protectors: 1 },
    });
    expect(outcome(await recover(ticket))).toBe('pin_reset_ticket_refused');
    expect(await lastCause(runtime)).toBe('tenant_unknown');
    expect(outcome(await askTicket())).toBe('pin_recovery_off');
    expect(await readResetPlan(runtime, session.session)).toMatchObject({
      can: 'DestructiveOnly',
      obstacle: 'service',
      protectorWanted: false,
    });
    // Registered anew there is another key: what was signed before stays worthless.
    done(await registerPinResetService(runtime, null));
    expect(outcome(await recover(ticket))).toBe('pin_reset_ticket_refused');
    expect(await lastCause(runtime)).toBe('signature');
  });

  test('is withdrawn also while the service is down, and its key is gone', async () => {
    const runtime = await aRuntime();
    const { askTicket } = await aForgottenContainerPin(runtime);
    const down = { ...runtime, pinResetService: pinResetServiceAt({ url: 'http://127.0.0.1:9', token: '' }) };
    expect(done(await withdrawPinResetService(down, null)).told).toBe(false);
    expect(await readRegistration(runtime.db)).toBeNull();
    expect(outcome(await askTicket())).toBe('pin_recovery_off');
  });

  test('keeps the key for tickets sealed under the master key', async () => {
    const runtime = await aRuntime();
    await aTenant(runtime);
    done(await registerPinResetService(runtime, null));
    const kept = await readRegistration(runtime.db);
    const bytes = Buffer.from(kept?.key ?? '', 'base64url');
    // PKCS #8 names the curve by its OID: sealed bytes do not.
    expect(bytes.includes(Buffer.from('2a8648ce3d030107', 'hex'))).toBe(false);
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl, masterKey: '6f'.repeat(32) });
    await expect(registerPinResetService(other, null)).rejects.toThrow('master key');
  });
});
