import {
  createCredential,
  getAssertion,
  proveProfile,
  type SoftwareKey,
} from '#domain/software-authenticator';
import { DAY_MS, HOUR_MS, later, MINUTE_MS } from '#domain/time';
import { beginAuthentication, finishAuthentication } from '#server/authentication';
import type { Caller } from '#server/caller';
import { beginDeviceProof } from '#server/device';
import { currentAuthority } from '#server/device-certificate';
import { createUser, resetPassword } from '#server/identity';
import { signInWithPassword } from '#server/password-sign-in';
import { checkPrerequisites } from '#server/provisioning';
import { beginRegistration, finishRegistration } from '#server/registration';
import type { Runtime } from '#server/runtime';
import { findSession } from '#server/session';
import { callerAt, done, type SoftwareDesk, setUpDesk, signInAtDesk } from '#server/software-desk';
import { issueTemporaryAccessPass, redeemTemporaryAccessPass } from '#server/temporary-access-pass';
import { organisation, samplePeople, upnOf } from './organisation.ts';

export const HISTORY_DAYS = 60;
/** Those who have not set up anything got a pass once and let it run out, one after the other from this day on. */
const PASS_UNUSED_AFTER = 24;

/** The same choices every time; secrets never come from here. */
function choices(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Writes 60 days of history by the product's own use cases, under a moved clock and with a software authenticator whose
 * keys are thrown away. `progress` hears how far it is, from 0 to 1.
 */
export async function writeHistory(real: Runtime, progress: (share: number) => void): Promise<void> {
  let now = real.clock.now();
  const runtime: Runtime = { ...real, sample: true, clock: { now: () => now, world: () => now } };
  const start = later(new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS), -HISTORY_DAYS * DAY_MS);
  const end = now;
  now = start;
  await currentAuthority(runtime, organisation.name);

  for (const [index, person] of samplePeople.entries()) {
    progress(index / samplePeople.length);
    const chance = choices(index + 7);
    const at = (day: number, hour: number) => {
      now = new Date(
        Math.min(
          later(start, day * DAY_MS + hour * HOUR_MS + chance() * HOUR_MS).getTime(),
          end.getTime() - MINUTE_MS,
        ),
      );
    };
    at(0, 7);
    const upn = upnOf(person.name);
    const user = done(
      await createUser(runtime, {
        upn,
        displayName: person.name,
        jobTitle: person.title,
        groups: ['Everyone', ...person.groups],
      }),
    ).value;
    const { password } = done(
      await resetPassword(runtime, null, { userId: user.id, temporary: false }),
    ).value;
    const somebody: Caller = {
      browser: Buffer.from(runtime.random.bytes(32)).toString('base64url'),
      session: null,
      address: `192.0.2.${index + 10}`,
      userAgent: index % 3 === 0 ? 'Chrome 156 on Windows' : 'Edge 156 on Windows',
    };
    let desk: SoftwareDesk | null = null;
    for (let day = 0; day < HISTORY_DAYS; day += 1) {
      const weekend = later(start, day * DAY_MS).getUTCDay() % 6 === 0;
      if (day === person.joinsOnDay) {
        at(day, 9);
        desk = await setUpDesk(runtime, somebody, user.id, person.machine, (ms) => {
          now = later(now, ms);
        });
        if (person.passkey) await addPasskey(runtime, desk);
      } else if (person.joinsOnDay === undefined && day === index + PASS_UNUSED_AFTER) {
        at(day, 11);
        done(await issueTemporaryAccessPass(runtime, null, { userId: user.id, oneTime: true }));
      } else if (desk !== null && day === person.forgetsPinOnDay) {
        at(day, 10);
        await resetPin(runtime, desk, (ms) => {
          now = later(now, ms);
        });
      } else if (!weekend && chance() < (desk === null ? 0.25 : 0.55)) {
        at(day, 8);
        if (desk === null) {
          const wrong = chance() < 0.12;
          const tried = await signInWithPassword(runtime, somebody, {
            upn,
            password: wrong ? 'not it' : password,
          });
          if (tried.ok) await evaluate(runtime, done(tried).token);
        } else if (desk.passkey !== null && chance() < 0.3) {
          await signInWithPasskey(runtime, desk, desk.passkey);
        } else {
          await signInAtDesk(runtime, desk);
        }
      }
    }
    // An account whose counter went back: the one thing on the event log that wants an administrator's eye.
    if (desk !== null && person.machine === 'DOCK-05') {
      at(HISTORY_DAYS - 1, 14);
      await signInAtDesk(runtime, { ...desk, hello: { ...desk.hello, counter: 1 } });
    }
  }
}

async function evaluate(runtime: Runtime, token: string): Promise<void> {
  const session = await findSession(runtime, token);
  if (session !== null) await checkPrerequisites(runtime, session);
}

/** Somebody forgot their PIN: they get a pass, and a new key takes the old one's place on the same device. */
async function resetPin(runtime: Runtime, desk: SoftwareDesk, wait: (ms: number) => void): Promise<void> {
  const { origin } = runtime.relyingParty;
  const { userId, profileId, profile } = desk;
  const terms = {
    userId,
    oneTime: true,
    reason: 'PIN forgotten; called back on the number in the directory',
  };
  const { upn, pass } = done(await issueTemporaryAccessPass(runtime, null, terms)).value;
  wait(4 * MINUTE_MS);
  const { challenge } = done(
    await beginDeviceProof(runtime, desk.caller, { purpose: 'recognise-device' }),
  ).value;
  const device = { id: profileId, challenge, signature: proveProfile(profile, origin, challenge) };
  const redeemed = done(await redeemTemporaryAccessPass(runtime, desk.caller, { upn, pass, device }));
  const caller = await callerAt(runtime, desk.caller, redeemed.token);
  wait(MINUTE_MS);
  const options = done(
    await beginRegistration(runtime, caller, { purpose: 'pin-reset', attestation: 'direct' }),
  ).value;
  const { key, response } = createCredential(options, origin, runtime.random.bytes(48));
  const signature = proveProfile(profile, origin, options.challenge, key.credentialId);
  const made = done(
    await finishRegistration(runtime, caller, { response, device: { id: profileId, signature } }),
  ).value;
  desk.kid = made.kid;
  desk.hello = key;
  await signInAtDesk(runtime, desk);
}

async function addPasskey(runtime: Runtime, desk: SoftwareDesk): Promise<void> {
  const caller = await callerAt(runtime, desk.caller, await signInAtDesk(runtime, desk));
  const options = done(
    await beginRegistration(runtime, caller, { purpose: 'passkey', attestation: 'none' }),
  ).value;
  const made = createCredential(options, runtime.relyingParty.origin, runtime.random.bytes(48), {
    backupEligible: true,
  });
  done(await finishRegistration(runtime, caller, { response: made.response, name: 'Phone' }));
  desk.passkey = made.key;
}

/** Signs in with the passkey on their phone, from a browser that is nobody's device. */
async function signInWithPasskey(runtime: Runtime, desk: SoftwareDesk, passkey: SoftwareKey): Promise<void> {
  const options = done(await beginAuthentication(runtime, desk.caller, { purpose: 'sign-in' })).value;
  const asserted = getAssertion(options, runtime.relyingParty.origin, passkey);
  desk.passkey = asserted.key;
  done(await finishAuthentication(runtime, desk.caller, { response: asserted.response }));
}
