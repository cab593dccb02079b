import { expect, test } from 'vitest';
import { addProtector, keepPin, newContainer, sign, unlock } from '#domain/key-container/engine';
import { type Container, type PinFacts, readContainer } from '#domain/key-container/format';
import { finishPin, newPinFacts, startPin } from '#domain/key-container/pin-protector';
import { createKey } from '#domain/key-container/registration';
import { proveProfile } from '#domain/software-authenticator';
import { beginAuthentication, finishAuthentication } from './authentication.ts';
import type { Caller } from './caller.ts';
import { beginContainer } from './container-creation.ts';
import { listCredentials } from './credential.ts';
import { listContainers } from './key-container.ts';
import { beginPinChange } from './pin-change.ts';
import { beginPinTry, evaluatePin } from './pin-try.ts';
import { beginRegistration, finishRegistration } from './registration.ts';
import { systemRandom } from './runtime.ts';
import {
  aRuntime,
  done,
  ORIGIN,
  outcome,
  type TestDevice,
  type TestRuntime,
  tokenOf,
  within,
} from './testing.ts';
import { atSoftwareDesk } from './testing-container.ts';

/** The container of a browser against this server, each as it is. */
const PIN = 'harbour-4711';
const NEW_PIN = 'mooring-0815';

const bytes = (count: number) => Uint8Array.from(systemRandom.bytes(count));

interface Browser {
  readonly runtime: TestRuntime;
  readonly device: TestDevice;
}

/** What a page does with a typed PIN until it has the wrapping key. */
async function wrappingKeyOf(
  { runtime, device }: Browser,
  at: Caller,
  container: Container,
  facts: PinFacts,
  pin: string,
) {
  const { challenge } = done(await beginPinTry(runtime, at, { container: container.id }));
  const attempt = await startPin(facts, pin, bytes);
  const { element } = attempt;
  const evaluated = await evaluatePin(runtime, at, {
    container: container.id,
    protector: facts.id,
    challenge,
    element,
    device: { id: device.profileId, signature: proveProfile(device.profile, ORIGIN, challenge, element) },
  });
  if (!evaluated.ok) return evaluated.problem.code;
  const wrappingKey = finishPin(container, facts, attempt, evaluated.value);
  if (wrappingKey === 'untrusted_server') throw new Error(wrappingKey);
  return { wrappingKey, ticket: evaluated.value.ticket };
}

function pinFacts(container: Container, id: string): PinFacts {
  const facts = container.protectors.find((protector) => protector.id === id);
  if (facts?.kind !== 'pin') throw new Error('no such protector');
  return facts;
}

/** Unlocks with a PIN; the ticket shows that it was right. */
async function open(browser: Browser, at: Caller, container: Container, pin: string) {
  const { protector } = done(await beginPinTry(browser.runtime, at, { container: container.id }));
  const facts = container.protectors.find(({ id }) => id === protector);
  if (facts === undefined) return 'no_such_protector';
  const got = await wrappingKeyOf(browser, at, container, pinFacts(container, protector), pin);
  if (typeof got === 'string') return got;
  const unlocked = await unlock(container, protector, got.wrappingKey);
  return unlocked === 'wrong' ? unlocked : { unlocked, ticket: got.ticket };
}

async function signed(
  { runtime, device }: Browser,
  at: Caller,
  container: Container,
  unlocked: Parameters<typeof sign>[1],
  ticket: string,
  purpose: 'sign-in' | 'step-up',
) {
  const options = done(await beginAuthentication(runtime, at, { purpose, ticket }));
  const answer = await sign(container, unlocked, options, ORIGIN);
  if (typeof answer === 'string') throw new Error(answer);
  const signature = proveProfile(device.profile, ORIGIN, options.challenge, answer.response.id);
  const finished = await finishAuthentication(runtime, at, {
    response: answer.response,
    device: { id: device.profileId, signature },
  });
  return { container: answer.container, finished };
}

test('a container of the engine is made, opened, given another PIN, and an old copy of it is dead', async () => {
  const runtime = await aRuntime();
  const { session, device, browser, person } = await atSoftwareDesk(runtime);
  const place = { runtime, device };
  const begun = done(await beginContainer(runtime, session));
  const { container: id, tenant, userHandle } = begun;
  const ids = { id, tenant, userHandle, device: begun.device, createdAt: runtime.clock.now().toISOString() };
  const made = newContainer(ids, begun.history, bytes);
  const facts = newPinFacts(begun.protector, bytes);
  const first = await wrappingKeyOf(place, session, made.container, facts, PIN);
  if (typeof first === 'string') throw new Error(first);
  const { ticket } = first;
  const withPin = await addProtector(made.container, made.unlocked, facts, first.wrappingKey, bytes);
  const options = done(
    await beginRegistration(runtime, session, { purpose: 'hello', attestation: 'none', ticket }),
  );
  const keyed = await createKey(withPin, made.unlocked, options, ORIGIN, bytes);
  if (typeof keyed === 'string') throw new Error(keyed);
  const { container, response } = keyed;
  made.unlocked.lock();
  const proof = {
    id: device.profileId,
    signature: proveProfile(device.profile, ORIGIN, options.challenge, response.id),
  };
  done(await finishRegistration(runtime, session, { response, device: proof }));
  expect(await listCredentials(runtime, person.id)).toMatchObject([{ protection: 'software' }]);
  const kept = readContainer(JSON.parse(JSON.stringify(container)));
  if (typeof kept === 'string') throw new Error(kept);

  expect(await open(place, browser, kept, 'harbour-4712')).toBe('wrong');
  const opened = await open(place, browser, kept, PIN);
  if (typeof opened === 'string') throw new Error(opened);
  const signedIn = await signed(place, browser, kept, opened.unlocked, opened.ticket, 'sign-in');
  const there = await within(runtime, browser, tokenOf(signedIn.finished));
  expect(await listContainers(runtime, { userId: person.id })).toMatchObject([
    { counter: { tries: 1, wrong: 0 } },
  ]);

  const { protector } = done(await beginPinChange(runtime, there, { container: id }));
  const next = newPinFacts(protector, bytes);
  const second = await wrappingKeyOf(place, there, signedIn.container, next, NEW_PIN);
  if (typeof second === 'string') throw new Error(second);
  const both = await addProtector(signedIn.container, opened.unlocked, next, second.wrappingKey, bytes);
  const changed = await signed(place, there, both, opened.unlocked, second.ticket, 'step-up');
  expect(outcome(changed.finished)).toBe('ok');
  const after = keepPin(changed.container, protector.id);
  if (typeof after === 'string') throw new Error(after);
  expect(await open(place, browser, after, PIN)).toBe('wrong');
  expect(await open(place, browser, after, NEW_PIN)).toHaveProperty('unlocked');
  // The copy knows the old protector alone, which the server knows no more.
  expect(await open(place, browser, kept, PIN)).toBe('no_such_protector');
  expect(await wrappingKeyOf(place, browser, kept, pinFacts(kept, begun.protector.id), PIN)).toBe(
    'container_unknown',
  );
});

test('a server that answers with another key than the one that was pinned is not believed', async () => {
  const runtime = await aRuntime();
  const { session, device } = await atSoftwareDesk(runtime);
  const [one, other] = [
    done(await beginContainer(runtime, session)),
    done(await beginContainer(runtime, session)),
  ];
  const ids = { id: one.container, tenant: one.tenant, userHandle: one.userHandle, device: one.device };
  const { container } = newContainer(
    { ...ids, createdAt: runtime.clock.now().toISOString() },
    one.history,
    bytes,
  );
  const facts = newPinFacts({ ...one.protector, publicKey: other.protector.publicKey }, bytes);
  await expect(wrappingKeyOf({ runtime, device }, session, container, facts, PIN)).rejects.toThrow(
    'untrusted_server',
  );
});
