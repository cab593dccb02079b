import { z } from 'zod';
import type { ProofKind } from './authentication.ts';
import { ALL_USERS, GROUPS_MAX } from './policy/settings.ts';

/**
 * Passwordless mode. `hide` is EnablePasswordlessExperience as Windows has it: habit change, not prevention. `refuse` goes
 * beyond it: the server accepts no password of people in scope. Refusing includes hiding.
 */
export const passwordlessModes = ['off', 'hide', 'refuse'] as const;
export type PasswordlessMode = (typeof passwordlessModes)[number];

/** What policy says about it. */
export interface PasswordlessPolicy {
  readonly mode: PasswordlessMode;
  /** null: everybody. */
  readonly includeGroups: readonly string[] | null;
  readonly excludeGroups: readonly string[];
}

/** The two settings as one mode: refusing counts only with the experience on. */
export function passwordlessMode(experience: boolean, refusing: boolean): PasswordlessMode {
  if (!experience) return 'off';
  return refusing ? 'refuse' : 'hide';
}

/** Proofs that are no more than a password: what refuses passwords refuses these. */
export const passwordProofs = ['password', 'federated'] as const satisfies readonly ProofKind[];

/** Why somebody goes without a password, or keeps it. */
export const scopeReasons = ['everybody', 'group', 'break_glass', 'excluded', 'not_included'] as const;
export type ScopeReason = (typeof scopeReasons)[number];

export interface Scope {
  readonly inScope: boolean;
  readonly because: ScopeReason;
}

/**
 * Whether somebody is in scope, and why: the one judgement, whatever the mode. A break-glass account never is, then an
 * exclusion wins over an inclusion.
 */
export function scopeOf(
  policy: Pick<PasswordlessPolicy, 'includeGroups' | 'excludeGroups'>,
  person: { readonly breakGlass: boolean; readonly groupIds: readonly string[] },
): Scope {
  const { includeGroups, excludeGroups } = policy;
  if (person.breakGlass) return { inScope: false, because: 'break_glass' };
  if (person.groupIds.some((id) => excludeGroups.includes(id)))
    return { inScope: false, because: 'excluded' };
  if (includeGroups === null) return { inScope: true, because: 'everybody' };
  return person.groupIds.some((id) => includeGroups.includes(id))
    ? { inScope: true, because: 'group' }
    : { inScope: false, because: 'not_included' };
}

/** What of their password somebody meets. */
export type PasswordFace = 'shown' | 'hidden' | 'refused';

/**
 * What somebody meets. What a profile or a group policy object says of the device goes before the organisation's own value
 * and its scope, as Windows knows no scope but the device; refusing is the organisation's alone. Hidden only for one who
 * came in with a strong credential and has one that works (Windows passwordless experience: system requirements).
 */
export function passwordFace(
  mode: PasswordlessMode,
  person: {
    readonly inScope: boolean;
    /** EnablePasswordlessExperience by a source of policy at their device; null where none says it. */
    readonly deviceHides: boolean | null;
    readonly cameInStrong: boolean;
    readonly hasStrongCredential: boolean;
  },
): PasswordFace {
  if (mode === 'refuse' && person.inScope) return 'refused';
  const hides = person.deviceHides ?? (mode === 'hide' && person.inScope);
  return hides && person.cameInStrong && person.hasStrongCredential ? 'hidden' : 'shown';
}

/**
 * How ready somebody is to do without a password. A strong credential is usable when it is neither revoked nor set aside,
 * not the key of a disabled device, and not refused by the rules for keys. Everybody who has a password and no usable strong credential would be locked out,
 * also while a pass is open: a pass runs out.
 */
export const readinesses = [
  'ready',
  'pass_open',
  'key_quarantined',
  'key_refused',
  'device_disabled',
  'password_and_code',
  'password_only',
  'no_password',
  'disabled',
] as const;
export type Readiness = (typeof readinesses)[number];

/** Those whose password is their only lasting way in: refusing it locks them out. */
export const lockedOutReadinesses = [
  'pass_open',
  'key_quarantined',
  'key_refused',
  'device_disabled',
  'password_and_code',
  'password_only',
] as const satisfies readonly Readiness[];
export type LockedOut = (typeof lockedOutReadinesses)[number];

export function isLockedOut(readiness: Readiness): readiness is LockedOut {
  return lockedOutReadinesses.some((each) => each === readiness);
}

/** What is known about somebody's ways to sign in. Revoked credentials are left out. */
export interface WaysIn {
  readonly disabled: boolean;
  readonly credentials: readonly {
    readonly quarantined: boolean;
    readonly deviceGone: boolean;
    /** By the rules for keys. */
    readonly refused: boolean;
  }[];
  readonly hasPassword: boolean;
  /** One for codes, or a phone that approves. */
  readonly hasAuthenticatorApp: boolean;
  readonly passOpen: boolean;
}

export function readinessOf(ways: WaysIn): Readiness {
  if (ways.disabled) return 'disabled';
  const working = ways.credentials.filter(({ quarantined, deviceGone }) => !quarantined && !deviceGone);
  if (working.some(({ refused }) => !refused)) return 'ready';
  if (!ways.hasPassword) return 'no_password';
  if (ways.passOpen) return 'pass_open';
  if (ways.credentials.some(({ quarantined }) => quarantined)) return 'key_quarantined';
  if (working.length > 0) return 'key_refused';
  if (ways.credentials.length > 0) return 'device_disabled';
  return ways.hasAuthenticatorApp ? 'password_and_code' : 'password_only';
}

/** Each in words: what it is called, why it is so, and what an administrator does about it. */
export const readinessWords: Readonly<
  Record<Readiness, { readonly title: string; readonly why: string; readonly next: string }>
> = {
  ready: { title: 'Ready', why: 'Has a key that works.', next: 'Nothing to do.' },
  pass_open: {
    title: 'Pass open',
    why: 'Has a pass that works, and no key yet.',
    next: 'Let them set up their key before the pass runs out.',
  },
  key_quarantined: {
    title: 'Key set aside',
    why: 'The only key gave an answer that was not expected.',
    next: 'Look at why, revoke the key and issue a pass for a new one.',
  },
  key_refused: {
    title: 'Key refused',
    why: 'The rules for keys refuse the only key.',
    next: 'Look at the rules for keys, or issue a pass for another key.',
  },
  device_disabled: {
    title: 'Device disabled',
    why: 'The only key belongs to a device that is disabled.',
    next: 'Enable the device again, or issue a pass for another one.',
  },
  password_and_code: {
    title: 'Password and code',
    why: 'Signs in with a password and an authenticator app.',
    next: 'Ask them to set up a key: their password and code are enough for that, as long as it works.',
  },
  password_only: {
    title: 'Only a password',
    why: 'Has never set up a key.',
    next: 'Issue a pass, so that they can set up a key.',
  },
  no_password: {
    title: 'Not started',
    why: 'Has neither a password nor a key that works: nothing is taken away.',
    next: 'Issue a pass when they begin.',
  },
  disabled: {
    title: 'Account disabled',
    why: 'The account is disabled: nobody signs in with it.',
    next: 'Nothing to do while it is disabled.',
  },
};

export const scopeWords: Readonly<Record<ScopeReason, string>> = {
  everybody: 'everybody is in scope',
  group: 'a group of theirs is in scope',
  break_glass: 'break-glass account: always keeps the password',
  excluded: 'a group of theirs keeps the password',
  not_included: 'no group of theirs is in scope',
};

const groupIds = z.array(z.guid()).max(GROUPS_MAX);
/** Who it is for, as a form sends it; what a list may hold is judged again with the settings. */
export const passwordlessTargets = z.strictObject({
  include: z.union([z.tuple([z.literal(ALL_USERS)]), groupIds]),
  exclude: groupIds,
});

const listed = z
  .string()
  .max(GROUPS_MAX * 40)
  .describe('IDs of groups with commas between them; include also takes all_users');
/** The same in an address; everybody where it says nothing. */
export const passwordlessExportQuery = z.strictObject({
  include: listed.default(ALL_USERS).transform(idsOf).pipe(passwordlessTargets.shape.include),
  exclude: listed.default('').transform(idsOf).pipe(passwordlessTargets.shape.exclude),
});

/** The IDs of a list in an address. */
export function idsOf(list: string): string[] {
  return list.split(',').filter((id) => id !== '');
}
