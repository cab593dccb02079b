import 'server-only';
import type { Verdict } from '#domain/prerequisites';
import { passwordlessPolicy, peopleInScope, type Targets } from './passwordless-policy.ts';
import { readPolicy } from './policy.ts';
import { isHelloOn } from './policy-source.ts';
import type { Runtime } from './runtime.ts';
import { usableKeys } from './usable-key.ts';

/** A piece of advice before passwords go, with where this organisation stands. */
export interface Advice {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  readonly verdict: Verdict;
}

const MANAGING_ROLES = [
  'global_administrator',
  'privileged_authentication_administrator',
  'authentication_administrator',
];

const people = (count: number) => (count === 1 ? '1 person' : `${count} people`);

/**
 * What to have in place first (Windows passwordless experience: recommendations), judged by the store as it is. What only
 * Windows knows is not tested.
 */
export async function readAdvice(runtime: Runtime, targets: Targets): Promise<readonly Advice[]> {
  const { db } = runtime;
  const policy = await readPolicy(db);
  const usable = await usableKeys(db);
  const user = { AND: [await peopleInScope(db, passwordlessPolicy('hide', targets)), { disabledAt: null }] };
  const wayIn = [{ passwordHash: { not: null } }, { credentials: { some: usable } }];
  const emergency = { breakGlass: true, disabledAt: null };
  const managing = { disabledAt: null, roles: { some: { role: { in: MANAGING_ROLES } } } };
  const [glass, glassIn, helpers, ready, spare] = await Promise.all([
    db.user.count({ where: emergency }),
    db.user.count({ where: { ...emergency, OR: wayIn } }),
    db.user.count({ where: { ...managing, credentials: { some: usable } } }),
    db.user.count({ where: { AND: [user, { credentials: { some: usable } }] } }),
    db.credential
      .groupBy({
        by: ['userId'],
        where: { AND: [usable, { user }] },
        having: { userId: { _count: { gt: 1 } } },
      })
      .then((rows) => rows.length),
  ]);
  const passes = policy('TemporaryAccessPass.state').value;
  const hello = await isHelloOn(runtime, policy);
  const holds = (verdict: boolean): Verdict => (verdict ? 'yes' : 'no');
  return [
    {
      key: 'break-glass',
      title: 'A break-glass account that can sign in',
      detail:
        glass === 0
          ? 'There is none. It keeps its password whatever is switched here.'
          : `${glassIn} of ${glass} can sign in. ${glassIn === 0 ? 'Give it a password or a key, and keep it apart.' : 'It keeps its password whatever is switched here.'}`,
      verdict: holds(glassIn > 0),
    },
    {
      key: 'helpers',
      title: 'Two administrators who sign in with a key and can issue passes',
      detail: `${people(helpers)} can.${helpers > 1 ? '' : ' One alone cannot help themselves.'}`,
      verdict: holds(helpers > 1),
    },
    {
      key: 'passes',
      title: 'Temporary Access Passes are on',
      detail: 'The way back for somebody without any key, from an administrator.',
      verdict: holds(passes),
    },
    {
      key: 'hello',
      title: 'Keys can be set up, and made anew when a PIN is forgotten',
      detail: 'UsePassportForWork: without it nobody who is not ready can become so.',
      verdict: holds(hello),
    },
    {
      key: 'spare',
      title: 'Everybody who is ready has a second key',
      detail: `${spare} of ${ready} do. A second key proves who they are when a PIN is forgotten; the others need a pass.`,
      verdict: holds(ready > 0 && spare === ready),
    },
    {
      key: 'last-name',
      title: 'Windows shows the name of who signed in last',
      detail: '“Don’t display last signed-in” would undo the experience. Look in your device management.',
      verdict: 'not_tested',
    },
    {
      key: 'providers',
      title: 'Windows does not also exclude the password credential provider',
      detail:
        'Excluding it takes the password from every account, local administrators and Remote Desktop included.',
      verdict: 'not_tested',
    },
  ];
}
