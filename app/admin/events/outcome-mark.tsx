import { CircleCheck, CircleDashed, CircleX, ShieldAlert } from 'lucide-react';
import type { EventEntry } from '#domain/event-entry';

/** Whether it succeeded, as an icon with its word for those who hear it. */
export function OutcomeMark({ event }: { event: Pick<EventEntry, 'code' | 'outcome'> }) {
  const look =
    event.code === 'credential_quarantined' ? (
      <ShieldAlert size={16} className="text-danger-ink" />
    ) : event.code === 'provisioning_will_not_launch' ? (
      <CircleDashed size={16} className="text-ink-soft" />
    ) : event.outcome === 'failure' ? (
      <CircleX size={16} className="text-danger-ink" />
    ) : (
      <CircleCheck size={16} className="text-success-ink" />
    );
  return (
    <span className="mt-0.5 shrink-0">
      {look}
      <span className="sr-only">{event.outcome === 'failure' ? 'Failed: ' : 'Succeeded: '}</span>
    </span>
  );
}
