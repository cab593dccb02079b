import { appendFileSync } from 'node:fs';
import { EnvironmentError, readEnvironment } from '#server/env';
import { createGroup, listGroups } from '#server/group';
import { createUser, firstAdministrator, resetPassword } from '#server/identity';
import { registerPinResetService } from '#server/pin-reset-registration';
import { publishSource } from '#server/policy-publish';
import { setPolicy } from '#server/policy-setting';
import { createSource } from '#server/policy-source';
import { openRuntime } from '#server/product';
import type { Runtime } from '#server/runtime';
import { issueTemporaryAccessPass } from '#server/temporary-access-pass';
import { createTenant } from '#server/tenant';
import { writeHistory } from './history.ts';
import { cast, groups, organisation, settings, sources } from './organisation.ts';

/** Exit code of a refused configuration (sysexits EX_CONFIG); what is wrong was said. */
const EX_CONFIG = 78;
/** The first administrator's link is good for a working day. */
const FIRST_LINK_MINUTES = 8 * 60;

/** Says something when the product listens, if somebody is going to; otherwise now. */
function announce(line: string): void {
  const path = process.env.LATCHKEY_ANNOUNCE;
  if (path === undefined) process.stdout.write(`${line}\n`);
  else appendFileSync(path, `${line}\n`);
}

async function seedDemo(runtime: Runtime): Promise<void> {
  for (const [name, description] of groups) await createGroup(runtime, null, { name, description });
  for (const { alias, name, title, ...person } of cast) {
    const upn = `${alias}@${organisation.domain}`;
    const created = await createUser(runtime, {
      upn,
      displayName: name,
      jobTitle: title,
      groups: person.breakGlass ? [] : ['Everyone', ...person.groups],
      roles: person.roles ?? [],
      breakGlass: person.breakGlass ?? false,
    });
    // Everybody has a password until it is switched off; nobody knows these.
    if (created.ok && !person.breakGlass)
      await resetPassword(runtime, null, { userId: created.value.id, temporary: false });
  }
  await seedSources(runtime);
  process.stdout.write('  60 days of sample history ');
  let dots = 0;
  await writeHistory(runtime, (share) => {
    while (dots < Math.floor(share * 20)) {
      process.stdout.write('.');
      dots += 1;
    }
  });
  process.stdout.write(' done\n');
}

async function seedSources(runtime: Runtime): Promise<void> {
  const known = new Map((await listGroups(runtime)).map(({ id, name }) => [name, id]));
  for (const { kind, document, published } of sources) {
    const include = document.include.map((name) => known.get(name) ?? name);
    const created = await createSource(runtime, null, { kind, document: { ...document, include } });
    if (created.ok && published) await publishSource(runtime, null, { id: created.value.id, revision: 1 });
  }
}

/** Gives both consents for the PIN reset service, whose policy is among the sources. One elsewhere may be away now. */
async function seedPinResetService(runtime: Runtime): Promise<void> {
  const registered = await registerPinResetService(runtime, null);
  if (!registered.ok)
    announce('The PIN reset service does not answer yet. Later: npm run admin -- pin-reset-service register');
}

async function seed(): Promise<void> {
  const env = readEnvironment();
  const runtime = await openRuntime(env);
  const fresh = (await runtime.db.tenant.count()) === 0;
  if (fresh) {
    // The tenant is written last: a seed that was cut starts over.
    await runtime.db.$transaction([
      runtime.db.event.deleteMany(),
      runtime.db.rateLimit.deleteMany(),
      runtime.db.policySource.deleteMany(),
      runtime.db.group.deleteMany(),
      runtime.db.user.deleteMany(),
      runtime.db.deviceCertificate.deleteMany(),
      runtime.db.certificateAuthority.deleteMany(),
    ]);
    if (env.demo) await seedDemo(runtime);
    else
      await createUser(runtime, {
        upn: 'admin@latchkey.example',
        displayName: 'First administrator',
        roles: ['global_administrator'],
      });
    await createTenant(
      runtime,
      env.demo ? { ...organisation, demo: true } : { name: 'My organisation', domain: 'latchkey.example' },
    );
    if (env.demo) {
      for (const [name, value] of Object.entries(settings)) await setPolicy(runtime, null, { name, value });
      await seedPinResetService(runtime);
    }
  }
  const administrator = await firstAdministrator(runtime);
  if (administrator !== null) {
    const keys = await runtime.db.credential.count({ where: { userId: administrator.id, revokedAt: null } });
    if (fresh) {
      const issued = await issueTemporaryAccessPass(runtime, null, {
        userId: administrator.id,
        lifetimeMinutes: FIRST_LINK_MINUTES,
        oneTime: true,
      });
      if (issued.ok)
        announce(
          `First administrator (${administrator.upn}), works once, for 8 hours:\n  ${issued.value.link}`,
        );
    } else if (keys === 0) {
      announce(`The first administrator has no key yet. A new link: npm run admin -- user first`);
    }
  }
  await runtime.db.$disconnect();
}

try {
  await seed();
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = EX_CONFIG;
}
