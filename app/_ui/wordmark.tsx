/** The mark: a key bent into an L, resting in its plate. Decorative unless a label is given. */
export function Mark({ size = 28, label }: { size?: number | undefined; label?: string | undefined }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 32 32"
      className="shrink-0"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <g
        fill="none"
        className="stroke-on-accent"
        strokeWidth="2.75"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <circle cx="11.5" cy="10.25" r="3.5" />
        <path d="M11.5 13.75V23.5H23v-4M17.25 23.5v-3" />
      </g>
    </svg>
  );
}

/** Mark and word together, as they stand in every header. */
export function Wordmark({ size = 28 }: { size?: number | undefined }) {
  return (
    <span className="inline-flex items-center gap-2.5 text-ink">
      <Mark size={size} />
      <span className="text-16 font-semibold tracking-[-0.01em]">Latchkey</span>
    </span>
  );
}
