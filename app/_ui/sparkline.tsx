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
  const span = high - low || 1;
  const points = values.map((value, index) => {
    const x = 3 + (index / Math.max(1, values.length - 1)) * (width - 6);
    const y = high === low ? height / 2 : 3 + (1 - (value - low) / span) * (height - 6);
    return { x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 };
  });
  const last = points.at(-1);
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
      <polyline
        points={points.map(({ x, y }) => `${x},${y}`).join(' ')}
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
        className="stroke-series-1"
      />
      {last ? <circle cx={last.x} cy={last.y} r="3" className="fill-series-1" /> : null}
    </svg>
  );
}
