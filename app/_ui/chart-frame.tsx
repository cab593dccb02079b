import { scaleLinear } from 'd3-scale';
import { type ReactNode, useId } from 'react';
import { ChartTable } from '#ui/chart-table';

/** The scale of a chart's height in percent, from zero on the ground to a round number over the greatest value. */
export function heightScale(values: readonly number[]) {
  return scaleLinear([0, Math.max(4, ...values)], [100, 0]).nice(4);
}

/** What stands around a chart: its title and legend, the numbers at its side, the moments below it, the same as a table. */
export function ChartFrame({
  title,
  unit,
  said,
  legend,
  y,
  marks,
  columns,
  rows,
  children,
}: {
  title: string;
  /** "sign-ins a day". */
  unit: string;
  /** The chart in a sentence. */
  said: string;
  legend: ReactNode;
  y: ReturnType<typeof heightScale>;
  /** One label a moment, oldest first; the first, the last and the one between are shown. */
  marks: readonly string[];
  /** The table's heads beside "When". */
  columns: readonly string[];
  rows: readonly { readonly key: string; readonly cells: readonly (string | number)[] }[];
  /** SVG in percent of the plot. */
  children: ReactNode;
}) {
  const id = useId();
  const ticks = y.ticks(4).filter(Number.isInteger);
  const last = marks.length - 1;
  const shown = last < 0 ? [] : [...new Set([0, Math.floor(last / 2), last])];
  return (
    <figure aria-labelledby={id} className="flex flex-col gap-4">
      <figcaption id={id} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-2">
        <span className="text-16 font-semibold">{title}</span>
        <span className="flex flex-wrap gap-x-5 gap-y-1 text-14">{legend}</span>
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
          aria-label={`${title}, ${unit}. ${said}`}
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
          {children}
        </svg>
        <div aria-hidden="true" className="figures col-start-2 flex justify-between text-12 text-ink-soft">
          {shown.map((index) => (
            <span key={index}>{marks[index]}</span>
          ))}
        </div>
      </div>
      <ChartTable caption={`${title}, ${unit}`} head={['When', ...columns]} rows={rows} />
    </figure>
  );
}
