/** Two rings leaving a point: something was asked and has not answered yet. Purely a picture; say it in words too. */
export function Pulse({
  size = 16,
  className,
}: {
  size?: number | undefined;
  className?: string | undefined;
}) {
  const weight = Math.max(1.25, 24 / size);
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true" className={className}>
      <circle className="pulse-ring" cx="12" cy="12" r="10.5" stroke="currentColor" strokeWidth={weight} />
      <circle className="pulse-ring" cx="12" cy="12" r="10.5" stroke="currentColor" strokeWidth={weight} />
      <circle cx="12" cy="12" r={size < 32 ? 4.5 : 2} fill="currentColor" />
    </svg>
  );
}
