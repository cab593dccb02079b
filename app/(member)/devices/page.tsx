import { Laptop } from 'lucide-react';
import type { Metadata } from 'next';
import { listCredentials } from '#server/credential';
import { listDevices } from '#server/device';
import { readPasswordState } from '#server/identity';
import { memberPage } from '#server/page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { EmptyState } from '#ui/empty-state';
import { Time } from '#ui/time';
import { MemberPage } from '../member-page.tsx';
import { DeviceActions } from './device-actions.tsx';

export const metadata: Metadata = { title: 'My devices' };

export default async function DevicesPage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [devices, keys, password] = await Promise.all([
    listDevices(runtime, { userId: session.userId }),
    listCredentials(runtime, session.userId),
    readPasswordState(runtime, session.userId),
  ]);
  const usable = keys.filter((key) => key.usable);
  return (
    <MemberPage
      session={session}
      title="My devices"
      intro="Each browser profile on a device has a key of its own. That shows the profile, not the hardware."
    >
      {devices.length === 0 ? (
        <EmptyState
          title="No devices yet"
          icon={<Laptop size={32} aria-hidden />}
          action={
            <ButtonLink href="/provision" tone="primary">
              Set up this device
            </ButtonLink>
          }
        >
          Devices that you register are listed here, with the keys made on them.
        </EmptyState>
      ) : (
        <ul className="flex flex-col divide-y divide-line">
          {devices.map((device) => (
            <li key={device.id} className="flex flex-wrap items-start gap-x-4 gap-y-2 py-4">
              <Laptop size={24} className="mt-1 shrink-0 text-accent-ink" aria-hidden />
              <div className="flex min-w-0 grow flex-col gap-1">
                <h2 className="flex flex-wrap items-center gap-2 text-16 font-semibold">
                  {device.name}
                  {device.id === session.deviceId ? <Badge tone="accent">This device</Badge> : null}
                  {device.disabledAt === null ? null : <Badge tone="danger">Disabled</Badge>}
                </h2>
                <p className="text-14 text-ink-soft">
                  {device.profiles.map(({ browser }) => browser).join(', ') || device.browser} on {device.os}.{' '}
                  {device.keys === 1 ? 'One key' : `${device.keys} keys`}. Seen{' '}
                  <Time at={device.lastSeenAt.toISOString()} />.
                </p>
                <DeviceActions
                  id={device.id}
                  name={device.name}
                  keys={device.keys}
                  keysLeft={usable.filter(({ deviceId }) => deviceId !== device.id).length}
                  password={password !== null}
                  here={device.id === session.deviceId}
                />
              </div>
            </li>
          ))}
        </ul>
      )}
      <div>
        <ButtonLink href="/devices/status">Device status of this browser</ButtonLink>
      </div>
    </MemberPage>
  );
}
