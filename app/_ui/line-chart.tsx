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

function ceiling(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 8, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

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
  const top = ceiling(Math.max(0, ...lines.flatMap((line) => line.values)));
  const x = (index: number) => Math.round((index / Math.max(1, marks.length - 1)) * 10_000) / 100;
  const y = (value: number) => Math.round((1 - value / top) * 10_000) / 100;
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
        <div
          aria-hidden="true"
          className="figures -my-2 flex flex-col justify-between text-right text-12 text-ink-soft"
        >
          {[top, top / 2, 0].map((value) => (
            <span key={value}>{value}</span>
          ))}
        </div>
        <svg
          role="img"
          aria-label={`${title}, ${unit}. ${said}`}
          width="100%"
          height="200"
          overflow="visible"
        >
          {[0, 50, 100].map((height) => (
            <line key={height} x1="0" x2="100%" y1={`${height}%`} y2={`${height}%`} className="stroke-line" />
          ))}
          <svg
            aria-hidden="true"
            viewBox="0 0 100 100"
            preserveAspectRatio="none"
            width="100%"
            height="100%"
            overflow="visible"
          >
            {lines.map((line) => {
              const path = line.values.map((value, index) => `${x(index)},${y(value)}`).join(' ');
              return (
                <g key={line.key}>
                  {line.look === 1 && line.values.length > 1 ? (
                    <polygon
                      points={`0,100 ${path} ${x(line.values.length - 1)},100`}
                      className="fill-series-1 opacity-8"
                    />
                  ) : null}
                  <polyline
                    points={path}
                    fill="none"
                    strokeWidth="2"
                    strokeLinejoin="round"
                    strokeDasharray={dashes[line.look]}
                    vectorEffect="non-scaling-stroke"
                    className={strokes[line.look]}
                  />
                </g>
              );
            })}
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
