import 'server-only';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { StoreRefusal } from '#domain/backup';
import { ndjsonLine } from '#domain/event-entry';
import {
  type EventCursor,
  type EventFilter,
  type EventFilterPart,
  type EventOrder,
  type EventSelection,
  eventExportQuery,
  eventFilter,
  eventFilterPartNames,
  eventOrders,
} from '#domain/event-filter';
import { eventKinds } from '#domain/event-kind';
import { normaliseUpn, type Role, roles } from '#domain/identity';
import { settingNames } from '#domain/policy/settings';
import type { Problem } from '#domain/problem';
import { limitName } from '#domain/rate-limit';
import type { Result } from '#domain/result';
import type { PassObstacle } from '#domain/temporary-access-pass';
import { forgetMetadata } from './attestation/metadata.ts';
import { settleKeys } from './attestation/standing.ts';
import {
  inspectFile,
  loadMetadataFrom,
  metadataStatus,
  rejudgeAll,
  revocationStatus,
} from './command-line/attestation.ts';
import type { Command, Options } from './command-line/command.ts';
import { communicationCommands } from './command-line/communication.ts';
import { deploymentCommands } from './command-line/deployment.ts';
import { federationCommands } from './command-line/federation.ts';
import { groupCommands } from './command-line/group.ts';
import { keyRulesCommands } from './command-line/key-rules.ts';
import { methodsCommands } from './command-line/methods.ts';
import { passwordlessCommands } from './command-line/passwordless.ts';
import { pinCommands } from './command-line/pin.ts';
import { pinResetServiceCommands } from './command-line/pin-reset-service.ts';
import { policyFileCommands } from './command-line/policy.ts';
import { policyResolveCommand } from './command-line/policy-resolve.ts';
import { policySourceCommands } from './command-line/policy-source.ts';
import { rolloutCommands } from './command-line/rollout.ts';
import { findStoreCommand, storeCommands } from './command-line/store.ts';
import { UsageError } from './command-line/usage.ts';
import { devicesCalled, reportDeviceLost } from './device.ts';
import { EnvironmentError, readEnvironment } from './env.ts';
import { EVENT_PAGE_MAX, readEvents } from './event.ts';
import { describeEvents } from './event-entry.ts';
import { exportEvents } from './event-export.ts';
import { selectEvents } from './event-filter.ts';
import {
  createUser,
  findUser,
  firstAdministrator,
  listPeople,
  namesOf,
  resetPassword,
  setUserDisabled,
} from './identity.ts';
import { listMails } from './mail.ts';
import { readPolicy, settingWords, typedSetting } from './policy.ts';
import { setPolicy } from './policy-setting.ts';
import { openRuntime } from './product.ts';
import { clearLimits, listReachedLimits } from './rate-limit.ts';
import type { Runtime } from './runtime.ts';
import { requireReregistration } from './second-factor.ts';
import { deletePass, type IssuedPass, issueTemporaryAccessPass } from './temporary-access-pass.ts';
import { removeSampleData } from './tenant.ts';

const FIRST_LINK_MINUTES = 60;

/** The command line on the server is trusted like the server's own files: it is the last rung of recovery. */
const commands: Readonly<Record<string, Command>> = {
  'user first': {
    usage: 'user first',
    about: 'A new one-time link for the first administrator',
    run: async (runtime) => {
      const administrator = await firstAdministrator(runtime);
      if (administrator === null) throw new UsageError('There is no enabled Global Administrator.');
      const issued = await issueTemporaryAccessPass(runtime, null, {
        userId: administrator.id,
        lifetimeMinutes: FIRST_LINK_MINUTES,
        oneTime: true,
        reason: 'npm run admin -- user first',
      });
      return value(issued).link;
    },
  },
  'user list': {
    usage: 'user list [text]',
    about: 'People, with their keys and roles',
    run: async (runtime, [search]) =>
      (await listPeople(runtime, { search }))
        .map((person) =>
          [
            person.upn,
            person.displayName,
            `${person.helloKeys} Hello`,
            `${person.passkeys} passkeys`,
            person.disabledAt === null ? 'enabled' : 'disabled',
            person.roles.map((role) => roles[role]).join(', '),
          ].join('\t'),
        )
        .join('\n'),
  },
  'user add': {
    usage: 'user add <upn> <display name> [--role <role>]',
    about: `Create a person; roles: ${Object.keys(roles).join(', ')}`,
    run: async (runtime, [upn, ...name], options) => {
      if (upn === undefined || name.length === 0)
        throw new UsageError('A UPN and a display name are needed.');
      const role = options.role as string | undefined;
      if (role !== undefined && !Object.hasOwn(roles, role))
        throw new UsageError(`There is no role ${role}.`);
      const created = await createUser(runtime, {
        upn,
        displayName: name.join(' '),
        groups: ['Everyone'],
        roles: role === undefined ? [] : [role as Role],
      });
      return value(created).upn;
    },
  },
  'user password': {
    usage: 'user password <upn> [--keep]',
    about: 'A new random password, shown once; the first sign-in asks for another, unless it may be kept',
    run: async (runtime, [upn], options) =>
      value(
        await resetPassword(runtime, null, {
          userId: await userId(runtime, upn),
          temporary: options.keep !== true,
        }),
      ).password,
  },
  'user reregister': {
    usage: 'user reregister <upn>',
    about: 'Ask for a new phone or authenticator app at the next sign-in with the password',
    run: async (runtime, [upn]) => {
      const asked = value(await requireReregistration(runtime, null, { userId: await userId(runtime, upn) }));
      return `Asked. Sessions ended: ${asked.sessionsEnded}.`;
    },
  },
  'user disable': {
    usage: 'user disable <upn>',
    about: 'Disable an account; its sessions end at once',
    run: async (runtime, [upn]) => {
      const ended = value(
        await setUserDisabled(runtime, null, { userId: await userId(runtime, upn), disabled: true }),
      );
      return `Disabled. Sessions ended: ${ended.sessionsEnded}.`;
    },
  },
  'user enable': {
    usage: 'user enable <upn>',
    about: 'Enable an account again',
    run: async (runtime, [upn]) => {
      value(await setUserDisabled(runtime, null, { userId: await userId(runtime, upn), disabled: false }));
      return 'Enabled.';
    },
  },
  'tap issue': {
    usage: 'tap issue <upn> [--reason <why>] [--start <ISO time>] [--lifetime 60] [--one-time] [--json]',
    about: 'Issue a Temporary Access Pass, shown once; --reason where the person has a key that works',
    run: async (runtime, [upn], options) => {
      const issued = value(
        await issueTemporaryAccessPass(runtime, null, {
          userId: await userId(runtime, upn),
          lifetimeMinutes: options.lifetime === undefined ? undefined : Number(options.lifetime),
          oneTime: options['one-time'] === true,
          reason: options.reason as string | undefined,
          startsAt: options.start === undefined ? undefined : startTime(options.start as string),
        }),
      );
      return options.json === true ? JSON.stringify(issued) : passWords(issued);
    },
  },
  'tap delete': {
    usage: 'tap delete <upn>',
    about: "Delete a person's pass and end what lives on it",
    run: async (runtime, [upn]) => {
      value(await deletePass(runtime, null, { userId: await userId(runtime, upn) }));
      return 'Deleted.';
    },
  },
  'device lost': {
    usage: 'device lost <name or ID>',
    about: 'Report a device lost: disable it, revoke the keys made on it, end its sessions',
    run: async (runtime, [device = '']) => {
      const called = await devicesCalled(runtime, device);
      if (called.length > 1)
        throw new UsageError(
          `${called.length} devices are called ${device}. Name one by its ID: ${called.join(', ')}`,
        );
      const lost = value(await reportDeviceLost(runtime, null, { deviceId: called[0] ?? device }));
      return `Disabled. Keys revoked: ${lost.keysRevoked}. Sessions ended: ${lost.sessionsEnded}. Keys that still work: ${lost.keysLeft}.`;
    },
  },
  ...pinCommands,
  'outbox list': {
    usage: 'outbox list [--limit 50]',
    about: 'E-mails to people, newest first: sent, waiting, failed, given up, or to a sample person',
    run: async (runtime, _words, options) => {
      const limit = Number(options.limit ?? 50);
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
        throw new UsageError('--limit takes 1 to 10000.');
      const mails = await listMails(runtime, limit);
      const lines = mails.map(({ createdAt, address, subject, state, failure }) =>
        [createdAt.toISOString(), address, subject, state, failure ?? ''].join('\t').trimEnd(),
      );
      const leaves = runtime.mailer === null ? ['No e-mail leaves: SMTP_URL and MAIL_FROM are not set.'] : [];
      return [...leaves, ...(lines.length === 0 ? ['The outbox is empty.'] : lines)].join('\n');
    },
  },
  ...groupCommands,
  ...rolloutCommands,
  ...communicationCommands,
  'policy list': {
    usage: 'policy list',
    about: 'Every setting with its value and where it comes from',
    run: async (runtime) => {
      const policy = await readPolicy(runtime.db);
      const lines = settingNames.map(async (name) => {
        const { value: set, source } = policy(name);
        return `${name}\t${await settingWords(runtime, name, set)}\t${source === null ? 'default' : 'tenant'}`;
      });
      return (await Promise.all(lines)).join('\n');
    },
  },
  'policy set': {
    usage: 'policy set <setting> <value> [--confirmed]',
    about:
      'Set a value for the whole tenant; groups by name, with commas between them, or all_users; --confirmed also where no Global Administrator could set up a key any more',
    run: async (runtime, [typed = '', text = ''], options) => {
      const name = settingNames.find((known) => known === typed);
      if (name === undefined)
        throw new UsageError(`There is no setting ${typed}. npm run admin -- policy list`);
      const set = await typedSetting(runtime, name, text);
      value(await setPolicy(runtime, null, { name, value: set, confirmed: options.confirmed === true }));
      return `${name} = ${text}`;
    },
  },
  'policy clear': {
    usage: 'policy clear <setting>',
    about: 'Go back to the default',
    run: async (runtime, [name = '']) => {
      value(await setPolicy(runtime, null, { name, value: null }));
      return `${name} has its default again.`;
    },
  },
  ...policyResolveCommand,
  ...policyFileCommands,
  ...policySourceCommands,
  ...methodsCommands,
  ...passwordlessCommands,
  ...keyRulesCommands,
  ...deploymentCommands,
  ...pinResetServiceCommands,
  ...federationCommands,
  'attestation inspect': {
    usage: 'attestation inspect <file>',
    about: 'What the registration response in a file proves, as POST /api/attestation/inspect answers',
    run: (runtime, [file]) => inspectFile(runtime, file),
  },
  'attestation rejudge': {
    usage: 'attestation rejudge [--since <ISO time>]',
    about: "Judge all stored statements again under today's rules and anchors",
    run: async (runtime, _words, { since }) => rejudgeAll(runtime, since),
  },
  'attestation revocations': {
    usage: 'attestation revocations',
    about: 'Fetch the revocation lists that are due, where policy says so, and tell how each stands',
    run: (runtime) => revocationStatus(runtime),
  },
  'metadata load': {
    usage: 'metadata load <file or https address>',
    about: 'Load a FIDO metadata BLOB in place of an older one, and judge the keys by it',
    run: (runtime, [from]) => loadMetadataFrom(runtime, from),
  },
  'metadata status': {
    usage: 'metadata status',
    about: 'Which metadata is loaded, and how the latest attempt went',
    run: (runtime) => metadataStatus(runtime),
  },
  'metadata forget': {
    usage: 'metadata forget',
    about: 'Forget the metadata with its number; what it said of keys counts no longer',
    run: async (runtime) => {
      value(await forgetMetadata(runtime, null));
      return `Forgotten. Keys judged again: ${await settleKeys(runtime)}.`;
    },
  },
  'limits list': {
    usage: 'limits list',
    about: 'Who waits after too many attempts, at what, and until when',
    run: async (runtime) => {
      const reached = await listReachedLimits(runtime);
      if (reached.length === 0) return 'Nobody waits.';
      const names = await namesOf(
        runtime,
        reached.flatMap(({ userId }) => userId ?? []),
      );
      return reached
        .map(({ userId, address, what, by, count, attempts, endsAt }) =>
          [
            (userId === null ? undefined : names.get(userId)?.upn) ?? '-',
            address ?? 'from everywhere',
            limitName(what, by),
            `${count} of ${attempts}`,
            `until ${endsAt.toISOString()}`,
          ].join('\t'),
        )
        .join('\n');
    },
  },
  'limits clear': {
    usage: 'limits clear <upn|address>',
    about: 'End the waits of a person or of an address',
    run: async (runtime, [whom = '']) => {
      const which = whom.includes('@') ? { userId: await userId(runtime, whom) } : { address: whom };
      return `Cleared: ${value(await clearLimits(runtime, null, which)).cleared}.`;
    },
  },
  'events list': {
    usage: 'events list [--person <upn>] [--code <code>] [--limit 50] ...',
    about: 'The event log as one JSON object a line, newest first; takes every filter below',
    run: async (runtime, _words, options) => {
      const limit = Number(options.limit ?? 50);
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
        throw new UsageError('--limit takes 1 to 10000.');
      const order = orderOf(options) ?? 'newest';
      const filter = eventFilter.safeParse(filterWordsOf(options));
      if (!filter.success) throw wrongOption(filter.error);
      await checkPerson(runtime, filter.data);
      const selection = value(await selectEvents(runtime, filter.data));
      return eventLines(runtime, selection, order, limit);
    },
  },
  'events export': {
    usage: 'events export [--format ndjson|csv] [--order newest|oldest] ...',
    about: 'Everything that the filters below select, to the standard output',
    run: async (runtime, _words, options) => {
      const query = eventExportQuery.safeParse({
        ...filterWordsOf(options),
        format: options.format ?? 'ndjson',
        ...(options.order === undefined ? {} : { order: options.order }),
      });
      if (!query.success) throw wrongOption(query.error);
      await checkPerson(runtime, query.data);
      const by = { by: {}, may: async () => true };
      return value(await exportEvents(runtime, query.data, by)).chunks;
    },
  },
  'sample remove': {
    usage: 'sample remove',
    about: 'Remove all sample data of the demo tenant',
    run: async (runtime) => {
      const { people, peopleKept, devices, keys, events } = value(await removeSampleData(runtime, null));
      return `Removed ${people} people, ${devices} devices, ${keys} keys and ${events} events. Kept ${peopleKept} people that were used.`;
    },
  },
};

/** The option of each part of a filter: `--windows-id` for `windowsId`. */
const optionOf = (part: EventFilterPart) => part.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function filterWordsOf(options: Options): Record<string, unknown> {
  // --user is what --person was called at first.
  const given = { ...options, person: options.person ?? options.user };
  return Object.fromEntries(
    eventFilterPartNames.map((part) => [part, (given as Options)[optionOf(part)]] as const),
  );
}

function wrongOption({ issues }: z.ZodError): UsageError {
  const part = String(issues[0]?.path[0] ?? '');
  return new UsageError(`--${optionOf(part as EventFilterPart)} takes something else. ${filterHelp()}`);
}

/** Somebody unknown has no events anywhere else; here a typing error is told. */
async function checkPerson(runtime: Runtime, { person }: EventFilter): Promise<void> {
  if (person?.includes('@')) await userId(runtime, person);
}

function orderOf({ order }: Options) {
  const known = eventOrders.find((each) => each === order);
  if (order !== undefined && known === undefined) throw new UsageError('--order takes newest or oldest.');
  return known;
}

async function* eventLines(
  runtime: Runtime,
  selection: EventSelection,
  order: EventOrder,
  limit: number,
): AsyncGenerator<string, void> {
  let after: EventCursor | undefined;
  for (let left = limit; left > 0; ) {
    const slice = { order, after, limit: Math.min(left, EVENT_PAGE_MAX) };
    const { events, last, full } = await readEvents(runtime, selection, slice);
    yield (await describeEvents(runtime, events)).map(ndjsonLine).join('');
    if (!full || last === null) return;
    left -= events.length;
    after = last;
  }
}

function filterHelp(): string {
  return [
    'Filters of events:',
    '  --person <upn or ID>  --device <name or ID>  --credential <ID>  --session <ID>',
    '  --group <name or ID, ...>: the people in it, in groups in it, and with a device there',
    '  --code <code,code>  --windows-id <300,358>  --outcome success|failure',
    `  --kind ${eventKinds.join('|')}`,
    '  --from and --to: 2026-03-02, 2026-03-02T09:00 (UTC), or so long ago: --from=-24h (m, h, d)',
  ].join('\n');
}

function passWords(issued: IssuedPass): string {
  return [
    `Temporary Access Pass for ${issued.displayName} (${issued.upn}), shown once:`,
    `  ${issued.pass}`,
    `  ${issued.link}`,
    `Works ${issued.oneTime ? 'once, ' : ''}from ${issued.startsAt.toISOString()} until ${issued.expiresAt.toISOString()}.`,
    ...(issued.obstacle === null ? [] : [`It cannot be used now: ${obstacleWords[issued.obstacle]}.`]),
  ].join('\n');
}

const obstacleWords: Readonly<Record<PassObstacle, string>> = {
  switched_off: 'policy has Temporary Access Passes switched off',
  excluded: 'policy excludes a group of this person',
  not_included: 'policy includes no group of this person',
  one_time_only: 'policy lets every pass work once only',
};

async function userId(runtime: Runtime, upn: string | undefined): Promise<string> {
  if (upn === undefined) throw new UsageError('A UPN is needed, such as mia@tidewater.example.');
  const user = await findUser(runtime, normaliseUpn(upn));
  if (user === null) throw new UsageError(`There is nobody called ${upn}.`);
  return user.id;
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new UsageError(problemWords(result.problem));
  return result.value;
}

function problemWords({ code, title, detail, facts }: Problem): string {
  const said = `${title} ${detail}`;
  if (code === 'reason_required') return `${said} Here: --reason "<why>".`;
  if (facts === undefined) return said;
  if (code === 'invalid_lifetime')
    return `${said} Now that is ${facts.minimumMinutes} to ${facts.maximumMinutes} minutes.`;
  if (code === 'settings_disagree') return `${said} ${facts.sentence}`;
  return said;
}

/** A time with its zone: without one it would mean another moment on another machine. */
function startTime(text: string): Date {
  const parsed = z.iso.datetime({ offset: true }).safeParse(text);
  if (!parsed.success)
    throw new UsageError('--start takes a time with its zone, such as 2026-03-02T09:00:00Z.');
  return new Date(parsed.data);
}

function help(): string {
  const all = [...Object.values(commands), ...Object.values(storeCommands)];
  const width = Math.max(...all.map(({ usage }) => usage.length));
  const lines = all.map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`);
  return ['npm run admin -- <command>', '', ...lines, '', filterHelp()].join('\n');
}

/** Does a command and prints what it answers. */
async function run(args: readonly string[], stdout: Writable): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: true,
    options: {
      lifetime: { type: 'string' },
      start: { type: 'string' },
      'one-time': { type: 'boolean' },
      reason: { type: 'string' },
      keep: { type: 'boolean' },
      json: { type: 'boolean' },
      mode: { type: 'string' },
      out: { type: 'string' },
      'tenant-id': { type: 'string' },
      'dry-run': { type: 'boolean' },
      'leave-out-refused': { type: 'boolean' },
      description: { type: 'string' },
      group: { type: 'string' },
      source: { type: 'string' },
      scope: { type: 'string' },
      draft: { type: 'boolean' },
      confirmed: { type: 'boolean' },
      groups: { type: 'string' },
      except: { type: 'string' },
      csv: { type: 'boolean' },
      'confirm-locked-out': { type: 'string' },
      hello: { type: 'string' },
      passkey: { type: 'string' },
      'security-device': { type: 'string' },
      'tpm12-excluded': { type: 'string' },
      synced: { type: 'string' },
      attestation: { type: 'string' },
      allow: { type: 'string' },
      block: { type: 'string' },
      role: { type: 'string' },
      user: { type: 'string' },
      limit: { type: 'string' },
      'secret-file': { type: 'string' },
      'client-id': { type: 'string' },
      issuer: { type: 'string' },
      claim: { type: 'string' },
      mfa: { type: 'string' },
      enabled: { type: 'string' },
      administrators: { type: 'string' },
      format: { type: 'string' },
      order: { type: 'string' },
      since: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      ...Object.fromEntries(
        eventFilterPartNames.map((part) => [optionOf(part), { type: 'string' } as const]),
      ),
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help || positionals.length === 0) return await print(stdout, `${help()}\n`);
  const onStores = findStoreCommand(positionals);
  if (onStores) return await print(stdout, `${await onStores(readEnvironment(), values as Options)}\n`);
  const name = positionals.slice(0, 2).join(' ');
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined)
    throw new UsageError(`There is no command "${positionals.join(' ')}".\n\n${help()}`);
  const runtime = await openRuntime(readEnvironment());
  try {
    if ((await runtime.db.tenant.count()) === 0)
      throw new UsageError('This store is empty. Run npm start once.');
    const said = await command.run(runtime, positionals.slice(2), values as Options);
    await print(stdout, typeof said === 'string' ? `${said}\n` : said);
  } finally {
    await runtime.db.$disconnect();
  }
}

/** Waits where whoever reads is slow. One who stops reading (`| head`) ends it. */
async function print(stdout: Writable, said: string | AsyncIterable<string | Uint8Array>): Promise<void> {
  for await (const piece of typeof said === 'string' ? [said] : said) {
    if (stdout.destroyed) return;
    if (!stdout.write(piece)) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]);
  }
}

/**
 * Does one command as `npm run admin` does: what it says goes to `stdout`, what was wrong to `stderr`. Resolves to the exit
 * code: 2 where the command could not be understood or done.
 */
export async function runCommandLine(
  args: readonly string[],
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
): Promise<number> {
  try {
    await run(args, stdout);
    return 0;
  } catch (error) {
    const known =
      error instanceof UsageError ||
      error instanceof EnvironmentError ||
      error instanceof StoreRefusal ||
      (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    if (!known) throw error;
    stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // The reader is gone: that is for them to decide, and no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await runCommandLine(process.argv.slice(2), process);
}
