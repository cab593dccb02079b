import 'server-only';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { ALL_USERS } from '#domain/policy/settings';
import {
  ALL_DEVICES,
  emptyDocument,
  type PolicyDocument,
  policyDocument,
  sourceKindNames,
} from '#domain/policy/source';
import { problem } from '#domain/problem';
import type { Result } from '#domain/result';
import { findGroups } from '../group.ts';
import { publishSource } from '../policy-publish.ts';
import { createSource, listSources, readSource, type SourceSummary } from '../policy-source.ts';
import type { Runtime } from '../runtime.ts';
import type { Command, Options } from './command.ts';
import { UsageError } from './usage.ts';

/** A document of 200 long texts fits. */
const DOCUMENT_MAX_BYTES = 3 * 1024 * 1024;

type Verb = (runtime: Runtime, words: readonly string[], options: Options) => Promise<string>;

const verbs: Readonly<Record<string, Verb>> = {
  list: async (runtime) => {
    const sources = await listSources(runtime.db);
    return sources.length === 0 ? 'There are no policy sources yet.' : sources.map(line).join('\n');
  },
  show: async (runtime, [id]) => {
    const { versions, ...source } = await theSource(runtime, id);
    const history = versions.map(({ version, at, actorId }) => ({ version, at, actorId }));
    return JSON.stringify({ ...source, versions: history }, null, 2);
  },
  create: async (runtime, [typed, path]) => {
    const kind = sourceKindNames.find((each) => each === typed);
    if (kind === undefined) throw new UsageError(`Which kind? One of ${sourceKindNames.join(', ')}.`);
    const document = await documentFrom(runtime, path);
    const { id } = value(await createSource(runtime, null, { kind, document }));
    return `${id}\nIt is a draft. To publish it: npm run admin -- policy source publish ${id}`;
  },
  publish: async (runtime, [id], options) => {
    const source = await theSource(runtime, id);
    if (source.draft === null)
      throw new UsageError(`There is no draft: version ${source.version} is what applies.`);
    const published = await publishSource(runtime, null, {
      id: source.id,
      revision: source.draftRevision,
      confirmed: options.confirmed === true,
    });
    if (!published.ok && published.problem.code === 'administrators_not_confirmed')
      throw new UsageError(`${words(published.problem)} Here: --confirmed.`);
    return `Published: version ${value(published).version}. Devices get it at their next refresh.`;
  },
};

export const policySourceCommands: Readonly<Record<string, Command>> = {
  'policy source': {
    usage: 'policy source list | show <id> | create <kind> <file.json> | publish <id> [--confirmed]',
    about:
      'Sources of policy: group policy objects, Intune profiles, DeviceLock; groups in a file by ID or name',
    run: async (runtime, [verb = '', ...rest], options) => {
      const known = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
      if (known === undefined)
        throw new UsageError('npm run admin -- policy source list | show | create | publish');
      return await known(runtime, rest, options);
    },
  },
};

function line(source: SourceSummary): string {
  const document = source.published ?? source.draft ?? emptyDocument;
  return [
    source.id,
    source.kind,
    stateWords(source),
    document.name,
    document.values.length === 1 ? '1 setting' : `${document.values.length} settings`,
  ].join('\t');
}

function stateWords({ version, draft, published }: SourceSummary): string {
  if (version === 0) return 'draft';
  const off = published?.enabled === false ? ', off' : '';
  return `published v${version}${draft === null ? '' : ', with a draft'}${off}`;
}

async function theSource(runtime: Runtime, id: string | undefined) {
  const source = z.uuid().safeParse(id).success ? await readSource(runtime.db, id as string) : null;
  if (source === null)
    throw new UsageError(`There is no policy source ${id ?? ''}. npm run admin -- policy source list`);
  return source;
}

/** Reads a document: what it leaves out is as in an empty one, and groups may be named. */
async function documentFrom(runtime: Runtime, path: string | undefined): Promise<PolicyDocument> {
  if (path === undefined) throw new UsageError('Which file? policy source create <kind> <file.json>');
  const json = readJson(path);
  const named = z.looseObject({
    include: z.array(z.string()).optional(),
    exclude: z.array(z.string()).optional(),
  });
  const written = named.safeParse(json);
  if (!written.success) throw new UsageError(`${path}: a document in JSON was expected.`);
  const [include, exclude] = await Promise.all(
    [written.data.include, written.data.exclude].map((names) => groupIds(runtime, names ?? [])),
  );
  const parsed = policyDocument.safeParse({ ...emptyDocument, ...written.data, include, exclude });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${path}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function readJson(path: string): unknown {
  try {
    if (statSync(path).size > DOCUMENT_MAX_BYTES) throw new UsageError(`${path} is too large.`);
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${path} cannot be read as JSON.`, { cause });
  }
}

async function groupIds(runtime: Runtime, names: readonly string[]): Promise<string[]> {
  const isId = (name: string) =>
    name === ALL_USERS || name === ALL_DEVICES || z.uuid().safeParse(name).success;
  const typed = names.filter((name) => !isId(name));
  const found = await findGroups(runtime.db, { names: typed });
  const missing = typed.find((name) => !found.some((group) => group.name === name));
  if (missing !== undefined) throw new UsageError(`There is no group ${missing}.`);
  return names.map((name) => found.find((group) => group.name === name)?.id ?? name);
}

function words({ code, facts = {} }: Extract<Result<never>, { ok: false }>['problem']): string {
  const { title, detail } = problem(code);
  const at = [facts.setting, facts.fault].filter((part) => part !== undefined).join(': ');
  return [title, at === '' ? '' : `(${at})`, facts.sentence ?? '', detail].filter(Boolean).join(' ');
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new UsageError(words(result.problem));
  return result.value;
}
