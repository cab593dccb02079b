import 'server-only';
import { judgePassword, wordsOf } from '#domain/password';
import { type Problem, problem } from '#domain/problem';
import { commonPasswords } from './password-blocklist.ts';
import { readPolicy } from './policy.ts';
import type { Runtime } from './runtime.ts';
import { readTenant } from './tenant.ts';

/** What the product itself is called, in the ways that people would write it. */
const PRODUCT_WORDS = ['latchkey', 'windows hello for business', 'windows hello'];

/** Whose names a new password is held against. */
export interface PasswordOwner {
  readonly upn: string;
  readonly displayName: string;
}

/** The least number of characters that a new password needs. */
export async function passwordMinimumLength(runtime: Runtime): Promise<number> {
  return (await readPolicy(runtime.db))('PasswordMinimumLength').value;
}

/**
 * Holds a new password against policy, blocklist and the names around it; null when it is accepted. The problem's facts name
 * everything that is wrong, never the password. `isCurrent`: it is the one that it shall replace. `facts`: what the page
 * needs to go on.
 */
export async function refusePassword(
  runtime: Runtime,
  owner: PasswordOwner,
  password: string,
  isCurrent: boolean,
  facts: Readonly<Record<string, string>> = {},
): Promise<Problem | null> {
  const [minimumLength, common, tenant] = await Promise.all([
    passwordMinimumLength(runtime),
    commonPasswords(),
    readTenant(runtime),
  ]);
  const faults = judgePassword(password, {
    minimumLength,
    isCommon: (folded) => common.has(folded),
    contextWords: wordsOf([owner.upn, owner.displayName, tenant.name, tenant.domain, ...PRODUCT_WORDS]),
    isCurrent,
  });
  return faults.length === 0
    ? null
    : problem('password_not_allowed', { facts: { ...facts, faults: faults.join(' '), minimumLength } });
}
