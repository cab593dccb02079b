import {
  Ban,
  CircleCheck,
  CircleX,
  Eraser,
  KeyRound,
  LogOut,
  ScrollText,
  Siren,
  Smartphone,
  Trash2,
  UserCheck,
  UserX,
} from 'lucide-react';
import type { Route } from 'next';
import type { ReactNode } from 'react';
import { modelWords } from '#domain/attestation/aaguids';
import { compromiseWords } from '#domain/attestation/compromise';
import { mayAdminister, mayManageMethodsOf, roles } from '#domain/identity';
import { countedByWords, limitedWords } from '#domain/rate-limit';
import { sessionWords } from '#domain/session';
import { namesOfModels } from '#server/attestation/metadata';
import type { Person } from '#server/caller';
import { type CredentialSummary, listCredentials } from '#server/credential';
import { listDevices } from '#server/device';
import { listEvents } from '#server/event';
import { listPeople, type PersonSummary } from '#server/identity';
import { obstacleFor, readPassPolicy } from '#server/pass-policy';
import { countApprovers, listPassRequests, type PassRequestSummary } from '#server/pass-request';
import { listReachedLimits, type ReachedLimit } from '#server/rate-limit';
import type { Runtime } from '#server/runtime';
import { listSessionOrigins, listSessions, type SessionOrigin } from '#server/session';
import { type PassSummary, readPass } from '#server/temporary-access-pass';
import { listAuthenticatorApps } from '#server/totp';
import { Avatar } from '#ui/avatar';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { Facts } from '#ui/facts';
import { KeyCard } from '#ui/key-card';
import { Notice } from '#ui/notice';
import { SidePanel } from '#ui/side-panel';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { DeviceActions } from '../devices/device-actions.tsx';
import { EventLines } from '../events/event-lines.tsx';
import { Act, Outcomes } from '../outcomes.tsx';
import { counted } from '../words.ts';
import {
  askForNewPassword,
  askForPass,
  clearLimitsOfPerson,
  endSession,
  issuePass,
  removeApp,
  removePass,
  revokeKey,
  setDisabled,
  setPassword,
} from './actions.ts';
import { keyKind } from './key-kind.ts';
import { NewPassword } from './new-password.tsx';
import { IssuePass } from './pass.tsx';
import { obstacleWords, usabilityWords } from './pass-words.ts';

const KEYS_SHOWN = 24;
const EVENTS_SHOWN = 10;

/** One person: what they sign in with, on what, and what an administrator can do about it. */
export async function PersonPanel({
  runtime,
  actor,
  id,
  closeHref,
}: {
  runtime: Runtime;
  actor: Person;
  /** From the address: it may name nobody. */
  id: string;
  closeHref: Route;
}) {
  const person = (await listPeople(runtime, { id, limit: 1 }))[0];
  if (person === undefined) {
    return (
      <SidePanel title="Nobody here" closeHref={closeHref}>
        <Notice tone="info" live="none" title="This person is not in the directory">
          They may have been removed since the link was made. What they did stays in the event log.
        </Notice>
      </SidePanel>
    );
  }
  const [
    keys,
    devices,
    pass,
    sessions,
    origins,
    apps,
    events,
    passPolicy,
    obstacle,
    reached,
    requests,
    approvers,
  ] = await Promise.all([
    listCredentials(runtime, id),
    listDevices(runtime, { userId: id, limit: KEYS_SHOWN }),
    readPass(runtime, id),
    listSessions(runtime, id),
    listSessionOrigins(runtime, { userId: id }),
    listAuthenticatorApps(runtime, id),
    listEvents(runtime, { userId: id }, EVENTS_SHOWN),
    readPassPolicy(runtime.db),
    obstacleFor(runtime.db, id),
    listReachedLimits(runtime, { userId: id }),
    listPassRequests(runtime, { userId: id, limit: 5 }),
    countApprovers(runtime.db, actor.id, id),
  ]);
  const models = await namesOfModels(
    runtime,
    keys.map(({ aaguid }) => aaguid),
  );
  const acts = mayAdminister(actor.roles, 'manage_methods');
  const self = actor.id === person.id;
  const manages = acts && !self && mayManageMethodsOf(actor.roles, person.roles);
  // A pass for an administrator takes a second one.
  const needsApproval = person.roles.length > 0;
  const request = requests.find(({ state }) => state === 'pending' || state === 'approved');
  const working = keys.filter(({ usable }) => usable);
  const first = person.displayName.split(' ')[0] ?? person.displayName;

  return (
    <SidePanel
      closeHref={closeHref}
      title={
        <span className="flex items-center gap-3">
          <Avatar name={person.displayName} size={40} />
          {person.displayName}
        </span>
      }
      subtitle={<span className="wrap-anywhere">{person.upn}</span>}
    >
      <Outcomes>
        <Badges person={person} />
        {acts && !manages ? (
          <Notice
            tone="info"
            live="none"
            title={self ? 'This is your own account' : 'You can look, not change'}
          >
            {self
              ? 'Nobody issues a pass, sets a password or revokes a key for themselves here. Ask another administrator, or use your own Security info.'
              : 'Authentication Administrators manage members only. A Privileged Authentication Administrator or a Global Administrator can do it.'}
          </Notice>
        ) : null}
        <Facts
          tight
          facts={[
            { term: 'Title', value: person.jobTitle || '–' },
            {
              term: (
                <Term explains="Directory roles. Somebody without one is a member and sees no administration.">
                  Roles
                </Term>
              ),
              value: person.roles.map((role) => roles[role]).join(', ') || 'Member',
            },
            { term: 'Groups', value: person.groups.join(', ') || 'None' },
            { term: 'ID', value: person.id, mono: true, copy: person.id },
          ]}
        />

        {reached.length === 0 ? null : (
          <SlowedDown
            reached={reached}
            action={
              manages ? (
                <Act
                  trigger={{ label: 'Clear', size: 'small', icon: <Eraser size={16} /> }}
                  title={`Clear what slows ${person.displayName} down?`}
                  confirmLabel="Clear the limits"
                  pendingLabel="Clearing"
                  tone="primary"
                  action={clearLimitsOfPerson}
                  input={{ userId: person.id }}
                  done={`${first} can try again at once.`}
                >
                  <p>{first} can try again at once, and so can anybody else who tried with this account.</p>
                  <p>
                    If it was not {first}, leave it: the wait ends by itself, and keys are not stopped by it.
                  </p>
                </Act>
              ) : null
            }
          />
        )}

        <Section title="Temporary Access Pass" level={3}>
          <PassState pass={pass} />
          {request === undefined ? null : <WaitingRequest request={request} />}
          {manages && needsApproval && request === undefined ? (
            <ApprovalNote name={first} possible={approvers > 0} upn={person.upn} />
          ) : null}
          {manages ? (
            <div className="flex flex-wrap gap-2">
              {needsApproval && (request !== undefined || approvers === 0) ? null : (
                <IssuePass
                  userId={person.id}
                  name={first}
                  rules={{
                    minimum: passPolicy.lifetimeInMinutes.minimum,
                    maximum: passPolicy.lifetimeInMinutes.maximum,
                    usual: passPolicy.lifetimeInMinutes.default,
                    oneTimeOnly: passPolicy.isUsableOnce,
                    obstacle,
                  }}
                  replaces={pass !== null}
                  urgent={person.helloKeys === 0}
                  keys={working.length}
                  {...(needsApproval ? { ask: askForPass } : { issue: issuePass })}
                />
              )}
              {pass === null ? null : (
                <Act
                  trigger={{ label: 'Delete the pass', size: 'small', icon: <Trash2 size={16} /> }}
                  title={`Delete the pass of ${person.displayName}?`}
                  confirmLabel="Delete the pass"
                  action={removePass}
                  input={{ userId: person.id }}
                  done="The pass is deleted."
                >
                  <p>
                    It stops working at once. This ends {ofPass(origins)} that began with it; a key that was
                    registered stays.
                  </p>
                </Act>
              )}
            </div>
          ) : null}
        </Section>

        <Section title="Keys" level={3}>
          {keys.length === 0 ? (
            <p className="text-14 text-ink-soft">
              No key yet.{' '}
              {manages
                ? 'A Temporary Access Pass takes them through registering a device and making the first one.'
                : ''}
            </p>
          ) : (
            <div className="flex flex-col gap-6">
              {keys.slice(0, KEYS_SHOWN).map((key) => {
                const ends = counted(
                  origins.filter(({ credentialIds }) => credentialIds.includes(key.id)).length,
                  'session',
                );
                const where = key.deviceName ?? key.name;
                return (
                  <KeyCard
                    key={key.id}
                    protection={key.protection}
                    maker={key.manufacturer}
                    model={modelWords({
                      aaguid: key.aaguid,
                      proven: key.protection !== 'unverified',
                      name: models.get(key.aaguid)?.name,
                    })}
                    kind={keyKind(key)}
                    name={where}
                    gesture={key.kind === 'hello' ? 'face, fingerprint or PIN' : undefined}
                    madeAt={key.createdAt.toISOString()}
                    usedAt={key.lastUsedAt?.toISOString() ?? null}
                    kid={key.id}
                    state={key.quarantinedAt === null ? 'active' : 'quarantined'}
                    note={
                      key.quarantinedAt === null ? (
                        key.compromised === null ? undefined : (
                          `${compromiseWords(key.compromised)}. Let ${first} make another one, then revoke this.`
                        )
                      ) : (
                        <>
                          Quarantined <Time at={key.quarantinedAt.toISOString()} />: its signature counter
                          went back, the mark of a copied key. Nobody can sign in with it. Revoke it and let{' '}
                          {first} make a new one.
                        </>
                      )
                    }
                    action={
                      <>
                        <ButtonLink href={`/inspector?credential=${key.id}`} size="small">
                          Inspect
                        </ButtonLink>
                        {manages ? (
                          <Act
                            trigger={{ label: 'Revoke', size: 'small' }}
                            title={`Revoke the key of ${person.displayName} on ${where}?`}
                            confirmLabel="Revoke 1 key"
                            pendingLabel="Revoking"
                            action={revokeKey}
                            input={{
                              userId: person.id,
                              credentialId: key.id,
                              evenLast: isLast(key, working),
                            }}
                            done="The key is revoked."
                          >
                            <p>
                              {first} can never sign in with it again. This ends {ends} that began with it.
                            </p>
                            <p>{remaining(person, isLast(key, working), keys.length)}</p>
                          </Act>
                        ) : null}
                      </>
                    }
                  />
                );
              })}
              {keys.length > KEYS_SHOWN ? (
                <p className="text-14 text-ink-soft">
                  And {keys.length - KEYS_SHOWN} more that were made before.
                </p>
              ) : null}
            </div>
          )}
        </Section>

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
              <NewPassword
                userId={person.id}
                name={person.displayName}
                has={person.hasPassword}
                sessions={counted(origins.filter(({ method }) => method === 'password').length, 'session')}
                set={setPassword}
              />
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
                    From now on the password opens nothing but the choice of another. Sessions that are open
                    go on, and keys and passkeys are not touched.
                  </p>
                </Act>
              ) : null}
            </div>
          ) : null}
        </Section>

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

        <Section title="Devices" level={3}>
          {devices.length === 0 ? (
            <p className="text-14 text-ink-soft">No device is registered.</p>
          ) : (
            <ul className="divide-y divide-line rounded-card border border-line">
              {devices.map((device) => (
                <li key={device.id} className="flex flex-col gap-2 p-3">
                  <div className="flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1">
                    <a
                      href={address('/admin/devices', { device: device.id })}
                      className="link text-14 font-semibold"
                    >
                      {device.name}
                    </a>
                    {device.disabledAt === null ? null : <Badge icon={<Ban size={12} />}>Disabled</Badge>}
                  </div>
                  <p className="text-12 text-ink-soft">
                    {device.browser || device.os || 'Unknown browser'}, {counted(device.keys, 'key')}, seen{' '}
                    <Time at={device.lastSeenAt.toISOString()} />
                  </p>
                  {mayAdminister(actor.roles, 'manage_devices') ? (
                    <DeviceActions
                      device={device}
                      sessions={origins.filter(({ deviceId }) => deviceId === device.id).length}
                      keysElsewhere={working.filter(({ deviceId }) => deviceId !== device.id).length}
                    />
                  ) : null}
                </li>
              ))}
            </ul>
          )}
        </Section>

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
                      {sessionWords(session.method, session.proven)}
                      {session.deviceName === null ? '' : ` on ${session.deviceName}`}
                    </span>
                    <span className="text-12 text-ink-soft">
                      {session.browser}, {session.address}, active{' '}
                      <Time at={session.lastSeenAt.toISOString()} />
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
                        {first} is signed out there at once, in every tab, and can sign in again with any key
                        that works.
                      </p>
                    </Act>
                  ) : null}
                </li>
              ))}
            </ul>
          )}
        </Section>

        {manages ? (
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
                    This ends {counted(sessions.length, 'live session')} at once, and no key, passkey, pass or
                    password signs {first} in.
                  </p>
                  <p>
                    {capital(counted(keys.length, 'key'))} and {counted(devices.length, 'device')} stay and
                    work again when you enable the account.
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
                    {first} can sign in again with {counted(keys.length, 'key')}
                    {person.hasPassword ? ' and the password' : ''}.
                  </p>
                </Act>
              </div>
            )}
          </Section>
        ) : null}

        <Section title="Lately" level={3}>
          <EventLines
            events={events}
            empty="Nothing happened yet."
            all={
              <ButtonLink
                size="small"
                tone="quiet"
                icon={<ScrollText size={16} />}
                href={address('/admin/events', { person: person.id })}
              >
                All events of {first}
              </ButtonLink>
            }
          />
        </Section>
      </Outcomes>
    </SidePanel>
  );
}

function WaitingRequest({ request }: { request: PassRequestSummary }) {
  return (
    <Notice
      tone="info"
      live="none"
      title={request.state === 'approved' ? 'A pass is approved' : 'A pass waits for approval'}
      action={
        <ButtonLink size="small" href={address('/admin/approvals')}>
          To the approvals
        </ButtonLink>
      }
    >
      {request.requestedBy.displayName} asked for it <Time at={request.createdAt.toISOString()} />.
    </Notice>
  );
}

/** Why a pass for an administrator is not simply issued, and the way where nobody else could approve one. */
function ApprovalNote({ name, possible, upn }: { name: string; possible: boolean; upn: string }) {
  if (possible)
    return (
      <p className="text-14 text-ink-soft">
        {name} is an administrator: a second administrator has to approve a pass for them.
      </p>
    );
  return (
    <Notice tone="info" live="none" title="Nobody else here could approve a pass for an administrator">
      A pass for {name} comes from the command line on the server:{' '}
      <code className="font-mono wrap-anywhere">npm run admin -- tap issue {upn}</code>
    </Notice>
  );
}

function Badges({ person }: { person: PersonSummary }) {
  if (!person.breakGlass && !person.sample && person.disabledAt === null) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {person.disabledAt === null ? null : (
        <Badge tone="danger" icon={<Ban size={12} />}>
          Disabled
        </Badge>
      )}
      {person.breakGlass ? (
        <Badge tone="warning" icon={<Siren size={12} />}>
          Break-glass
        </Badge>
      ) : null}
      {person.sample ? <Badge>Sample data</Badge> : null}
    </div>
  );
}

function SlowedDown({ reached, action }: { reached: readonly ReachedLimit[]; action: ReactNode }) {
  return (
    <Notice tone="warning" live="none" title="Slowed down after too many attempts" action={action}>
      <ul className="flex flex-col gap-1">
        {reached.map((limit) => (
          <li key={limit.key}>
            {limitedWords[limit.what]}, {countedByWords[limit.by].toLowerCase()}
            {limit.address === null ? '' : ` (${limit.address})`}:{' '}
            <span className="figures">
              {Math.min(limit.count, limit.attempts)} of {limit.attempts}
            </span>
            , until <Time at={limit.endsAt.toISOString()} form="absolute" />
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function PassState({ pass }: { pass: PassSummary | null }) {
  if (pass === null)
    return (
      <p className="text-14 text-ink-soft">None. A pass opens the way to a first key, for a short time.</p>
    );
  const { text, explains } = usabilityWords[pass.usability];
  const usable = pass.usability === 'EnabledByPolicy';
  return (
    <p className="flex gap-2 text-14">
      <span className="mt-0.5 shrink-0">
        {usable ? (
          <CircleCheck size={16} className="text-success-ink" />
        ) : (
          <CircleX size={16} className="text-ink-soft" />
        )}
      </span>
      <span className="text-ink-soft">
        <span className="font-semibold text-ink">
          <Term title={pass.usability} explains={explains}>
            {text}
          </Term>
        </span>
        {pass.oneTime ? ', works once, ' : ', works as often as needed, '}
        {pass.usability === 'NotYetValid' ? (
          <>
            from <Time at={pass.startsAt.toISOString()} form="absolute" />{' '}
          </>
        ) : null}
        {pass.usability === 'Expired' || pass.usability === 'OneTimeUsed' ? 'was good until ' : 'until '}
        <Time at={pass.expiresAt.toISOString()} form="absolute" />.{' '}
        {pass.usability === 'DisabledByPolicy' && pass.obstacle !== null
          ? `${obstacleWords[pass.obstacle]} `
          : ''}
        Issued <Time at={pass.createdAt.toISOString()} />
        {pass.usedAt === null ? '' : ', used '}
        {pass.usedAt === null ? null : <Time at={pass.usedAt.toISOString()} />}.
      </span>
    </p>
  );
}

function ofPass(origins: readonly SessionOrigin[]): string {
  return counted(origins.filter(({ kind }) => kind === 'registration').length, 'session');
}

/** Whether nothing else gets the person in. */
function isLast(key: CredentialSummary, working: readonly CredentialSummary[]): boolean {
  return key.usable && working.length === 1;
}

function remaining(person: PersonSummary, last: boolean, keys: number): ReactNode {
  if (last)
    return (
      <span className="font-semibold text-ink">
        {person.hasPassword
          ? 'It is the last key that works: only the password is left. Issue a pass, so that they can make a new one.'
          : 'It is the last key that works and there is no password: they can only come back with a pass.'}
      </span>
    );
  return keys === 2
    ? '1 other key stays as it is.'
    : `${capital(counted(keys - 1, 'other key'))} stay as they are.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
