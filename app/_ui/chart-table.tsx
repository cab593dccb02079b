import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

/** The numbers of a chart, one click away. */
export function ChartTable({
  caption,
  head,
  rows,
}: {
  caption: string;
  head: readonly string[];
  rows: readonly { key: string; cells: readonly ReactNode[] }[];
}) {
  return (
    <details className="group/table">
      <summary className="inline-flex min-h-8 items-center gap-1 rounded-inner pr-2 text-14 text-accent-ink hover:underline">
        <ChevronRight size={16} className="transition-transform group-open/table:rotate-90" />
        Show the numbers
      </summary>
      <div className="relative mt-2 max-h-80 overflow-auto">
        <table className="w-full text-14">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr>
              {head.map((title, index) => (
                <th
                  key={title}
                  scope="col"
                  className={`border-line border-b py-1.5 pr-4 text-12 font-semibold text-ink-soft last:pr-0 ${index === 0 ? 'text-left' : 'text-right'}`}
                >
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                {row.cells.map((cell, index) =>
                  index === 0 ? (
                    <th
                      key={head[index]}
                      scope="row"
                      className="border-line border-b py-1.5 pr-4 text-left font-normal"
                    >
                      {cell}
                    </th>
                  ) : (
                    <td
                      key={head[index]}
                      className="figures border-line border-b py-1.5 pr-4 text-right last:pr-0"
                    >
                      {cell}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
