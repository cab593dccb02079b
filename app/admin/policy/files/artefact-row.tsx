import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge } from '#ui/badge';
import { buttonLook } from '#ui/button';

/** One form in which policy can be downloaded, or why it cannot. */
export function ArtefactRow({
  title,
  about,
  carries,
  isFull,
  href,
  closed,
}: {
  title: string;
  about: string;
  /** How many settings it carries: "3 settings". */
  carries: ReactNode;
  isFull: boolean;
  href: string;
  /** Why there is nothing to download; null where there is. */
  closed: string | null;
}) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-8 gap-y-3 py-4 first:pt-0 last:pb-0">
      <div className="flex min-w-0 grow basis-64 flex-col gap-1">
        <h3 className="flex flex-wrap items-center gap-2 text-16 font-semibold">
          {title}
          <Badge tone={isFull ? 'accent' : 'neutral'}>{carries}</Badge>
        </h3>
        <p className="max-w-line text-14 text-ink-soft">{about}</p>
      </div>
      {closed === null ? (
        <a href={href} download aria-label={`Download: ${title}`} className={buttonLook({})}>
          <Download size={16} />
          <span>Download</span>
        </a>
      ) : (
        <span className="text-14 text-ink-soft">{closed}</span>
      )}
    </li>
  );
}
