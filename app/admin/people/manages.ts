import { mayAdminister, mayManageMethodsOf, type Role } from '#domain/identity';
import type { Person } from '#server/caller';

/** Whether an administrator changes what this person signs in with; never for themselves. */
export function managesMethodsOf(
  actor: Person,
  person: { readonly id: string; readonly roles: readonly Role[] },
): boolean {
  if (actor.id === person.id || !mayAdminister(actor.roles, 'manage_methods')) return false;
  return mayManageMethodsOf(actor.roles, person.roles);
}
