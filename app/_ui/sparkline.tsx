import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';

/** The shape of the last days, small; `label` says it in words. */
export function Sparkline({
  values,
  label,
  width = 96,
  height = 32,
}: {
  values: readonly number[];
  label: string;
  width?: number | undefined;
  height?: number | undefined;
}) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [3, width - 3]);
  const y = scaleLinear(low === high ? [low - 1, low + 1] : [low, high], [height - 3, 3]);
  const path = line<number>(
    (_, index) => x(index),
    (value) => y(value),
  ).digits(1)([...values]);
  const last = values.at(-1);
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      fill="none"
      className="shrink-0"
    >
      <path
        d={path ?? undefined}
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
        className="stroke-series-1"
      />
      {last === undefined ? null : (
        <circle cx={x(values.length - 1)} cy={y(last)} r="3" className="fill-series-1" />
      )}
    </svg>
  );
}
