import { defineConfig } from 'vitest/config';

// Under this condition `server-only` is an empty module; without it, it throws to keep server code out of a browser.
const conditions = ['react-server'];

const server = process.env.TEST_DATABASE_URL;

export default defineConfig({
  resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] } },
  test: {
    environment: 'node',
    pool: 'forks',
    // All cores: half of the time is the database's.
    maxWorkers: '100%',
    execArgv: conditions.map((condition) => `--conditions=${condition}`),
    setupFiles: ['e2e/console.setup.ts'],
    restoreMocks: true,
    // A busy machine is no failure: this ends what hangs, and measures nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['domain/**/*.test.ts', 'server/**/*.test.ts', 'e2e/*.test.ts', 'e2e/tpm/*.test.ts'],
          provide: { postgresql: null },
        },
      },
      // `npm test` finds or starts a server and names it here.
      ...(server
        ? [
            {
              extends: true as const,
              test: {
                name: 'postgresql',
                include: ['server/**/*.test.ts'],
                exclude: ['server/db-sqlite.test.ts'],
                provide: { postgresql: server },
              },
            },
          ]
        : []),
    ],
  },
});
