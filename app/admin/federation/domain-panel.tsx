import { Power, Undo2 } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { administratorWords, behaviorWords, inspectionWords } from '#domain/federation';
import { type FederatedDomain, listLinkedPeople, type RemovalCost, weighRemoval } from '#server/federation';
import type { Runtime } from '#server/runtime';
import { Section } from '#ui/card';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { SidePanel } from '#ui/side-panel';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { NameLines } from '../name-lines.tsx';
import { Act, Outcomes } from '../outcomes.tsx';
import { capital, counted } from '../words.ts';
import { switchDomain, takeDomainBack } from './actions.ts';
import { ChangeDomain } from './domain-form.tsx';
import { StandingBadge } from './standing.tsx';
import { TestButton } from './test-button.tsx';
import { behaviorTitles } from './words.ts';

const PEOPLE_SHOWN = 12;

/** One federated domain: where its people go, what comes back, and who is linked. */
export async function DomainPanel({
  runtime,
  manages,
  row,
  closeHref,
}: {
  runtime: Runtime;
  manages: boolean;
  /** Undefined where the address names none. */
  row: FederatedDomain | undefined;
  closeHref: Route;
}) {
  if (row === undefined) {
    return (
      <SidePanel title="No federated domain here" closeHref={closeHref}>
        <Notice tone="info" live="none" title="This domain is not federated">
          It was taken back, or the link is not right. What happened to it stays in the event log.
        </Notice>
      </SidePanel>
    );
  }
  const [cost, people] = await Promise.all([
    weighRemoval(runtime, row.id),
    listLinkedPeople(runtime, row.id, PEOPLE_SHOWN),
  ]);
  const { domain, issuer, clientId, claim, behavior, administrators, people: linked } = row;
  const known = { domain, issuer, clientId, claim, behavior, administrators, people: linked };

  return (
    <SidePanel closeHref={closeHref} title={<span className="wrap-anywhere">{domain}</span>}>
      <Outcomes>
        <div>
          <StandingBadge row={row} />
        </div>
        {row.testFailure === null || row.testedAt === null ? null : (
          <Notice
            tone="warning"
            live="none"
            title="The last test failed"
            safe="Keys and passes work as before."
          >
            {inspectionWords(row.testFailure)}
          </Notice>
        )}
        {manages ? (
          <div className="flex flex-wrap gap-2">
            <TestButton domain={domain} />
            <ChangeDomain key={JSON.stringify(known)} known={known} />
            <Switch row={row} cost={cost} />
            <TakeBack row={row} cost={cost} closeHref={closeHref} />
          </div>
        ) : null}
        <Section
          title="Redirect address"
          level={3}
          note="Register exactly this one at the provider. It sends people back there, and nowhere else."
        >
          <Facts tight facts={[{ term: 'Address', value: row.returnTo, mono: true, copy: row.returnTo }]} />
        </Section>
        <Facts
          tight
          facts={[
            { term: 'Issuer', value: issuer, copy: issuer },
            { term: 'Client ID', value: clientId, copy: clientId },
            { term: 'Client secret', value: 'Kept sealed. Nobody can read it here.' },
            { term: 'Claim that names people', value: claim, mono: true },
            {
              term: <Term explains={behavior}>Whose MFA counts</Term>,
              value: `${behaviorTitles[behavior]}. ${behaviorWords[behavior]}`,
            },
            { term: 'Administrators', value: administratorWords(administrators) },
            {
              term: 'Last sign-in',
              value: row.usedAt === null ? 'Never' : <Time at={row.usedAt.toISOString()} />,
            },
            {
              term: 'Last test',
              value: row.testedAt === null ? 'Never' : <Time at={row.testedAt.toISOString()} />,
            },
            { term: 'Federated since', value: <Time at={row.createdAt.toISOString()} form="day" /> },
          ]}
        />
        <Section
          title="People who are linked"
          level={3}
          note={
            row.people === 0
              ? 'Nobody has signed in there yet. The first sign-in links a person.'
              : `${capital(counted(row.people, 'person is', 'people are'))} known there by a subject of the provider.`
          }
        >
          {people.length === 0 ? null : (
            <ul className="divide-y divide-line rounded-card border border-line">
              {people.map(({ userId, linkedAt, user }) => (
                <li key={userId} className="flex flex-wrap items-center justify-between gap-3 p-3 text-14">
                  <Link href={address('/admin/people', { person: userId })} className="link">
                    <NameLines name={user.displayName} upn={user.upn} />
                  </Link>
                  <span className="text-12 text-ink-soft">
                    Linked <Time at={linkedAt.toISOString()} />
                  </span>
                </li>
              ))}
            </ul>
          )}
          {row.people > people.length ? (
            <p className="text-12 text-ink-soft">and {row.people - people.length} more.</p>
          ) : null}
        </Section>
      </Outcomes>
    </SidePanel>
  );
}

function Switch({ row, cost }: { row: FederatedDomain; cost: RemovalCost }) {
  const { domain } = row;
  const on = row.disabledAt === null;
  return (
    <Act
      trigger={{ label: on ? 'Switch off' : 'Switch on', size: 'small', icon: <Power size={16} /> }}
      title={on ? `Switch the federation of ${domain} off?` : `Switch the federation of ${domain} on?`}
      confirmLabel={on ? 'Switch 1 domain off' : 'Switch 1 domain on'}
      pendingLabel="Switching"
      tone={on ? 'danger' : 'primary'}
      action={switchDomain}
      input={{ domain, enabled: !on }}
      done={on ? `${domain} is switched off.` : `${domain} is switched on.`}
    >
      {on ? (
        <>
          <p>
            Nobody of {domain} is sent to the provider any more. {capital(counted(cost.sessions, 'session'))}{' '}
            that began there {cost.sessions === 1 ? 'ends' : 'end'} at once.
          </p>
          <p>Who is who over there stays known. Keys, passes and passwords work as before.</p>
        </>
      ) : (
        <p>Whoever types a name of {domain} is sent to the provider again.</p>
      )}
    </Act>
  );
}

function TakeBack({ row, cost, closeHref }: { row: FederatedDomain; cost: RemovalCost; closeHref: Route }) {
  return (
    <Act
      trigger={{ label: 'Take back', size: 'small', icon: <Undo2 size={16} /> }}
      title={`Take ${row.domain} back from its provider?`}
      confirmLabel="Take 1 domain back"
      pendingLabel="Taking it back"
      typed={row.domain}
      action={takeDomainBack}
      input={{ domain: row.domain }}
      done={`${row.domain} is no longer federated.`}
      thenHref={closeHref}
    >
      <p>
        {capital(counted(cost.people, 'person loses', 'people lose'))} the link to the provider, and{' '}
        {counted(cost.sessions, 'session')} that began there {cost.sessions === 1 ? 'ends' : 'end'} at once.
      </p>
      {cost.stranded === 0 ? null : (
        <p>
          <strong>
            {capital(counted(cost.stranded, 'of them has', 'of them have'))} no key that works and no
            password.
          </strong>{' '}
          Nothing but a Temporary Access Pass lets them in then.
        </p>
      )}
      <p>
        Accounts, devices and keys stay. Federated again, everybody is linked anew at their first sign-in.
      </p>
    </Act>
  );
}
