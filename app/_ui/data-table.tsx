import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { RowKeys } from '#ui/row-keys';

export type Column<Row> = {
  key: string;
  /** Also the label of the value on a phone. */
  title: string;
  /** Beside the title: a Term that explains it. */
  term?: ReactNode;
  cell: (row: Row) => ReactNode;
  align?: 'start' | 'end' | undefined;
  /** Where clicking the title leads, and how the rows are sorted by it now. */
  sort?: { href: Route; direction?: 'ascending' | 'descending' | undefined } | undefined;
  /** `tight` takes no more than it needs; `wide` gets what is left. */
  width?: 'tight' | 'wide' | undefined;
  /** Left out where the table is narrow (a side panel is open); the cards of a phone still show it. */
  extra?: boolean | undefined;
};

const extra = '@2xl:@max-4xl:hidden';

const widths = { tight: '@2xl:w-px @2xl:whitespace-nowrap', wide: '@2xl:w-1/3' };

/** A dense, airy table. The first column names the row and, with `rowHref`, is its link; on a phone rows are cards. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  rowHref,
  current,
  rowLook,
  empty,
  foot,
}: {
  /** What the table lists, for those who hear it; shown only to them. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  rowHref?: ((row: Row) => Route) | undefined;
  /** The key of the row whose details are open. */
  current?: string | undefined;
  /** More class names of a row: how one that has just come is shown. */
  rowLook?: ((row: Row) => string | undefined) | undefined;
  /** Instead of an empty table: an EmptyState. */
  empty?: ReactNode;
  /** Below the rows: "40 of 312 people", next and previous. */
  foot?: ReactNode;
}) {
  if (rows.length === 0 && empty) return empty;
  return (
    <RowKeys className="@container rounded-card border border-line bg-surface shadow-card">
      {/* biome-ignore-start lint/a11y/noRedundantRoles: display:block takes the meaning of a table away; the roles give it back */}
      <table role="table" className="block w-full border-separate border-spacing-0 text-14 @2xl:table">
        <caption className="sr-only">{caption}</caption>
        <thead role="rowgroup" className="sr-only @2xl:not-sr-only @2xl:table-header-group">
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.key}
                role="columnheader"
                scope="col"
                aria-sort={column.sort?.direction}
                className={`@2xl:sticky @2xl:top-(--band) z-10 border-line border-b bg-surface px-4 py-1 text-12 font-semibold text-ink-soft first:rounded-tl-card last:rounded-tr-card ${column.align === 'end' ? 'text-right' : 'text-left'} ${column.width ? widths[column.width] : ''} ${column.extra ? extra : ''}`}
              >
                <span
                  className={`inline-flex min-h-8 items-center gap-1 whitespace-nowrap ${column.align === 'end' ? 'justify-end' : ''}`}
                >
                  {column.sort ? <SortLink title={column.title} {...column.sort} /> : column.title}
                  {column.term}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="block divide-y divide-line @2xl:table-row-group">
          {rows.map((row) => {
            const key = rowKey(row);
            return (
              <tr
                key={key}
                role="row"
                aria-current={key === current ? 'true' : undefined}
                className={`group relative block px-4 py-3 transition-colors @2xl:table-row @2xl:p-0 has-[a[data-row]:hover]:bg-accent-soft aria-current:bg-accent-soft last:rounded-b-card ${rowLook?.(row) ?? ''}`}
              >
                {columns.map((column, index) => (
                  <td
                    key={column.key}
                    role={index === 0 ? 'rowheader' : 'cell'}
                    className={`flex items-baseline justify-between gap-4 py-1 @2xl:table-cell @2xl:border-line @2xl:border-b @2xl:px-4 @2xl:py-3 @2xl:align-middle @2xl:group-last:border-b-0 ${column.align === 'end' ? 'figures @2xl:text-right' : ''} ${index === 0 ? 'text-16 font-semibold text-ink @2xl:text-14' : 'text-ink-soft @2xl:text-ink'} ${column.extra ? extra : ''}`}
                  >
                    {index === 0 ? null : (
                      <span aria-hidden="true" className="shrink-0 text-12 text-ink-soft @2xl:hidden">
                        {column.title}
                      </span>
                    )}
                    {index === 0 && rowHref ? (
                      <Link
                        data-row
                        scroll={false}
                        prefetch={false}
                        href={rowHref(row)}
                        className="min-w-0 text-ink after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent-ink"
                      >
                        {column.cell(row)}
                      </Link>
                    ) : (
                      <span
                        className={`min-w-0 text-ink ${index === 0 ? '' : 'text-right @2xl:text-left'} ${column.align === 'end' ? '@2xl:text-right' : ''}`}
                      >
                        {column.cell(row)}
                      </span>
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: see above */}
      {foot ? (
        <div className="flex flex-wrap items-center justify-between gap-3 border-line border-t px-4 py-3 text-14 text-ink-soft">
          {foot}
        </div>
      ) : null}
    </RowKeys>
  );
}

function SortLink({
  title,
  href,
  direction,
}: {
  title: string;
  href: Route;
  direction?: 'ascending' | 'descending' | undefined;
}) {
  const Icon = direction === 'ascending' ? ArrowUp : direction === 'descending' ? ArrowDown : ChevronsUpDown;
  return (
    <Link
      href={href}
      scroll={false}
      prefetch={false}
      className="-mx-1.5 inline-flex min-h-8 items-center gap-1 rounded-inner px-1.5 hover:bg-accent-soft hover:text-accent-ink"
    >
      {title}
      <Icon size={12} className={direction ? 'text-accent-ink' : 'opacity-60'} />
    </Link>
  );
}
