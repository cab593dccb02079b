import 'server-only';
import { governedMethods, methods } from '#domain/methods';
import { placeTitle, type StrengthPlace } from '#domain/strength';
import { changeMethods, dryRunMethods, methodSettingNames } from '../methods.ts';
import type { MethodsEffect } from '../methods-dry-run.ts';
import { exportRegistrationDetails, readRegistrationReport } from '../methods-report.ts';
import { readPolicy, settingWords, typedSetting } from '../policy.ts';
import type { Runtime } from '../runtime.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage.ts';

export const methodsCommands: Readonly<Record<string, Command>> = {
  'methods list': {
    usage: 'methods list',
    about: 'Which methods there are for whom and for what, and the strengths that are asked for',
    run: async (runtime) => {
      const policy = await readPolicy(runtime.db);
      const lines = await Promise.all(
        methodSettingNames.map(async (name) => {
          const { value, source } = policy(name);
          const set = source === null ? 'default' : 'set';
          return `${name}\t${(await settingWords(runtime, name, value)) || 'none'}\t${set}`;
        }),
      );
      return lines.join('\n');
    },
  },
  'methods set': {
    usage: 'methods set <setting> <value|default> [--confirm-locked-out <number>]',
    about: 'Change one of these settings; groups by name, with commas between them, or all_users',
    run: async (runtime, [typedName = '', typed], options) => {
      const name = methodSettingNames.find((each) => each === typedName);
      if (name === undefined) throw new UsageError('That is none of the settings of `methods list`.');
      if (typed === undefined) throw new UsageError('A value is missing.');
      const number = (options['confirm-locked-out'] as string | undefined) ?? '0';
      if (!/^\d{1,9}$/.test(number)) throw new UsageError('--confirm-locked-out takes a number.');
      const values = { [name]: typed === 'default' ? null : await typedSetting(runtime, name, typed) };
      const run = await dryRunMethods(runtime, { values });
      if (!run.ok) throw new UsageError(`${run.problem.title} ${run.problem.detail}`);
      const { policyVersion } = run.value;
      const changed = await changeMethods(runtime, null, {
        values,
        policyVersion,
        confirmed: Number(number),
      });
      if (!changed.ok) {
        const { code, title, detail, facts } = changed.problem;
        if (code !== 'lockout_not_confirmed') throw new UsageError(`${title} ${detail}`);
        throw new UsageError(
          [
            'Nothing was changed.',
            ...effectWords(run.value),
            `To do it all the same: --confirm-locked-out ${facts?.lockedOut}`,
          ].join('\n'),
        );
      }
      const { value } = (await readPolicy(runtime.db))(name);
      return [`${name}\t${await settingWords(runtime, name, value)}`, ...effectWords(run.value)].join('\n');
    },
  },
  'methods report': {
    usage: 'methods report [--csv]',
    about: 'How many have which methods and may use them; --csv prints everybody with what they registered',
    run: async (runtime, _words, options) =>
      options.csv === true ? exportRegistrationDetails(runtime, 'csv') : await reportWords(runtime),
  },
};

const people = (count: number) => (count === 1 ? '1 person' : `${count} people`);

function effectWords({ losing, passwordAlone, lockedOut, short }: MethodsEffect): string[] {
  return [
    ...governedMethods
      .filter((name) => losing[name] > 0)
      .map((name) => `  ${methods[name].title}: ${people(losing[name])} lose it, or a use of it.`),
    ...(passwordAlone > 0 ? [`  Signing in with the password alone: ${people(passwordAlone)}.`] : []),
    ...(lockedOut > 0 ? [`  Locked out: ${people(lockedOut)}.`] : []),
    ...Object.entries(short).map(
      ([place, count]) =>
        `  ${placeTitle(place as StrengthPlace)}: ${people(count)} could not show what it asks for.`,
    ),
  ];
}

async function reportWords(runtime: Runtime): Promise<string> {
  const report = await readRegistrationReport(runtime, '7d');
  return [
    `People: ${report.users}. Capable of MFA: ${report.mfaCapable}. Capable of passwordless: ${report.passwordlessCapable}.`,
    ...report.methods.map(
      ({ method, registered, capable, succeeded, failed }) =>
        `${methods[method].title}\tregistered ${registered}\tcapable ${capable}\tlast 7 days ${succeeded}\tfailed ${failed}`,
    ),
  ].join('\n');
}
