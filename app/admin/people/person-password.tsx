import { KeyRound } from 'lucide-react';
import type { PersonSummary } from '#server/identity';
import type { SessionOrigin } from '#server/session';
import { Section } from '#ui/card';
import { Time } from '#ui/time';
import { Act } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { askForNewPassword, setPassword } from './actions.ts';
import { NewPassword } from './new-password.tsx';

/** Their password, while there are passwords. */
export function PersonPassword({
  person,
  manages,
  origins,
}: {
  person: PersonSummary;
  manages: boolean;
  origins: readonly SessionOrigin[];
}) {
  return (
    <Section title="Password" level={3}>
      <p className="text-14 text-ink-soft">
        {!person.hasPassword
          ? 'Has no password.'
          : person.mustChangePassword
            ? 'Has a password that must change: at the next sign-in it opens nothing but the choice of another.'
            : 'Has a password. It signs in, and registers nothing.'}
        {person.hasPassword && person.passwordChangedAt !== null ? (
          <>
            {' '}
            Set <Time at={person.passwordChangedAt.toISOString()} />.
          </>
        ) : null}
      </p>
      {manages ? (
        <div className="flex flex-wrap gap-2">
          {person.roles.length > 0 ? (
            <p className="text-14 text-ink-soft">
              They are an administrator: nobody else sets a password for them here. The command line on the
              server does:{' '}
              <code className="font-mono wrap-anywhere">npm run admin -- user password {person.upn}</code>
            </p>
          ) : (
            <NewPassword
              userId={person.id}
              name={person.displayName}
              has={person.hasPassword}
              sessions={counted(origins.filter(({ method }) => method === 'password').length, 'session')}
              set={setPassword}
            />
          )}
          {person.hasPassword && !person.mustChangePassword ? (
            <Act
              trigger={{
                label: 'Ask for a new password',
                size: 'small',
                icon: <KeyRound size={16} />,
              }}
              title={`Ask ${person.displayName} for a new password?`}
              confirmLabel="Ask at the next sign-in"
              pendingLabel="Asking"
              tone="primary"
              action={askForNewPassword}
              input={{ userId: person.id }}
              done="The next sign-in with the password asks for a new one."
            >
              <p>
                From now on the password opens nothing but the choice of another. Sessions that are open go
                on, and keys and passkeys are not touched.
              </p>
            </Act>
          ) : null}
        </div>
      ) : null}
    </Section>
  );
}
