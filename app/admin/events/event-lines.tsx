import type { ReactNode } from 'react';
import { eventText, windowsEventId } from '#domain/event';
import type { LoggedEvent } from '#server/event';
import { Time } from '#ui/time';
import { OutcomeMark } from './outcome-mark.tsx';

/** A few events in a panel, the newest first, with the way to the whole log. */
export function EventLines({
  events,
  empty,
  all,
}: {
  events: readonly LoggedEvent[];
  empty: string;
  all: ReactNode;
}) {
  if (events.length === 0) return <p className="text-14 text-ink-soft">{empty}</p>;
  return (
    <div className="flex flex-col gap-3">
      <ol className="flex flex-col gap-2.5">
        {events.map((event) => {
          const windowsId = windowsEventId(event.code);
          return (
            <li key={event.id} className="flex gap-2">
              <OutcomeMark event={event} />
              <span className="flex min-w-0 flex-col">
                <span className="text-14">
                  {eventText(event.code)}
                  {windowsId === null ? null : <span className="figures text-ink-soft"> · {windowsId}</span>}
                </span>
                <span className="text-12 text-ink-soft">
                  <Time at={event.at.toISOString()} />
                  {typeof event.detail.cause === 'string' ? (
                    <span className="wrap-anywhere"> · {event.detail.cause}</span>
                  ) : null}
                </span>
              </span>
            </li>
          );
        })}
      </ol>
      <div>{all}</div>
    </div>
  );
}
