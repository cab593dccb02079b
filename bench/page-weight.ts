import { gzipSync } from 'node:zlib';
import type { Browser } from './browser.ts';

export interface PageWeight {
  /** Of all scripts that the page names, each compressed by itself, in bytes; what browsers with modules skip is left out. */
  readonly gzip: number;
  readonly scripts: number;
  /** Addresses that the page loads from anywhere but its own origin. */
  readonly foreign: readonly string[];
}

/** What a script weighs compressed, in bytes. */
export const gzipOf = (text: string): number => gzipSync(text, { level: 9 }).length;

/** The JavaScript of a page, and whether everything on it and in its policy stays at home. */
export async function weighPage(browser: Browser, path: string): Promise<PageWeight> {
  const page = await browser.get(path);
  if (page.status !== 200) throw new Error(`GET ${path} answered ${page.status}.`);
  const loaded = [...page.text.matchAll(/<(?:script|link|img|iframe)\b[^>]*?\s(?:src|href)="([^"]+)"/g)].map(
    ([, address = '']) => address,
  );
  const policy = String(page.headers['content-security-policy'] ?? '');
  const foreign = [...loaded, ...policy.split(/[\s;]+/).filter((word) => /^[a-z+]+:\/\//.test(word))].filter(
    (address) => new URL(address, browser.origin).origin !== browser.origin && !address.startsWith('data:'),
  );
  const tags = [...page.text.matchAll(/<script\b[^>]*?\ssrc="([^"]+)"[^>]*>/g)];
  const scripts = new Set(tags.flatMap(([tag, source = '']) => (/\snomodule\b/i.test(tag) ? [] : [source])));
  let gzip = 0;
  for (const source of scripts) gzip += gzipOf((await browser.get(source)).text);
  return { gzip, scripts: scripts.size, foreign };
}
