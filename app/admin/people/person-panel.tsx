import { Ban, Eraser, ScrollText, Siren } from 'lucide-react';
import type { Route } from 'next';
import type { ReactNode } from 'react';
import { mayAdminister, roles } from '#domain/identity';
import { countedByWords, limitedWords } from '#domain/rate-limit';
import { readApprovalRest } from '#server/approval';
import { namesOfModels } from '#server/attestation/metadata';
import type { Person } from '#server/caller';
import { listCredentials } from '#server/credential';
import { deviceNamesOf, listDevices } from '#server/device';
import { listEvents } from '#server/event';
import { readFederationOf } from '#server/federation';
import { groupsOf } from '#server/group';
import { listPeople, type PersonSummary } from '#server/identity';
import { listContainers } from '#server/key-container';
import { obstacleFor, readPassPolicy } from '#server/pass-policy';
import { countApprovers, listPassRequests } from '#server/pass-request';
import { listReachedLimits, type ReachedLimit } from '#server/rate-limit';
import type { Runtime } from '#server/runtime';
import { listSecondFactors, secondFactorsOf } from '#server/second-factor';
import { listSessionOrigins, listSessions } from '#server/session';
import { readPass } from '#server/temporary-access-pass';
import { Avatar } from '#ui/avatar';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { SidePanel } from '#ui/side-panel';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { EventLines } from '../events/event-lines.tsx';
import { GroupLinks } from '../groups/group-links.tsx';
import { Act, Outcomes } from '../outcomes.tsx';
import { clearLimitsOfPerson } from './actions.ts';
import { managesMethodsOf } from './manages.ts';
import { PersonAccount } from './person-account.tsx';
import { PersonDevices } from './person-devices.tsx';
import { PersonFederation } from './person-federation.tsx';
import { PersonKeys } from './person-keys.tsx';
import { PersonPass } from './person-pass.tsx';
import { PersonPassword } from './person-password.tsx';
import { PersonRest } from './person-rest.tsx';
import { PersonSecondFactors } from './person-second-factors.tsx';
import { PersonSessions } from './person-sessions.tsx';
import { Pins } from './pins.tsx';

const DEVICES_SHOWN = 24;
const EVENTS_SHOWN = 10;

/** One person: what they sign in with, on what, and what an administrator can do about it. */
export async function PersonPanel({
  runtime,
  actor,
  id,
  closeHref,
}: {
  runtime: Runtime;
  actor: Person;
  /** From the address: it may name nobody. */
  id: string;
  closeHref: Route;
}) {
  const person = (await listPeople(runtime, { id, limit: 1 }))[0];
  if (person === undefined) {
    return (
      <SidePanel title="Nobody here" closeHref={closeHref}>
        <Notice tone="info" live="none" title="This person is not in the directory">
          They may have been removed since the link was made. What they did stays in the event log.
        </Notice>
      </SidePanel>
    );
  }
  const [
    keys,
    devices,
    pass,
    sessions,
    origins,
    factors,
    ways,
    events,
    passPolicy,
    obstacle,
    reached,
    requests,
    approvers,
    groups,
    containers,
    restsUntil,
    federation,
  ] = await Promise.all([
    listCredentials(runtime, id),
    listDevices(runtime, { userId: id, limit: DEVICES_SHOWN }),
    readPass(runtime, id),
    listSessions(runtime, id),
    listSessionOrigins(runtime, { userId: id }),
    listSecondFactors(runtime.db, id),
    secondFactorsOf(runtime.db, id),
    listEvents(runtime, { userId: id }, EVENTS_SHOWN),
    readPassPolicy(runtime.db),
    obstacleFor(runtime.db, id),
    listReachedLimits(runtime, { userId: id }),
    listPassRequests(runtime, { userId: id, limit: 5 }),
    countApprovers(runtime.db, actor.id, id),
    groupsOf(runtime.db, 'person', id),
    listContainers(runtime, { userId: id }),
    readApprovalRest(runtime, id),
    readFederationOf(runtime, person),
  ]);
  const deviceNames = await deviceNamesOf(
    runtime,
    containers.map(({ deviceId }) => deviceId),
  );
  const models = await namesOfModels(
    runtime,
    keys.map(({ aaguid }) => aaguid),
  );
  const acts = mayAdminister(actor.roles, 'manage_methods');
  const self = actor.id === person.id;
  const manages = managesMethodsOf(actor, person);
  const working = keys.filter(({ usable }) => usable);
  const first = person.displayName.split(' ')[0] ?? person.displayName;
  const shared = { person, first, manages };

  return (
    <SidePanel
      closeHref={closeHref}
      title={
        <span className="flex items-center gap-3">
          <Avatar name={person.displayName} size={40} />
          {person.displayName}
        </span>
      }
      subtitle={<span className="wrap-anywhere">{person.upn}</span>}
    >
      <Outcomes>
        <Badges person={person} />
        {acts && !manages ? (
          <Notice
            tone="info"
            live="none"
            title={self ? 'This is your own account' : 'You can look, not change'}
          >
            {self
              ? 'Nobody issues a pass, sets a password or revokes a key for themselves here. Ask another administrator, or use your own Security info.'
              : 'Authentication Administrators manage members only. A Privileged Authentication Administrator or a Global Administrator can do it.'}
          </Notice>
        ) : null}
        <Facts
          tight
          facts={[
            { term: 'Title', value: person.jobTitle || '–' },
            {
              term: (
                <Term explains="Directory roles. Somebody without one is a member and sees no administration.">
                  Roles
                </Term>
              ),
              value: person.roles.map((role) => roles[role]).join(', ') || 'Member',
            },
            { term: 'Groups', value: <GroupLinks groups={groups} /> },
            { term: 'ID', value: person.id, mono: true, copy: person.id },
          ]}
        />

        {reached.length === 0 ? null : (
          <SlowedDown
            reached={reached}
            action={
              manages ? (
                <Act
                  trigger={{ label: 'Clear', size: 'small', icon: <Eraser size={16} /> }}
                  title={`Clear what slows ${person.displayName} down?`}
                  confirmLabel="Clear the limits"
                  pendingLabel="Clearing"
                  tone="primary"
                  action={clearLimitsOfPerson}
                  input={{ userId: person.id }}
                  done={`${first} can try again at once.`}
                >
                  <p>{first} can try again at once, and so can anybody else who tried with this account.</p>
                  <p>
                    If it was not {first}, leave it: the wait ends by itself, and keys are not stopped by it.
                  </p>
                </Act>
              ) : null
            }
          />
        )}

        {restsUntil === null ? null : <PersonRest {...shared} until={restsUntil} />}

        <PersonPass
          {...shared}
          pass={pass}
          passPolicy={passPolicy}
          obstacle={obstacle}
          requests={requests}
          approvers={approvers}
          working={working}
          origins={origins}
        />
        <PersonKeys {...shared} keys={keys} models={models} working={working} origins={origins} />
        <Pins name={person.displayName} containers={containers} deviceNames={deviceNames} manages={manages} />
        <PersonPassword person={person} manages={manages} origins={origins} />
        <PersonSecondFactors {...shared} factors={factors} ways={ways} origins={origins} />
        {federation === null ? null : (
          <PersonFederation
            person={person}
            first={first}
            manages={mayAdminister(actor.roles, 'manage_policy') && !self}
            federation={federation}
          />
        )}
        <PersonDevices
          userId={person.id}
          devices={devices}
          manages={mayAdminister(actor.roles, 'manage_devices')}
          working={working}
          origins={origins}
        />
        <PersonSessions {...shared} sessions={sessions} keys={keys} />
        {manages ? (
          <PersonAccount
            person={person}
            first={first}
            keys={keys.length}
            devices={devices.length}
            sessions={sessions.length}
          />
        ) : null}

        <Section title="Lately" level={3}>
          <EventLines
            events={events}
            empty="Nothing happened yet."
            all={
              <ButtonLink
                size="small"
                tone="quiet"
                icon={<ScrollText size={16} />}
                href={address('/admin/events', { person: person.id })}
              >
                All events of {first}
              </ButtonLink>
            }
          />
        </Section>
      </Outcomes>
    </SidePanel>
  );
}

function Badges({ person }: { person: PersonSummary }) {
  if (!person.breakGlass && !person.sample && person.disabledAt === null) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {person.disabledAt === null ? null : (
        <Badge tone="danger" icon={<Ban size={12} />}>
          Disabled
        </Badge>
      )}
      {person.breakGlass ? (
        <Badge tone="warning" icon={<Siren size={12} />}>
          Break-glass
        </Badge>
      ) : null}
      {person.sample ? <Badge>Sample data</Badge> : null}
    </div>
  );
}

function SlowedDown({ reached, action }: { reached: readonly ReachedLimit[]; action: ReactNode }) {
  return (
    <Notice tone="warning" live="none" title="Slowed down after too many attempts" action={action}>
      <ul className="flex flex-col gap-1">
        {reached.map((limit) => (
          <li key={limit.key}>
            {limitedWords[limit.what]}, {countedByWords[limit.by].toLowerCase()}
            {limit.address === null ? '' : ` (${limit.address})`}:{' '}
            <span className="figures">
              {Math.min(limit.count, limit.attempts)} of {limit.attempts}
            </span>
            , until <Time at={limit.endsAt.toISOString()} form="absolute" />
          </li>
        ))}
      </ul>
    </Notice>
  );
}
