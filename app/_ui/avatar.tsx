const sizes = {
  24: 'size-6 text-[0.625rem]',
  32: 'size-8 text-12',
  40: 'size-10 text-14',
  64: 'size-16 text-20',
};

function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return ((Array.from(first)[0] ?? '') + (Array.from(last)[0] ?? '')).toUpperCase();
}

/** A person's initials in a disc. Decorative: the name stands beside it. */
export function Avatar({ name, size = 32 }: { name: string; size?: keyof typeof sizes | undefined }) {
  return (
    <span
      aria-hidden="true"
      className={`inline-grid shrink-0 place-items-center rounded-full border border-accent-line bg-accent-soft font-semibold text-accent-ink ${sizes[size]}`}
    >
      {initials(name)}
    </span>
  );
}
