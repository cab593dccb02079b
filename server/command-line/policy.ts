import 'server-only';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { IMPORT_MAX_BYTES, importRefusals, policyImportRequest } from '#domain/policy/artefact-import';
import { policyExportQuery, policyFormatNames } from '#domain/policy/artefacts';
import type { Problem } from '#domain/problem';
import { exportPolicy } from '../policy-export.ts';
import { importPolicy, type PolicyImport } from '../policy-import.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage.ts';

export const policyFileCommands: Readonly<Record<string, Command>> = {
  'policy export': {
    usage:
      'policy export --format reg|pol|intune|syncml [--source <id> [--draft] [--scope device|user]] [--tenant-id <GUID>] [--out <file>]',
    about:
      'What is set, or what a source says, as a file for Windows and its management; printed without --out',
    run: async (runtime, _words, { format, out, source, scope, draft, 'tenant-id': tenantId }) => {
      const given = { tenantId, source, scope, state: draft === true ? 'draft' : undefined };
      const set = Object.entries(given).filter(([, each]) => each !== undefined);
      const query = policyExportQuery.safeParse({ format, ...Object.fromEntries(set) });
      if (!query.success)
        throw new UsageError(exportHints[String(query.error.issues[0]?.path[0])] ?? exportHints.format);
      const exported = await exportPolicy(runtime, { actorId: null }, query.data);
      if (!exported.ok) throw refused(exported.problem);
      const { bytes, settings } = exported.value;
      if (typeof out !== 'string') return one(bytes);
      writeNew(out, bytes);
      return `${settings === 1 ? '1 setting' : `${settings} settings`} in ${out}.`;
    },
  },
  'policy import': {
    usage: 'policy import <file> [--source <id> [--scope device|user]] [--dry-run] [--leave-out-refused]',
    about:
      'Set what a .reg, a Registry.pol or an Intune custom profile says, all or nothing; into a source’s draft with --source',
    run: async (runtime, [path], options) => {
      if (path === undefined) throw new UsageError('Which file? npm run admin -- policy import <file>');
      const file = readLimited(path);
      const dryRun = options['dry-run'] === true;
      const leaveOutRefused = options['leave-out-refused'] === true;
      const into = importInto.safeParse({ source: options.source, scope: options.scope });
      if (!into.success) throw new UsageError(exportHints[String(into.error.issues[0]?.path[0])] ?? '');
      const given = { file, leaveOutRefused, ...into.data };
      const done = await importPolicy(runtime, null, { ...given, dryRun });
      if (done.ok) return importWords(done.value);
      if (done.problem.code !== 'import_incomplete') throw refused(done.problem);
      const tried = await importPolicy(runtime, null, { ...given, dryRun: true });
      const said = tried.ok ? `${importWords(tried.value)}\n` : '';
      throw new UsageError(`${said}To do it without what is refused: --leave-out-refused`);
    },
  },
};

const exportHints: Readonly<Record<string, string>> & { readonly format: string } = {
  format: `--format takes ${policyFormatNames.join(', ')}.`,
  tenantId: '--tenant-id takes a GUID without braces.',
  source: '--source takes the ID of a policy source: npm run admin -- policy source list',
  scope: '--scope takes device or user.',
};

const importInto = policyImportRequest.pick({ source: true, scope: true });

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

/** What an import did or would do, line by line. */
export function importWords(answer: PolicyImport): string {
  const { understood, ignored, ignoredTotal, refusedTotal, contradiction, applied, changed } = answer;
  const more = (kind: string, left: number) => (left > 0 ? [`${kind}\tand ${left} more`] : []);
  return [
    ...understood.map(({ name, scope, value, before }) => {
      const now = value === (before ?? null) ? '(as it is)' : `(now ${before ?? 'default'})`;
      return `understood\t${name}${scope === 'user' ? ' (user)' : ''}\t${value ?? 'default'}\t${now}`;
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
