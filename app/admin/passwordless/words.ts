import type { PasswordlessMode } from '#domain/passwordless';

export const PURPOSE =
  'Take the password out of daily use once everybody can do without it. See what would happen before it does.';

/** What applies, as a headline. */
export const modeTitles: Readonly<Record<PasswordlessMode, string>> = {
  off: 'Passwords are in use',
  hide: 'Passwords are hidden',
  refuse: 'Passwords are refused',
};
