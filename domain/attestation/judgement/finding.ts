import type { CheckId, Outcome } from '../checks.ts';

/** What one check came to: its outcome, and what was found in a sentence or less. */
export type Finding = readonly [Outcome, string];
/** What a room found; checks that it left out are judged elsewhere, or not part of the format. */
export type Findings = Partial<Record<CheckId, Finding>>;

export const passed = (detail: string): Finding => ['passed', detail];
export const failed = (detail: string): Finding => ['failed', detail];
export const notChecked = (detail: string): Finding => ['not_checked', detail];
export const notApplicable = (detail: string): Finding => ['not_applicable', detail];
export const found = (holds: boolean, good: string, bad: string): Finding =>
  holds ? passed(good) : failed(bad);
