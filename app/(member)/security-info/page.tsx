import { KeyRound, MonitorSmartphone, Plus, Smartphone } from 'lucide-react';
import type { Metadata } from 'next';
import { modelWords } from '#domain/attestation/aaguids';
import { PHONE_LIMIT_PER_PERSON } from '#domain/authenticator';
import { mayAdminister } from '#domain/identity';
import { toldOf } from '#domain/key-rules';
import { sessionWords } from '#domain/session';
import { isSoftwareKey } from '#domain/software-key';
import { TOTP_LIMIT_PER_PERSON } from '#domain/totp';
import { listPhones } from '#server/authenticator-phone';
import { type CredentialSummary, listCredentials } from '#server/credential';
import { readPasswordState } from '#server/identity';
import { readKeyRulesAt } from '#server/key-rules-policy';
import { memberPage } from '#server/page';
import { passwordFaceOf } from '#server/password-face';
import { listSessions } from '#server/session';
import { readPass } from '#server/temporary-access-pass';
import { listAuthenticatorApps } from '#server/totp';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { EmptyState } from '#ui/empty-state';
import { KeyCard, type KeyKind } from '#ui/key-card';
import { Time } from '#ui/time';
import { MemberPage } from '../member-page.tsx';
import { Told } from '../told.tsx';
import { OpensAlso } from './opens-also.tsx';
import { OwnPass } from './own-pass.tsx';
import { AppActions, EndSession, KeyActions, PhoneActions } from './security-actions.tsx';

export const metadata: Metadata = { title: 'Security info' };

function keyKind(key: CredentialSummary): KeyKind {
  const { kind, backupEligible, transports } = key;
  if (isSoftwareKey(key)) return 'container';
  if (kind === 'hello') return 'hello';
  if (backupEligible) return 'passkey-synced';
  return transports.some((transport) => ['usb', 'nfc', 'ble', 'smart-card'].includes(transport))
    ? 'security-key'
    : 'passkey-device';
}

export default async function SecurityInfoPage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [keys, sessions, pass, apps, phones, password, face, rules] = await Promise.all([
    listCredentials(runtime, session.userId),
    listSessions(runtime, session.userId),
    readPass(runtime, session.userId),
    listAuthenticatorApps(runtime, session.userId),
    listPhones(runtime, session.userId),
    readPasswordState(runtime, session.userId),
    passwordFaceOf(runtime, session),
    readKeyRulesAt(runtime.db, runtime, session),
  ]);
  const usable = keys.filter((key) => key.usable).length;
  const passwordless = face !== 'shown';
  const reads = mayAdminister(session.person.roles, 'read');
  const passkeys = keys
    .filter(({ kind }) => kind === 'passkey')
    .map(({ credentialId, name }) => ({ credentialId, name }));
  const here = keys.some(
    ({ kind, deviceId }) => kind === 'hello' && deviceId === session.deviceId && deviceId !== null,
  );
  return (
    <MemberPage
      session={session}
      title="Security info"
      intro="The keys that get you in, and where you are signed in now."
    >
      <Told session={session} runtime={runtime} />
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
                protection={key.protection}
                maker={key.manufacturer}
                model={modelWords({ aaguid: key.aaguid, proven: key.facts.modelProven })}
                kind={keyKind(key)}
                name={key.name}
                kid={key.id}
                madeAt={key.createdAt.toISOString()}
                usedAt={key.lastUsedAt?.toISOString() ?? null}
                thisDevice={key.deviceId !== null && key.deviceId === session.deviceId}
                state={key.quarantinedAt === null ? 'active' : 'quarantined'}
                gesture={
                  isSoftwareKey(key)
                    ? 'PIN of a browser'
                    : key.kind === 'hello'
                      ? 'PIN, face or finger'
                      : undefined
                }
                note={
                  key.quarantinedAt === null
                    ? toldOf(rules, key.facts).join(' ') || undefined
                    : 'This key gave an answer that we did not expect. Remove it and make a new one.'
                }
                action={
                  <>
                    <KeyActions
                      id={key.id}
                      name={key.name}
                      hello={key.kind === 'hello'}
                      last={key.usable && usable === 1}
                      keysLeft={usable - (key.usable ? 1 : 0)}
                      password={password !== null}
                      here={session.proofs.some(({ credentialId }) => credentialId === key.id)}
                    />
                    {key.kind === 'hello' && key.deviceId !== null && key.deviceId === session.deviceId ? (
                      <>
                        {isSoftwareKey(key) ? (
                          <>
                            <ButtonLink href="/security-info/pin" size="small" tone="quiet">
                              Change the PIN
                            </ButtonLink>
                            <ButtonLink href="/security-info/protectors" size="small" tone="quiet">
                              What opens it
                            </ButtonLink>
                            <OpensAlso userHandle={session.person.userHandle} passkeys={passkeys} />
                          </>
                        ) : null}
                        <ButtonLink href="/pin-reset" size="small" tone="quiet">
                          I forgot my PIN
                        </ButtonLink>
                      </>
                    ) : null}
                    {reads ? (
                      <ButtonLink href={`/inspector?credential=${key.id}`} size="small" tone="quiet">
                        Inspect this key
                      </ButtonLink>
                    ) : null}
                  </>
                }
              />
            ))}
          </div>
        )}
      </Section>

      {passwordless ? null : (
        <Section
          title="Password"
          note="It signs you in while your organisation still has them, and changes nothing by itself."
          action={
            password === null ? null : (
              <ButtonLink href="/security-info/password" size="small">
                Change your password
              </ButtonLink>
            )
          }
        >
          <p className="text-14 text-ink-soft">
            {password === null ? (
              'You have none. There is nothing that anybody could guess.'
            ) : password.changedAt === null ? (
              'You have one.'
            ) : (
              <>
                Changed <Time at={password.changedAt.toISOString()} />.
              </>
            )}
          </p>
        </Section>
      )}

      {passwordless && apps.length === 0 ? null : (
        <Section
          title="Authenticator apps"
          note={
            passwordless
              ? 'You sign in without one. Remove those that you no longer use.'
              : 'A code beside your password. Your keys never need one.'
          }
          action={
            passwordless || apps.length === 0 || apps.length >= TOTP_LIMIT_PER_PERSON ? null : (
              <ButtonLink href="/authenticator-app" size="small" icon={<Plus size={16} aria-hidden />}>
                Add another app
              </ButtonLink>
            )
          }
        >
          {apps.length === 0 ? (
            <EmptyState
              title="No authenticator app yet"
              icon={<Smartphone size={32} aria-hidden />}
              action={
                <ButtonLink href="/authenticator-app" icon={<Plus size={16} aria-hidden />}>
                  Add an authenticator app
                </ButtonLink>
              }
            >
              With one, your password alone no longer gets anybody in: it also takes six digits that only your
              phone shows.
            </EmptyState>
          ) : (
            <ul className="flex flex-col divide-y divide-line">
              {apps.map((app) => (
                <li key={app.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-14">
                  <Smartphone size={20} className="shrink-0 text-ink-soft" aria-hidden />
                  <span className="min-w-0 grow">
                    <span className="block font-semibold wrap-anywhere">{app.name}</span>
                    <span className="text-ink-soft">
                      Added <Time at={app.createdAt.toISOString()} />
                      {app.lastUsedAt === null ? (
                        ', not used since'
                      ) : (
                        <>
                          , last used <Time at={app.lastUsedAt.toISOString()} />
                        </>
                      )}
                    </span>
                  </span>
                  <AppActions id={app.id} name={app.name} last={apps.length === 1} />
                </li>
              ))}
            </ul>
          )}
        </Section>
      )}

      <Section
        title="Your phones"
        note="A phone confirms that it is you, when you enter there the number that this screen shows."
        action={
          phones.length === 0 || phones.length >= PHONE_LIMIT_PER_PERSON ? null : (
            <ButtonLink href="/phone" size="small" icon={<Plus size={16} aria-hidden />}>
              Add another phone
            </ButtonLink>
          )
        }
      >
        {phones.length === 0 ? (
          <EmptyState
            title="No phone yet"
            icon={<MonitorSmartphone size={32} aria-hidden />}
            action={
              <ButtonLink href="/phone" icon={<Plus size={16} aria-hidden />}>
                Add your phone
              </ButtonLink>
            }
          >
            With one, a password alone no longer gets anybody in: you also enter two digits on your phone.
            There is nothing to install.
          </EmptyState>
        ) : (
          <ul className="flex flex-col divide-y divide-line">
            {phones.map((phone) => (
              <li key={phone.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-14">
                <MonitorSmartphone size={20} className="shrink-0 text-ink-soft" aria-hidden />
                <span className="min-w-0 grow">
                  <span className="block font-semibold wrap-anywhere">{phone.name}</span>
                  <span className="text-ink-soft">
                    Added <Time at={phone.createdAt.toISOString()} />
                    {phone.lastUsedAt === null ? (
                      ', not used since'
                    ) : (
                      <>
                        , last used <Time at={phone.lastUsedAt.toISOString()} />
                      </>
                    )}
                  </span>
                </span>
                <PhoneActions id={phone.id} name={phone.name} />
              </li>
            ))}
          </ul>
        )}
      </Section>

      {pass === null ? null : (
        <Section
          title="Temporary Access Pass"
          note="For setting up or recovery. Nobody can show its value again."
        >
          <OwnPass pass={pass} />
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
                  With{' '}
                  {sessionWords(
                    each.method,
                    each.proven,
                    keys.find(({ id }) => id === each.credentialId),
                  )}
                  , {each.deviceName === null ? '' : `${each.browser}, `}
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
