import { CircleCheck, CircleHelp, CircleOff, OctagonAlert } from 'lucide-react';
import type { FederatedDomain } from '#server/federation';
import { Badge, type BadgeTone } from '#ui/badge';
import { type Standing, standingOf, standingWords } from './words.ts';

const looks: Readonly<Record<Standing, { icon: typeof CircleCheck; tone: BadgeTone }>> = {
  off: { icon: CircleOff, tone: 'neutral' },
  answers: { icon: CircleCheck, tone: 'success' },
  fails: { icon: OctagonAlert, tone: 'danger' },
  untested: { icon: CircleHelp, tone: 'info' },
};

/** How a domain stands, in one or two words. */
export function StandingBadge({ row }: { row: FederatedDomain }) {
  const standing = standingOf(row);
  const { icon: Icon, tone } = looks[standing];
  return (
    <Badge tone={tone} icon={<Icon size={12} />}>
      {standingWords[standing]}
    </Badge>
  );
}
