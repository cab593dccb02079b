/** Everything CI runs, and what became of it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { withLock } from './lock.mjs';
import { findBrowser, findSamba, findTpm, withPostgresql } from './peers.mjs';
import { build, prepare } from './preparation.mjs';
import { CI, node, progress, ROOT, SERVER_SCRIPT, STATE, Stop, say, stopping, tool } from './process.mjs';

/** The parts that can be run alone. */
export const parts = ['check', 'unit', 'e2e'];
/** The script of both engines' models and migrations. */
export const ENGINES = join('prisma', 'engines.ts');

/** Each gate is run even when one before it fails, so that one run tells everything. */
async function checkStages() {
  const stages = [];
  const stage = async (name, action) => {
    say(name);
    const { code } = await action();
    if (stopping) throw new Stop('');
    stages.push({ name, failed: code !== 0 });
  };
  await stage('Format, lint and import walls (biome)', () =>
    tool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings']),
  );
  await stage('Types (next typegen, tsc)', async () => {
    const typegen = await tool('next/dist/bin/next', ['typegen'], {
      capture: true,
      env: { NEXT_TELEMETRY_DISABLED: '1' },
    });
    if (typegen.code !== 0) progress.write(typegen.output);
    return typegen.code === 0 ? tool('typescript/bin/tsc', ['--noEmit']) : typegen;
  });
  return stages;
}

export async function check() {
  await withLock(prepare);
  const stages = await checkStages();
  say('Lock file and scripts on every platform');
  const { code } = await tool('vitest/vitest.mjs', ['run', 'e2e/portability.test.ts']);
  stages.push({ name: 'Lock file and scripts', failed: code !== 0 });
  const failed = stages.filter((stage) => stage.failed);
  if (failed.length > 0) throw new Stop(`Failed: ${failed.map(({ name }) => name).join('; ')}.`);
}

const reportFile = (name) => {
  const file = join(STATE, `${name}.json`);
  rmSync(file, { force: true });
  return file;
};
/** A failed test, the first line of what it said, and a property's seed: for the end of a long run, where people look. */
const inOneLine = ({ name, why }) =>
  why ? `${name}: ${/^.*(\n\{ seed.*)?/.exec(stripVTControlCharacters(why))[0].replace('\n', ' ')}` : name;
const readReport = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

async function unitTests(args) {
  say('Unit tests (vitest)');
  const file = reportFile('vitest');
  const { code } = await tool('vitest/vitest.mjs', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...args,
  ]);
  const tests = (readReport(file)?.testResults ?? []).flatMap(
    ({ name, status, message, assertionResults }) => {
      const path = relative(ROOT, name);
      const own = assertionResults.map(({ fullName, status, failureMessages }) => ({
        name: `${path}: ${fullName}`,
        status,
        why: failureMessages?.[0],
      }));
      const unsaid = status === 'failed' && !own.some((test) => test.status === 'failed');
      return unsaid ? [...own, { name: path, status: 'failed', why: message }] : own;
    },
  );
  return {
    name: 'Unit tests',
    broken: code !== 0,
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').map(inOneLine),
    skipped: tests.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ name }) => name),
  };
}

/** One line per Playwright test: its title path, its outcome and, for a skipped one, the reason that it gives. */
function playwrightTests(suites, path = []) {
  return (suites ?? []).flatMap((suite) => {
    const here = suite.title ? [...path, suite.title] : path;
    const own = (suite.specs ?? []).flatMap(({ title, tests }) =>
      tests.map(({ status, annotations, projectName, results }) => {
        const reason = annotations?.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
        const why = results?.find(({ error }) => error)?.error.message;
        return {
          name: `[${projectName}] ${[...here, title].join(' › ')}${reason ? ` (${reason})` : ''}`,
          status,
          why,
        };
      }),
    );
    return [...own, ...playwrightTests(suite.suites, here)];
  });
}

async function browserTests(args) {
  say('Looking for a browser');
  const { env, advice } = await findBrowser();
  if (!env) {
    const { output } = await tool('@playwright/test/cli.js', ['test', '--list', '--reporter=json', ...args], {
      capture: true,
    });
    let listed = [];
    try {
      listed = playwrightTests(JSON.parse(output).suites);
    } catch {}
    const missing = `every browser test: no browser was found; ${advice}`;
    const skipped = listed.length > 0 ? listed.map(({ name }) => name) : [missing];
    return { name: 'Browser tests', broken: false, skipped, instead: missing };
  }
  say(`Browser tests (Playwright, ${Object.values(env)[0]})`);
  const file = reportFile('playwright');
  const { code } = await tool('@playwright/test/cli.js', ['test', '--reporter=list,json', ...args], {
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  });
  const tests = playwrightTests(readReport(file)?.suites);
  return {
    name: 'Browser tests',
    broken: code !== 0,
    passed: tests.filter(({ status }) => status === 'expected').length,
    failed: tests.filter(({ status }) => status === 'unexpected' || status === 'flaky').map(inOneLine),
    skipped: tests.filter(({ status }) => status === 'skipped').map(({ name }) => name),
  };
}

/** Models, derived schema and migrations of both engines agree. */
const modelsStage = async () => ({
  name: 'Models and migrations',
  broken: (await node([...SERVER_SCRIPT, ENGINES, 'check', process.env.TEST_DATABASE_URL])).code !== 0,
});

export async function test([part, ...args]) {
  const wants = (name) => part === undefined || part === name;
  await withLock(prepare);

  const stages = [];
  const add = (stage) => {
    if (stopping) throw new Stop('');
    stages.push({ passed: 0, failed: [], skipped: [], ...stage });
  };
  if (wants('check')) for (const { name, failed } of await checkStages()) add({ name, broken: failed });
  if (wants('unit') || wants('e2e')) {
    const { advice: tpmAdvice } = await findTpm();
    if (tpmAdvice) add({ name: 'TPM', skipped: [`every test on a TPM: ${tpmAdvice}`] });
    if (wants('unit')) {
      const { advice: sambaAdvice } = await findSamba();
      if (sambaAdvice) add({ name: 'Samba', skipped: [`every test with Samba's parsers: ${sambaAdvice}`] });
    }
    await withPostgresql(async (advice) => {
      if (advice) add({ name: 'PostgreSQL', skipped: [`every test on PostgreSQL: ${advice}`] });
      else if (wants('unit')) add(await modelsStage());
      if (wants('unit')) add(await unitTests(args));
      if (!wants('e2e')) return;
      const built = await withLock(build).then(
        () => true,
        (error) => {
          if (!(error instanceof Stop) || stopping) throw error;
          progress.write(`${error.message}\n`);
          return false;
        },
      );
      add(built ? await browserTests(args) : { name: 'Build', broken: true });
    });
  }

  const sum = (count) => stages.reduce((total, stage) => total + count(stage), 0);
  // A stage that fails without a failed test to show for it (lint, types) counts as one.
  const failed = sum((stage) => stage.failed.length || Number(stage.broken));
  const skipped = sum((stage) => stage.skipped.length);
  const lines = stages
    .filter((stage) => stage.broken)
    .flatMap(({ name, failed: names }) => [`Failed: ${name}`, ...names.map((test) => `  - ${test}`)]);
  if (skipped > 0) {
    lines.push(CI ? 'Skipped, which CI=true makes a failure:' : 'Skipped:');
    lines.push(
      ...stages
        .flatMap(({ skipped: names, instead }) => (instead ? [instead] : names))
        .map((name) => `  - ${name}`),
    );
  }
  progress.write(
    `\n${[...lines, `${sum((stage) => stage.passed)} passed, ${failed} failed, ${skipped} skipped`].join('\n')}\n`,
  );
  if (failed > 0 || (CI && skipped > 0)) throw new Stop('');
}
