const widths = ['w-7/12', 'w-5/12', 'w-8/12', 'w-6/12', 'w-4/12'];

/** A quiet outline of what is coming, and its name in words: "Loading people". */
export function Skeleton({
  label,
  rows = 5,
  shape = 'rows',
}: {
  label: string;
  rows?: number | undefined;
  shape?: 'rows' | 'tiles' | 'key-card' | undefined;
}) {
  return (
    <div role="status" className="flex flex-col gap-3">
      <p className="breathe text-14 text-ink-soft">{label}</p>
      {shape === 'tiles' ? (
        <div aria-hidden="true" className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
          {Array.from({ length: 4 }, (_, index) => index).map((index) => (
            <div key={index} className="h-28 rounded-card border border-line bg-surface" />
          ))}
        </div>
      ) : shape === 'key-card' ? (
        <div
          aria-hidden="true"
          className="h-56 w-full max-w-104 rounded-card border border-line bg-surface"
        />
      ) : (
        <div aria-hidden="true" className="divide-y divide-line rounded-card border border-line bg-surface">
          {Array.from({ length: rows }, (_, index) => index).map((index) => (
            <div key={index} className="flex h-12 items-center px-4">
              <span
                className={`h-2.5 rounded-full bg-line forced-colors:hidden ${widths[index % widths.length]}`}
              />
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
