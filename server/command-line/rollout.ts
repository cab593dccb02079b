import 'server-only';
import { ALL_USERS } from '#domain/policy/settings';
import type { Result } from '#domain/result';
import type { RingChange, RolloutDoubt } from '#domain/rollout';
import { findGroups } from '../group.ts';
import { listSources, type SourceSummary } from '../policy-source.ts';
import { addRings, type RolloutRing, readRings, turnRing } from '../rollout.ts';
import { readRingProgress } from '../rollout-progress.ts';
import type { Runtime } from '../runtime.ts';
import type { Command, Options } from './command.ts';
import { UsageError } from './usage.ts';

const RING = '<ring ID, or source/ring>';

export const rolloutCommands: Readonly<Record<string, Command>> = {
  'rollout list': {
    usage: 'rollout list <source>',
    about: 'The rings of a source (by name or ID) and how far each is',
    run: async (runtime, words) => {
      const { id } = await sourceOf(runtime, words.join(' '));
      const rings = await readRings(runtime.db, id);
      if (rings.length === 0) return 'It has no rings: everybody gets it at once.';
      const lines: string[] = [];
      for (const ring of rings) lines.push(await lineOf(runtime, id, ring));
      return lines.join('\n');
    },
  },
  'rollout add': {
    usage: 'rollout add <source> <name> [--groups <name,name>|all] [--confirmed]',
    about: 'Add a ring, last in turn; it waits',
    run: async (runtime, [source = '', ...name], options) => {
      const { id: sourceId } = await sourceOf(runtime, source);
      const ring = { name: name.join(' '), groups: await groupsOf(runtime, options) };
      const confirmed = confirmedBy(options, 'rollout_not_confirmed');
      value(await addRings(runtime, null, { sourceId, rings: [ring], confirmed }));
      return (await readRings(runtime.db, sourceId)).at(-1)?.id ?? '';
    },
  },
  ...turn('open', 'Open a ring: its devices get the source at their next refresh', 'Open.'),
  ...turn('pause', 'Pause a ring: who has the source keeps it, nobody else gets it', 'Paused.'),
  ...turn('resume', 'Go on with a ring that is paused', 'It goes on.'),
};

function turn(change: RingChange, about: string, done: string): Record<string, Command> {
  const usage = `rollout ${change} ${RING}${change === 'pause' ? '' : ' [--confirmed]'}`;
  return {
    [`rollout ${change}`]: {
      usage,
      about,
      run: async (runtime, words, options) => {
        const ringId = await ringOf(runtime, words.join(' '));
        const confirmed = confirmedBy(options, 'ring_out_of_turn', 'administrators_not_confirmed');
        value(await turnRing(runtime, null, { ringId, change, confirmed }));
        return done;
      },
    },
  };
}

const confirmedBy = ({ confirmed }: Options, ...doubts: RolloutDoubt[]) => (confirmed === true ? doubts : []);

async function lineOf(runtime: Runtime, sourceId: string, ring: RolloutRing): Promise<string> {
  const { people, devices, devicesWithSource, withHello, failed, failing } = await readRingProgress(
    runtime,
    sourceId,
    ring,
  );
  return [
    ring.name,
    ring.state,
    `${people} people`,
    `source on ${devicesWithSource} of ${devices} devices`,
    `${withHello} with a key`,
    `${failed} could not${failing ? ' (failing)' : ''}`,
    ring.id,
  ].join('\t');
}

async function sourceOf(runtime: Runtime, typed: string): Promise<SourceSummary> {
  const named = (source: SourceSummary) => (source.published ?? source.draft)?.name;
  const found = (await listSources(runtime.db)).filter(
    (source) => source.id === typed || named(source) === typed,
  );
  if (found[0] === undefined) throw new UsageError(`There is no source called ${typed}.`);
  if (found.length > 1)
    throw new UsageError(
      `${found.length} sources are called ${typed}. Name one by its ID: ${found.map(({ id }) => id).join(', ')}`,
    );
  return found[0];
}

/** A ring by its ID, or by its source and its name with a slash between them. */
async function ringOf(runtime: Runtime, typed: string): Promise<string> {
  const slash = typed.lastIndexOf('/');
  if (slash === -1) return typed;
  const { id } = await sourceOf(runtime, typed.slice(0, slash));
  const name = typed.slice(slash + 1);
  const ring = (await readRings(runtime.db, id)).find((each) => each.name === name);
  if (ring === undefined) throw new UsageError(`There is no ring called ${name}.`);
  return ring.id;
}

async function groupsOf(runtime: Runtime, { groups }: Options): Promise<string[]> {
  if (typeof groups !== 'string') return [];
  const typed = groups.split(',').map((each) => each.normalize('NFC').trim());
  if (typed.length === 1 && (typed[0] === 'all' || typed[0] === ALL_USERS)) return [ALL_USERS];
  const found = [
    ...(await findGroups(runtime.db, { names: typed })),
    ...(await findGroups(runtime.db, { ids: typed })),
  ];
  const missing = typed.filter((word) => !found.some(({ id, name }) => word === id || word === name));
  if (missing.length > 0) throw new UsageError(`There is no group called ${missing.join(', ')}.`);
  return found.map(({ id }) => id);
}

function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { title, detail, code } = result.problem;
  const confirm = code.endsWith('_not_confirmed') || code === 'ring_out_of_turn';
  throw new UsageError([title, detail, ...(confirm ? ['To confirm: --confirmed'] : [])].join(' '));
}
