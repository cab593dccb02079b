import { performance } from 'node:perf_hooks';

/** What one stretch of load showed. */
export interface Reading {
  readonly perSecond: number;
  /** CPU time for one, in milliseconds, of the server alone. */
  readonly cpuMs: number;
}

/**
 * Keeps every worker busy, one call after the other, until the time is up; the last calls are waited for and counted.
 * `cpu` reads the microseconds that the other side has spent.
 */
export async function underLoad(
  workers: readonly (() => Promise<unknown>)[],
  seconds: number,
  cpu: () => Promise<number>,
): Promise<Reading> {
  const cpuBefore = await cpu();
  const start = performance.now();
  const deadline = start + seconds * 1000;
  let done = 0;
  await Promise.all(
    workers.map(async (work) => {
      while (performance.now() < deadline) {
        await work();
        done += 1;
      }
    }),
  );
  const elapsed = performance.now() - start;
  return { perSecond: (done * 1000) / elapsed, cpuMs: ((await cpu()) - cpuBefore) / 1000 / done };
}

/** "min - median - max". */
export function spread(values: readonly number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN).toFixed(digits);
  return `${at(0)} - ${at(0.5)} - ${at(1)}`;
}
