import {
  Cookie,
  Database,
  Fingerprint,
  Gauge,
  KeyRound,
  Laptop,
  LifeBuoy,
  type LucideIcon,
  MonitorCheck,
  MonitorSmartphone,
  RectangleEllipsis,
  ShieldCheck,
  TicketCheck,
} from 'lucide-react';
import type { ChapterId } from '#domain/presentation/chapters';

const icons: Readonly<Record<ChapterId, LucideIcon>> = {
  password: RectangleEllipsis,
  join: MonitorCheck,
  provision: TicketCheck,
  'sign-in': Fingerprint,
  'second-device': MonitorSmartphone,
  'new-key': KeyRound,
  'kept-key': LifeBuoy,
  'stolen-database': Database,
  'stolen-cookie': Cookie,
  'stolen-laptop': Laptop,
  passwordless: ShieldCheck,
  administrator: Gauge,
};

/** What a chapter is about, to be known again from the last row. It grows with the type around it. */
export function ChapterIcon({ id, className }: { id: ChapterId; className: string }) {
  const Icon = icons[id];
  return <Icon aria-hidden className={className} />;
}
