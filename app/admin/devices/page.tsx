import { Ban, CircleCheck, MonitorX } from 'lucide-react';
import type { Metadata } from 'next';
import { type DeviceSummary, listDevices } from '#server/device';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { FilterChips } from '#ui/chip';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { SearchForm } from '#ui/search-form';
import { Time } from '#ui/time';
import { address, asked, askedOf, type SearchParams } from '../address.ts';
import { NameLines } from '../name-lines.tsx';
import { counted } from '../words.ts';
import { CertificateAuthorities } from './certificate-authorities.tsx';
import { DevicePanel } from './device-panel.tsx';
import { joinWords } from './words.ts';

export const metadata: Metadata = { title: 'Devices' };

const SHOWN = 100;

export default async function DevicesPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const params = await searchParams;
  const filter = {
    q: asked(params, 'q'),
    state: askedOf(params, 'state', ['active', 'disabled'] as const),
    order: askedOf(params, 'order', ['name'] as const),
  };
  const open = asked(params, 'device');
  const at = (change: Partial<Record<keyof typeof filter | 'device', string | undefined>> = {}) =>
    address('/admin/devices', { ...filter, ...change });
  const found = await listDevices(runtime, {
    search: filter.q,
    disabled: filter.state === undefined ? undefined : filter.state === 'disabled',
    order: filter.order,
    limit: SHOWN + 1,
  });
  const devices = found.slice(0, SHOWN);
  const filtered = (filter.q ?? filter.state) !== undefined;

  const columns: Column<DeviceSummary>[] = [
    {
      key: 'name',
      title: 'Device',
      sort: {
        href: at({ order: 'name', device: open }),
        direction: filter.order === 'name' ? 'ascending' : undefined,
      },
      cell: (device) => (
        <span className="flex flex-col">
          <span>{device.name}</span>
          {device.sample ? <span className="text-12 font-normal text-ink-soft">sample</span> : null}
        </span>
      ),
    },
    {
      key: 'owner',
      title: 'Owner',
      width: 'wide',
      cell: (device) => <NameLines name={device.owner.displayName} upn={device.owner.upn} />,
    },
    {
      key: 'system',
      title: 'Browser',
      extra: true,
      cell: (device) => device.browser || device.os || 'Unknown',
    },
    { key: 'join', title: 'Join type', extra: true, cell: (device) => joinWords[device.joinType].text },
    { key: 'keys', title: 'Keys', align: 'end', width: 'tight', cell: (device) => device.keys },
    {
      key: 'seen',
      title: 'Last seen',
      width: 'tight',
      sort: {
        href: at({ order: undefined, device: open }),
        direction: filter.order === undefined ? 'descending' : undefined,
      },
      cell: (device) => <Time at={device.lastSeenAt.toISOString()} />,
    },
    {
      key: 'state',
      title: 'State',
      width: 'tight',
      cell: (device) =>
        device.disabledAt === null ? (
          <Badge tone="success" icon={<CircleCheck size={12} />}>
            Active
          </Badge>
        ) : (
          <Badge tone="danger" icon={<Ban size={12} />}>
            Disabled
          </Badge>
        ),
    },
  ];

  return (
    <AdminPage
      title="Devices"
      purpose="Every browser that was registered, who it belongs to, and whether it may sign in."
      filters={
        <div className="flex w-full flex-col gap-4">
          <SearchForm
            action="/admin/devices"
            label="Find a device"
            placeholder="Device or owner"
            words={filter.q}
            kept={{ state: filter.state, order: filter.order }}
          />
          <FilterChips
            label="State"
            chips={[
              { href: at({ state: undefined }), label: 'All', current: filter.state === undefined },
              { href: at({ state: 'active' }), label: 'Active', current: filter.state === 'active' },
              { href: at({ state: 'disabled' }), label: 'Disabled', current: filter.state === 'disabled' },
            ]}
          />
        </div>
      }
      panel={
        open === undefined ? null : (
          <DevicePanel key={open} runtime={runtime} session={caller.session} id={open} closeHref={at()} />
        )
      }
    >
      <DataTable
        caption="Devices with their owners"
        columns={columns}
        rows={devices}
        rowKey={(device) => device.id}
        rowHref={(device) => at({ device: device.id })}
        current={open}
        empty={
          <EmptyState
            icon={<MonitorX size={32} />}
            title={filtered ? 'No device fits this search' : 'Devices will be listed here'}
            action={
              filtered ? (
                <ButtonLink href={address('/admin/devices')}>Show every device</ButtonLink>
              ) : (
                <ButtonLink href={address('/admin/people')}>Choose somebody</ButtonLink>
              )
            }
          >
            {filtered
              ? 'Names of devices and of their owners are searched.'
              : 'A browser becomes a device when its person registers it: that is the first step of their set-up, which a pass opens.'}
          </EmptyState>
        }
        foot={
          found.length > SHOWN
            ? `The first ${SHOWN}. Search to see others.`
            : counted(devices.length, 'device')
        }
      />
      <CertificateAuthorities runtime={runtime} />
    </AdminPage>
  );
}
