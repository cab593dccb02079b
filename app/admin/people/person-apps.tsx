import { Smartphone } from 'lucide-react';
import type { PersonSummary } from '#server/identity';
import type { SessionOrigin } from '#server/session';
import type { listAuthenticatorApps } from '#server/totp';
import { Section } from '#ui/card';
import { Time } from '#ui/time';
import { Act } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { removeApp } from './actions.ts';

/** Their authenticator apps. */
export function PersonApps({
  person,
  first,
  manages,
  apps,
  origins,
}: {
  person: PersonSummary;
  first: string;
  manages: boolean;
  apps: Awaited<ReturnType<typeof listAuthenticatorApps>>;
  origins: readonly SessionOrigin[];
}) {
  return (
    <Section title="Authenticator apps" level={3}>
      {apps.length === 0 ? (
        <p className="text-14 text-ink-soft">None. A password alone signs in, where there is one.</p>
      ) : (
        <ul className="divide-y divide-line rounded-card border border-line">
          {apps.map((app) => (
            <li key={app.id} className="flex flex-wrap items-center justify-between gap-3 p-3">
              <span className="flex min-w-0 gap-2">
                <Smartphone size={16} className="mt-0.5 shrink-0 text-ink-soft" />
                <span className="flex min-w-0 flex-col">
                  <span className="text-14 font-semibold wrap-anywhere">{app.name}</span>
                  <span className="text-12 text-ink-soft">
                    Registered <Time at={app.createdAt.toISOString()} />
                    {app.lastUsedAt === null ? (
                      ', not used since'
                    ) : (
                      <>
                        , used <Time at={app.lastUsedAt.toISOString()} />
                      </>
                    )}
                  </span>
                </span>
              </span>
              {manages ? (
                <Act
                  trigger={{ label: 'Remove', size: 'small' }}
                  title={`Remove the authenticator app “${app.name}” of ${person.displayName}?`}
                  confirmLabel="Remove 1 app"
                  pendingLabel="Removing"
                  action={removeApp}
                  input={{ userId: person.id, appId: app.id }}
                  done="The authenticator app is removed."
                >
                  <p>
                    Its codes stop working. This ends{' '}
                    {counted(
                      origins.filter(({ credentialIds }) => credentialIds.includes(app.id)).length,
                      'session',
                    )}{' '}
                    that one of them opened or confirmed.
                  </p>
                  <p>
                    {apps.length === 1
                      ? `It is the last one: the password alone signs ${first} in again.`
                      : 'The others stay as they are.'}
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
