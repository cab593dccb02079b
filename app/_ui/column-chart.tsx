import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { useId } from 'react';
import { ChartTable } from '#ui/chart-table';
import { type SeriesLook, Swatch, seriesFill } from '#ui/series';

export type ColumnPart = { key: string; label: string; look: Extract<SeriesLook, number> };
export type ChartColumn = { key: string; label: string; values: Readonly<Record<string, number>> };

/** Counts over time, the parts of each moment on top of each other; the first part stands on the ground. */
export function ColumnChart({
  title,
  parts,
  columns,
  unit,
}: {
  title: string;
  parts: readonly ColumnPart[];
  /** Oldest first. */
  columns: readonly ChartColumn[];
  /** "sign-ins a day". */
  unit: string;
}) {
  const id = useId();
  const value = (column: ChartColumn, key: string) => column.values[key] ?? 0;
  const total = (column: ChartColumn) => parts.reduce((sum, { key }) => sum + value(column, key), 0);
  const all = (key: string) => columns.reduce((sum, column) => sum + value(column, key), 0);
  const layers = stack<ChartColumn, string>()
    .keys(parts.map(({ key }) => key))
    .value(value)([...columns]);
  const x = scaleBand(
    columns.map(({ key }) => key),
    [0, 100],
  ).padding(0.22);
  const y = scaleLinear([0, Math.max(4, ...columns.map(total))], [100, 0]).nice(4);
  const ticks = y.ticks(4).filter(Number.isInteger);
  const shown = [...new Set([0, Math.floor((columns.length - 1) / 2), columns.length - 1])];
  return (
    <figure aria-labelledby={id} className="flex flex-col gap-4">
      <figcaption id={id} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-2">
        <span className="text-16 font-semibold">{title}</span>
        <span className="flex flex-wrap gap-x-5 gap-y-1 text-14">
          {parts.map((part) => (
            <span key={part.key} className="inline-flex items-center gap-2">
              <Swatch look={part.look} />
              {part.label}
              <span className="figures text-ink-soft">{all(part.key)}</span>
            </span>
          ))}
        </span>
      </figcaption>
      <div className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-2">
        <svg aria-hidden="true" width="24" height="200" overflow="visible" className="figures text-12">
          {ticks.map((tick) => (
            <text
              key={tick}
              x="100%"
              y={`${y(tick)}%`}
              dy="0.32em"
              textAnchor="end"
              className="fill-ink-soft"
            >
              {tick}
            </text>
          ))}
        </svg>
        <svg
          role="img"
          aria-label={`${title}, ${unit}. ${parts.map(({ key, label }) => `${label}: ${all(key)}`).join('; ')}`}
          width="100%"
          height="200"
          overflow="visible"
        >
          {ticks.map((tick) => (
            <line
              key={tick}
              x1="0"
              x2="100%"
              y1={`${y(tick)}%`}
              y2={`${y(tick)}%`}
              className={tick === 0 ? 'stroke-line-strong' : 'stroke-line'}
            />
          ))}
          {layers.map((layer) => {
            const part = parts[layer.index];
            return (
              <g key={layer.key} className={part && seriesFill[part.look]}>
                {layer.map(([low, high], index) =>
                  high > low ? (
                    <rect
                      key={columns[index]?.key}
                      x={`${x(columns[index]?.key ?? '')}%`}
                      width={`${x.bandwidth()}%`}
                      y={`${y(high)}%`}
                      height={`${y(low) - y(high)}%`}
                    />
                  ) : null,
                )}
              </g>
            );
          })}
          <g>
            {columns.map((column) => (
              <rect
                key={column.key}
                x={`${(x(column.key) ?? 0) - (x.step() - x.bandwidth()) / 2}%`}
                width={`${x.step()}%`}
                height="100%"
                className="fill-accent opacity-0 hover:opacity-8"
              >
                <title>
                  {`${column.label}: ${parts.map(({ key, label }) => `${label} ${value(column, key)}`).join(', ')}`}
                </title>
              </rect>
            ))}
          </g>
        </svg>
        <div aria-hidden="true" className="figures col-start-2 flex justify-between text-12 text-ink-soft">
          {shown.map((index) => (
            <span key={index}>{columns[index]?.label}</span>
          ))}
        </div>
      </div>
      <ChartTable
        caption={`${title}, ${unit}`}
        head={['When', ...parts.map(({ label }) => label)]}
        rows={columns.map((column) => ({
          key: column.key,
          cells: [column.label, ...parts.map(({ key }) => value(column, key))],
        }))}
      />
    </figure>
  );
}
