/** Directory roles, as Entra ID names them. Somebody without one is a member. */
export const roles = {
  global_administrator: 'Global Administrator',
  privileged_authentication_administrator: 'Privileged Authentication Administrator',
  authentication_administrator: 'Authentication Administrator',
  global_reader: 'Global Reader',
} as const;
export type Role = keyof typeof roles;

/** What an administrator can undertake. */
export type Permission =
  | 'read'
  | 'manage_methods'
  | 'manage_devices'
  | 'manage_policy'
  | 'manage_sample_data';

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  global_administrator: ['read', 'manage_methods', 'manage_devices', 'manage_policy', 'manage_sample_data'],
  privileged_authentication_administrator: ['read', 'manage_methods'],
  authentication_administrator: ['read', 'manage_methods'],
  global_reader: ['read'],
};

/** Whether one of these roles carries the permission, leaving aside on whom. */
export function mayAdminister(held: readonly Role[], permission: Permission): boolean {
  return held.some((role) => permissions[role].includes(permission));
}

/**
 * Whether somebody with these roles may create, replace or revoke another person's authentication methods: an
 * Authentication Administrator on members only, the other two on administrators as well. Never on oneself: the caller
 * checks that, because it has its own answer.
 */
export function mayManageMethodsOf(held: readonly Role[], target: readonly Role[]): boolean {
  if (held.includes('global_administrator') || held.includes('privileged_authentication_administrator'))
    return true;
  return held.includes('authentication_administrator') && target.length === 0;
}

/** A user principal name in the one form that is stored and compared: NFC, lower case, without outer blanks. */
export function normaliseUpn(upn: string): string {
  return upn.trim().normalize('NFC').toLowerCase().normalize('NFC');
}

/** RFC 5321 4.5.3.1: 64 for the local part, 255 for the domain. */
export const UPN_MAX_LENGTH = 320;

/** Scripts whose letters pass for one another. A name keeps to one of them on each side of its @ and dots. */
const LOOK_ALIKES = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

/**
 * Whether a normalised name has the shape `local@domain` with nothing that could mislead a reader: no compatibility forms
 * such as full-width letters, nothing invisible, and no Cyrillic or Greek letter among Latin ones (UTS 39 5.2).
 */
export function isUpn(upn: string): boolean {
  if (
    upn.length > UPN_MAX_LENGTH ||
    upn.normalize('NFKC') !== upn ||
    /\p{Default_Ignorable_Code_Point}/u.test(upn)
  )
    return false;
  if (!/^[\p{L}\p{N}._'+-]{1,64}@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u.test(upn)) return false;
  const [local = '', domain = ''] = upn.split('@');
  return [local, ...domain.split('.')].every(
    (part) => LOOK_ALIKES.filter((script) => script.test(part)).length <= 1,
  );
}

/** A typed name as the event log may keep it: people type passwords into the wrong field, and programs type anything. */
export function loggableUpn(upn: string): string | null {
  return isUpn(upn) ? upn : null;
}
