import type { RuleMode } from '#domain/policy/settings';

export const PURPOSE =
  'Which keys are good enough, and what happens to others. See which keys would fall before you change it.';

/** What a mode is called, and what it does to a key that does not meet the rules. */
export const modeWords: Readonly<Record<RuleMode, { readonly title: string; readonly detail: string }>> = {
  off: { title: 'Off', detail: 'Every key is accepted, and nothing is noted.' },
  monitor: { title: 'Monitor', detail: 'Accepted. The log says what would have been refused.' },
  warn: { title: 'Warn', detail: 'Accepted. The person is told what is asked for, and the log says so.' },
  enforce: { title: 'Enforce', detail: 'Refused, with a way on for the person.' },
};
