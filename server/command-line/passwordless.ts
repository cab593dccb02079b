import 'server-only';
import {
  lockedOutReadinesses,
  type PasswordlessMode,
  passwordlessModes,
  readinessWords,
} from '#domain/passwordless';
import { parseSetting } from '#domain/policy/settings';
import { type PasswordlessState, readPasswordless, switchPasswordless } from '../passwordless.ts';
import { type DryRun, dryRun, exportDryRun, listReadiness } from '../passwordless-dry-run.ts';
import type { Targets } from '../passwordless-policy.ts';
import { groupWords, typedSetting } from '../policy.ts';
import type { Runtime } from '../runtime.ts';
import type { Command, Options } from './command.ts';
import { UsageError } from './usage.ts';

/** Names that a dry run prints; the file has them all. */
const NAMED = 50;

export const passwordlessCommands: Readonly<Record<string, Command>> = {
  'passwordless status': {
    usage: 'passwordless status',
    about: 'Whether passwords are in use, hidden or refused, and for whom',
    run: async (runtime) => await stateWords(runtime, await readPasswordless(runtime.db)),
  },
  'passwordless dry-run': {
    usage: 'passwordless dry-run [--groups <names>] [--except <names>] [--csv]',
    about: 'Who is ready, and whom refusing passwords would lock out; --csv prints everybody',
    run: async (runtime, _words, options) => {
      const targets = await targetsFrom(runtime, options, await readPasswordless(runtime.db));
      if (options.csv === true) return exportDryRun(runtime, targets);
      return await runWords(runtime, targets, await dryRun(runtime, targets));
    },
  },
  'passwordless on': {
    usage:
      'passwordless on --mode hide|refuse [--groups <names>] [--except <names>] [--confirm-locked-out <number>]',
    about: 'Hide or refuse passwords; groups by name, with commas between them, or all_users',
    run: async (runtime, _words, options) => {
      const mode = passwordlessModes.find((each) => each === options.mode && each !== 'off');
      if (mode === undefined) throw new UsageError('--mode takes hide or refuse.');
      return await turn(runtime, mode, options);
    },
  },
  'passwordless off': {
    usage: 'passwordless off',
    about: 'Let passwords back in, at once; for whom it was stays noted',
    run: async (runtime) => await turn(runtime, 'off', {}),
  },
};

async function turn(runtime: Runtime, mode: PasswordlessMode, options: Options): Promise<string> {
  const before = await readPasswordless(runtime.db);
  const targets = await targetsFrom(runtime, options, before);
  const typed = (options['confirm-locked-out'] as string | undefined) ?? '0';
  if (!/^\d{1,9}$/.test(typed)) throw new UsageError('--confirm-locked-out takes a number.');
  const { policyVersion } = before;
  const input = { mode, ...targets, policyVersion, confirmedLockedOut: Number(typed) };
  const result = await switchPasswordless(runtime, null, input);
  if (!result.ok) {
    const { code, title, detail, facts } = result.problem;
    if (code !== 'lockout_not_confirmed') throw new UsageError(`${title} ${detail}`);
    throw new UsageError(
      [
        `That would lock out ${people(Number(facts?.lockedOut))}; ${facts?.confirmed} confirmed. Nothing was changed.`,
        await runWords(runtime, targets, await dryRun(runtime, targets)),
        `To do it all the same: --confirm-locked-out ${facts?.lockedOut}`,
      ].join('\n'),
    );
  }
  const { lockedOut, sessionsEnded } = result.value;
  return [
    await stateWords(runtime, await readPasswordless(runtime.db)),
    ...(mode === 'refuse' ? [`Locked out: ${lockedOut}. Sessions ended: ${sessionsEnded}.`] : []),
  ].join('\n');
}

/** Whom the options name; who it is for now where they say nothing. */
async function targetsFrom(runtime: Runtime, options: Options, now: Targets): Promise<Targets> {
  const read = async (
    option: 'groups' | 'except',
    name: 'Passwordless.includeTargets' | 'Passwordless.excludeTargets',
  ) => {
    const typed = options[option];
    if (typeof typed !== 'string') return null;
    const ids = parseSetting(name, await typedSetting(runtime, name, typed));
    if (ids === null) throw new UsageError(`--${option} names a group that there is not: ${typed}`);
    return ids;
  };
  return {
    include: (await read('groups', 'Passwordless.includeTargets')) ?? now.include,
    exclude: (await read('except', 'Passwordless.excludeTargets')) ?? now.exclude,
  };
}

const people = (count: number) => (count === 1 ? '1 person' : `${count} people`);

async function scopeLine(runtime: Runtime, { include, exclude }: Targets): Promise<string> {
  const named = async (ids: readonly string[]) => (await groupWords(runtime.db, ids)) || 'none';
  return `In scope: ${await named(include)}. Keep it: ${await named(exclude)}, and break-glass accounts.`;
}

const modeWords: Readonly<Record<PasswordlessMode, string>> = {
  off: 'Passwords are in use.',
  hide: 'Passwords are hidden from people in scope who come in with a key.',
  refuse: 'Passwords of people in scope are refused.',
};

async function stateWords(runtime: Runtime, state: PasswordlessState): Promise<string> {
  return [modeWords[state.mode], await scopeLine(runtime, state)].join('\n');
}

async function runWords(runtime: Runtime, targets: Targets, run: DryRun): Promise<string> {
  const { people: named, total } = await listReadiness(runtime, targets, { skip: 0, take: NAMED });
  return [
    await scopeLine(runtime, targets),
    `Ready: ${run.counts.ready} of ${run.concerned}. Would be locked out: ${run.lockedOut}. Not started: ${run.counts.no_password}. Disabled: ${run.counts.disabled}.`,
    ...lockedOutReadinesses
      .filter((each) => run.counts[each] > 0)
      .map((each) => `  ${readinessWords[each].title}: ${run.counts[each]}. ${readinessWords[each].next}`),
    ...named.map(({ upn, displayName, readiness }) =>
      [`  ${upn}`, displayName, readinessWords[readiness].title].join('\t'),
    ),
    ...(total > NAMED ? [`  and ${total - NAMED} more: --csv prints everybody.`] : []),
  ].join('\n');
}
