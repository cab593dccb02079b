import { defineConfig, devices } from '@playwright/test';
import type { WorkerFixtures } from './e2e/fixtures.ts';

const { CHROMIUM_PATH, PLAYWRIGHT_CHANNEL, TEST_DATABASE_URL } = process.env;

export default defineConfig<object, WorkerFixtures>({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  globalSetup: './e2e/template.setup.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  // A test that passes the second time has found something: it is not asked twice.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  // A busy machine is no failure: these end what hangs, and measure nothing.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    // The pictures of a trace cost a fifth of a run; the DOM of every step and the picture of the failure tell the same.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    // The bootstrap finds a browser and names it here; alone, Playwright's own Chromium in its new headless mode is used.
    ...(CHROMIUM_PATH ? {} : { channel: PLAYWRIGHT_CHANNEL || 'chromium' }),
    launchOptions: {
      ...(CHROMIUM_PATH ? { executablePath: CHROMIUM_PATH } : {}),
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  projects: [
    { name: 'desktop', use: devices['Desktop Chrome'] },
    // The stories, the presenter's too, and the crashes on the other engine as well; `npm test` finds or starts a server.
    ...(TEST_DATABASE_URL
      ? [
          {
            name: 'postgresql',
            testMatch: /(story|crash)\.spec\.ts$/,
            use: { ...devices['Desktop Chrome'], engine: 'postgresql' as const },
          },
        ]
      : []),
  ],
});
