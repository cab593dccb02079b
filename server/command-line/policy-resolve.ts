import 'server-only';
import { targetReasons } from '#domain/policy/assignment';
import { lossReasons } from '#domain/policy/resolve';
import type { ResultantAnswer, ValueAnswer } from '#domain/policy/resultant';
import { type Rank, rankTitles } from '#domain/policy/source';
import { listDevices } from '../device.ts';
import { readResultant, userIdOf } from '../resultant.ts';
import type { Runtime } from '../runtime.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage.ts';

/** What a person gets on a device and why, for somebody who looks for the cause. */
export const policyResolveCommand: Readonly<Record<string, Command>> = {
  'policy resolve': {
    usage: 'policy resolve --user <upn> [--device <name or ID>] [--json]',
    about: 'Every setting for a person on a device, or on a new one: value, source, and why others lost',
    run: async (runtime, _words, { user, device, json }) => {
      if (typeof user !== 'string') throw new UsageError('Whose? --user takes a UPN.');
      const userId = await userIdOf(runtime, user);
      if (userId === null) throw new UsageError(`There is nobody called ${user}.`);
      const deviceId = typeof device === 'string' ? await deviceOf(runtime, userId, device) : null;
      const read = await readResultant(runtime, { userId, deviceId });
      if (!read.ok) throw new UsageError(`${read.problem.title} ${read.problem.detail}`);
      return json === true ? JSON.stringify(read.value, null, 2) : resultantWords(read.value);
    },
  },
};

async function deviceOf(runtime: Runtime, userId: string, named: string): Promise<string> {
  const devices = await listDevices(runtime, { userId });
  const called = devices.filter(({ id, name }) => id === named || name === named);
  const [only] = called;
  if (only === undefined) {
    const theirs = devices.map(({ name }) => name).join(', ') || 'none';
    throw new UsageError(`They have no device ${named}. Theirs: ${theirs}.`);
  }
  if (called.length > 1)
    throw new UsageError(
      `${called.length} of their devices are called ${named}. Name one by its ID: ${called.map(({ id }) => id).join(', ')}`,
    );
  return only.id;
}

/** Line by line: the setting, its value, its source; below it what lost, and what comes at the next refresh. */
export function resultantWords(answer: ResultantAnswer): string {
  const { person, device, refreshedAt, settings, sources, mixed } = answer;
  const named = (source: { name: string; version: number; rank: Rank } | null) =>
    source === null
      ? 'built-in default'
      : source.version === 0
        ? source.name
        : `${source.name} v${source.version} (${rankTitles[source.rank]})`;
  const value = (given: ValueAnswer) => (given.known ? given.value : `unknown (${given.value} without)`);
  return [
    `${person.displayName} (${person.upn}) on ${device === null ? 'a new device' : device.name}`,
    device === null ? '' : `Told last: ${refreshedAt ?? 'never'}`,
    ...settings.flatMap(({ name, now, next, changes }) => [
      `${name}\t${value(now)}\t${named(now.source)}`,
      ...now.losers.map((each) => `  not\t${each.value}\t${named(each.source)}\t${lossReasons[each.reason]}`),
      ...(changes === 'no' ? [] : [`  at the next refresh\t${value(next)}\t${named(next.source)}`]),
    ]),
    ...sources.map(
      ({ source, scope, reason }) => `source\t${source.name}\t${scope}\t${targetReasons[reason]}`,
    ),
    ...(mixed.length === 0
      ? []
      : [`Group policy and Intune both speak about ${mixed.join(', ')}: Windows does not support that.`]),
  ]
    .filter((line) => line !== '')
    .join('\n');
}
