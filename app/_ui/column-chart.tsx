import { scaleBand } from 'd3-scale';
import { stack } from 'd3-shape';
import { ChartFrame, heightScale } from '#ui/chart-frame';
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
  const y = heightScale(columns.map(total));
  return (
    <ChartFrame
      title={title}
      unit={unit}
      said={parts.map(({ key, label }) => `${label}: ${all(key)}`).join('; ')}
      legend={parts.map((part) => (
        <span key={part.key} className="inline-flex items-center gap-2">
          <Swatch look={part.look} />
          {part.label}
          <span className="figures text-ink-soft">{all(part.key)}</span>
        </span>
      ))}
      y={y}
      marks={columns.map(({ label }) => label)}
      columns={parts.map(({ label }) => label)}
      rows={columns.map((column) => ({
        key: column.key,
        cells: [column.label, ...parts.map(({ key }) => value(column, key))],
      }))}
    >
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
    </ChartFrame>
  );
}
