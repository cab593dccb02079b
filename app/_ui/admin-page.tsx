import type { ReactNode } from 'react';

/** One page of administration: its title, one sentence of purpose, its actions; details may open in `panel`. */
export function AdminPage({
  title,
  purpose,
  back,
  action,
  filters,
  panel,
  children,
}: {
  title: ReactNode;
  /** One sentence: what this page is for. */
  purpose: ReactNode;
  /** A link up, above the title. */
  back?: ReactNode;
  action?: ReactNode;
  /** FilterChips, a search Field. */
  filters?: ReactNode;
  /** A SidePanel: a column beside the content, or the whole page where there is no room. */
  panel?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="panel-host mx-auto w-full max-w-[88rem] px-4 py-6 sm:px-8 sm:py-8">
      <div className="flex min-w-0 flex-col gap-6">
        <header className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
          <div className="flex min-w-0 flex-col gap-1">
            {back ? <div className="text-14">{back}</div> : null}
            <h1 className="text-28 font-semibold tracking-[-0.015em]">{title}</h1>
            <p className="max-w-line text-14 text-ink-soft">{purpose}</p>
          </div>
          {action ? <div className="flex flex-wrap gap-2">{action}</div> : null}
        </header>
        {filters ? <div className="flex flex-wrap items-end justify-between gap-4">{filters}</div> : null}
        {children}
      </div>
      {panel}
    </div>
  );
}
