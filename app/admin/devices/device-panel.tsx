import { Ban, CircleCheck, ListChecks, ScrollText } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { modelWords } from '#domain/attestation/aaguids';
import { credentialWords } from '#domain/credential';
import { mayAdminister } from '#domain/identity';
import type { SignedInSession } from '#server/caller';
import { listCredentials } from '#server/credential';
import { listDevices } from '#server/device';
import { readCertificates } from '#server/device-certificate';
import { listEvents } from '#server/event';
import { groupsOf } from '#server/group';
import { listPeople } from '#server/identity';
import { listContainers } from '#server/key-container';
import type { Runtime } from '#server/runtime';
import { listSessionOrigins } from '#server/session';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { CertificateDownload } from '#ui/device-certificate';
import { Facts } from '#ui/facts';
import { KeyProtection } from '#ui/key-protection';
import { Notice } from '#ui/notice';
import { SidePanel } from '#ui/side-panel';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { EventLines } from '../events/event-lines.tsx';
import { GroupLinks } from '../groups/group-links.tsx';
import { Outcomes } from '../outcomes.tsx';
import { managesMethodsOf } from '../people/manages.ts';
import { Pins } from '../people/pins.tsx';
import { counted } from '../words.ts';
import { certificateFacts } from './certificate-facts.tsx';
import { DeviceActions } from './device-actions.tsx';
import { joinWords, verdictText } from './words.ts';

const EVENTS_SHOWN = 10;

/** One device: its facts, its browsers and keys, and what an administrator can do to it. */
export async function DevicePanel({
  runtime,
  session,
  id,
  closeHref,
}: {
  runtime: Runtime;
  session: SignedInSession;
  /** From the address: it may name nothing. */
  id: string;
  closeHref: Route;
}) {
  const device = (await listDevices(runtime, { id, limit: 1 }))[0];
  if (device === undefined) {
    return (
      <SidePanel title="No device here" closeHref={closeHref}>
        <Notice
          tone="info"
          live="none"
          title="This device is not in the directory"
          action={
            <ButtonLink size="small" href={address('/admin/events', { device: id })}>
              Look for it in the event log
            </ButtonLink>
          }
        >
          It was deleted, or the link is not right. What happened on it stays in the event log.
        </Notice>
      </SidePanel>
    );
  }
  const [credentials, sessions, events, certificates, groups, containers, [owner]] = await Promise.all([
    listCredentials(runtime, device.userId),
    listSessionOrigins(runtime, { deviceId: device.id }),
    listEvents(runtime, { deviceId: device.id }, EVENTS_SHOWN),
    readCertificates(runtime, device.id),
    groupsOf(runtime.db, 'device', device.id),
    listContainers(runtime, { deviceId: device.id }),
    listPeople(runtime, { id: device.userId, limit: 1 }),
  ]);
  const keys = credentials.filter(({ deviceId }) => deviceId === device.id);
  const join = joinWords[device.joinType];
  const manages = mayAdminister(session.person.roles, 'manage_devices');

  return (
    <SidePanel
      closeHref={closeHref}
      title={device.name}
      subtitle={
        <Link href={address('/admin/people', { person: device.userId })} className="link">
          {device.owner.displayName}
        </Link>
      }
    >
      <Outcomes>
        <div className="flex flex-wrap gap-2">
          {device.disabledAt === null ? (
            <Badge tone="success" icon={<CircleCheck size={12} />}>
              Active
            </Badge>
          ) : (
            <Badge tone="danger" icon={<Ban size={12} />}>
              Disabled
            </Badge>
          )}
          {device.sample ? <Badge>Sample data</Badge> : null}
        </div>
        {manages ? (
          <DeviceActions
            device={device}
            sessions={sessions.length}
            keysElsewhere={
              credentials.filter(({ usable, deviceId }) => usable && deviceId !== device.id).length
            }
            yours={session.deviceId === device.id}
            thenHref={closeHref}
          />
        ) : null}
        <div>
          <ButtonLink
            size="small"
            icon={<ListChecks size={16} />}
            href={address('/admin/policy/resultant', { user: device.userId, device: device.id })}
          >
            Resultant policy
          </ButtonLink>
        </div>
        <Facts
          tight
          facts={[
            { term: 'Device ID', value: device.id, mono: true, copy: device.id },
            { term: 'Owner', value: device.owner.upn },
            { term: 'System', value: device.os || 'Unknown' },
            { term: 'Browser', value: device.browser || 'Unknown' },
            { term: 'Join type', value: <Term explains={join.explains}>{join.text}</Term> },
            {
              term: (
                <Term explains="Whether the browser said that this machine can check a person itself, by PIN, face or fingerprint. On Windows that is Windows Hello.">
                  Platform authenticator
                </Term>
              ),
              value: verdictText[device.platformAuthenticator],
            },
            {
              term: (
                <Term explains="The device's own key is kept by the browser (Web Crypto) and cannot be exported from it. It shows this browser profile, not hardware: TpmProtected : NO, KeyProvider : WebCrypto.">
                  Device key
                </Term>
              ),
              value: 'Kept by the browser, no TPM',
            },
            { term: 'Registered', value: <Time at={device.createdAt.toISOString()} form="absolute" /> },
            { term: 'Last seen', value: <Time at={device.lastSeenAt.toISOString()} /> },
            { term: 'Groups', value: <GroupLinks groups={groups} /> },
            { term: 'Live sessions', value: sessions.length },
            ...(device.disabledAt === null
              ? []
              : [{ term: 'Disabled', value: <Time at={device.disabledAt.toISOString()} form="absolute" /> }]),
          ]}
        />
        <Section title="Keys made here" level={3}>
          {keys.length === 0 ? (
            <p className="text-14 text-ink-soft">No key yet.</p>
          ) : (
            <ul className="divide-y divide-line rounded-card border border-line">
              {keys.map((key) => (
                <li key={key.id} className="flex flex-wrap items-center justify-between gap-3 p-3">
                  <span className="flex min-w-0 flex-col gap-0.5">
                    <KeyProtection
                      protection={key.protection}
                      maker={key.manufacturer}
                      model={modelWords({ aaguid: key.aaguid, proven: key.facts.modelProven })}
                    />
                    <span className="text-12 text-ink-soft">
                      {credentialWords(key)}, made <Time at={key.createdAt.toISOString()} form="day" />, used{' '}
                      {key.lastUsedAt === null ? 'never' : <Time at={key.lastUsedAt.toISOString()} />}
                    </span>
                  </span>
                  {key.quarantinedAt === null ? null : <Badge tone="danger">Quarantined</Badge>}
                </li>
              ))}
            </ul>
          )}
        </Section>
        <Pins
          name={device.owner.displayName}
          containers={containers}
          deviceNames={new Map([[device.id, device.name]])}
          manages={owner !== undefined && managesMethodsOf(session.person, owner)}
        />
        <Section
          title="Browsers"
          level={3}
          note={`${counted(device.profiles.length, 'profile')} on this machine, each with a key and a certificate of its own. They show the profile, not hardware, and a certificate proves nothing without its key.`}
        >
          <ul className="divide-y divide-line rounded-card border border-line">
            {device.profiles.map((profile) => {
              const certificate = certificates.get(profile.id);
              return (
                <li key={profile.id} className="flex flex-col gap-3 p-3">
                  <Facts
                    tight
                    facts={[
                      { term: 'Browser', value: profile.browser || 'Unknown' },
                      { term: 'Added', value: <Time at={profile.createdAt.toISOString()} form="day" /> },
                      {
                        term: (
                          <Term explains="SHA-256 of the public key that this browser profile registered with.">
                            Key
                          </Term>
                        ),
                        value: profile.thumbprint,
                        mono: true,
                        copy: profile.thumbprint,
                      },
                      ...certificateFacts(certificate),
                    ]}
                  />
                  {certificate ? (
                    <div>
                      <CertificateDownload
                        base64={Buffer.from(certificate.certificate).toString('base64')}
                        fileName={`${certificate.thumbprint}.cer`}
                      />
                    </div>
                  ) : null}
                </li>
              );
            })}
          </ul>
        </Section>
        <Section title="Lately" level={3}>
          <EventLines
            events={events}
            empty="Nothing happened yet."
            all={
              <ButtonLink
                size="small"
                tone="quiet"
                icon={<ScrollText size={16} />}
                href={address('/admin/events', { device: device.id })}
              >
                All events of this device
              </ButtonLink>
            }
          />
        </Section>
      </Outcomes>
    </SidePanel>
  );
}
