'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';

/** Copies `text` and says "Copied". With `compact` only the icon shows; `label` names what is copied. */
export function CopyButton({
  text,
  label = 'Copy',
  compact = false,
}: {
  text: string;
  label?: string | undefined;
  compact?: boolean | undefined;
}) {
  const [said, setSaid] = useState('');

  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(''), 2400);
    return () => clearTimeout(timer);
  }, [said]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Select the text and copy it by hand');
    }
  }

  const Icon = said === 'Copied' ? Check : Copy;
  return (
    <span className="inline-flex items-center gap-1.5">
      <button
        type="button"
        onClick={copy}
        aria-label={compact ? label : undefined}
        className={
          compact
            ? 'grid size-8 shrink-0 place-items-center rounded-inner text-ink-soft hover:bg-accent-soft hover:text-accent-ink'
            : 'inline-flex min-h-8 items-center gap-1.5 rounded-inner px-2 text-14 font-semibold text-accent-ink hover:bg-accent-soft pointer-coarse:min-h-11'
        }
      >
        <Icon size={16} />
        {compact ? null : said || label}
      </button>
      <span role="status" className={compact ? 'text-12 text-ink-soft' : 'sr-only'}>
        {said}
      </span>
    </span>
  );
}
