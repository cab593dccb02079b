import { Laptop, MonitorX } from 'lucide-react';

export type DeviceStanding = 'registered' | 'unregistered' | 'disabled';

const words: Record<DeviceStanding, string> = {
  registered: 'This device',
  unregistered: 'Not registered yet',
  disabled: 'Disabled',
};

/** Where: the device in front of the person. Without a name it is only "This browser". */
export function DeviceChip({
  name,
  standing = name ? 'registered' : 'unregistered',
}: {
  name?: string | undefined;
  standing?: DeviceStanding | undefined;
}) {
  const Icon = standing === 'disabled' ? MonitorX : Laptop;
  const ring = standing === 'registered' ? 'border-solid' : 'border-dashed';
  return (
    <span className="inline-flex min-h-11 max-w-full min-w-0 items-center gap-2.5 py-1 text-ink">
      <span
        className={`grid size-8 shrink-0 place-items-center rounded-full border bg-surface text-ink-soft ${ring} ${standing === 'disabled' ? 'border-danger-ink text-danger-ink' : 'border-line-strong'}`}
      >
        <Icon size={16} />
      </span>
      <span className="flex min-w-0 flex-col text-left">
        <span className="truncate text-14 font-semibold leading-4">{name ?? 'New device'}</span>
        <span className={`truncate text-12 ${standing === 'disabled' ? 'text-danger-ink' : 'text-ink-soft'}`}>
          {words[standing]}
        </span>
      </span>
    </span>
  );
}
