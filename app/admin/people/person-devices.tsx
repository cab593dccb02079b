import { Ban, ListChecks } from 'lucide-react';
import type { CredentialSummary } from '#server/credential';
import type { DeviceSummary } from '#server/device';
import type { SessionOrigin } from '#server/session';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { DeviceActions } from '../devices/device-actions.tsx';
import { counted } from '../words.ts';

/** Their devices, and what an administrator of devices can do about them. */
export function PersonDevices({
  userId,
  devices,
  manages,
  working,
  origins,
}: {
  userId: string;
  devices: readonly DeviceSummary[];
  /** Whether the one who looks manages devices. */
  manages: boolean;
  working: readonly CredentialSummary[];
  origins: readonly SessionOrigin[];
}) {
  return (
    <Section
      title="Devices"
      level={3}
      action={
        <ButtonLink
          size="small"
          tone="quiet"
          icon={<ListChecks size={16} />}
          href={address('/admin/policy/resultant', { user: userId })}
        >
          Resultant policy
        </ButtonLink>
      }
    >
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
              <a
                href={address('/admin/policy/resultant', { user: device.userId, device: device.id })}
                className="link self-start text-14"
              >
                Resultant policy<span className="sr-only"> on {device.name}</span>
              </a>
              {manages ? (
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
  );
}
