'use client';

import { Flag, RotateCcw } from 'lucide-react';
import { useState, useTransition } from 'react';
import type { Prop } from '#domain/presentation/chapter';
import type { ChapterId } from '#domain/presentation/chapters';
import { Button } from '#ui/button';
import { CopyButton } from '#ui/copy-button';
import { Notice } from '#ui/notice';
import { QrCode } from '#ui/qr-code';
import { answered } from '../_device/answered.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { beginPresentationAction, setUpChapterAction } from './actions.ts';

/**
 * Sets the chapter up with one press and shows what it takes. What is shown here stays in this window: until something else is set
 * up or the page is left.
 */
export function ChapterStart({
  id,
  begun,
  props,
  onSetUp,
}: {
  id: ChapterId;
  begun: boolean;
  /** What the last set-up gave, where it was of this chapter. */
  props: readonly Prop[];
  onSetUp: (props: readonly Prop[]) => void;
}) {
  const [said, setSaid] = useState('');
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();

  const setUp = () =>
    start(async () => {
      const answer = await answered(setUpChapterAction({ chapter: id }));
      setTrouble(answer.ok ? null : answer.problem);
      if (answer.ok) onSetUp(answer.value);
      setSaid(answer.ok ? 'The chapter is set up. Everybody but you is signed out.' : '');
    });
  const keep = () =>
    start(async () => {
      const answer = await answered(beginPresentationAction({}));
      setTrouble(answer.ok ? null : answer.problem);
      setSaid(answer.ok ? 'This is the beginning now, to which every chapter goes back.' : '');
    });

  return (
    <section className="flex flex-col gap-4 rounded-card border border-line bg-surface p-4">
      <div className="flex flex-wrap items-center gap-2">
        <Button
          tone="primary"
          icon={<RotateCcw size={20} aria-hidden />}
          pending={pending && 'Working'}
          onClick={setUp}
        >
          Set up this chapter
        </Button>
        <Button tone="quiet" icon={<Flag size={16} aria-hidden />} disabled={pending} onClick={keep}>
          Keep this as the beginning
        </Button>
      </div>
      <p className="max-w-line text-14 text-ink-soft">
        {begun
          ? 'Setting up puts the whole demo organisation back to the beginning that you kept, without what happened since; everybody but you is signed out. Without it, the story goes on from the chapter before.'
          : 'First keep what there is now as the beginning: every chapter starts from there.'}
      </p>
      <TroubleNotice trouble={trouble} />
      {said === '' ? null : <Notice tone="success" title={said} />}
      {props.length === 0 ? null : (
        <p className="max-w-line text-14 text-ink-soft">
          Shown until something else is set up, the clock returns or this page is reloaded.
        </p>
      )}
      {props.map(({ label, value, link }) => (
        <div key={label} className="flex flex-wrap items-start gap-4">
          <dl className="flex min-w-0 grow flex-col gap-1">
            <dt className="text-14 text-ink-soft">{label}</dt>
            <dd className="flex flex-wrap items-center gap-2">
              <code className="text-20 font-semibold break-all">{value}</code>
              <CopyButton text={value} />
              {link === null ? null : <CopyButton text={link} label="Copy the link" />}
            </dd>
          </dl>
          {link === null ? null : (
            <QrCode value={link} title="Opens the sign-in page with this pass" size={144} />
          )}
        </div>
      ))}
    </section>
  );
}
