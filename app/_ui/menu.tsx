'use client';

import { Menu as BaseMenu } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { type ReactNode, startTransition } from 'react';

export type MenuItem = {
  key: string;
  label: ReactNode;
  icon?: ReactNode;
  /** A place to go, or … */
  href?: Route | undefined;
  /** … something to do: a server action, or any function from a client component. */
  action?: (() => unknown) | undefined;
  danger?: boolean | undefined;
  disabled?: boolean | undefined;
};

const row =
  'flex min-h-10 w-full cursor-pointer items-center gap-3 rounded-inner px-3 py-2 text-left text-14 outline-none data-highlighted:bg-accent-soft data-disabled:cursor-default data-disabled:text-ink-faint pointer-coarse:min-h-11';

/** A few actions behind one button. Without `children` the button is three dots named by `label`. */
export function Menu({
  label,
  items,
  children,
}: {
  label: string;
  items: readonly MenuItem[];
  children?: ReactNode;
}) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger
        aria-label={children ? undefined : label}
        className={
          children
            ? 'inline-flex min-h-10 items-center gap-2 rounded-inner px-2 text-14 hover:bg-accent-soft data-popup-open:bg-accent-soft'
            : 'grid size-10 shrink-0 place-items-center rounded-inner text-ink-soft hover:bg-accent-soft hover:text-accent-ink data-popup-open:bg-accent-soft'
        }
      >
        {children ?? <Ellipsis size={20} />}
      </BaseMenu.Trigger>
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={4} align="end" className="z-50 outline-none">
          <BaseMenu.Popup className="min-w-48 max-w-80 origin-(--transform-origin) rounded-card border border-line bg-raised p-1 text-ink shadow-over outline-none transition-[opacity,transform] duration-150 data-ending-style:opacity-0 data-starting-style:-translate-y-1 data-starting-style:opacity-0">
            {items.map((item) => {
              const look = `${row} ${item.danger ? 'text-danger-ink' : ''}`;
              const inside = (
                <>
                  {item.icon ? <span className={item.danger ? '' : 'text-ink-soft'}>{item.icon}</span> : null}
                  {item.label}
                </>
              );
              return item.href ? (
                <BaseMenu.LinkItem key={item.key} render={<Link href={item.href} />} className={look}>
                  {inside}
                </BaseMenu.LinkItem>
              ) : (
                <BaseMenu.Item
                  key={item.key}
                  disabled={item.disabled ?? false}
                  className={look}
                  onClick={() =>
                    startTransition(async () => {
                      await item.action?.();
                    })
                  }
                >
                  {inside}
                </BaseMenu.Item>
              );
            })}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}
