import 'server-only';
import { writeCommunication } from '#domain/communication/mail';
import { shipped, type TemplateName, templateNames } from '#domain/communication/templates';
import { exportForms } from '#domain/communication/wire';
import { normaliseUpn } from '#domain/identity';
import { dayIn, momentWords } from '#domain/time-zone';
import { listWords, readTimeZone, readValues, readWords, templateOf } from '../communication.ts';
import { exportTemplate } from '../communication-export.ts';
import { listPlans } from '../communication-plan.ts';
import { findUser } from '../identity.ts';
import type { Runtime } from '../runtime.ts';
import type { Command, Options } from './command.ts';
import { UsageError } from './usage.ts';

export const communicationCommands: Readonly<Record<string, Command>> = {
  'communication list': {
    usage: 'communication list',
    about: 'Messages and sheets, and what each ring sends when',
    run: async (runtime) => {
      const words = (await listWords(runtime.db)).map(({ name, subject, changedAt }) =>
        [name, changedAt === null ? 'as shipped' : 'own words', subject].join('\t'),
      );
      const plans = (await listPlans(runtime)).flatMap(({ name, rings }) =>
        rings.flatMap(({ ring, zone, lines }) =>
          lines.map(({ template, at, state, sent }) =>
            [
              `${name}/${ring.name}`,
              template,
              at === null ? 'no day yet' : `${momentWords(zone, at)} ${zone}`,
              state,
              `${sent.people} written to`,
            ].join('\t'),
          ),
        ),
      );
      return [...words, ...plans].join('\n');
    },
  },
  'communication preview': {
    usage: 'communication preview <template> [--user <upn>]',
    about: 'The plain text of a message or a sheet, as somebody gets it',
    run: async (runtime, [typed], options) => {
      const { db } = runtime;
      const { subject, blocks } = templateOf(await readWords(db, templateCalled(typed)));
      const person = (await personOf(runtime, options)) ?? undefined;
      const startsOn = dayIn(await readTimeZone(db), runtime.clock.now());
      const values = await readValues(runtime, db, { person, startsOn });
      const written = writeCommunication(subject, blocks, { values, logo: null, unsubscribe: null });
      return `${written.subject}\n\n${written.text.trimEnd()}`;
    },
  },
  'communication export': {
    usage: `communication export <template> --format ${exportForms.join('|')} [--user <upn>]`,
    about: 'A message or a sheet as a file: a draft without a sender, or a page',
    run: async (runtime, [typed], options) => {
      const template = templateCalled(typed);
      const form = exportForms.find((each) => each === options.format);
      if (form === undefined) throw new UsageError(`--format takes ${exportForms.join(' or ')}.`);
      const person = (await personOf(runtime, options))?.id;
      const file = await exportTemplate(runtime, null, { template, form, person });
      if (!file.ok) throw new UsageError(`${file.problem.title} ${file.problem.detail}`);
      return one(file.value);
    },
  },
};

async function* one(bytes: Uint8Array) {
  yield bytes;
}

function templateCalled(typed: string | undefined): TemplateName {
  const name = templateNames.find((each) => each === typed);
  if (name === undefined)
    throw new UsageError(
      `Which one? ${templateNames.map((each) => `${each} (${shipped(each).title})`).join(', ')}.`,
    );
  return name;
}

async function personOf(runtime: Runtime, { user }: Options) {
  if (typeof user !== 'string') return null;
  const found = await findUser(runtime, normaliseUpn(user));
  if (found === null) throw new UsageError(`There is nobody called ${user}.`);
  return found;
}
