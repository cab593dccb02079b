'use client';

import { Swords } from 'lucide-react';
import type { ReactNode } from 'react';
import { attacks } from '#domain/presentation/attack';
import type { Chapter } from '#domain/presentation/chapter';
import { chapters } from '#domain/presentation/chapters';
import type { Seen } from '#domain/presentation/shared';
import { Pulse } from '#ui/pulse';
import { AttackSeen } from '../attack-seen.tsx';
import { ChapterIcon } from '../chapter-icon.tsx';
import { useShow } from '../use-show.ts';

/** What the audience sees, in step with the presenter's window in the same browser. */
export function Audience({ tenant }: { tenant: string }) {
  const [show] = useShow();
  return <AudienceView show={show} tenant={tenant} />;
}

/** Large and quiet: the chapter and what to look at, or what an attack met. One screen, at any size of a projector. */
export function AudienceView({ show, tenant }: { show: Seen | null; tenant: string }) {
  const at = show?.chapter ?? 0;
  const known = chapters[at];
  if (show?.blank || known === undefined)
    return (
      <main className="audience min-h-dvh bg-blank">
        <h1 className="sr-only">Nothing is shown for a moment</h1>
      </main>
    );
  const chapter: Chapter = known;
  const { attacking = null, report = null } = show ?? {};
  const attack = attacking ?? report?.attack;
  return (
    <main className="audience member flex min-h-dvh flex-col gap-4 px-6 py-6 sm:px-12">
      <div
        className={`rise flex grow flex-col justify-center ${attack ? 'gap-4' : 'gap-8'}`}
        key={`${known.id} ${attack}`}
      >
        {attack ? (
          <>
            <Head
              icon={<Swords aria-hidden className="size-6" />}
              eyebrow={chapter.title}
              title={attacks[attack].title}
              line={`The attacker has: ${attacks[attack].has}`}
              small
            />
            {report ? (
              <AttackSeen report={report} large />
            ) : (
              <p role="status" className="flex items-center gap-4 text-20 text-ink-soft">
                <Pulse size={48} className="text-accent-ink" />
                The attack is running, against this very product
              </p>
            )}
          </>
        ) : (
          <>
            <Head
              icon={<ChapterIcon id={known.id} className="size-6" />}
              eyebrow={`${at + 1} of ${chapters.length}`}
              title={chapter.title}
              line={chapter.line}
            />
            <ul className={`grid gap-4 ${columns[chapter.look.length] ?? 'sm:grid-cols-3'}`}>
              {chapter.look.map((line) => (
                <li
                  key={line}
                  className="rounded-card border border-line border-t-4 border-t-accent bg-surface p-4 text-20 shadow-card"
                >
                  {line}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
      <footer className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 text-12 text-ink-soft">
        <ol aria-hidden className="flex gap-1">
          {chapters.map(({ id }, index) => (
            <li key={id} className={`h-1 w-5 rounded-full ${index > at ? 'bg-line' : 'bg-accent'}`} />
          ))}
        </ol>
        <p>A demonstration with the invented organisation {tenant}</p>
      </footer>
    </main>
  );
}

const columns: Readonly<Record<number, string>> = { 1: '', 2: 'sm:grid-cols-2', 3: 'sm:grid-cols-3' };

function Head({
  icon,
  eyebrow,
  title,
  line,
  small = false,
}: {
  icon: ReactNode;
  eyebrow: string;
  title: string;
  line: string;
  small?: boolean;
}) {
  return (
    <div className={`flex flex-col ${small ? 'gap-2' : 'gap-3'}`}>
      <p className="figures flex items-center gap-3 text-16 text-ink-soft">
        <span className="grid size-9 shrink-0 place-items-center rounded-card bg-accent text-on-accent">
          {icon}
        </span>
        {eyebrow}
      </p>
      <h1 className={`font-semibold tracking-[-0.02em] ${small ? 'text-28' : 'text-40'}`}>{title}</h1>
      <p className={`text-ink-soft ${small ? 'text-16' : 'text-28'}`}>{line}</p>
    </div>
  );
}
