import type { Route } from 'next';
import Link from 'next/link';
import type { ComponentProps, ReactNode } from 'react';
import { Pulse } from '#ui/pulse';

export type ButtonTone = 'primary' | 'secondary' | 'quiet' | 'danger';
export type ButtonSize = 'small' | 'medium' | 'large';

export type ButtonLook = {
  tone?: ButtonTone | undefined;
  size?: ButtonSize | undefined;
  /** Takes the whole width; the main action of a member page is wide on phones anyway. */
  wide?: boolean | undefined;
  icon?: ReactNode;
};

const tones: Record<ButtonTone, string> = {
  primary: 'border-transparent bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'border-line-strong bg-surface text-ink hover:border-accent-ink hover:bg-accent-soft',
  quiet: 'border-transparent bg-transparent text-accent-ink hover:bg-accent-soft',
  danger: 'border-transparent bg-danger text-on-danger hover:bg-danger-hover',
};

const sizes: Record<ButtonSize, string> = {
  small: 'min-h-8 px-3 text-14 gap-1.5 pointer-coarse:min-h-11',
  medium: 'min-h-10 px-4 text-14 gap-2 max-sm:min-h-11 pointer-coarse:min-h-11',
  large: 'min-h-12 px-5 text-16 gap-2.5',
};

const base =
  'relative inline-flex items-center justify-center rounded-card border py-1 text-center font-semibold no-underline select-none transition-[background-color,border-color,transform] active:translate-y-px aria-disabled:active:translate-y-0 disabled:opacity-60 not-aria-busy:aria-disabled:opacity-60';

/** The class names of a button, for the rare element that is neither Button nor ButtonLink. */
export function buttonLook({ tone = 'secondary', size = 'medium', wide = false }: ButtonLook): string {
  return `${base} ${tones[tone]} ${sizes[size]} ${wide ? 'w-full' : ''}`;
}

export type ButtonProps = Omit<ComponentProps<'button'>, 'className'> &
  ButtonLook & {
    /** What the button waits for, in words ("Asking STUDIO-07"). While set, the button keeps focus but does nothing. */
    pending?: string | false | undefined;
    /** Takes the clicks while pending, in place of onClick. */
    onPendingClick?: ComponentProps<'button'>['onClick'];
  };

/** A button that says what it does and, while it waits, what it waits for. */
export function Button({
  tone,
  size,
  wide,
  icon,
  pending,
  type = 'button',
  children,
  onClick,
  onPendingClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      className={buttonLook({ tone, size, wide })}
      {...rest}
      type={pending && !onPendingClick ? 'button' : type}
      onClick={pending ? onPendingClick : onClick}
      aria-disabled={pending ? true : undefined}
      aria-busy={pending ? true : undefined}
    >
      {pending ? <Pulse /> : icon}
      <span>{pending || children}</span>
    </button>
  );
}

/** A link that looks like a button, for actions that are a place to go. */
export function ButtonLink<T extends string>({
  href,
  tone,
  size,
  wide,
  icon,
  children,
  ...rest
}: ButtonLook & { href: Route<T> | URL; children: ReactNode } & Omit<
    ComponentProps<'a'>,
    'href' | 'className' | 'children' | 'ref' | 'onClick' | 'onMouseEnter' | 'onTouchStart'
  >) {
  return (
    <Link href={href as Route} className={buttonLook({ tone, size, wide })} {...rest}>
      {icon}
      <span>{children}</span>
    </Link>
  );
}
