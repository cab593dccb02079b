import { scaleLinear } from 'd3-scale';
import { area, line as lineOf } from 'd3-shape';
import { useId } from 'react';
import { ChartTable } from '#ui/chart-table';

export type Line = {
  key: string;
  label: string;
  values: readonly number[];
  /** 1 is the line that matters; 2 and 3 are dashed and dotted, so that colour is never alone. */
  look: 1 | 2 | 3;
};

const strokes = { 1: 'stroke-series-1', 2: 'stroke-series-2', 3: 'stroke-series-5' };
const fills = { 1: 'fill-series-1', 2: 'fill-series-2', 3: 'fill-series-5' };
const dashes = { 1: undefined, 2: '6 4', 3: '2 4' };

/** How numbers went over time. The scale begins at zero. */
export function LineChart({
  title,
  marks,
  lines,
  unit,
}: {
  title: string;
  /** One label a point, oldest first: "3 Nov". */
  marks: readonly string[];
  lines: readonly Line[];
  /** "sign-ins a day". */
  unit: string;
}) {
  const id = useId();
  const x = scaleLinear([0, Math.max(1, marks.length - 1)], [0, 100]);
  const y = scaleLinear([0, Math.max(4, ...lines.flatMap((line) => line.values))], [100, 0]).nice(4);
  const ticks = y.ticks(4).filter(Number.isInteger);
  const above = (values: readonly number[]) =>
    area<number>(
      (_, index) => x(index),
      100,
      (value) => y(value),
    )([...values]);
  const along = (values: readonly number[]) =>
    lineOf<number>(
      (_, index) => x(index),
      (value) => y(value),
    )([...values]);
  const shown = [...new Set([0, Math.floor((marks.length - 1) / 2), marks.length - 1])].filter(
    (index) => index >= 0,
  );
  const said = lines
    .map((line) => `${line.label}: from ${line.values[0] ?? 0} to ${line.values.at(-1) ?? 0}`)
    .join('; ');
  return (
    <figure aria-labelledby={id} className="flex flex-col gap-4">
      <figcaption id={id} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <span className="text-16 font-semibold">{title}</span>
        <span className="flex flex-wrap gap-x-5 gap-y-1 text-14">
          {lines.map((line) => (
            <span key={line.key} className="inline-flex items-center gap-2">
              <svg width="24" height="4" aria-hidden="true">
                <line
                  x1="1"
                  x2="23"
                  y1="2"
                  y2="2"
                  strokeWidth="2.5"
                  strokeDasharray={dashes[line.look]}
                  className={strokes[line.look]}
                />
              </svg>
              {line.label}
              <span className="figures font-semibold">{line.values.at(-1)}</span>
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
          <svg
            aria-hidden="true"
            viewBox="0 0 100 100"
            preserveAspectRatio="none"
            width="100%"
            height="100%"
            overflow="visible"
          >
            {lines.map((line) => (
              <g key={line.key}>
                {line.look === 1 && line.values.length > 1 ? (
                  <path d={above(line.values) ?? undefined} className="fill-series-1 opacity-8" />
                ) : null}
                <path
                  d={along(line.values) ?? undefined}
                  fill="none"
                  strokeWidth="2"
                  strokeLinejoin="round"
                  strokeDasharray={dashes[line.look]}
                  vectorEffect="non-scaling-stroke"
                  className={strokes[line.look]}
                />
              </g>
            ))}
          </svg>
          {lines.map((line) => (
            <circle
              key={line.key}
              cx={`${x(line.values.length - 1)}%`}
              cy={`${y(line.values.at(-1) ?? 0)}%`}
              r="4"
              className={fills[line.look]}
            />
          ))}
        </svg>
        <div aria-hidden="true" className="figures col-start-2 flex justify-between text-12 text-ink-soft">
          {shown.map((index) => (
            <span key={index}>{marks[index]}</span>
          ))}
        </div>
      </div>
      <ChartTable
        caption={`${title}, ${unit}`}
        head={['When', ...lines.map((line) => line.label)]}
        rows={marks.map((mark, index) => ({
          key: mark,
          cells: [mark, ...lines.map((line) => line.values[index] ?? '–')],
        }))}
      />
    </figure>
  );
}
