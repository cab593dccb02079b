import { CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { eventText } from '#domain/event';
import { prerequisites, type Verdict, verdictWords } from '#domain/prerequisites';
import { methodWords } from '#domain/session';
import { supportCode } from '#domain/support-code';
import { type WindowsEvent, windowsEvent, windowsEventText } from '#domain/windows-event';
import { nameOfCredential } from '#server/credential';
import { listDevices } from '#server/device';
import { type LoggedEvent, readEvent } from '#server/event';
import { describeEvents } from '#server/event-entry';
import type { Runtime } from '#server/runtime';
import { originOfSession } from '#server/session';
import { Badge } from '#ui/badge';
import { Section } from '#ui/card';
import { FilterChips } from '#ui/chip';
import { CopyButton } from '#ui/copy-button';
import { type Fact, Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { SidePanel } from '#ui/side-panel';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { verdictText } from '../devices/words.ts';
import { eventsAddress, type FilterWords } from './address.ts';

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
          The link is not right, or it was sample data that has been removed, or it is older than events are
          kept.
        </Notice>
      </SidePanel>
    );
  }
  const [[entry], device, key, session] = await Promise.all([
    describeEvents(runtime, [event]),
    event.deviceId === null ? undefined : listDevices(runtime, { id: event.deviceId, limit: 1 }),
    event.credentialId === null ? null : nameOfCredential(runtime, event.credentialId),
    event.sessionId === null ? null : originOfSession(runtime, event.sessionId),
  ]);
  const checks = prerequisites.filter(({ field }) => event.detail[field] !== undefined);
  const checked = new Set<string>(checks.map(({ field }) => field));
  const rest = Object.entries(event.detail).filter(([name]) => !checked.has(name));
  const logged = windowsEvent(event);

  const facts: Fact[] = [
    { term: 'When', value: <Time at={event.at.toISOString()} form="precise" /> },
    {
      term: <Term explains="The log's own name of what happened; other programs can count on it.">Code</Term>,
      value: event.code,
      mono: true,
    },
    ...(event.userId === null
      ? []
      : [{ term: 'Person', value: <Person id={event.userId} name={entry?.displayName} /> }]),
    ...(event.actorId === null
      ? []
      : [{ term: 'Done by', value: <Person id={event.actorId} name={entry?.actorName} /> }]),
    ...(event.deviceId === null
      ? []
      : [
          {
            term: 'Device',
            // One that was deleted has its name still, and no page of its own.
            value:
              device?.[0] === undefined ? (
                `${entry?.deviceName ?? event.deviceId}, gone`
              ) : (
                <Link href={address('/admin/devices', { device: event.deviceId })} className="link">
                  {device[0].name}
                </Link>
              ),
          },
        ]),
    ...(event.credentialId === null
      ? []
      : [
          {
            term: 'Key',
            value:
              key === null || key.revokedAt !== null ? (
                `${key?.name ?? event.credentialId}, ${key === null ? 'gone' : 'revoked'}`
              ) : (
                <Link href={address('/admin/people', { person: key.userId })} className="link">
                  {key.name}
                </Link>
              ),
            copy: event.credentialId,
          },
        ]),
    ...(event.sessionId === null
      ? []
      : [
          {
            term: 'Session',
            value:
              session === null ? (
                'Forgotten'
              ) : session.live ? (
                <Link href={address('/admin/people', { person: session.userId })} className="link">
                  Live, began with {methodWords[session.method]}
                </Link>
              ) : (
                `Over, began with ${methodWords[session.method]}`
              ),
            copy: event.sessionId,
          },
        ]),
    {
      term: (
        <Term explains="What the person was shown, where this was a refusal. They read it to you; the filter finds it.">
          Support code
        </Term>
      ),
      value: supportCode(event.id),
      mono: true,
      copy: supportCode(event.id),
    },
    { term: 'Event ID', value: event.id, mono: true, copy: event.id },
  ];
  const day = event.at.toISOString().slice(0, 10);
  const person = event.userId ?? undefined;
  const more: readonly { readonly label: string; readonly words: FilterWords | null }[] = [
    { label: 'More of this person', words: person === undefined ? null : { person } },
    { label: "This person's day", words: person === undefined ? null : { person, from: day, to: day } },
    { label: 'More on this device', words: event.deviceId === null ? null : { device: event.deviceId } },
    {
      label: 'More with this key',
      words: event.credentialId === null ? null : { person, credential: event.credentialId },
    },
    {
      label: 'More in this session',
      words: event.sessionId === null ? null : { person, session: event.sessionId },
    },
    { label: 'More of this kind', words: { code: event.code } },
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
      <FilterChips
        label="More like this"
        chips={more.flatMap(({ label, words }) =>
          words === null ? [] : [{ label, href: eventsAddress(words) }],
        )}
      />
      {logged === null ? null : <AsWindows logged={logged} at={event.at} />}
    </SidePanel>
  );
}

function Person({ id, name }: { id: string; name: string | null | undefined }) {
  if (name === null || name === undefined) return <span className="font-mono">{id}, gone</span>;
  return (
    <Link href={address('/admin/people', { person: id })} className="link">
      {name}
    </Link>
  );
}

/** The same event as Event Viewer would show it, for whoever compares the two or searches for its words. */
function AsWindows({ logged, at }: { logged: WindowsEvent; at: Date }) {
  return (
    <Section
      title="As Windows would log it"
      level={3}
      action={<CopyButton text={windowsEventText(logged, at)} label="Copy as text" />}
    >
      <pre className="rounded-card border border-line bg-sunken p-3 font-mono text-12 whitespace-pre-wrap wrap-anywhere">
        {logged.message}
      </pre>
      <Facts
        tight
        facts={[
          {
            term: (
              <Term explains="The number of the same event in the log of Windows that is named here.">
                Windows event ID
              </Term>
            ),
            value: logged.id,
          },
          { term: 'Level', value: logged.level },
          { term: 'Log name', value: logged.log },
          { term: 'Provider', value: logged.provider },
        ]}
      />
    </Section>
  );
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
