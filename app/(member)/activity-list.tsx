import { CircleCheck, TriangleAlert } from 'lucide-react';
import { modelWords } from '#domain/attestation/aaguids';
import { proofKinds } from '#domain/authentication';
import { memberEventText } from '#domain/event';
import { sessionWords } from '#domain/session';
import { supportCode } from '#domain/support-code';
import type { CredentialSummary } from '#server/credential';
import type { LoggedEvent } from '#server/event';
import { Badge } from '#ui/badge';
import { EmptyState } from '#ui/empty-state';
import { KeyProtection } from '#ui/key-protection';
import { Time } from '#ui/time';

/** What happened to one's account, newest first. Causes are for administrators; a person reads that it failed. */
export function ActivityList({
  events: all,
  keys,
  limit,
}: {
  events: readonly LoggedEvent[];
  /** Their keys that still stand: what protects the one that was used is said with it. */
  keys: readonly CredentialSummary[];
  limit?: number;
}) {
  const events = all.filter(({ code }) => memberEventText(code) !== null).slice(0, limit);
  if (events.length === 0) {
    return (
      <EmptyState title="Nothing has happened yet">
        Sign-ins and changes of your keys will be listed here.
      </EmptyState>
    );
  }
  return (
    <ul className="flex flex-col divide-y divide-line">
      {events.map((event) => {
        const failed = event.outcome === 'failure';
        const Mark = failed ? TriangleAlert : CircleCheck;
        const key = keys.find(({ id }) => id === event.credentialId);
        const begun = proofKinds.find((kind) => kind === event.detail.method);
        const method = begun === undefined ? null : sessionWords(begun, [], key);
        return (
          <li key={event.id} className="flex items-center gap-3 py-2 text-14">
            <Mark
              size={16}
              className={`shrink-0 ${failed ? 'text-warning-ink' : 'text-success-ink'}`}
              aria-hidden
            />
            <span className="flex min-w-0 grow flex-col">
              <span>
                {memberEventText(event.code)}
                {method ? ` with ${method}` : ''}
                {failed ? ": didn't work" : ''}
              </span>
              {key === undefined ? null : (
                <KeyProtection
                  protection={key.protection}
                  maker={key.manufacturer}
                  model={modelWords({ aaguid: key.aaguid, proven: key.facts.modelProven })}
                />
              )}
              {failed ? (
                <span className="figures font-mono text-12 text-ink-soft">{supportCode(event.id)}</span>
              ) : null}
            </span>
            {event.sample ? <Badge>sample</Badge> : null}
            <span className="shrink-0 text-ink-soft">
              <Time at={event.at.toISOString()} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
