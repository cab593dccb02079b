import type { ReactNode } from 'react';
import { CopyButton } from '#ui/copy-button';

export type Fact = {
  term: ReactNode;
  value: ReactNode;
  /** For ids, hashes, versions. */
  mono?: boolean | undefined;
  /** Puts a copy button beside the value. */
  copy?: string | undefined;
};

/** Fields and their values: side by side where there is room, one above the other on a phone. */
export function Facts({ facts, tight = false }: { facts: readonly Fact[]; tight?: boolean | undefined }) {
  return (
    <div className="@container">
      <dl className="divide-y divide-line">
        {facts.map((fact, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: facts are a fixed list, in order
            key={index}
            className={`grid gap-x-6 gap-y-0.5 @md:grid-cols-[minmax(8rem,2fr)_5fr] ${tight ? 'py-1.5' : 'py-2.5'}`}
          >
            <dt className="text-14 text-ink-soft">{fact.term}</dt>
            <dd
              className={`flex min-w-0 items-center justify-between gap-x-2 text-14 @md:justify-start text-ink ${fact.mono ? 'figures font-mono' : ''}`}
            >
              <span className="min-w-0 wrap-anywhere">{fact.value}</span>
              {fact.copy ? (
                <span className="-my-1.5">
                  <CopyButton text={fact.copy} label="Copy this value" compact />
                </span>
              ) : null}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
