import type { ReactNode } from 'react';

/** One method of a person beside their keys: what it is, how it stands, and what can be done with it. */
export function MethodRow({
  icon,
  name,
  badge,
  actions,
  children,
}: {
  icon: ReactNode;
  name: string;
  badge?: ReactNode;
  actions: ReactNode;
  children: ReactNode;
}) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-14">
      <span className="shrink-0 text-ink-soft">{icon}</span>
      <span className="min-w-0 grow basis-56">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1 font-semibold wrap-anywhere">
          {name}
          {badge}
        </span>
        <span className="block text-ink-soft">{children}</span>
      </span>
      {actions}
    </li>
  );
}
