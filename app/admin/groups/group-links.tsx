import Link from 'next/link';
import type { GroupOf } from '#server/group';
import { memberHref } from './words.ts';

const SHOWN = 30;

/** The groups that somebody is in: those directly first, then those through a group in a group. */
export function GroupLinks({ groups }: { groups: readonly GroupOf[] }) {
  if (groups.length === 0) return 'None';
  const ordered = [...groups.filter(({ direct }) => direct), ...groups.filter(({ direct }) => !direct)];
  return (
    <span className="flex flex-wrap gap-x-3 gap-y-1">
      {ordered.slice(0, SHOWN).map(({ id, name, direct }) => (
        <span key={id}>
          <Link href={memberHref('group', id)} className="link">
            {name}
          </Link>
          {direct ? null : <span className="text-12 text-ink-soft"> through another</span>}
        </span>
      ))}
      {ordered.length > SHOWN ? `and ${ordered.length - SHOWN} more` : null}
    </span>
  );
}
