import 'server-only';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { IMPORT_MAX_BYTES, importRefusals } from '#domain/policy/artefact-import';
import { policyExportQuery, policyFormatNames } from '#domain/policy/artefacts';
import { targetReasons } from '#domain/policy/assignment';
import { lossReasons } from '#domain/policy/resolve';
import type { ResultantAnswer, ValueAnswer } from '#domain/policy/resultant';
import { type Rank, rankTitles } from '#domain/policy/source';
import type { Problem } from '#domain/problem';
import { listDevices } from '../device.ts';
import { exportPolicy } from '../policy-export.ts';
import { importPolicy, type PolicyImport } from '../policy-import.ts';
import { readResultant, userIdOf } from '../resultant.ts';
import type { Runtime } from '../runtime.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage.ts';

export const policyFileCommands: Readonly<Record<string, Command>> = {
  'policy export': {
    usage: 'policy export --format reg|pol|intune|syncml [--tenant-id <GUID>] [--out <file>]',
    about: 'What is set, as a file for Windows and its management; to the standard output without --out',
    run: async (runtime, _words, { format, out, 'tenant-id': tenantId }) => {
      const query = policyExportQuery.safeParse({ format, ...(tenantId === undefined ? {} : { tenantId }) });
      if (!query.success)
        throw new UsageError(
          query.error.issues[0]?.path[0] === 'tenantId'
            ? '--tenant-id takes a GUID without braces.'
            : `--format takes ${policyFormatNames.join(', ')}.`,
        );
      const exported = await exportPolicy(runtime, { actorId: null }, query.data);
      if (!exported.ok) throw refused(exported.problem);
      const { bytes, settings } = exported.value;
      if (typeof out !== 'string') return one(bytes);
      writeNew(out, bytes);
      return `${settings === 1 ? '1 setting' : `${settings} settings`} in ${out}.`;
    },
  },
  'policy import': {
    usage: 'policy import <file> [--dry-run] [--leave-out-refused]',
    about: 'Set what a .reg, a Registry.pol or an Intune custom profile says, all or nothing',
    run: async (runtime, [path], options) => {
      if (path === undefined) throw new UsageError('Which file? npm run admin -- policy import <file>');
      const file = readLimited(path);
      const dryRun = options['dry-run'] === true;
      const leaveOutRefused = options['leave-out-refused'] === true;
      const done = await importPolicy(runtime, null, { file, dryRun, leaveOutRefused });
      if (done.ok) return importWords(done.value);
      if (done.problem.code !== 'import_incomplete') throw refused(done.problem);
      const tried = await importPolicy(runtime, null, { file, dryRun: true, leaveOutRefused });
      const said = tried.ok ? `${importWords(tried.value)}\n` : '';
      throw new UsageError(`${said}To do it without what is refused: --leave-out-refused`);
    },
  },
};

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
      if (!read.ok) throw refused(read.problem);
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

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

/** What an import did or would do, line by line. */
export function importWords(answer: PolicyImport): string {
  const { understood, ignored, ignoredTotal, refusedTotal, contradiction, applied, changed } = answer;
  const more = (kind: string, left: number) => (left > 0 ? [`${kind}\tand ${left} more`] : []);
  return [
    ...understood.map(({ name, value, before }) => {
      const now = value === (before ?? null) ? '(as it is)' : `(now ${before ?? 'default'})`;
      return `understood\t${name}\t${value ?? 'default'}\t${now}`;
    }),
    ...answer.refused.map(
      ({ name, reason, what, at }) => `refused\t${name}\t${importRefusals[reason]}\t${what}, ${at}`,
    ),
    ...more('refused', refusedTotal - answer.refused.length),
    ...ignored.map(({ what, at }) => `ignored\t${what}\t${at}`),
    ...more('ignored', ignoredTotal - ignored.length),
    ...(contradiction === null ? [] : [`It would not fit: ${contradiction}`]),
    applied ? `Changed: ${changed}.` : `Nothing was changed. It would change: ${changed}.`,
  ].join('\n');
}

function refused({ title, detail, facts = {} }: Problem): UsageError {
  const more = [facts.at, facts.why].filter((part) => part !== undefined).join(': ');
  return new UsageError(
    [title, more === '' ? '' : `(${more})`, facts.sentence ?? '', detail].filter(Boolean).join(' '),
  );
}

function readLimited(path: string): Uint8Array {
  try {
    if (statSync(path).size > IMPORT_MAX_BYTES) throw new UsageError(`${path} is too large.`);
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${path} cannot be read.`, { cause });
  }
}

/** Never over a file that is there. */
function writeNew(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes, { flag: 'wx' });
  } catch (cause) {
    throw new UsageError(`${path} cannot be written; is it there already?`, { cause });
  }
}
