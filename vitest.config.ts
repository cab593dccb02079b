import { defineConfig } from 'vitest/config';

// Under this condition `server-only` is an empty module; without it, it throws to keep server code out of a browser.
const conditions = ['react-server'];

export default defineConfig({
  resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] } },
  test: {
    environment: 'node',
    pool: 'forks',
    execArgv: conditions.map((condition) => `--conditions=${condition}`),
    include: ['domain/**/*.test.ts', 'server/**/*.test.ts', 'e2e/*.test.ts'],
    setupFiles: ['e2e/console.setup.ts'],
    restoreMocks: true,
  },
});
