import { MonitorSmartphone } from 'lucide-react';
import type { listPhones } from '#server/authenticator-phone';
import type { PersonSummary } from '#server/identity';
import type { SessionOrigin } from '#server/session';
import { Section } from '#ui/card';
import { Time } from '#ui/time';
import { Act } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { removePhone } from './actions.ts';

/** The phones on which they approve. */
export function PersonPhones({
  person,
  manages,
  phones,
  origins,
}: {
  person: PersonSummary;
  manages: boolean;
  phones: Awaited<ReturnType<typeof listPhones>>;
  origins: readonly SessionOrigin[];
}) {
  return (
    <Section title="Phones" level={3}>
      {phones.length === 0 ? (
        <p className="text-14 text-ink-soft">None that approves.</p>
      ) : (
        <ul className="divide-y divide-line rounded-card border border-line">
          {phones.map((phone) => (
            <li key={phone.id} className="flex flex-wrap items-center justify-between gap-3 p-3">
              <span className="flex min-w-0 gap-2">
                <MonitorSmartphone size={16} className="mt-0.5 shrink-0 text-ink-soft" aria-hidden />
                <span className="flex min-w-0 flex-col">
                  <span className="text-14 font-semibold wrap-anywhere">{phone.name}</span>
                  <span className="text-12 text-ink-soft">
                    Registered <Time at={phone.createdAt.toISOString()} />
                    {phone.lastUsedAt === null ? (
                      ', not used since'
                    ) : (
                      <>
                        , used <Time at={phone.lastUsedAt.toISOString()} />
                      </>
                    )}
                  </span>
                </span>
              </span>
              {manages ? (
                <Act
                  trigger={{ label: 'Remove', size: 'small' }}
                  title={`Remove the phone “${phone.name}” of ${person.displayName}?`}
                  confirmLabel="Remove 1 phone"
                  pendingLabel="Removing"
                  action={removePhone}
                  input={{ userId: person.id, phoneId: phone.id }}
                  done="The phone is removed."
                >
                  <p>
                    It approves nothing any more. This ends{' '}
                    {counted(
                      origins.filter(({ credentialIds }) => credentialIds.includes(phone.id)).length,
                      'session',
                    )}{' '}
                    that it let in or confirmed.
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
