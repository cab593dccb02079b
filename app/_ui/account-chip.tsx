import type { Route } from 'next';
import Link from 'next/link';
import { Avatar } from '#ui/avatar';

/** Who: the person and their account. With `href` it is a link ("Not you?"). */
export function AccountChip({
  name,
  account,
  href,
  hint,
}: {
  name: string;
  account?: string | undefined;
  href?: Route | undefined;
  /** What following the link does, for those who hear it: "Use another account". */
  hint?: string | undefined;
}) {
  const body = (
    <>
      <Avatar name={name} size={32} />
      <span className="flex min-w-0 flex-col text-left">
        <span className="sr-only">Signed in as </span>
        <span className="truncate text-14 font-semibold leading-4">{name}</span>
        {account ? <span className="truncate text-12 text-ink-soft">{account}</span> : null}
      </span>
      {hint ? <span className="sr-only">. {hint}</span> : null}
    </>
  );
  const look = 'inline-flex min-h-11 max-w-full min-w-0 items-center gap-2.5 rounded-card py-1 text-ink';
  return href ? (
    <Link href={href} className={`${look} -mx-1 px-1 hover:bg-accent-soft`}>
      {body}
    </Link>
  ) : (
    <span className={look}>{body}</span>
  );
}
