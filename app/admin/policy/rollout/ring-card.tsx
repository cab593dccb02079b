import { CirclePause, CirclePlay, Clock, OctagonAlert, Pause, Play, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RingState } from '#domain/policy/assignment';
import { ALL_USERS } from '#domain/policy/settings';
import { type RingChange, rolloutFailures, waitingBefore } from '#domain/rollout';
import type { GroupSummary } from '#server/group';
import type { RolloutRing } from '#server/rollout';
import type { RingProgress } from '#server/rollout-progress';
import { Badge, type BadgeTone } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Card } from '#ui/card';
import { LineChart } from '#ui/line-chart';
import { Notice } from '#ui/notice';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { eventsAddress } from '../../events/address.ts';
import { capital, counted } from '../../words.ts';
import { GroupChips } from '../groups-form.tsx';
import { dropRing, switchRing } from './actions.ts';
import { MoveRing } from './move-ring.tsx';
import { RingAct } from './ring-act.tsx';
import { RingForm } from './ring-form.tsx';
import { devices, people, stateWords } from './words.ts';

const looks: Readonly<Record<RingState, { tone: BadgeTone; icon: ReactNode; explains: string }>> = {
  waiting: { tone: 'neutral', icon: <Clock size={12} />, explains: 'Nobody in it has got anything by it.' },
  open: {
    tone: 'success',
    icon: <CirclePlay size={12} />,
    explains: 'Its devices get the source at their next refresh.',
  },
  paused: {
    tone: 'warning',
    icon: <CirclePause size={12} />,
    explains: 'Devices that have the source keep it. No other device gets it.',
  },
};

/** Where the events are that made a ring fail: the same people, the same codes, the same time. */
function eventsOf({ groups }: RolloutRing, { failuresFrom }: RingProgress) {
  return eventsAddress({
    group: groups.includes(ALL_USERS) ? undefined : groups.join(','),
    code: rolloutFailures.join(','),
    outcome: 'failure',
    from: failuresFrom?.toISOString(),
  });
}

/** One ring: who is in it, how far it is, and what can be done with it. */
export function RingCard({
  ring,
  index,
  rings,
  progress,
  groups,
  sourceId,
  sourceName,
  published,
  seen,
  manages,
}: {
  ring: RolloutRing;
  index: number;
  rings: readonly RolloutRing[];
  progress: RingProgress;
  groups: readonly GroupSummary[];
  sourceId: string;
  sourceName: string;
  published: boolean;
  seen: number;
  manages: boolean;
}) {
  const { name, state, id: ringId, openedAt } = ring;
  const { tone, icon, explains } = looks[state];
  return (
    <Card>
      <div className="flex flex-col gap-5">
        <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
          <div className="flex min-w-0 flex-col gap-2">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <h2 className="text-20 font-semibold wrap-anywhere">
                <span className="figures text-ink-soft">{index + 1}.</span> {name}
              </h2>
              <Badge tone={tone} icon={icon}>
                <Term explains={explains}>{stateWords[state]}</Term>
              </Badge>
              {progress.failing ? (
                <Badge tone="danger" icon={<OctagonAlert size={12} />}>
                  Failing
                </Badge>
              ) : null}
            </div>
            <div className="flex">
              <GroupChips chosen={ring.groups} groups={groups} />
            </div>
            <p className="text-12 text-ink-soft">
              {openedAt === null ? (
                'Nothing counts before it is opened.'
              ) : (
                <>
                  Opened <Time at={openedAt.toISOString()} />
                </>
              )}
            </p>
          </div>
          {manages ? (
            <div className="flex flex-wrap items-center gap-2">
              <Turn {...{ ring, index, rings, progress, sourceName, published, seen }} />
              <RingForm
                sourceId={sourceId}
                ring={{ id: ringId, name, groups: ring.groups, kept: state !== 'waiting' }}
                groups={groups}
                seen={seen}
              />
              <MoveRing
                ringId={ringId}
                name={name}
                seen={seen}
                first={index === 0}
                last={index === rings.length - 1}
              />
              {state === 'waiting' ? (
                <RingAct
                  trigger={{
                    label: (
                      <>
                        Remove<span className="sr-only"> {name}</span>
                      </>
                    ),
                    size: 'small',
                    tone: 'quiet',
                    icon: <Trash2 size={16} />,
                  }}
                  title={`Remove ${name}?`}
                  confirmLabel="Remove 1 ring"
                  pendingLabel="Removing"
                  tone="danger"
                  action={dropRing}
                  input={{ ringId, seen }}
                  done={`${name} was removed.`}
                >
                  <p>It waits, so that no device loses anything. Its groups stay as they are.</p>
                  {rings.length === 1 && published ? (
                    <p>It is the last ring: without it everybody whom {sourceName} is for gets it at once.</p>
                  ) : null}
                </RingAct>
              ) : null}
            </div>
          ) : null}
        </div>
        <Failures ring={ring} progress={progress} />
        <div className="grid gap-x-10 gap-y-6 lg:grid-cols-2">
          <div className="flex flex-col gap-4">
            <Bar label="In the ring" value={progress.people} of={progress.people} />
            <Bar label="Have the source on a device" value={progress.withSource} of={progress.people} />
            <Bar
              label="Have a Windows Hello key that works"
              value={progress.withHello}
              of={progress.people}
            />
            <p className="text-12 text-ink-soft">
              {progress.devices === 0
                ? 'They have no device yet.'
                : `On ${progress.devicesWithSource} of their ${devices(progress.devices)}, as devices were told at their last refresh.`}
            </p>
          </div>
          {progress.days.length === 0 ? null : (
            <LineChart
              title="People who set up a key"
              unit="people since the ring was opened"
              marks={progress.days.map(({ day }) => dayWords(day))}
              lines={[
                {
                  key: 'enrolled',
                  label: 'So far',
                  values: progress.days.map(({ enrolled }) => enrolled),
                  look: 1,
                },
              ]}
            />
          )}
        </div>
      </div>
    </Card>
  );
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dayWords = (day: string) => `${Number(day.slice(8))} ${months[Number(day.slice(5, 7)) - 1]}`;

/** How many of the ring's people. */
function Bar({ label, value, of }: { label: string; value: number; of: number }) {
  const share = of === 0 ? 0 : Math.round((value / of) * 100);
  return (
    <div className="flex flex-col gap-1">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4 text-14">
        <span>{label}</span>
        <span className="figures">
          <span className="font-semibold">{value}</span>
          <span className="text-ink-soft">
            {' '}
            of {of}, {share} %
          </span>
        </span>
      </p>
      <svg aria-hidden="true" width="100%" height="12">
        <rect width="100%" height="12" rx="5" className="fill-accent-soft" />
        <rect width={`${share}%`} height="12" rx="5" className="fill-series-1" />
      </svg>
    </div>
  );
}

/** One press from a failing ring to its events. */
function Failures({ ring, progress }: { ring: RolloutRing; progress: RingProgress }) {
  const { failures, failed, failedLastDay, failing } = progress;
  if (failures === 0) return null;
  const href = eventsOf(ring, progress);
  const label = `Show ${counted(failures, 'failure')}`;
  if (!failing)
    return (
      <p className="flex flex-wrap items-center gap-x-3 gap-y-2 text-14 text-ink-soft">
        {failed === 0
          ? 'Some tries failed in the last 7 days, and everybody who tried has a key.'
          : `${capital(people(failed))} tried in the last 7 days and ${failed === 1 ? 'has' : 'have'} no key yet.`}
        <ButtonLink size="small" href={href}>
          {label}
        </ButtonLink>
      </p>
    );
  return (
    <Notice
      tone="danger"
      live="none"
      title={`${capital(people(failed))} could not set up a key`}
      safe="Pausing takes nothing away from devices that have the source."
      action={
        <ButtonLink size="small" href={href}>
          {label}
        </ButtonLink>
      }
    >
      In the last 7 days, {failedLastDay} of them in the last 24 hours; {people(progress.enrolled)} could.
      Look before more people get it.
    </Notice>
  );
}

/** The one thing that comes next for a ring. */
function Turn({
  ring: { id: ringId, name, state, groups },
  index,
  rings,
  progress,
  sourceName,
  published,
  seen,
}: {
  ring: RolloutRing;
  index: number;
  rings: readonly RolloutRing[];
  progress: RingProgress;
  sourceName: string;
  published: boolean;
  seen: number;
}) {
  const earlier = waitingBefore(rings, index).map((place) => rings[place]?.name);
  const who = `${people(progress.people)} with ${devices(progress.devices)}`;
  const input = (change: RingChange) => ({ ringId, seen, change });
  const soon = 'Devices refresh at a sign-in, every eight hours, and when somebody syncs.';
  if (state === 'open')
    return (
      <RingAct
        key="pause"
        trigger={{ label: label('Pause', name), size: 'small', icon: <Pause size={16} /> }}
        title={`Pause ${name}?`}
        confirmLabel="Pause the ring"
        pendingLabel="Pausing"
        action={switchRing}
        input={input('pause')}
        done={`${name} is paused. Devices that have ${sourceName} keep it.`}
      >
        <p>
          {capital(devices(progress.devicesWithSource))} of it{' '}
          {progress.devicesWithSource === 1 ? 'has' : 'have'} {sourceName} and{' '}
          {progress.devicesWithSource === 1 ? 'keeps' : 'keep'} it. No other device gets it until the ring
          goes on.
        </p>
      </RingAct>
    );
  if (state === 'paused')
    return (
      <RingAct
        key="resume"
        trigger={{ label: label('Go on', name), size: 'small', tone: 'primary', icon: <Play size={16} /> }}
        title={`Go on with ${name}?`}
        confirmLabel="Go on"
        pendingLabel="Going on"
        action={switchRing}
        input={input('resume')}
        done={`${name} goes on.`}
      >
        <p>
          The rest of {who} gets {sourceName}. {soon}
        </p>
      </RingAct>
    );
  return (
    <RingAct
      key="open"
      trigger={{
        label: label('Open', name),
        size: 'small',
        tone: earlier.length === 0 ? 'primary' : 'secondary',
        icon: <Play size={16} />,
        disabled: !published || groups.length === 0,
      }}
      title={`Open ${name} to ${people(progress.people)}?`}
      confirmLabel="Open the ring"
      pendingLabel="Opening"
      foreseen={earlier.length === 0 ? [] : ['ring_out_of_turn']}
      action={switchRing}
      input={input('open')}
      done={`${name} is open.`}
    >
      <p>
        {capital(who)} get {sourceName}, as far as it is for them. {soon}
      </p>
      {earlier.length === 0 ? null : (
        <Notice
          tone="warning"
          live="none"
          title={`It goes before ${earlier.join(', ')}, which ${earlier.length === 1 ? 'has' : 'have'} not been opened`}
        >
          Its people get the source although nobody has tried it in{' '}
          {earlier.length === 1 ? 'that ring' : 'those rings'}.
        </Notice>
      )}
    </RingAct>
  );
}

const label = (verb: string, name: string) => (
  <>
    {verb}
    <span className="sr-only"> {name}</span>
  </>
);
