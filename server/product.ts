import 'server-only';
import { migrate, openStore } from './db.ts';
import { type Environment, type PinResetServiceSettings, readEnvironment } from './env.ts';
import { createMailer } from './mailer.ts';
import { argon2id } from './password.ts';
import { pinResetServiceAt } from './pin-reset-service/remote.ts';
import { type PinResetService, pinResetServiceIn } from './pin-reset-service/service.ts';
import { createPusher } from './pusher.ts';
import { createRelyingParty } from './relying-party.ts';
import { type Runtime, systemClock, systemRandom } from './runtime.ts';
import { openKeyring } from './secrets.ts';
import { checkTenant } from './tenant.ts';
import { createTenantClock } from './tenant-clock.ts';

/** Opens a migrated store and what goes with it. Throws `EnvironmentError` where it must not start. */
export async function openRuntime(env: Environment): Promise<Runtime> {
  const db = await openStore(env.databaseUrl);
  await migrate(db);
  const clock = createTenantClock(systemClock);
  const runtime: Runtime = {
    db,
    clock,
    random: systemRandom,
    relyingParty: createRelyingParty({ id: env.relyingPartyId, origin: env.origin, name: 'Latchkey' }),
    keys: openKeyring(env, systemRandom.bytes),
    passwords: argon2id,
    mailer: env.mail === null ? null : createMailer(env.mail),
    pusher: env.push === null ? null : createPusher(env.push),
    pinResetService: pinResetServiceOf(env.pinResetService),
    demo: env.demo,
    sample: false,
  };
  await checkTenant(runtime);
  await runtime.pinResetService.check();
  await clock.follow(db);
  return runtime;
}

function pinResetServiceOf({ folder, remote }: PinResetServiceSettings): PinResetService {
  return remote === null
    ? pinResetServiceIn(folder, { clock: systemClock, random: systemRandom })
    : pinResetServiceAt(remote);
}

// Next loads instrumentation, pages and route handlers from different bundles: one store per process needs one home.
const home = globalThis as typeof globalThis & { latchkeyRuntime?: Promise<Runtime> };

/** The running product's own runtime, opened once per process; its clock stands where the organisation's stands now. */
export async function theRuntime(): Promise<Runtime> {
  if (home.latchkeyRuntime === undefined) {
    const opening = openRuntime(readEnvironment());
    // A store that cannot be opened now may be there later.
    opening.catch(() => {
      delete home.latchkeyRuntime;
    });
    home.latchkeyRuntime = opening;
  }
  const runtime = await home.latchkeyRuntime;
  await runtime.clock.follow?.(runtime.db);
  return runtime;
}
