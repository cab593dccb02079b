import type { Route } from 'next';
import Link from 'next/link';
import { useId } from 'react';
import { ChartTable } from '#ui/chart-table';

export type FunnelStage = {
  key: string;
  label: string;
  value: number;
  /** Leads to those who are in this stage. */
  href?: Route | undefined;
};

/** How many come how far: each stage a bar, and between two stages how many were lost. */
export function Funnel({
  title,
  stages,
  unit,
}: {
  title: string;
  stages: readonly FunnelStage[];
  /** "people". */
  unit: string;
}) {
  const id = useId();
  const first = stages[0]?.value ?? 0;
  const share = (value: number) => (first === 0 ? 0 : Math.round((value / first) * 100));
  return (
    <figure aria-labelledby={id} className="flex flex-col gap-4">
      <figcaption id={id} className="text-16 font-semibold">
        {title}
      </figcaption>
      <ol className="flex flex-col gap-3">
        {stages.map((stage, index) => {
          const before = stages[index - 1];
          const lost = before ? before.value - stage.value : 0;
          return (
            <li key={stage.key} className="flex flex-col gap-1">
              <div className="flex flex-wrap items-baseline justify-between gap-x-4 text-14">
                {stage.href ? (
                  <Link href={stage.href} className="link">
                    {stage.label}
                  </Link>
                ) : (
                  <span>{stage.label}</span>
                )}
                <span className="figures">
                  <span className="font-semibold">{stage.value}</span>
                  <span className="text-ink-soft">
                    {' '}
                    {unit}, {share(stage.value)} %
                    {lost > 0 ? <span className="max-sm:hidden"> · {lost} not yet</span> : null}
                  </span>
                </span>
              </div>
              <svg aria-hidden="true" width="100%" height="20">
                {before ? (
                  <rect width={`${share(before.value)}%`} height="20" rx="5" className="fill-accent-soft" />
                ) : null}
                <rect width={`${share(stage.value)}%`} height="20" rx="5" className="fill-series-1" />
              </svg>
            </li>
          );
        })}
      </ol>
      <ChartTable
        caption={title}
        head={['Stage', unit, 'of all', 'lost before']}
        rows={stages.map((stage, index) => ({
          key: stage.key,
          cells: [
            stage.label,
            stage.value,
            `${share(stage.value)} %`,
            index === 0 ? '–' : (stages[index - 1]?.value ?? 0) - stage.value,
          ],
        }))}
      />
    </figure>
  );
}
