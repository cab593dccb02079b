import { RefreshCw } from 'lucide-react';
import { secondFactorWords } from '#domain/second-factor';
import type { PersonSummary } from '#server/identity';
import type { OwnSecondFactor, SecondFactors } from '#server/second-factor';
import type { SessionOrigin } from '#server/session';
import { Badge } from '#ui/badge';
import { Section } from '#ui/card';
import { Notice } from '#ui/notice';
import { SecondFactorIcon } from '#ui/second-factor-icon';
import { Time } from '#ui/time';
import { Act } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { askForNewSecondFactors, removeSecondFactor } from './actions.ts';

/** The phones and authenticator apps that come after their password: the list that they see themselves. */
export function PersonSecondFactors({
  person,
  first,
  manages,
  factors,
  ways,
  origins,
}: {
  person: PersonSummary;
  first: string;
  manages: boolean;
  factors: readonly OwnSecondFactor[];
  ways: SecondFactors;
  origins: readonly SessionOrigin[];
}) {
  const sessionsOf = (ids: readonly string[]) =>
    counted(
      origins.filter(({ credentialIds }) => ids.some((id) => credentialIds.includes(id))).length,
      'session',
    );
  const both = ways.code && ways.phone;
  return (
    <Section title="Second factors" level={3}>
      {ways.outdated ? (
        <Notice tone="info" live="none" title="New ones were asked for">
          What is here only lets {first} add a new one, and goes when that is there.
        </Notice>
      ) : null}
      {factors.length === 0 ? (
        <p className="text-14 text-ink-soft">
          No phone and no authenticator app. A password alone signs in, where there is one.
        </p>
      ) : (
        <ul className="divide-y divide-line rounded-card border border-line">
          {factors.map(({ id, kind, name, createdAt, lastUsedAt }) => (
            <li key={id} className="flex flex-wrap items-center justify-between gap-3 p-3">
              <span className="flex min-w-0 gap-2">
                <SecondFactorIcon kind={kind} size={16} />
                <span className="flex min-w-0 flex-col">
                  <span className="flex flex-wrap items-center gap-2 text-14 font-semibold wrap-anywhere">
                    {name}
                    {both && ways.first === kind ? <Badge>Asked for first</Badge> : null}
                  </span>
                  <span className="text-12 text-ink-soft">
                    {secondFactorWords[kind].name}, registered <Time at={createdAt.toISOString()} />
                    {lastUsedAt === null ? (
                      ', not used since'
                    ) : (
                      <>
                        , used <Time at={lastUsedAt.toISOString()} />
                      </>
                    )}
                  </span>
                </span>
              </span>
              {manages ? (
                <Act
                  trigger={{ label: 'Remove', size: 'small' }}
                  title={`Remove “${name}” of ${person.displayName}?`}
                  confirmLabel={kind === 'totp' ? 'Remove 1 app' : 'Remove 1 phone'}
                  pendingLabel="Removing"
                  action={removeSecondFactor}
                  input={{ userId: person.id, kind, id }}
                  done={kind === 'totp' ? 'The authenticator app is removed.' : 'The phone is removed.'}
                >
                  <p>
                    {kind === 'totp' ? 'Its codes stop working.' : 'It approves nothing any more.'} This ends{' '}
                    {sessionsOf([id])} that it let in or confirmed.
                  </p>
                  <p>
                    {factors.length === 1 && person.hasPassword
                      ? `It is the last one: the password alone signs ${first} in again.`
                      : 'The others stay as they are.'}
                  </p>
                </Act>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {manages && factors.length > 0 && !ways.outdated ? (
        <div>
          <Act
            trigger={{ label: 'Ask for new ones', size: 'small', icon: <RefreshCw size={16} /> }}
            title={`Ask ${person.displayName} to set up a new second factor?`}
            confirmLabel="Ask at the next sign-in"
            pendingLabel="Asking"
            tone="primary"
            action={askForNewSecondFactors}
            input={{ userId: person.id }}
            done="The next sign-in with the password leads to a new phone or authenticator app."
          >
            <p>
              From now on {counted(factors.length, 'second factor')} of {first} only{' '}
              {factors.length === 1 ? 'lets' : 'let'} them add a new one, and{' '}
              {factors.length === 1 ? 'goes' : 'go'} when that is there. This ends{' '}
              {sessionsOf(factors.map(({ id }) => id))}; keys and passkeys work as before.
            </p>
            <p>If a phone was lost or stolen, remove it instead.</p>
          </Act>
        </div>
      ) : null}
    </Section>
  );
}
