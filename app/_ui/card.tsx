import type { ReactNode } from 'react';

/** A surface with a border. `flush` leaves the padding to what is inside (tables, transcripts). */
export function Card({ children, flush = false }: { children: ReactNode; flush?: boolean | undefined }) {
  return (
    <div
      className={`overflow-clip rounded-card border border-line bg-surface shadow-card ${flush ? '' : 'p-4 sm:p-6'}`}
    >
      {children}
    </div>
  );
}

/** A titled part of a page; `note` says in one sentence why it is there, `action` stands at its right. */
export function Section({
  title,
  note,
  action,
  children,
  level = 2,
}: {
  title: ReactNode;
  note?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
  level?: 2 | 3 | undefined;
}) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
        <div className="flex min-w-0 flex-col gap-1">
          <Heading className={level === 2 ? 'text-20 font-semibold' : 'text-16 font-semibold'}>
            {title}
          </Heading>
          {note ? <p className="max-w-line text-14 text-ink-soft">{note}</p> : null}
        </div>
        {action ? <div className="flex flex-wrap gap-2">{action}</div> : null}
      </div>
      {children}
    </section>
  );
}
