/** What tests need beside the product: a browser, a PostgreSQL server, a TPM. Each is found, or brought where it may be. */
import { existsSync } from 'node:fs';
import { lendPostgresql } from '../e2e/postgresql.mjs';
import { children, node, Stop, say, stopping, tool, WINDOWS } from './process.mjs';
import { aptInstall, mayInstallWithApt, onPath } from './system.mjs';

const BROWSER_DOWNLOAD_START_LIMIT_MS = 90_000;
const BROWSER_DOWNLOAD_LIMIT_MS = 600_000;

/** Whether Chromium really starts that way: it may be there and lack a system library. */
async function launches(browser) {
  const probe = `
    import { chromium } from '@playwright/test';
    const browser = await chromium.launch({ ...${JSON.stringify(browser)}, args: ['--no-sandbox'], timeout: 30000 });
    await browser.close();`;
  return (await node(['--input-type=module', '-e', probe], { capture: true, limitMs: 45_000 })).code === 0;
}

/** The environment that hands a working browser to Playwright, or undefined with the way to get one. */
export async function findBrowser() {
  const asEnv = ({ channel, executablePath }) =>
    channel ? { PLAYWRIGHT_CHANNEL: channel } : { CHROMIUM_PATH: executablePath };
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (await launches({ executablePath: named })) return { env: { CHROMIUM_PATH: named } };
    throw new Stop(
      `CHROMIUM_PATH is ${named}, which does not start as a browser: correct it or leave it out.`,
    );
  }
  const own = { channel: 'chromium' };
  const standing = () => [
    own,
    { channel: 'chrome' },
    { channel: 'msedge' },
    { executablePath: onPath('chromium', 'chromium-browser') },
  ];
  const firstOf = async (candidates) => {
    for (const candidate of candidates) {
      if (stopping) throw new Stop('');
      if ((candidate.channel || candidate.executablePath) && (await launches(candidate)))
        return { env: asEnv(candidate) };
    }
    return undefined;
  };
  const found = await firstOf(standing());
  if (found) return found;

  say('No browser found: downloading Chromium with Playwright');
  const playwright = (args, options) => tool('@playwright/test/cli.js', args, options);
  const download = await playwright(['install', '--no-shell', 'chromium'], {
    capture: true,
    env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000' },
    // It may hang where its host is out of reach; a download that has begun may take its time.
    limitMs: BROWSER_DOWNLOAD_START_LIMIT_MS,
    extend: (text) => /\d%/.test(text),
    extendedMs: BROWSER_DOWNLOAD_LIMIT_MS,
  });
  if (download.code === 0) {
    if (await launches(own)) return { env: asEnv(own) };
    if (mayInstallWithApt()) {
      say('Installing the system libraries of Chromium with apt-get (NO_SYSTEM_INSTALL=1 forbids it)');
      await playwright(['install-deps', 'chromium']);
      if (await launches(own)) return { env: asEnv(own) };
    }
  }
  if (stopping) throw new Stop('');
  if (mayInstallWithApt()) {
    say('Playwright could not provide a browser.');
    await aptInstall('chromium');
    const installed = await firstOf(standing());
    if (installed) return installed;
  }
  return {
    advice:
      'install Chrome, Edge or Chromium, or run "npx playwright install --with-deps chromium", or set CHROMIUM_PATH',
  };
}

/** Runs `work` with a PostgreSQL server, or with the advice how to get one. */
export async function withPostgresql(work) {
  say('Looking for PostgreSQL');
  let server;
  const { url, advice, stop } = await lendPostgresql({
    install: async () => mayInstallWithApt() && (await aptInstall('postgresql')),
    onStart: (child) => {
      server = child;
      children.add(child);
    },
  });
  if (url) process.env.TEST_DATABASE_URL = url;
  try {
    return await work(advice);
  } finally {
    children.delete(server);
    await stop?.();
  }
}

/** Tests on a TPM skip themselves where there is no swtpm: it is looked for, and brought where it may be, before they run. */
export async function findTpm() {
  say('Looking for a software TPM (swtpm)');
  // It is spoken to through UNIX sockets.
  if (WINDOWS) return { advice: 'there is none for Windows; run the tests on Linux, macOS or in WSL' };
  if (onPath('swtpm')) return {};
  if (mayInstallWithApt() && (await aptInstall('swtpm')) && onPath('swtpm')) return {};
  return { advice: 'install swtpm (Debian: apt-get install swtpm; macOS: brew install swtpm)' };
}

/** Samba reads what we write for group policy. Its tests skip themselves where it is missing, as those on a TPM do. */
export async function findSamba() {
  say('Looking for Samba, which reads registry files and Registry.pol (samba-common-bin, some 10 MB)');
  const found = () =>
    process.platform === 'linux' && ['/usr/bin/net', '/usr/bin/python3'].every((file) => existsSync(file));
  if (found()) return {};
  if (mayInstallWithApt() && (await aptInstall('samba-common-bin')) && found()) return {};
  return { advice: 'install it (Debian: apt-get install samba-common-bin); it is looked for on Linux only' };
}
