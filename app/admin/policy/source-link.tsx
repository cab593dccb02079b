import type { Route } from 'next';
import Link from 'next/link';
import type { ValueAnswer } from '#domain/policy/resultant';
import { rankTitles, type SourceKind, sourceKinds } from '#domain/policy/source';

type Source = { readonly id: string; readonly kind: string; readonly name: string };

export function kindTitle(kind: string): string {
  return Object.hasOwn(sourceKinds, kind) ? sourceKinds[kind as SourceKind].title : 'Organisation';
}

/** A source by its name, leading to where it is edited. */
export function SourceLink({ source: { id, name } }: { source: Source }) {
  const href = (id === 'tenant' ? '/admin/policy' : `/admin/policy/sources/${id}`) as Route;
  return (
    <Link href={href} prefetch={false} className="link wrap-anywhere">
      {name}
    </Link>
  );
}

/** Where a value comes from: the source, its rank and version, or the built-in default. */
export function ValueSource({ source }: { source: ValueAnswer['source'] }) {
  if (source === null) return <>Built-in default</>;
  return (
    <>
      <SourceLink source={source} />
      <span className="text-ink-soft">
        {source.version === 0
          ? ', what everybody gets'
          : `, ${rankTitles[source.rank]}, version ${source.version}`}
      </span>
    </>
  );
}
