/**
 * What every story starts from: `server`, the worker's own house; `page`, which fails the test when the browser
 * complains; `anotherBrowser`, a second browser profile (a second device) under the same watch; and
 * `virtualAuthenticator`, a platform authenticator for one page.
 */
import {
  type BrowserContext,
  test as base,
  type ConsoleMessage,
  type Page,
  type Route,
} from '@playwright/test';
import { inStore } from './crash/store.ts';
import { type Engine, type House, withHouse } from './house.ts';
import { leaksOf, type Sent } from './leaks.ts';

// biome-ignore lint/performance/noBarrelFile: a story takes `test` and `expect` from one place.
export { expect } from '@playwright/test';

/** A request that is meant to fail: with a status, or `lost` on the way. */
type Refusal = { status: number | 'lost'; path: string | RegExp };

type TestFixtures = {
  /** The organisation's policy while a test runs, by setting; what there was before is back when it is over. By `test.use`. */
  policy: Readonly<Record<string, string>>;
  /**
   * The worker's house for one test: with that policy, and with all turns at what is limited, because all tests of a worker
   * come from one address.
   */
  server: House;
  /**
   * Announces that a request to `path` will be refused with `status`, so that Chromium's own "Failed to load resource"
   * is no complaint. Nothing else can be allowed.
   */
  expectRefusal: (status: number, path: string | RegExp) => void;
  /** Announces that requests to `path` will be cut: the browser says so, and that is no complaint. */
  expectLoss: (path: string | RegExp) => void;
  /** Opens a page in a new browser profile: another device, or another person. Closed with the test. */
  anotherBrowser: () => Promise<Page>;
  /**
   * Names a secret that must never leave the browser, and gives it back. When the test is over, every request of every
   * browser in it is searched for all of them, in any form that `leaks.ts` knows.
   */
  keepIn: (secret: string) => string;
  watch: {
    complaints: string[];
    refusals: Refusal[];
    sent: Sent[];
    secrets: string[];
    over: (context: BrowserContext) => Promise<void>;
  };
};

export type WorkerFixtures = {
  /** Whether this worker's house holds the demo tenant; off by `test.use({ demo: false })` at the top of a file. */
  demo: boolean;
  /** The engine of this worker's store: the project says which. */
  engine: Engine;
  /**
   * Whether the tests of a file put the whole house back, as a chapter and a moved clock do: they share one among themselves, and
   * with nobody who goes on with what was there. By `test.use({ putsBack: true })` at the top of a file.
   */
  putsBack: boolean;
  house: House;
};

/** A frame that may run nothing says so when a test looks into it: what looks is a script. */
const SANDBOXED =
  /^Blocked script execution in 'about:srcdoc' because the document's frame is sandboxed and the 'allow-scripts' permission is not set\.$/;

/**
 * What Chromium asks for whenever it likes, and what every page of a demo tenant does: the icon, and how the clock stands. Where a
 * test announces a loss, it may meet these as well.
 */
const ANY_TIME = /^\/(icon\.svg|favicon\.ico|api\/presentation\/clock)$/;

function isExpected(message: ConsoleMessage, refusals: Refusal[]): boolean {
  if (SANDBOXED.test(message.text())) return true;
  const failed =
    /^Failed to load resource: (?:the server responded with a status of (4\d\d)\b|net::ERR_)/.exec(
      message.text(),
    );
  if (failed === null) return false;
  const status = failed[1] ?? 'lost';
  const { pathname } = new URL(message.location().url || 'about:blank');
  return refusals.some(
    (refusal) =>
      String(refusal.status) === status &&
      ((status === 'lost' && ANY_TIME.test(pathname)) ||
        (typeof refusal.path === 'string' ? refusal.path === pathname : refusal.path.test(pathname))),
  );
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  demo: [true, { option: true, scope: 'worker' }],

  engine: ['sqlite', { option: true, scope: 'worker' }],

  putsBack: [false, { option: true, scope: 'worker' }],

  house: [({ demo, engine }, use) => withHouse({ demo, engine }, use), { scope: 'worker', timeout: 120_000 }],

  baseURL: ({ server }, use) => use(server.origin),

  policy: [{}, { option: true }],

  server: async ({ house, policy }, use) => {
    await inStore(house, ({ rows }) => rows('DELETE FROM "RateLimit" RETURNING "key"'));
    const names = Object.keys(policy);
    const before = new Map<string, string>();
    for (const line of names.length === 0 ? [] : (await house.admin(['policy', 'list'])).split('\n')) {
      const [name = '', value = '', source] = line.split('\t');
      if (source === 'tenant') before.set(name, value);
    }
    for (const name of names) await house.admin(['policy', 'set', name, policy[name] ?? '']);
    await use(house);
    // Backwards: a value may need the one that was set before it.
    for (const name of names.reverse()) {
      const value = before.get(name);
      await house.admin(value === undefined ? ['policy', 'clear', name] : ['policy', 'set', name, value]);
    }
  },

  watch: async ({ server }, use, testInfo) => {
    const messages: ConsoleMessage[] = [];
    const complaints: string[] = [];
    const refusals: Refusal[] = [];
    const sent: Sent[] = [];
    const secrets: string[] = [];
    await use({
      complaints,
      refusals,
      sent,
      secrets,
      over: async (context) => {
        // What the server said of a part of a page that it could not finish is in the digest, which no stack shows.
        await context.addInitScript(() =>
          addEventListener('error', ({ error }) => {
            if (error?.message.includes('#419'))
              throw new Error(
                `A part of ${location} came with the digest ${error.digest} (${document.readyState})`,
              );
          }),
        );
        // A violated Content-Security-Policy and a hydration mismatch arrive as console errors too.
        context.on('console', (message) => message.type() === 'error' && messages.push(message));
        context.on('weberror', (error) =>
          complaints.push(
            `Uncaught on ${error.page()?.url()}: ${error.error().stack || String(error.error())}`,
          ),
        );
        context.on('request', (request) => {
          const where = `${request.method()} ${request.url()}`;
          const head = Buffer.from(`${where}\n${JSON.stringify(request.headers())}\n`);
          sent.push({ where, bytes: Buffer.concat([head, request.postDataBuffer() ?? Buffer.alloc(0)]) });
        });
      },
    });
    for (const message of messages.filter((candidate) => !isExpected(candidate, refusals))) {
      complaints.push(`Console: ${message.text()} (${message.location().url})`);
    }
    for (const secret of secrets)
      complaints.push(...leaksOf(secret, sent).map((leak) => `A secret left the browser: ${leak}`));
    if (complaints.length > 0 || testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('server.log', { body: server.log(), contentType: 'text/plain' });
    }
    if (complaints.length > 0) throw new Error(`The browser complained:\n${complaints.join('\n')}`);
  },

  context: async ({ context, watch }, use) => {
    await watch.over(context);
    await use(context);
  },

  expectRefusal: ({ watch }, use) => use((status, path) => watch.refusals.push({ status, path })),

  keepIn: ({ watch }, use) =>
    use((secret) => {
      watch.secrets.push(secret);
      return secret;
    }),

  expectLoss: ({ watch }, use) => use((path) => watch.refusals.push({ status: 'lost', path })),

  anotherBrowser: async ({ browser, server, watch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ baseURL: server.origin });
      contexts.push(context);
      await watch.over(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

/**
 * Meets the first POST to `url` with `handler`, and lets everything else pass. The route stays to the end of the test:
 * Chromium may lose a request that comes while the last route of a page goes.
 */
export async function routeOnce(
  page: Page,
  url: string,
  handler: (route: Route) => Promise<void>,
): Promise<void> {
  let met = false;
  await page.route(url, async (route) => {
    if (met || route.request().method() !== 'POST') return route.continue();
    met = true;
    await handler(route);
  });
}

/** Cuts every request to `url` until the answer is called. The route stays, as that of `routeOnce` does. */
export async function cutOff(page: Page, url: string | ((url: URL) => boolean)): Promise<() => void> {
  let isCut = true;
  await page.route(url, (route) => (isCut ? route.abort('connectionrefused') : route.continue()));
  return () => {
    isCut = false;
  };
}

/**
 * A wait on this page ends while neither the page itself nor the server's health can be asked for; `clock.install` came first. Other
 * pages can: what is asked for ahead of a press may be under way.
 */
export async function waitEndsUnheard(page: Page, minutes: number): Promise<void> {
  const own = new URL(page.url()).pathname;
  const asked = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/api/health'));
  const letThrough = await cutOff(page, ({ pathname }) => [own, '/api/health'].includes(pathname));
  await page.clock.fastForward(minutes * 60_000);
  await asked;
  // Asked behind the page: whatever it asks for without an answer was asked, and cut, before.
  await page.evaluate(() => fetch('/api/health').catch(() => null));
  letThrough();
}

export type VirtualCredential = {
  credentialId: string;
  isResidentCredential: boolean;
  privateKey: string;
  rpId?: string;
  userHandle?: string;
  signCount: number;
  backupEligibility?: boolean;
  backupState?: boolean;
};

export type VirtualAuthenticatorOptions = {
  /** `internal` is the platform's own (a Hello key lives there), `usb` a security key, `hybrid` a phone. */
  transport?: 'internal' | 'usb' | 'nfc' | 'ble' | 'hybrid';
  /** Whether PIN, face or fingerprint succeeds when asked for. */
  isUserVerified?: boolean;
  hasUserVerification?: boolean;
  hasPrf?: boolean;
  /** A synced passkey provider: keys that it makes may leave the device (BE), and have (BS). */
  synced?: boolean;
  /**
   * Whether somebody is there to touch it. Conditional UI (autofill) resolves as soon as the page asks while this is on,
   * and never does when it is switched on afterwards: a page without autofill needs it off from the start.
   */
  isPresent?: boolean;
};

export type VirtualAuthenticator = {
  setUserVerified: (isUserVerified: boolean) => Promise<void>;
  setPresence: (isPresent: boolean) => Promise<void>;
  getCredentials: () => Promise<VirtualCredential[]>;
  /** Puts a credential of another page's authenticator here: the same key, with its counter. */
  addCredential: (credential: VirtualCredential) => Promise<void>;
  /** Forgets every credential, as a reset of the container does. */
  clear: () => Promise<void>;
  /** Takes the authenticator away; the page then has none and a ceremony waits until its time is up. */
  remove: () => Promise<void>;
};

/**
 * Gives one page an authenticator. It belongs to that page alone: a ceremony on a second page without its own hangs until
 * it times out. Call it before the page asks for anything.
 */
export async function virtualAuthenticator(
  page: Page,
  options: VirtualAuthenticatorOptions = {},
): Promise<VirtualAuthenticator> {
  const { transport = 'internal', isUserVerified = true, hasUserVerification = true } = options;
  const { hasPrf = false, synced = false, isPresent = true } = options;
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: transport === 'hybrid' ? 'cable' : transport,
      hasResidentKey: true,
      hasUserVerification,
      hasPrf,
      isUserVerified,
      automaticPresenceSimulation: isPresent,
      defaultBackupEligibility: synced,
      defaultBackupState: synced,
    },
  });
  return {
    setUserVerified: async (verified) => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: verified });
    },
    setPresence: async (enabled) => {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    },
    getCredentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    addCredential: async (credential) => {
      await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
    },
    clear: async () => {
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    },
    remove: async () => {
      await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
      await cdp.detach();
    },
  };
}
