import type { DocumentChange, SourceKind } from '#domain/policy/source';
import { Badge } from '#ui/badge';
import { changeWords, type GroupNames, scopeTitle } from '../words.ts';

/** What differs between two documents, line by line. */
export function Changes({
  title,
  kind,
  changes,
  names,
  none,
}: {
  title?: string | undefined;
  kind: SourceKind;
  changes: readonly DocumentChange[];
  names: GroupNames;
  /** Instead of the lines where nothing differs. */
  none: string;
}) {
  return (
    <div className="flex flex-col gap-2">
      {title === undefined ? null : <h3 className="text-14 font-semibold">{title}</h3>}
      {changes.length === 0 ? (
        <p className="text-14 text-ink-soft">{none}</p>
      ) : (
        <ul className="divide-y divide-line rounded-card border border-line bg-surface px-4">
          {changes.map((change) => {
            const words = changeWords(kind, change, names);
            return (
              <li
                key={JSON.stringify(change.what)}
                className="grid gap-x-8 gap-y-1 py-2.5 text-14 text-ink sm:grid-cols-2"
              >
                <span className="flex min-w-0 flex-wrap items-center gap-2">
                  <span className="min-w-0 wrap-anywhere">{words.title}</span>
                  {words.scope === null ? null : <Badge>{scopeTitle(kind, words.scope)}</Badge>}
                </span>
                <span className="min-w-0 wrap-anywhere">
                  <span className="line-clamp-3 text-ink-soft">{words.before}</span>
                  <span aria-hidden="true">→ </span>
                  <span className="sr-only"> becomes </span>
                  <strong className="font-semibold">{words.after}</strong>
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
