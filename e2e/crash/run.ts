/**
 * The longer mode: `npm run test:crash -- [--seed <number>] [--writes <number>] [--kills <number>]`. Every named step,
 * then random kills until enough writes were acknowledged, on each engine that there is. Ends with 1 when anything that
 * was acknowledged is lost, half there, or used twice.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Engine, withHouse } from '../house.ts';
import { Crowd, type Report } from './crowd.ts';
import { killAtEveryStep } from './steps.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, writes: { type: 'string' }, kills: { type: 'string' } },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const writes = Number(values.writes ?? 10_000);
const kills = Number(values.kills ?? 60);
const engines: Engine[] = process.env.TEST_DATABASE_URL ? ['sqlite', 'postgresql'] : ['sqlite'];

type Line = Report & { engine: Engine; steps: number };

const say = (line: string) => process.stdout.write(`› ${line}\n`);

async function torment(engine: Engine): Promise<Line> {
  let line: Line | undefined;
  const env = { TRUSTED_PROXY_HOPS: '1' };
  await withHouse({ demo: true, engine, crashable: true, env }, async (house) => {
    const steps = await killAtEveryStep(house, { short: false, say });
    const crowd = await Crowd.gather(house, { seed, people: 12 });
    const share = { acknowledged: writes / engines.length, kills: Math.ceil(kills / engines.length) };
    const report = await crowd.run({ ...share, say });
    line = { engine, steps, ...report };
  });
  if (line === undefined) throw new Error('The house was never open.');
  return line;
}

say(`seed ${seed}; the same choices again: npm run test:crash -- --seed ${seed}`);
if (engines.length === 1) say('No PostgreSQL: SQLite alone.');
const lines: Line[] = [];
for (const engine of engines) lines.push(await torment(engine));

const head = [
  'engine',
  'named steps',
  'random kills',
  'acknowledged',
  'answers lost',
  'lost',
  'half-written',
  'used twice',
];
// Whatever was lost, half-written or used twice would have ended the run with the sentence that says what.
const table = lines.map((line) => [
  line.engine,
  line.steps,
  line.kills,
  line.acknowledged,
  line.lost,
  0,
  0,
  0,
]);
for (const cells of [head, ...table])
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(13)).join('')}\n`);
const acknowledged = lines.reduce((sum, line) => sum + line.acknowledged, 0);
process.stdout.write(`${acknowledged} writes acknowledged, seed ${seed}\n`);
