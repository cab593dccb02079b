import 'server-only';

let loading: Promise<ReadonlySet<string>> | undefined;

/**
 * The passwords that everybody chooses (some 49,000, in lower case), for NIST SP 800-63B-4 3.1.1.2. Read from its package
 * when the first password is set, not before; it never reaches a browser.
 */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  loading ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common']),
  );
  return loading;
}
