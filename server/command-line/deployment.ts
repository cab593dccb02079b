import 'server-only';
import { deploymentFacts, deployments } from '#domain/deployment/matrix';
import {
  groupIsEmptyBecause,
  type RequirementState,
  requirementGroupNames,
  requirementGroups,
  requirementSources,
  requirements,
} from '#domain/deployment/requirements';
import type { Result } from '#domain/result';
import {
  type Checklist,
  type ChecklistLine,
  confirmRequirement,
  readChecklist,
  withdrawConfirmation,
} from '../deployment.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage.ts';

export const deploymentCommands: Readonly<Record<string, Command>> = {
  deployment: {
    usage: 'deployment [--json]',
    about:
      'What this deployment needs, and how each of it stands; policy set Deployment.modelAndTrust chooses it',
    run: async (runtime, _words, options) => {
      const checklist = await readChecklist(runtime);
      return options.json === true ? JSON.stringify(checklistData(checklist)) : checklistWords(checklist);
    },
  },
  'deployment confirm': {
    usage: 'deployment confirm <requirement>',
    about: 'Say that a requirement is met that Latchkey cannot see',
    run: async (runtime, [name = '']) => {
      known(name, await confirmRequirement(runtime, null, { name }));
      return `${name} is confirmed.`;
    },
  },
  'deployment withdraw': {
    usage: 'deployment withdraw <requirement>',
    about: 'Take a confirmation back',
    run: async (runtime, [name = '']) => {
      known(name, await withdrawConfirmation(runtime, null, { name }));
      return `${name} is not confirmed.`;
    },
  },
};

function known(name: string, result: Result<null>): void {
  if (!result.ok)
    throw new UsageError(`There is nothing to confirm called "${name}". npm run admin -- deployment`);
}

function checklistData({ deployment, chosen, lines, done }: Checklist) {
  const { model, trust } = deployments[deployment];
  return {
    deployment,
    model,
    trust,
    chosen,
    done,
    total: lines.length,
    requirements: lines.map(({ name, state, finding, confirmation }) => {
      const { group, sentence, why, source } = requirements[name];
      const { title, href } = requirementSources[source];
      return { name, group, state, sentence, finding, confirmation, why, source: title, address: href };
    }),
  };
}

const marks: Readonly<Record<RequirementState, string>> = {
  met: '[x]',
  confirmed: '[x]',
  not_met: '[ ]',
  unknown: '[?]',
};

function checklistWords({ deployment, chosen, lines, done }: Checklist): string {
  const facts = deploymentFacts(deployment);
  const width = Math.max(...facts.map(({ term }) => term.length));
  return [
    `${deployments[deployment].title}${chosen ? '' : ' (nobody chose: the built-in default)'}`,
    ...facts.map(({ term, value }) => `  ${term.padEnd(width)}  ${value}`),
    '',
    `${done} of ${lines.length}`,
    ...requirementGroupNames.flatMap((group) => {
      const here = lines.filter(({ name }) => requirements[name].group === group);
      return [
        '',
        requirementGroups[group].title,
        ...(here.length === 0 ? [`  ${groupIsEmptyBecause(group, deployment)}`] : here.flatMap(lineWords)),
      ];
    }),
  ].join('\n');
}

function lineWords({ name, state, finding, confirmation }: ChecklistLine): string[] {
  const known =
    finding ??
    (confirmation === null
      ? `Nobody has confirmed it: deployment confirm ${name}`
      : `Confirmed by ${confirmation.by}, ${confirmation.at.toISOString().slice(0, 10)}`);
  return [`  ${marks[state]} ${requirements[name].sentence}`, `      ${known}`];
}
