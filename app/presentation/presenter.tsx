'use client';

import { ChevronLeft, ChevronRight, ExternalLink, Eye, EyeOff, MonitorPlay } from 'lucide-react';
import type { Route } from 'next';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Chapter, Place, Prop } from '#domain/presentation/chapter';
import { type ChapterId, chapters } from '#domain/presentation/chapters';
import type { Sharing } from '#domain/presentation/shared';
import { attack, attackEnded, goTo } from '#domain/presentation/show';
import { Button, ButtonLink } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { CopyButton } from '#ui/copy-button';
import { AttackRun, unlessAttacking } from './attack-run.tsx';
import { AttackSeen } from './attack-seen.tsx';
import { ChapterStart } from './chapter-start.tsx';
import { ClockDesk } from './clock/desk.tsx';
import { OtherDevices } from './join/other-devices.tsx';
import { Timer } from './timer.tsx';
import { useShow } from './use-show.ts';

/** Notes, next, timer and jump; and the start state and the attacks of the chapter. */
export function Presenter({
  tenant,
  origin,
  begun,
  sharing,
  aheadMinutes,
}: {
  tenant: string;
  origin: string;
  begun: boolean;
  /** The presentation on other devices; null while it is on none. */
  sharing: Sharing | null;
  aheadMinutes: number;
}) {
  const [show, change] = useShow();
  // An attack whose window went while it ran tells nobody how it ended.
  const found = useRef(false);
  useEffect(() => {
    if (show === null || found.current) return;
    found.current = true;
    const { attacking } = show;
    if (attacking !== null) void unlessAttacking(() => change((now) => attackEnded(now, attacking, null)));
  }, [show, change]);
  const at = show?.chapter ?? 0;
  const chapter: Chapter | undefined = chapters[at];
  const id = chapters[at]?.id ?? 'password';
  const [setUp, setSetUp] = useState<{ chapter: ChapterId; props: readonly Prop[] } | null>(null);
  const next = chapters[at + 1];
  if (chapter === undefined) return null;
  const waits = show === null;
  return (
    <div className="presenter mx-auto flex min-h-dvh w-full max-w-[80rem] flex-col gap-6 px-4 pb-8 sm:px-8">
      <header className="z-10 flex flex-wrap items-center justify-between gap-4 border-line border-b bg-canvas py-4 sm:sticky sm:top-(--band)">
        <div className="flex flex-wrap items-center gap-2">
          <Button
            icon={<ChevronLeft size={20} aria-hidden />}
            disabled={waits || at === 0}
            onClick={() => change((now) => goTo(now, now.chapter - 1))}
          >
            Back
          </Button>
          <Button
            tone="primary"
            icon={<ChevronRight size={20} aria-hidden />}
            disabled={waits || next === undefined}
            onClick={() => change((now) => goTo(now, now.chapter + 1))}
          >
            Next
          </Button>
          <Button
            icon={show?.blank ? <Eye size={20} aria-hidden /> : <EyeOff size={20} aria-hidden />}
            aria-pressed={show?.blank ?? false}
            disabled={waits}
            onClick={() => change((now) => ({ ...now, blank: !now.blank }))}
          >
            {show?.blank ? 'Show again' : 'Go dark'}
          </Button>
        </div>
        <Timer
          startedAt={show?.startedAt ?? null}
          disabled={waits}
          onChange={(startedAt) => change((now) => ({ ...now, startedAt }))}
        />
        <ButtonLink
          href={'/presentation/audience' as Route}
          target="_blank"
          icon={<MonitorPlay size={20} aria-hidden />}
        >
          The audience’s window
        </ButtonLink>
      </header>

      <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_16rem]">
        <main className="flex min-w-0 flex-col gap-6">
          <div className="flex flex-col gap-2">
            <p className="figures text-14 text-ink-soft" role="status">
              Chapter {at + 1} of {chapters.length}
              {show?.blank ? '. The audience sees nothing.' : ''}
            </p>
            <h1 className="text-28 font-semibold tracking-[-0.015em]">{chapter.title}</h1>
            <p className="max-w-line text-16 text-ink-soft">{chapter.line}</p>
          </div>
          <ChapterStart
            key={chapter.id}
            id={id}
            begun={begun}
            props={setUp?.chapter === id ? setUp.props : []}
            onSetUp={(props) => setSetUp({ chapter: id, props })}
          />
          <Notes title="Say" lines={chapter.points} />
          <Notes title="Do" lines={chapter.steps} numbered>
            <Places places={chapter.places} origin={origin} />
          </Notes>
          <Notes title="Look at" lines={chapter.look} />
          {chapter.attacks.map((name) => (
            <AttackRun
              key={name}
              attack={name}
              onStart={() => change((now) => attack(now, name))}
              onEnd={(report) => change((now) => attackEnded(now, name, report))}
            />
          ))}
          {show?.report ? (
            <section aria-label="What the attack met">
              <AttackSeen report={show.report} />
            </section>
          ) : null}
          {next === undefined ? null : <p className="text-14 text-ink-soft">Then: {next.title}.</p>}
          <OtherDevices sharing={sharing} />
          <ClockDesk aheadMinutes={aheadMinutes} begun={begun} onReturned={() => setSetUp(null)} />
        </main>

        <nav aria-label="Chapters" className="flex flex-col gap-4">
          <ol className="flex flex-col gap-0.5">
            {chapters.map(({ id, title }, index) => (
              <li key={id}>
                <button
                  type="button"
                  aria-current={index === at ? 'step' : undefined}
                  disabled={waits}
                  onClick={() => change((now) => goTo(now, index))}
                  className="flex min-h-10 w-full gap-2 rounded-inner px-2 py-2 text-start text-14 hover:bg-accent-soft aria-[current=step]:bg-accent-soft aria-[current=step]:font-semibold pointer-coarse:min-h-11"
                >
                  <span className="figures w-5 shrink-0 text-ink-soft">{index + 1}</span>
                  <span>{title}</span>
                </button>
              </li>
            ))}
          </ol>
          <Checkbox
            name="clicker"
            label="Listen to a clicker"
            hint="Page Up, Page Down and the arrows turn the chapter; b goes dark."
            checked={show?.clicker ?? true}
            disabled={waits}
            onChange={({ target }) => change((now) => ({ ...now, clicker: target.checked }))}
          />
          <p className="text-12 text-ink-soft">
            A demonstration with the invented organisation {tenant}. Other organisations have no presenter
            mode.
          </p>
        </nav>
      </div>
    </div>
  );
}

function Notes({
  title,
  lines,
  numbered = false,
  children,
}: {
  title: string;
  lines: readonly string[];
  numbered?: boolean;
  children?: ReactNode;
}) {
  const List = numbered ? 'ol' : 'ul';
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-20 font-semibold">{title}</h2>
      <List
        className={`flex max-w-line flex-col gap-2 ps-6 text-16 ${numbered ? 'list-decimal' : 'list-disc'}`}
      >
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </List>
      {children ? <div className="flex flex-wrap items-center gap-2">{children}</div> : null}
    </section>
  );
}

/** The pages of a chapter: opened here, or taken along to the colleague's browser, where somebody else signs in. */
function Places({ places, origin }: { places: readonly Place[]; origin: string }) {
  return places.map(({ label, href, by }) =>
    by === 'presenter' ? (
      <ButtonLink
        key={href}
        href={href as Route}
        target="_blank"
        size="small"
        icon={<ExternalLink size={16} aria-hidden />}
      >
        {label}
      </ButtonLink>
    ) : (
      <CopyButton key={href} text={`${origin}${href}`} label={`Copy the address of ${label}`} />
    ),
  );
}
