import { scaleLinear } from 'd3-scale';
import { area, line as lineOf } from 'd3-shape';
import { ChartFrame, heightScale } from '#ui/chart-frame';

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
  const x = scaleLinear([0, Math.max(1, marks.length - 1)], [0, 100]);
  const y = heightScale(lines.flatMap((line) => line.values));
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
  const said = lines
    .map((line) => `${line.label}: from ${line.values[0] ?? 0} to ${line.values.at(-1) ?? 0}`)
    .join('; ');
  return (
    <ChartFrame
      title={title}
      unit={unit}
      said={said}
      legend={lines.map((line) => (
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
      y={y}
      marks={marks}
      columns={lines.map((line) => line.label)}
      rows={marks.map((mark, index) => ({
        key: mark,
        cells: [mark, ...lines.map((line) => line.values[index] ?? '–')],
      }))}
    >
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
    </ChartFrame>
  );
}
