import { LogOut } from 'lucide-react';
import { sessionWords } from '#domain/session';
import type { CredentialSummary } from '#server/credential';
import type { PersonSummary } from '#server/identity';
import type { listSessions } from '#server/session';
import { Section } from '#ui/card';
import { Time } from '#ui/time';
import { Act } from '../outcomes.tsx';
import { endSession } from './actions.ts';

/** Where they are signed in now. */
export function PersonSessions({
  person,
  first,
  manages,
  sessions,
  keys,
}: {
  person: PersonSummary;
  first: string;
  manages: boolean;
  sessions: Awaited<ReturnType<typeof listSessions>>;
  keys: readonly Pick<CredentialSummary, 'id' | 'aaguid'>[];
}) {
  return (
    <Section title="Live sessions" level={3}>
      {sessions.length === 0 ? (
        <p className="text-14 text-ink-soft">Not signed in anywhere.</p>
      ) : (
        <ul className="divide-y divide-line rounded-card border border-line">
          {sessions.map((session) => (
            <li key={session.id} className="flex flex-wrap items-center justify-between gap-3 p-3">
              <span className="flex min-w-0 flex-col">
                <span className="text-14">
                  {session.kind === 'registration' ? 'Setting up with ' : 'Signed in with '}
                  {sessionWords(
                    session.method,
                    session.proven,
                    keys.find(({ id }) => id === session.credentialId),
                  )}
                  {session.deviceName === null ? '' : ` on ${session.deviceName}`}
                </span>
                <span className="text-12 text-ink-soft">
                  {session.browser}, {session.address}, active <Time at={session.lastSeenAt.toISOString()} />
                  {session.lockedAt === null ? '' : ', locked'}
                </span>
              </span>
              {manages ? (
                <Act
                  trigger={{ label: 'End', size: 'small', icon: <LogOut size={16} /> }}
                  title={`End this session of ${person.displayName}?`}
                  confirmLabel="End 1 session"
                  pendingLabel="Ending"
                  action={endSession}
                  input={{ userId: person.id, sessionId: session.id }}
                  done="The session is ended."
                >
                  <p>
                    {first} is signed out there at once, in every tab, and can sign in again with any key that
                    works.
                  </p>
                </Act>
              ) : null}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
