'use client';

import { Check, CircleAlert, LoaderCircle } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { ENROLLMENT_POLL_MS, type EnrollmentStatus, missingReasons } from '#domain/enrollment-status';
import { Actions } from '#ui/actions';
import { Button } from '#ui/button';
import { CountdownRing } from '#ui/countdown-ring';
import { Notice } from '#ui/notice';
import { answered } from '../../_device/answered.ts';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { awaitPolicyAction, goOnWithoutPolicyAction } from './actions.ts';

const settings = (count: number) => `${count} ${count === 1 ? 'setting' : 'settings'}`;

/** Shows policy arrive on a new device, and holds the person until what is required is there. */
export function PolicyArrival({
  status,
  deviceName,
}: {
  status: EnrollmentStatus | null;
  deviceName: string;
}) {
  const router = useRouter();
  const [now, setNow] = useState(status);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  const left = useRef(false);

  const ask = useCallback(
    async (again: boolean) => {
      const answer = await answered(awaitPolicyAction({ again }));
      // Whoever went on meanwhile is not taken back.
      if (left.current) return;
      setTrouble(answer.ok ? null : answer.problem);
      if (!answer.ok) return;
      setNow(answer.value);
      if (answer.value === null || answer.value.outcome === 'ready')
        router.replace('/provision?step=gesture');
    },
    [router],
  );

  useEffect(() => {
    left.current = false;
    void ask(false);
    const timer = setInterval(() => void ask(false), ENROLLMENT_POLL_MS);
    return () => {
      left.current = true;
      clearInterval(timer);
    };
  }, [ask]);

  async function goOn() {
    const answer = await answered(goOnWithoutPolicyAction({}));
    if (answer.ok) router.replace('/provision?step=gesture');
    else setTrouble(answer.problem);
  }

  const isOver = now?.outcome === 'timed_out';
  const missing = now?.required.filter((each) => each.missing !== null) ?? [];
  return (
    <>
      <p className="max-w-line">
        Your organisation's settings arrive before you go on, so that everything you set up fits them. You can
        leave this page open.
      </p>
      <TroubleNotice trouble={trouble} />
      <ul className="flex flex-col gap-4" aria-label="What has arrived" aria-live="polite">
        <Line standing="done" title={`${deviceName} is registered`} />
        <Line
          standing={now === null ? 'waiting' : 'done'}
          title="For this device"
          note={now === null ? 'Asking' : settings(now.device)}
        />
        <Line
          standing={now === null ? 'waiting' : 'done'}
          title="For you"
          note={now === null ? 'Asking' : settings(now.user)}
        />
        {now?.required.map(({ name, missing: why }) => (
          <Line
            key={name}
            standing={why === null ? 'done' : isOver ? 'missing' : 'waiting'}
            title={name}
            note={why === null ? 'Required, and here' : missingReasons[why]}
          />
        ))}
      </ul>
      {isOver ? (
        <Notice tone="warning" title="What is required has not arrived in time">
          {missing.length === 1
            ? `“${missing[0]?.name}” is missing. `
            : `${missing.length} things are missing. `}
          Try again, or tell your administrator what this page says.
        </Notice>
      ) : now !== null && missing.length > 0 ? (
        <div className="flex items-center gap-4 text-14 text-ink-soft">
          <CountdownRing
            until={now.until.toISOString()}
            fromSeconds={now.timeoutMinutes * 60}
            label="Time left to wait"
          />
          <span>We ask again every few seconds.</span>
        </div>
      ) : null}
      {isOver ? (
        <Actions>
          <Button tone="primary" size="large" onClick={() => ask(true)}>
            Try again
          </Button>
          {now?.mayGoOn ? (
            <Button tone="quiet" onClick={goOn}>
              Go on without it
            </Button>
          ) : null}
        </Actions>
      ) : null}
    </>
  );
}

const marks = {
  done: { icon: Check, look: 'text-success-ink', word: 'Done' },
  waiting: { icon: LoaderCircle, look: 'motion-safe:animate-spin text-ink-soft', word: 'Waiting' },
  missing: { icon: CircleAlert, look: 'text-warning-ink', word: 'Missing' },
} as const;

function Line({
  standing,
  title,
  note,
}: {
  standing: keyof typeof marks;
  title: ReactNode;
  note?: ReactNode;
}) {
  const { icon: Mark, look, word } = marks[standing];
  return (
    <li className="flex gap-3 text-14">
      <Mark size={20} className={`shrink-0 ${look}`} aria-label={word} role="img" />
      <span className="min-w-0 wrap-anywhere">
        {title}
        {note === undefined ? null : <span className="block text-ink-soft">{note}</span>}
      </span>
    </li>
  );
}
