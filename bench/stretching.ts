import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashRawSync } from '@node-rs/argon2';
import type { Browser as Chromium, Page } from '@playwright/test';
import { between, marksOf, noteInPage, type Took } from './chromium.ts';

/** Cost of argon2id on one lane: memory in KiB, passes. */
export interface Cost {
  readonly m: number;
  readonly t: number;
}

/** The sets that OWASP's Password Storage Cheat Sheet names for argon2id, each as good a defence as the others; all p=1. */
export const OWASP: readonly Cost[] = [
  { m: 47_104, t: 1 },
  { m: 19_456, t: 2 },
  { m: 12_288, t: 3 },
  { m: 9_216, t: 4 },
  { m: 7_168, t: 5 },
];
/** The same sheet's count for PBKDF2-HMAC-SHA256. */
export const PBKDF2_ITERATIONS = 600_000;
/** The process's CPU time comes in steps of 10 ms. */
const PBKDF2_AT_ONCE = 5;

const PIN = '48213907';
const SALT = 'a salt of 16 b.!';
const ORIGIN = 'http://localhost';
const NOBLE = dirname(fileURLToPath(import.meta.resolve('@noble/hashes/argon2.js')));

const PAGE = `<!doctype html><title>argon2id</title><script type="module">
import { argon2idAsync } from './noble/argon2.js';
const bytes = (text) => new TextEncoder().encode(text);
const hex = (array) => Array.from(array, (byte) => byte.toString(16).padStart(2, '0')).join('');
globalThis.stretch = async (m, t) => {
  ${noteInPage('argon2id')};
  const output = await argon2idAsync(bytes('${PIN}'), bytes('${SALT}'), { m, t, p: 1, dkLen: 32 });
  ${noteInPage('argon2id done')};
  return hex(output);
};
globalThis.derive = async () => {
  const key = await crypto.subtle.importKey('raw', bytes('${PIN}'), 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: bytes('${SALT}'), iterations: ${PBKDF2_ITERATIONS} };
  for (let n = 0; n < ${PBKDF2_AT_ONCE}; n += 1) await crypto.subtle.deriveBits(how, key, 256);
};
</script>`;

/** Each of the sets in their order. */
export interface StretchReading {
  readonly inPage: readonly Took[];
  /** One derivation by WebCrypto, CPU milliseconds. */
  readonly pbkdf2: number;
}

/**
 * Reads what argon2id costs as the product's pages compute it: by the same library, each time in a page that was just
 * loaded, as when somebody comes to unlock: nothing is compiled yet.
 */
export async function openStretching(
  browser: Chromium,
): Promise<(reading: number) => Promise<StretchReading>> {
  const context = await browser.newContext();
  await context.route(`${ORIGIN}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = /^\/noble\/([\w-]+\.js)$/.exec(pathname)?.[1];
    await route.fulfill(
      file === undefined
        ? { body: PAGE, contentType: 'text/html' }
        : { body: readFileSync(join(NOBLE, file)), contentType: 'text/javascript' },
    );
  });
  const page = await context.newPage();
  const inFreshPage = async (call: string) => {
    await page.goto(`${ORIGIN}/`);
    return await page.evaluate<string>(call);
  };
  const processTime = await processTimeOf(page);
  return async (reading) => {
    const inPage: Took[] = [];
    // Each reading begins with another set.
    for (let n = 0; n < OWASP.length; n += 1) {
      const at = (n + reading) % OWASP.length;
      const cost = OWASP[at] as Cost;
      const expected = stretchNatively(cost);
      const marks = await marksOf(browser, async () => {
        const output = await inFreshPage(`stretch(${cost.m}, ${cost.t})`);
        if (output !== expected) throw new Error(`argon2id of ${cost.m}, ${cost.t} is not ${output}`);
      });
      // Other pages may note something meanwhile.
      const markOf = (what: string) => marks.find((mark) => mark.what === what);
      const [begin, end] = [markOf('argon2id'), markOf('argon2id done')];
      if (begin === undefined || end === undefined) throw new Error('The page noted nothing.');
      inPage[at] = between(begin, end);
    }
    await page.goto(`${ORIGIN}/`);
    const before = await processTime();
    await page.evaluate('derive()');
    return { inPage, pbkdf2: ((await processTime()) - before) / PBKDF2_AT_ONCE };
  };
}

/** The same by another implementation: what is measured is argon2id. */
function stretchNatively({ m, t }: Cost): string {
  const salt = Buffer.from(SALT);
  const cost = { memoryCost: m, timeCost: t, parallelism: 1 };
  return hashRawSync(PIN, { algorithm: 2, salt, ...cost, outputLen: 32 }).toString('hex');
}

/** CPU milliseconds that all threads of a page's process have spent: WebCrypto does not compute on the page's own. */
async function processTimeOf(page: Page): Promise<() => Promise<number>> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Performance.enable');
  return async () => {
    const { metrics } = await devTools.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'ProcessTime')?.value ?? Number.NaN) * 1000;
  };
}
