import { CircleCheck, CircleHelp, ExternalLink, OctagonAlert, UserCheck } from 'lucide-react';
import type { Metadata, Route } from 'next';
import Link from 'next/link';
import { deploymentFacts, deployments } from '#domain/deployment/matrix';
import {
  groupIsEmptyBecause,
  isDone,
  type RequirementGroup,
  type RequirementState,
  requirementGroupNames,
  requirementGroups,
  requirementSources,
  requirementStates,
  requirements,
} from '#domain/deployment/requirements';
import { mayAdminister } from '#domain/identity';
import { type Checklist, type ChecklistLine, readChecklist } from '#server/deployment';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge, type BadgeTone } from '#ui/badge';
import { Card, Section } from '#ui/card';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { ChoiceForm } from './choice-form.tsx';
import { Confirmation } from './confirmation.tsx';
import { PrintButton } from './print-button.tsx';
import { anchorOf, PURPOSE, stateWords } from './words.ts';

export const metadata: Metadata = { title: 'Deployment' };

const looks: Readonly<
  Record<RequirementState, { icon: typeof CircleCheck; tone: BadgeTone; ink: string; fill: string }>
> = {
  met: { icon: CircleCheck, tone: 'success', ink: 'text-success-ink', fill: 'fill-success' },
  confirmed: { icon: UserCheck, tone: 'success', ink: 'text-success-ink', fill: 'fill-series-2' },
  not_met: { icon: OctagonAlert, tone: 'danger', ink: 'text-danger-ink', fill: 'fill-danger' },
  unknown: { icon: CircleHelp, tone: 'neutral', ink: 'text-ink-soft', fill: 'fill-line-strong' },
};

export default async function DeploymentPage() {
  const { runtime, caller } = await administratorPage();
  const checklist = await readChecklist(runtime);
  const { deployment, chosen, lines } = checklist;
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const { title, about } = deployments[deployment];

  return (
    <AdminPage
      title="Deployment"
      purpose={PURPOSE}
      action={
        <div className="print:hidden">
          <PrintButton />
        </div>
      }
    >
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          The deployment is chosen and confirmed by a Global Administrator.
        </Notice>
      )}
      <div className="flex flex-col gap-10">
        <div className="grid gap-6 xl:grid-cols-[3fr_2fr]">
          <Card>
            <div className="flex flex-col gap-4">
              <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
                <div className="flex min-w-0 grow basis-64 flex-col gap-1">
                  <p className="text-14 text-ink-soft">
                    {chosen ? 'This deployment' : 'Nobody has chosen yet: this is assumed'}
                  </p>
                  <h2 className="text-20 font-semibold">{title}</h2>
                  <p className="max-w-line text-14 text-ink-soft">{about}</p>
                </div>
                {manages ? (
                  <div className="print:hidden">
                    <ChoiceForm now={deployment} chosen={chosen} />
                  </div>
                ) : null}
              </div>
              <Facts tight facts={[...deploymentFacts(deployment)]} />
            </div>
          </Card>
          <Card>
            <Progress checklist={checklist} />
          </Card>
        </div>
        {requirementGroupNames.map((group) => (
          <Group
            key={group}
            group={group}
            checklist={checklist}
            lines={lines.filter(({ name }) => requirements[name].group === group)}
            manages={manages}
          />
        ))}
      </div>
    </AdminPage>
  );
}

/** How much of it holds: in all, by state and by group. */
function Progress({ checklist: { lines, done } }: { checklist: Checklist }) {
  const count = (state: RequirementState) => lines.filter((line) => line.state === state).length;
  const share = (states: readonly RequirementState[]) =>
    (states.reduce((sum, state) => sum + count(state), 0) / lines.length) * 100;
  return (
    <div className="flex h-full flex-col gap-5">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="figures text-40 font-semibold tracking-[-0.02em]">
          {done} of {lines.length}
        </span>
        <span className="text-16 text-ink-soft">
          {done === lines.length
            ? 'hold: everything this deployment needs'
            : 'hold of what this deployment needs'}
        </span>
      </p>
      <svg aria-hidden="true" width="100%" height="16" className="overflow-hidden rounded-tick">
        <rect width="100%" height="100%" className="fill-sunken" />
        {requirementStates.map((state, at) => (
          <rect
            key={state}
            x={`${share(requirementStates.slice(0, at))}%`}
            width={`${share([state])}%`}
            height="100%"
            className={looks[state].fill}
          />
        ))}
      </svg>
      <ul className="flex flex-wrap gap-x-6 gap-y-2 text-14">
        {requirementStates.map((state) => {
          const { icon: Icon, ink } = looks[state];
          return (
            <li key={state} className="flex items-center gap-1.5">
              <Icon size={16} className={ink} />
              <span className="figures font-semibold">{count(state)}</span>
              <span className="text-ink-soft">{stateWords[state].toLowerCase()}</span>
            </li>
          );
        })}
      </ul>
      <nav aria-label="Phases" className="border-line border-t pt-3">
        <ul className="flex flex-col">
          {requirementGroupNames.map((group) => {
            const here = lines.filter(({ name }) => requirements[name].group === group);
            const held = here.filter(({ state }) => isDone(state)).length;
            return (
              <li key={group}>
                <a
                  href={`#${anchorOf(group)}`}
                  className="-mx-2 flex min-h-9 items-center justify-between gap-4 rounded-inner px-2 text-14 hover:bg-accent-soft hover:text-accent-ink pointer-coarse:min-h-11"
                >
                  <span>{requirementGroups[group].title}</span>
                  <span className="figures text-ink-soft">
                    {here.length === 0 ? 'nothing to do' : `${held} of ${here.length}`}
                  </span>
                </a>
              </li>
            );
          })}
        </ul>
      </nav>
    </div>
  );
}

function Group({
  group,
  checklist,
  lines,
  manages,
}: {
  group: RequirementGroup;
  checklist: Checklist;
  lines: readonly ChecklistLine[];
  manages: boolean;
}) {
  const { title, about } = requirementGroups[group];
  const held = lines.filter(({ state }) => isDone(state)).length;
  return (
    <div id={anchorOf(group)} className="scroll-mt-20 lg:scroll-mt-6">
      <Section
        title={title}
        note={about}
        action={
          lines.length === 0 ? null : (
            <span className="figures text-14 text-ink-soft">
              {held} of {lines.length}
            </span>
          )
        }
      >
        {lines.length === 0 ? (
          <p className="max-w-line text-14 text-ink-soft">
            {groupIsEmptyBecause(group, checklist.deployment)}
          </p>
        ) : (
          <Card flush>
            <ul className="divide-y divide-line">
              {lines.map((line) => (
                <Line key={line.name} line={line} manages={manages} />
              ))}
            </ul>
          </Card>
        )}
      </Section>
    </div>
  );
}

function Line({
  line: { name, state, finding, confirmation },
  manages,
}: {
  line: ChecklistLine;
  manages: boolean;
}) {
  const { sentence, why, source, change, judge } = requirements[name];
  const { icon: Icon, tone } = looks[state];
  const page = requirementSources[source];
  return (
    <li className="grid gap-x-8 gap-y-3 p-4 break-inside-avoid sm:grid-cols-[minmax(0,1fr)_auto] sm:px-6">
      <div className="flex min-w-0 flex-col gap-1">
        <h3 className="max-w-line text-14 font-semibold wrap-anywhere">{sentence}</h3>
        <p className="max-w-line text-14 text-ink-soft">{why}</p>
        <p className="flex max-w-line flex-wrap gap-x-4 gap-y-1 pt-1 text-12 text-ink-soft">
          <a
            href={page.href}
            target="_blank"
            rel="noopener noreferrer"
            className="link inline-flex items-center gap-1"
          >
            {page.title}
            <ExternalLink size={12} className="shrink-0 print:hidden" />
            <span className="sr-only"> (opens in a new tab)</span>
          </a>
        </p>
      </div>
      <div className="flex min-w-0 flex-col items-start gap-2 sm:w-56 xl:w-80">
        <Badge tone={tone} icon={<Icon size={12} />}>
          {state === 'unknown' && judge === undefined ? 'Not confirmed' : stateWords[state]}
        </Badge>
        {finding === null ? null : <p className="text-14 wrap-anywhere">{finding}</p>}
        {confirmation === null ? null : (
          <p className="text-14 wrap-anywhere">
            By {confirmation.by}, <Time at={confirmation.at.toISOString()} form="day" />
          </p>
        )}
        {change === undefined ? null : (
          <Link href={change.href as Route} className="link text-14 print:hidden">
            Change it in {change.label}
          </Link>
        )}
        {judge === undefined && manages ? (
          <Confirmation name={name} sentence={sentence} by={confirmation?.by ?? null} />
        ) : null}
      </div>
    </li>
  );
}
