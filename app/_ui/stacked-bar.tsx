import { useId } from 'react';
import { ChartTable } from '#ui/chart-table';
import { type SeriesLook, Swatch, seriesFill } from '#ui/series';

export type BarPart = { key: string; label: string; look: SeriesLook };
export type BarRow = { key: string; label: string; values: Readonly<Record<string, number>> };

const round = (n: number) => Math.round(n * 100) / 100;

/** Parts of a whole, one bar a row; the legend counts, the table has every number. */
export function StackedBar({
  title,
  parts,
  rows,
  unit = '',
}: {
  /** What is split, as a sentence or name: "Keys by protection". */
  title: string;
  parts: readonly BarPart[];
  rows: readonly BarRow[];
  /** "keys", for the legend and for those who hear it. */
  unit?: string | undefined;
}) {
  const id = useId();
  const sum = (key: string) => rows.reduce((total, row) => total + (row.values[key] ?? 0), 0);
  const all = parts.reduce((total, part) => total + sum(part.key), 0);
  return (
    <figure aria-labelledby={id} className="flex flex-col gap-4">
      <figcaption id={id} className="text-16 font-semibold">
        {title}
      </figcaption>
      <div className="flex flex-col gap-3">
        {rows.map((row) => {
          const total = parts.reduce((count, part) => count + (row.values[part.key] ?? 0), 0);
          let at = 0;
          return (
            <div key={row.key} className="flex flex-col gap-1">
              {rows.length > 1 ? (
                <p className="flex justify-between gap-4 text-14">
                  <span>{row.label}</span>
                  <span className="figures text-ink-soft">{total}</span>
                </p>
              ) : null}
              <svg
                role="img"
                width="100%"
                height={rows.length > 1 ? 16 : 28}
                className="overflow-hidden rounded-tick"
                aria-label={`${row.label}: ${parts.map((part) => `${part.label} ${row.values[part.key] ?? 0}`).join(', ')}`}
              >
                <defs>
                  <pattern
                    id={`${id}-${row.key}`}
                    width="6"
                    height="6"
                    patternUnits="userSpaceOnUse"
                    patternTransform="rotate(45)"
                  >
                    <rect width="6" height="6" className="fill-surface" />
                    <rect width="2" height="6" className="fill-series-5" />
                  </pattern>
                </defs>
                {total === 0 ? <rect width="100%" height="100%" className="fill-sunken" /> : null}
                {parts.map((part) => {
                  const share = total === 0 ? 0 : ((row.values[part.key] ?? 0) / total) * 100;
                  const x = at;
                  at += share;
                  if (share === 0) return null;
                  return (
                    <svg
                      key={part.key}
                      aria-hidden="true"
                      x={`${round(x)}%`}
                      width={`${round(share)}%`}
                      height="100%"
                    >
                      {part.look === 'hollow' ? (
                        <rect x="1.75" y="0.75" width="100%" height="100%" className="fill-surface" />
                      ) : null}
                      <rect
                        width="100%"
                        height="100%"
                        fill={part.look === 'dashed' ? `url(#${id}-${row.key})` : undefined}
                        className={
                          part.look === 'dashed'
                            ? ''
                            : part.look === 'hollow'
                              ? 'fill-surface stroke-series-4 stroke-4'
                              : seriesFill[part.look]
                        }
                      />
                      {x > 0 ? <rect width="2" height="100%" className="fill-surface" /> : null}
                    </svg>
                  );
                })}
              </svg>
            </div>
          );
        })}
      </div>
      <ul className="flex flex-wrap gap-x-6 gap-y-2">
        {parts.map((part) => (
          <li key={part.key} className="flex items-center gap-2 text-14">
            <Swatch look={part.look} />
            <span>{part.label}</span>
            <span className="figures text-ink-soft">
              {sum(part.key)}
              {all > 0 ? ` (${Math.round((sum(part.key) / all) * 100)} %)` : ''}
            </span>
          </li>
        ))}
      </ul>
      <ChartTable
        caption={unit ? `${title}, ${unit}` : title}
        head={['', ...parts.map((part) => part.label)]}
        rows={rows.map((row) => ({
          key: row.key,
          cells: [row.label, ...parts.map((part) => row.values[part.key] ?? 0)],
        }))}
      />
    </figure>
  );
}
