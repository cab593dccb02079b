import type { ReactNode } from 'react';

/** An empty place that teaches: what will be here, and the one action that fills it. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  /** "People you invite will be listed here." */
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-4 rounded-card border border-line-strong border-dashed px-6 py-12 text-center">
      {icon ? <span className="text-ink-soft">{icon}</span> : null}
      <div className="flex flex-col items-center gap-1">
        <p className="text-16 font-semibold text-balance">{title}</p>
        {children ? <div className="max-w-[48ch] text-14 text-ink-soft">{children}</div> : null}
      </div>
      {action}
    </div>
  );
}
