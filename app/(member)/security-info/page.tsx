import { KeyRound, Landmark, Plus, RectangleEllipsis } from 'lucide-react';
import type { Metadata } from 'next';
import { modelWords } from '#domain/attestation/aaguids';
import { mayAdminister } from '#domain/identity';
import { toldOf } from '#domain/key-rules';
import { secondFactorWords } from '#domain/second-factor';
import { sessionWords } from '#domain/session';
import { isSoftwareKey } from '#domain/software-key';
import { type CredentialSummary, listCredentials } from '#server/credential';
import { readFederationOf } from '#server/federation';
import { readPasswordState } from '#server/identity';
import { readKeyRulesAt } from '#server/key-rules-policy';
import { methodObstacles } from '#server/methods-policy';
import { memberPage } from '#server/page';
import { passwordFaceOf } from '#server/password-face';
import { listSecondFactors, secondFactorsOf } from '#server/second-factor';
import { listSessions } from '#server/session';
import { readPass } from '#server/temporary-access-pass';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { EmptyState } from '#ui/empty-state';
import { KeyCard, type KeyKind } from '#ui/key-card';
import { Notice } from '#ui/notice';
import { SecondFactorIcon } from '#ui/second-factor-icon';
import { Time } from '#ui/time';
import { MemberPage } from '../member-page.tsx';
import { Told } from '../told.tsx';
import { MethodRow } from './method-row.tsx';
import { OpensAlso } from './opens-also.tsx';
import { OwnPass } from './own-pass.tsx';
import { EndSession, KeyActions, SecondFactorActions } from './security-actions.tsx';

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
  const [keys, sessions, pass, factors, ways, off, federation, password, face, rules] = await Promise.all([
    listCredentials(runtime, session.userId),
    listSessions(runtime, session.userId),
    readPass(runtime, session.userId),
    listSecondFactors(runtime.db, session.userId),
    secondFactorsOf(runtime.db, session.userId),
    methodObstacles(runtime.db, session.userId, 'register'),
    readFederationOf(runtime, session.person),
    readPasswordState(runtime, session.userId),
    passwordFaceOf(runtime, session),
    readKeyRulesAt(runtime.db, runtime, session),
  ]);
  const usable = keys.filter((key) => key.usable).length;
  const both = ways.code && ways.phone;
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
      intro="What gets you in, and where you are signed in now."
    >
      <Told session={session} runtime={runtime} />
      <Section
        title="Your keys"
        note="Changing one asks you to confirm that it is you."
        action={
          off.fido2 === null ? (
            <ButtonLink href="/passkey" size="small" icon={<Plus size={16} aria-hidden />}>
              Add a passkey
            </ButtonLink>
          ) : null
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

      <Section
        title="Other methods"
        note={
          passwordless
            ? 'You sign in with your keys. Remove what you no longer use.'
            : 'A password signs you in while your organisation still has them, and changes nothing by itself. A second factor beside it keeps others out who know it.'
        }
        action={
          factors.length === 0 ? null : (
            <ButtonLink href="/second-factor" size="small" icon={<Plus size={16} aria-hidden />}>
              Add a second factor
            </ButtonLink>
          )
        }
      >
        {ways.outdated ? (
          <div className="mb-3">
            <Notice tone="warning" live="none" title="Your organisation asks for a new second factor">
              Those from before get you nowhere any more. They go when the new one is there.
            </Notice>
          </div>
        ) : null}
        <ul className="flex flex-col divide-y divide-line">
          {passwordless ? null : (
            <MethodRow
              icon={<RectangleEllipsis size={20} aria-hidden />}
              name="Password"
              actions={
                password === null ? null : (
                  <ButtonLink href="/security-info/password" size="small">
                    Change your password
                  </ButtonLink>
                )
              }
            >
              {password === null ? (
                'You have none. There is nothing that anybody could guess.'
              ) : password.changedAt === null ? (
                'You have one.'
              ) : (
                <>
                  Changed <Time at={password.changedAt.toISOString()} />
                </>
              )}
            </MethodRow>
          )}
          {factors.map((factor) => (
            <MethodRow
              key={factor.id}
              icon={<SecondFactorIcon kind={factor.kind} size={20} />}
              name={factor.name}
              badge={both && ways.first === factor.kind ? <Badge tone="accent">Asked for first</Badge> : null}
              actions={
                <SecondFactorActions
                  factor={factor}
                  mayPrefer={both && ways.first !== factor.kind}
                  last={factors.length === 1}
                />
              }
            >
              {secondFactorWords[factor.kind].name}, added <Time at={factor.createdAt.toISOString()} />
              {factor.lastUsedAt === null ? (
                ', not used since'
              ) : (
                <>
                  , last used <Time at={factor.lastUsedAt.toISOString()} />
                </>
              )}
            </MethodRow>
          ))}
          {federation === null || federation.link === null ? null : (
            <MethodRow
              icon={<Landmark size={20} aria-hidden />}
              name={`Sign-in at ${federation.domain.domain}`}
              actions={null}
            >
              Your organisation’s own, linked <Time at={federation.link.linkedAt.toISOString()} />
            </MethodRow>
          )}
          {pass === null ? null : <OwnPass pass={pass} />}
        </ul>
        {factors.length === 0 && !passwordless ? (
          <EmptyState
            title="No second factor yet"
            icon={<SecondFactorIcon kind="authenticator" size={32} />}
            action={
              <ButtonLink href="/second-factor" icon={<Plus size={16} aria-hidden />}>
                Add your phone or an app
              </ButtonLink>
            }
          >
            With one, your password alone no longer gets anybody in.
          </EmptyState>
        ) : null}
      </Section>

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
