import { UserCheck, UserX } from 'lucide-react';
import type { PersonSummary } from '#server/identity';
import { Section } from '#ui/card';
import { Act } from '../outcomes.tsx';
import { capital, counted } from '../words.ts';
import { setDisabled } from './actions.ts';

/** Whether the account works at all. */
export function PersonAccount({
  person,
  first,
  keys,
  devices,
  sessions,
}: {
  person: PersonSummary;
  first: string;
  keys: number;
  devices: number;
  sessions: number;
}) {
  return (
    <Section title="Account" level={3}>
      {person.disabledAt === null ? (
        <div>
          <Act
            trigger={{ label: 'Disable the account', size: 'small', icon: <UserX size={16} /> }}
            title={`Disable the account of ${person.displayName}?`}
            confirmLabel="Disable 1 account"
            pendingLabel="Disabling"
            action={setDisabled}
            input={{ userId: person.id, disabled: true }}
            done="The account is disabled."
          >
            <p>
              This ends {counted(sessions, 'live session')} at once, and no key, passkey, pass or password
              signs {first} in.
            </p>
            <p>
              {capital(counted(keys, 'key'))} and {counted(devices, 'device')} stay and work again when you
              enable the account.
            </p>
          </Act>
        </div>
      ) : (
        <div>
          <Act
            trigger={{ label: 'Enable the account', size: 'small', icon: <UserCheck size={16} /> }}
            title={`Enable the account of ${person.displayName}?`}
            confirmLabel="Enable 1 account"
            pendingLabel="Enabling"
            tone="primary"
            action={setDisabled}
            input={{ userId: person.id, disabled: false }}
            done="The account is enabled."
          >
            <p>
              {first} can sign in again with {counted(keys, 'key')}
              {person.hasPassword ? ' and the password' : ''}.
            </p>
          </Act>
        </div>
      )}
    </Section>
  );
}
