import {
  answerTime,
  type BrowserError,
  browserError,
  type Ceremony,
  type CeremonyContext,
  type Diagnosis,
  diagnoseBrowser,
  diagnoseProblem,
  isProblemCode,
} from '#domain/doctor';
import type { ProblemAnswer } from '#domain/wire';
import { onWindows } from './machine.ts';
import { knownProfiles } from './profile.ts';

/** What went wrong. The doctor (`domain/doctor`) knows what it means; `diagnosisOf` asks it. */
export interface Trouble {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly facts?: ProblemAnswer['facts'];
  /** Seconds until another attempt makes sense. */
  readonly retryAfterSeconds?: number;
  /** The support code of the event that tells the true cause. */
  readonly support?: string;
  /** Of a ceremony that ended in the browser: no door knows of it yet. */
  readonly context?: CeremonyContext;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly trouble: Trouble };

export function failed(trouble: Trouble): { readonly ok: false; readonly trouble: Trouble } {
  return { ok: false, trouble };
}

/** Circumstances of what has none. */
const ANYWHERE: CeremonyContext = { ceremony: 'asking', windows: false, took: 'short', keyExpected: false };

function worded(code: BrowserError, context?: CeremonyContext): Trouble {
  const { title, detail } = diagnoseBrowser(code, context ?? ANYWHERE);
  return { code, title, detail, ...(context && { context }) };
}

export const offline: Trouble = worded('offline');

/** Troubles after which nobody knows whether the last step was taken. */
export const UNANSWERED: readonly string[] = ['offline', 'store_unavailable', 'internal_error'];

/** The system's own settings page for Windows Hello; only Windows knows this address. */
export const WINDOWS_HELLO_SETTINGS = 'ms-settings:signinoptions';

async function contextOf(ceremony: Ceremony, tookMs: number): Promise<CeremonyContext> {
  const profiles = await knownProfiles().catch(() => []);
  return {
    ceremony,
    windows: onWindows(),
    took: answerTime(tookMs),
    keyExpected: profiles.length > 0,
  };
}

/** What `navigator.credentials` or a Hello container threw, after so long, with the circumstances that tell its causes apart. */
export async function browserTrouble(error: unknown, ceremony: Ceremony, tookMs: number): Promise<Trouble> {
  const [named] = [error, error instanceof Error ? error.cause : null]
    .map((each) => (each instanceof Error ? browserError(each.name) : 'other'))
    .filter((name) => name !== 'other');
  return worded(named ?? 'other', await contextOf(ceremony, tookMs));
}

export async function unsupportedTrouble(ceremony: Ceremony): Promise<Trouble> {
  return worded('unsupported', await contextOf(ceremony, 0));
}

/** What a trouble means, and what to do about it; words that a page put in their place stay. */
export function diagnosisOf({ code, title, detail, context }: Trouble): Diagnosis {
  const diagnosis = isProblemCode(code)
    ? diagnoseProblem(code)
    : diagnoseBrowser(browserError(code), context ?? ANYWHERE);
  return { ...diagnosis, title, detail };
}

/** What is as it was: `refused` where the server said no, and what holds without an answer where nobody knows. */
export function safeAfter(trouble: Trouble, refused = 'Nothing was changed.'): string | null {
  return UNANSWERED.includes(trouble.code) ? diagnosisOf(trouble).safe : refused;
}

/** A problem of the server. */
export function serverTrouble(problem: ProblemAnswer, retryAfterSeconds?: number): Trouble {
  return {
    code: problem.code,
    title: problem.title,
    detail: problem.detail,
    ...(problem.facts === undefined ? {} : { facts: problem.facts }),
    ...(problem.support === undefined ? {} : { support: problem.support }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}
