/**
 * A warning that nobody reads hides the next one: a test in which anything writes to console.error or console.warn
 * fails. A test that means to provoke one replaces the method with `vi.spyOn(console, 'error').mockImplementation(...)`.
 */
import { format } from 'node:util';
import { afterEach, beforeEach } from 'vitest';

const heard: string[] = [];

beforeEach(() => {
  for (const level of ['error', 'warn'] as const) {
    console[level] = (...args: unknown[]) => heard.push(`console.${level}: ${format(...args)}`);
  }
});

afterEach(() => {
  const unexpected = heard.splice(0);
  if (unexpected.length > 0) throw new Error(`Unexpected console output:\n${unexpected.join('\n')}`);
});
