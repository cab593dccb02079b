import { CircleCheck, CircleX, Clock, Ticket } from 'lucide-react';
import type { ReactNode } from 'react';
import type { PassUsability } from '#domain/temporary-access-pass';
import type { PassSummary } from '#server/temporary-access-pass';
import { Badge, type BadgeTone } from '#ui/badge';
import { Countdown } from '#ui/countdown';
import { Time } from '#ui/time';
import { MethodRow } from './method-row.tsx';
import { PassActions } from './security-actions.tsx';

const states: Readonly<
  Record<PassUsability, { readonly text: string; readonly tone: BadgeTone; readonly icon: ReactNode }>
> = {
  EnabledByPolicy: { text: 'Works now', tone: 'success', icon: <CircleCheck size={12} /> },
  NotYetValid: { text: 'Not yet', tone: 'info', icon: <Clock size={12} /> },
  DisabledByPolicy: { text: "Can't be used", tone: 'warning', icon: <CircleX size={12} /> },
  Expired: { text: 'Ran out', tone: 'neutral', icon: <CircleX size={12} /> },
  OneTimeUsed: { text: 'Used up', tone: 'neutral', icon: <CircleX size={12} /> },
};

/** One's own pass: whether it works, how long, and the way to be rid of it. Never its value. */
export function OwnPass({ pass }: { pass: PassSummary }) {
  const { text, tone, icon } = states[pass.usability];
  return (
    <MethodRow
      icon={<Ticket size={20} aria-hidden />}
      name="Temporary Access Pass"
      badge={
        <Badge tone={tone} icon={icon}>
          {text}
        </Badge>
      }
      actions={<PassActions />}
    >
      <span className="block text-ink">
        <Story pass={pass} />
      </span>
      {pass.oneTime ? 'Works once.' : 'Works as often as you need.'} Given to you{' '}
      <Time at={pass.createdAt.toISOString()} form="absolute" />. Nobody can show its value again.
    </MethodRow>
  );
}

function Story({ pass }: { pass: PassSummary }) {
  const expiresAt = pass.expiresAt.toISOString();
  const startsAt = pass.startsAt.toISOString();
  switch (pass.usability) {
    case 'EnabledByPolicy':
      return (
        <>
          Runs out in <Countdown until={expiresAt} ended="a moment" />, at{' '}
          <Time at={expiresAt} form="absolute" />.
        </>
      );
    case 'NotYetValid':
      return (
        <>
          Starts in <Countdown until={startsAt} ended="a moment" />, at <Time at={startsAt} form="absolute" />
          , and runs out at <Time at={expiresAt} form="absolute" />.
        </>
      );
    case 'DisabledByPolicy':
      return <>Your organisation doesn't let you use it at the moment. Ask your administrator.</>;
    case 'Expired':
      return (
        <>
          It worked until <Time at={expiresAt} form="absolute" />. Ask your administrator for another if you
          need one.
        </>
      );
    case 'OneTimeUsed':
      return <>It has been used. Ask your administrator for another if you need one.</>;
  }
}
