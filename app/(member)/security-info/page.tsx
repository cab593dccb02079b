import { KeyRound, Plus } from 'lucide-react';
import type { Metadata } from 'next';
import { methodWords } from '#domain/session';
import { type CredentialSummary, listCredentials } from '#server/credential';
import { memberPage } from '#server/page';
import { listSessions } from '#server/session';
import { readPass } from '#server/temporary-access-pass';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { EmptyState } from '#ui/empty-state';
import { KeyCard, type KeyKind } from '#ui/key-card';
import { Time } from '#ui/time';
import { MemberPage } from '../member-page.tsx';
import { EndSession, KeyActions, PassActions } from './security-actions.tsx';

export const metadata: Metadata = { title: 'Security info' };

function keyKind({ kind, backupEligible, transports }: CredentialSummary): KeyKind {
  if (kind === 'hello') return 'hello';
  if (backupEligible) return 'passkey-synced';
  return transports.some((transport) => ['usb', 'nfc', 'ble', 'smart-card'].includes(transport))
    ? 'security-key'
    : 'passkey-device';
}

export default async function SecurityInfoPage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [keys, sessions, pass] = await Promise.all([
    listCredentials(runtime, session.userId),
    listSessions(runtime, session.userId),
    readPass(runtime, session.userId),
  ]);
  const here = keys.some(
    ({ kind, deviceId }) => kind === 'hello' && deviceId === session.deviceId && deviceId !== null,
  );
  return (
    <MemberPage
      session={session}
      title="Security info"
      intro="The keys that get you in, and where you are signed in now."
    >
      <Section
        title="Your keys"
        note="Changing one asks you to confirm that it is you."
        action={
          <ButtonLink href="/passkey" size="small" icon={<Plus size={16} aria-hidden />}>
            Add a passkey
          </ButtonLink>
        }
      >
        {here ? null : (
          <div className="mb-4">
            <ButtonLink href="/provision" tone="primary">
              Set up Windows Hello on this device
            </ButtonLink>
          </div>
        )}
        {keys.length === 0 ? (
          <EmptyState title="No keys yet" icon={<KeyRound size={32} aria-hidden />}>
            A key on this device replaces your password. Set it up once, then use your face, finger or PIN.
          </EmptyState>
        ) : (
          <div className="grid gap-6 lg:grid-cols-2">
            {keys.map((key) => (
              <KeyCard
                key={key.id}
                protection="unverified"
                kind={keyKind(key)}
                name={key.name}
                kid={key.id}
                madeAt={key.createdAt.toISOString()}
                usedAt={key.lastUsedAt?.toISOString() ?? null}
                thisDevice={key.deviceId !== null && key.deviceId === session.deviceId}
                state={key.quarantinedAt === null ? 'active' : 'quarantined'}
                gesture={key.kind === 'hello' ? 'PIN, face or finger' : undefined}
                note={
                  key.quarantinedAt === null
                    ? undefined
                    : 'This key gave an answer that we did not expect. Remove it and make a new one.'
                }
                action={<KeyActions id={key.id} name={key.name} hello={key.kind === 'hello'} />}
              />
            ))}
          </div>
        )}
      </Section>

      {pass === null ? null : (
        <Section
          title="Temporary Access Pass"
          note="For setting up or recovery. Its value cannot be shown again."
        >
          <div className="flex flex-wrap items-center gap-3 text-14">
            <Badge tone={pass.usability === 'EnabledByPolicy' ? 'success' : 'neutral'}>
              {pass.usability === 'EnabledByPolicy' ? 'Usable' : 'Not usable any more'}
            </Badge>
            <span>
              Runs until <Time at={pass.expiresAt.toISOString()} form="absolute" />
            </span>
            <PassActions />
          </div>
        </Section>
      )}

      <Section
        title="Where you are signed in"
        action={sessions.length > 1 ? <EndSession id="others" label="End all others" /> : null}
      >
        <ul className="flex flex-col divide-y divide-line">
          {sessions.map((each) => (
            <li key={each.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-14">
              <span className="grow">
                <span className="block font-semibold">
                  {each.deviceName ?? each.browser}
                  {each.id === session.id ? ' (here)' : ''}
                </span>
                <span className="text-ink-soft">
                  With {methodWords[each.method]}, {each.deviceName === null ? '' : `${each.browser}, `}
                  seen <Time at={each.lastSeenAt.toISOString()} />
                </span>
              </span>
              {each.lockedAt === null ? null : <Badge>Locked</Badge>}
              <EndSession id={each.id} label="End" here={each.id === session.id} />
            </li>
          ))}
        </ul>
      </Section>
    </MemberPage>
  );
}
