import { type Browser as Chromium, chromium, type Page } from '@playwright/test';
import config from '../playwright.config.ts';

/** The browser of the tests, started as they start it. */
export async function launchChromium(): Promise<Chromium> {
  const { channel, launchOptions } = config.use ?? {};
  return await chromium.launch({ ...launchOptions, ...(channel === undefined ? {} : { channel }) });
}

/** A moment in a page, in milliseconds. */
export interface Mark {
  readonly what: string;
  readonly at: number;
  /** CPU time that the page's main thread had spent until then: what others do on this machine is not in it. */
  readonly cpu: number;
}

const PREFIX = 'bench ';

/** Notes a moment, in words for a page. */
export const noteInPage = (what: string) => `performance.mark(${JSON.stringify(PREFIX + what)})`;

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ph: string;
  /** Microseconds of the clock, and of the thread. */
  readonly ts: number;
  readonly tts?: number;
}

/** The marks named `bench ...` that pages set meanwhile, in their order, from the browser's own trace. */
export async function marksOf(browser: Chromium, meanwhile: () => Promise<unknown>): Promise<Mark[]> {
  await browser.startTracing(undefined, { categories: ['blink.user_timing'] });
  let trace: Buffer;
  try {
    await meanwhile();
  } finally {
    trace = await browser.stopTracing();
  }
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: readonly TraceEvent[] };
  return traceEvents
    .filter(({ name, ph }) => ph === 'I' && name.startsWith(PREFIX))
    .sort((one, other) => one.ts - other.ts)
    .map(({ name, ts, tts }) => {
      if (tts === undefined) throw new Error('The trace of this browser has no CPU time of threads.');
      return { what: name.slice(PREFIX.length), at: ts / 1000, cpu: tts / 1000 };
    });
}

/** What lies between two marks. */
export interface Took {
  readonly cpu: number;
  readonly elapsed: number;
}

export const between = (from: Mark, to: Mark): Took => ({ cpu: to.cpu - from.cpu, elapsed: to.at - from.at });

/** Notes the scripts that a page loads; each call gives those since the last one, by their addresses. */
export function watchScripts(page: Page): () => string[] {
  const seen = new Set<string>();
  page.on('request', (request) => {
    if (request.resourceType() === 'script') seen.add(new URL(request.url()).pathname);
  });
  return () => {
    const taken = [...seen];
    seen.clear();
    return taken;
  };
}
