import { Emblem, type Protection } from '#ui/emblem';

/** What protects a key, wherever it stands in a line or a table: emblem and class, the chip's maker where proven, the model. */
export function KeyProtection({
  protection,
  maker,
  model,
}: {
  protection: Protection;
  /** The maker of the chip, where it is proven. */
  maker?: string | null | undefined;
  /** The model, said as what it is: a fact or the key's own word (`modelWords`). */
  model?: string | null | undefined;
}) {
  return (
    <span className="flex min-w-0 flex-col gap-0.5">
      <span className="flex flex-wrap items-center gap-x-2">
        <Emblem protection={protection} size={24} named />
        {maker ? <span className="text-12 text-ink-soft">{maker}</span> : null}
      </span>
      {model ? <span className="text-12 wrap-anywhere text-ink-soft">{model}</span> : null}
    </span>
  );
}
