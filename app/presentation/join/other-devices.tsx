'use client';

import { MonitorSmartphone, MonitorX } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useCallback, useEffect, useRef, useState, useTransition } from 'react';
import { type JoinCode, type Sharing, seenOf, VIEWERS_MAX } from '#domain/presentation/shared';
import type { Show } from '#domain/presentation/show';
import { SECOND_MS } from '#domain/time';
import { Button } from '#ui/button';
import { CopyButton } from '#ui/copy-button';
import { Countdown } from '#ui/countdown';
import { QrCode } from '#ui/qr-code';
import { answered } from '../../_device/answered.ts';
import { post } from '../../_device/post.ts';
import { type Trouble, UNANSWERED } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { useFreshPage } from '../../_device/use-fresh-page.ts';
import { useToldShow } from '../use-show.ts';
import { shareShowAction, unshareShowAction } from './actions.ts';

const AGAIN_MS = 3 * SECOND_MS;
const COUNT_MS = 5 * SECOND_MS;
/** What it means that there is nothing to tell any more. */
const OVER = {
  title: 'No other device follows this browser any more.',
  detail:
    'It was ended, half a day has passed, or another browser shows the presentation. Show it again for a new code.',
};

/** Lets devices beside this browser's windows follow by a code, and tells them what the audience sees. */
export function OtherDevices({ sharing }: { sharing: Sharing | null }) {
  const router = useRouter();
  const askAnew = useFreshPage();
  const show = useToldShow();
  const [code, setCode] = useState<JoinCode | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  // Those who follow would go on with what they had: the presenter hears of it, and sees how it stands.
  const onTold = useCallback(
    (answer: Trouble | null) => {
      setTrouble(answer?.code === 'not_found' ? { ...answer, ...OVER } : answer);
      if (answer === null) return;
      setCode(null);
      router.refresh();
    },
    [router],
  );
  useTelling(sharing?.mine ? show : null, onTold);

  // Those who use the code are counted while it is shown.
  useEffect(() => {
    if (code === null) return;
    const counting = setInterval(askAnew, COUNT_MS);
    return () => clearInterval(counting);
  }, [code, askAnew]);

  const share = () =>
    start(async () => {
      if (show === null) return;
      const answer = await answered(shareShowAction(seenOf(show)));
      setTrouble(answer.ok ? null : answer.problem);
      if (answer.ok) setCode(answer.value);
    });
  const end = () =>
    start(async () => {
      const answer = await answered(unshareShowAction({}));
      setTrouble(answer.ok ? null : answer.problem);
      if (answer.ok) setCode(null);
    });

  // Another browser that shows the presentation has ended it.
  const shown = sharing?.mine ? code : null;

  return (
    <section className="flex flex-col gap-4 rounded-card border border-line bg-surface p-4">
      <h2 className="text-20 font-semibold">Other devices</h2>
      <p className="max-w-line text-14 text-ink-soft">
        Another computer, a tablet or a phone shows what the audience sees. It needs no account, and gets
        nothing but the story.
      </p>
      {shown === null ? null : (
        <div className="flex flex-wrap items-start gap-6">
          <QrCode
            value={shown.address}
            title="Opens the presentation on the device that scans it"
            size={160}
          />
          <dl className="flex min-w-0 flex-col gap-1">
            <dt className="text-14 text-ink-soft">On the other device, open</dt>
            <dd className="text-16 break-all">{shown.place}</dd>
            <dt className="pt-2 text-14 text-ink-soft">and type the code</dt>
            <dd className="flex flex-wrap items-center gap-2">
              <code className="text-28 font-semibold">{shown.code}</code>
              <CopyButton text={shown.code} />
            </dd>
            <dd className="text-14 text-ink-soft">
              Good for{' '}
              <Countdown until={shown.expiresAt} ended="nothing any more" onEnd={() => setCode(null)} />
            </dd>
          </dl>
        </div>
      )}
      {shown === null ? null : (
        <p className="max-w-line text-14 text-ink-soft">
          An earlier code has ended. Devices that joined go on.
        </p>
      )}
      {sharing === null ? null : (
        <p className="figures text-14" role="status">
          {sharing.viewers === 1 ? '1 device' : `${sharing.viewers} devices`} of {VIEWERS_MAX} joined.
          {sharing.mine ? '' : ' They follow another browser. Show a new code, and they follow this one.'}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          icon={<MonitorSmartphone size={20} aria-hidden />}
          disabled={show === null}
          pending={pending && 'Working'}
          onClick={share}
        >
          {sharing ? 'Show a new code' : 'Show on another device'}
        </Button>
        {sharing ? (
          <Button tone="quiet" icon={<MonitorX size={20} aria-hidden />} disabled={pending} onClick={end}>
            End on all other devices
          </Button>
        ) : null}
      </div>
      <TroubleNotice trouble={trouble} />
    </section>
  );
}

/** Whether this is the window of this browser that tells: one at a time, and where it is closed another goes on. */
function useTells(): boolean {
  const [tells, setTells] = useState(false);
  useEffect(() => {
    const leaving = new AbortController();
    const left = new Promise<void>((leave) => leaving.signal.addEventListener('abort', () => leave()));
    const turn = navigator.locks.request('latchkey-told-show', { signal: leaving.signal }, async () => {
      setTells(true);
      await left;
    });
    // Who leaves waits no longer.
    turn.catch(() => undefined);
    return () => leaving.abort();
  }, []);
  return tells;
}

/**
 * Tells those who follow what the audience sees, each time that it changes and until it was heard: one after the other, so that
 * nothing older comes last. Not by an action: those wait for each other, and an attack is seen while it runs.
 */
function useTelling(show: Show | null, onTold: (trouble: Trouble | null) => void): void {
  const tells = useTells();
  const text = tells && show !== null ? JSON.stringify(seenOf(show)) : null;
  const wanted = useRef<string | null>(null);
  const telling = useRef(false);
  useEffect(() => {
    wanted.current = text;
    const tell = async () => {
      for (let told: string | null = null; wanted.current !== null && wanted.current !== told; ) {
        const now: string = wanted.current;
        const answer = await post<null>('/api/presentation/show', JSON.parse(now));
        // Without an answer it was perhaps not heard; a refusal stays one.
        if (!answer.ok && UNANSWERED.includes(answer.trouble.code))
          await new Promise((again) => setTimeout(again, AGAIN_MS));
        else {
          told = now;
          if (wanted.current !== null) onTold(answer.ok ? null : answer.trouble);
        }
      }
      telling.current = false;
    };
    if (text === null || telling.current) return;
    telling.current = true;
    void tell();
  }, [text, onTold]);
  useEffect(
    () => () => {
      wanted.current = null;
    },
    [],
  );
}
