import 'server-only';
import { restoreRule } from '#domain/restore';
import { type Outside, restoreBackup, writeBackup } from '../backup.ts';
import { engineOf, placeOf } from '../db.ts';
import { type Environment, isDatabaseUrl } from '../env.ts';
import { systemClock, systemRandom } from '../runtime.ts';
import { hasMasterKey, masterKeyPlace, openKeyring } from '../secrets.ts';
import type { OnProgress } from '../store-content.ts';
import { copyStore } from '../store-copy.ts';
import { keyCheck } from '../tenant.ts';
import { UsageError } from './usage.ts';

type Options = Readonly<Record<string, string | boolean | undefined>>;

/** A command over whole stores: it opens none before it knows which. */
export interface StoreCommand {
  readonly usage: string;
  readonly about: string;
  readonly runOn: (env: Environment, words: readonly string[], options: Options) => Promise<string>;
}

export const storeCommands: Readonly<Record<string, StoreCommand>> = {
  backup: {
    usage: 'backup [<file>]',
    about: 'Write everything into a new sealed file, while the product runs',
    runOn: async (env, [file]) => {
      const outside = outsideOf(env);
      const written = await writeBackup(outside, {
        databaseUrl: env.databaseUrl,
        file,
        onProgress: progress(),
      });
      return [
        `Written: ${written.file} (${written.tables} tables, ${written.rows} rows).`,
        'It holds names, password hashes and sealed secrets, and is encrypted under the master key.',
        `The master key is not in it. It is ${whereKeyIs(env)}: keep a copy apart from this file. Without it nobody can restore.`,
      ].join('\n');
    },
  },
  restore: {
    usage: 'restore <file> [--to <database url>]',
    about: 'Restore a backup into an empty store: DATABASE_URL, or the one named',
    runOn: async (env, [file], { to }) => {
      if (file === undefined) throw new UsageError('Which file? npm run admin -- restore <file>');
      const databaseUrl = to === undefined ? env.databaseUrl : address('--to', to);
      const restored = await restoreBackup(outsideOf(env), { databaseUrl, file, onProgress: progress() });
      const judged = Object.entries(restored.judged).map(([table, count]) => {
        const rule = restoreRule(table);
        return `  ${rule?.words}: ${count} (${rule?.why}).`;
      });
      const at = restored.createdAt.toISOString();
      return [
        `Restored into ${placeOf(databaseUrl)}: ${sum(restored.rows)} rows, as they were at ${at} (Latchkey ${restored.product}).`,
        ...judged,
        `Accounts, keys, roles and policies are those of ${at}: what was disabled, revoked or changed since then is not. Do it again where it matters.`,
        'Start it no sooner than five minutes after the old one ended: until then, what was signed there could be used again.',
        ...(restored.relyingPartyId === env.relyingPartyId
          ? []
          : [
              `Its keys belong to ${restored.relyingPartyId}: start it with RP_ID=${restored.relyingPartyId}.`,
            ]),
        ...startWith(databaseUrl, env),
      ].join('\n');
    },
  },
  'db copy': {
    usage: 'db copy --from <database url> --to <database url>',
    about: 'Copy a store into an empty one on either engine, compared row by row',
    runOn: async (env, _words, options) => {
      const from = address('--from', options.from);
      const to = address('--to', options.to);
      const copied = await copyStore({ from, to, onProgress: progress() });
      const width = Math.max(...Object.keys(copied.rows).map((name) => name.length));
      const fits = hasMasterKey(env) && keyCheck(outsideOf(env)) === copied.masterKeyCheck;
      return [
        ...Object.entries(copied.rows).map(([name, rows]) => `  ${name.padEnd(width)}  ${rows}`),
        `Copied and compared row by row: ${sum(copied.rows)} rows from ${placeOf(from)} to ${placeOf(to)}. The source was not changed.`,
        'What the source wrote after the copy began is not in it: if it ran meanwhile, stop it and copy again into an empty store.',
        fits
          ? `The copy needs the same master key, which is ${whereKeyIs(env)}.`
          : 'The copy needs the master key of the source, which is not the one of these settings.',
        ...startWith(to, env),
      ].join('\n');
    },
  },
};

/** The command that the first words name, ready to run on the others; undefined when it is none of these. */
export function findStoreCommand(
  words: readonly string[],
): ((env: Environment, options: Options) => Promise<string>) | undefined {
  const name = Object.keys(storeCommands).find((known) => `${words.join(' ')} `.startsWith(`${known} `));
  if (name === undefined) return undefined;
  const others = words.slice(name.split(' ').length);
  return async (env, options) => await (storeCommands[name] as StoreCommand).runOn(env, others, options);
}

function outsideOf(env: Environment): Outside {
  const keyPlace = masterKeyPlace(env);
  // Making one here would be the wrong one.
  if (!hasMasterKey(env))
    throw new UsageError(
      `There is no master key here. Put the one that belongs to the store into ${keyPlace}, or set SECRET_KEY.`,
    );
  return { clock: systemClock, random: systemRandom, keys: openKeyring(env, systemRandom.bytes), keyPlace };
}

const whereKeyIs = (env: Environment) =>
  env.secretKey === null ? `the file ${masterKeyPlace(env)}` : 'in the setting SECRET_KEY';

function address(option: string, given: string | boolean | undefined): string {
  if (typeof given === 'string' && isDatabaseUrl(given)) return given;
  throw new UsageError(
    `${option} takes a store: postgresql://user:password@host/database or file:/path/to/latchkey.db`,
  );
}

const startWith = (databaseUrl: string, env: Environment) =>
  databaseUrl === env.databaseUrl
    ? []
    : [
        `To run on it, set DATABASE_URL to its address${engineOf(databaseUrl) === 'sqlite' ? ` (file:${placeOf(databaseUrl)})` : ''}.`,
      ];

const sum = (rows: Readonly<Record<string, number>>) =>
  Object.values(rows).reduce((total, n) => total + n, 0);

/** Says on the standard error stream how far it is: on a terminal in one line, elsewhere at every tenth part. */
function progress(): OnProgress {
  let said = '';
  return ({ step, table, done, total }) => {
    const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
    const terminal = process.stderr.isTTY === true;
    const moment = terminal ? `${step} ${percent} ${table}` : `${step} ${Math.floor(percent / 10)}`;
    if (moment === said) return;
    said = moment;
    const line = `${String(percent).padStart(3)} %  ${done} of ${total} rows ${step}  ${table}`;
    process.stderr.write(terminal ? `\r${line}\u001b[K${done === total ? '\n' : ''}` : `${line}\n`);
  };
}
