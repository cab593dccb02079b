import { CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { eventText, windowsEventId } from '#domain/event';
import { prerequisites, type Verdict, verdictWords } from '#domain/prerequisites';
import { deviceNamesOf } from '#server/device';
import { type LoggedEvent, readEvent } from '#server/event';
import { namesOf } from '#server/identity';
import type { Runtime } from '#server/runtime';
import { Badge } from '#ui/badge';
import { Section } from '#ui/card';
import { type Fact, Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { SidePanel } from '#ui/side-panel';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { verdictText } from '../devices/words.ts';

/** One event with everything that was written about it. Details are data: they are only ever shown as text. */
export async function EventPanel({
  runtime,
  id,
  closeHref,
}: {
  runtime: Runtime;
  /** From the address: it may name nothing. */
  id: string;
  closeHref: Route;
}) {
  const event = await readEvent(runtime, id);
  if (event === null) {
    return (
      <SidePanel title="No event here" closeHref={closeHref}>
        <Notice tone="info" live="none" title="This event is not in the log">
          The link is not right, or it was sample data that has been removed.
        </Notice>
      </SidePanel>
    );
  }
  const [people, devices] = await Promise.all([
    namesOf(
      runtime,
      [event.userId, event.actorId].filter((each) => each !== null),
    ),
    deviceNamesOf(
      runtime,
      [event.deviceId].filter((each) => each !== null),
    ),
  ]);
  const windowsId = windowsEventId(event.code);
  const checks = prerequisites.filter(({ field }) => event.detail[field] !== undefined);
  const checked = new Set<string>(checks.map(({ field }) => field));
  const rest = Object.entries(event.detail).filter(([name]) => !checked.has(name));

  const person = (userId: string): Fact['value'] => (
    <Link href={address('/admin/people', { person: userId })} className="link">
      {people.get(userId)?.displayName ?? userId}
    </Link>
  );
  const facts: Fact[] = [
    { term: 'When', value: <Time at={event.at.toISOString()} form="precise" /> },
    {
      term: <Term explains="The log's own name of what happened; other programs can count on it.">Code</Term>,
      value: event.code,
      mono: true,
    },
    ...(windowsId === null
      ? []
      : [
          {
            term: (
              <Term explains="The number of the same event in the User Device Registration log of Windows.">
                Windows event ID
              </Term>
            ),
            value: windowsId,
          },
        ]),
    ...(event.userId === null ? [] : [{ term: 'Person', value: person(event.userId) }]),
    ...(event.actorId === null ? [] : [{ term: 'Done by', value: person(event.actorId) }]),
    ...(event.deviceId === null
      ? []
      : [
          {
            term: 'Device',
            value: (
              <Link href={address('/admin/devices', { device: event.deviceId })} className="link">
                {devices.get(event.deviceId) ?? event.deviceId}
              </Link>
            ),
          },
        ]),
    ...idFact('Key', event.credentialId),
    ...idFact('Session', event.sessionId),
    ...idFact('Event ID', event.id),
  ];

  return (
    <SidePanel title={eventText(event.code)} closeHref={closeHref}>
      <div className="flex flex-wrap gap-2">
        <OutcomeBadge event={event} />
        {event.sample ? <Badge>Sample data</Badge> : null}
      </div>
      {checks.length === 0 ? null : (
        <Section
          title="Prerequisite check"
          level={3}
          note="What was known when the person had signed in. One No stops the launch."
        >
          <table className="w-full text-14">
            <caption className="sr-only">Each check with its result</caption>
            <thead className="sr-only">
              <tr>
                <th scope="col">Check</th>
                <th scope="col">Result</th>
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {checks.map((check) => {
                const word = String(event.detail[check.field]);
                const verdict = (Object.keys(verdictWords) as Verdict[]).find(
                  (each) => verdictWords[each] === word,
                );
                return (
                  <tr key={check.field}>
                    <th scope="row" className="py-2 pr-3 text-left font-normal">
                      <span className="block">{check.line}</span>
                      <span className="block font-mono text-12 text-ink-soft">{check.field}</span>
                    </th>
                    <td className="w-px py-2 align-top whitespace-nowrap">
                      <VerdictBadge verdict={verdict} word={word} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Section>
      )}
      {rest.length === 0 ? null : (
        <Section title="Details" level={3}>
          <Facts
            tight
            facts={rest.map(([name, value]) => ({
              term: name,
              value: value === null ? '–' : String(value),
              mono: typeof value === 'string',
            }))}
          />
        </Section>
      )}
      <Section title="Where it belongs" level={3}>
        <Facts tight facts={facts} />
      </Section>
    </SidePanel>
  );
}

function idFact(term: string, id: string | null): Fact[] {
  return id === null ? [] : [{ term, value: id, mono: true, copy: id }];
}

function OutcomeBadge({ event }: { event: LoggedEvent }) {
  if (event.code === 'provisioning_will_not_launch')
    return <Badge icon={<CircleDashed size={12} />}>Not launched</Badge>;
  return event.outcome === 'failure' ? (
    <Badge tone="danger" icon={<CircleX size={12} />}>
      Failed
    </Badge>
  ) : (
    <Badge tone="success" icon={<CircleCheck size={12} />}>
      Succeeded
    </Badge>
  );
}

function VerdictBadge({ verdict, word }: { verdict: Verdict | undefined; word: string }) {
  if (verdict === 'yes') {
    return (
      <Badge tone="success" icon={<CircleCheck size={12} />}>
        {verdictText.yes}
      </Badge>
    );
  }
  if (verdict === 'no') {
    return (
      <Badge tone="danger" icon={<CircleX size={12} />}>
        {verdictText.no}
      </Badge>
    );
  }
  return (
    <Badge icon={<CircleDashed size={12} />}>{verdict === undefined ? word : verdictText[verdict]}</Badge>
  );
}
