import type { Route } from 'next';
import type { MemberKind } from '#domain/group';
import type { GroupUse } from '#server/group-use';
import { address } from '../address.ts';
import { counted } from '../words.ts';

export const PURPOSE =
  'People and devices that policy treats alike. A group can be in another one, and its members with it.';

/** Each kind of member: its title, what is searched for, and how many of it. */
export const kindWords: Readonly<
  Record<
    MemberKind,
    {
      readonly title: string;
      readonly find: string;
      readonly placeholder: string;
      readonly count: (count: number) => string;
    }
  >
> = {
  person: {
    title: 'People',
    find: 'Find a person to add',
    placeholder: 'Name or account',
    count: (count) => counted(count, 'person', 'people'),
  },
  device: {
    title: 'Devices',
    find: 'Find a device to add',
    placeholder: 'Device or owner',
    count: (count) => counted(count, 'device'),
  },
  group: {
    title: 'Groups',
    find: 'Find a group to add',
    placeholder: 'Name of a group',
    count: (count) => counted(count, 'group'),
  },
};

/** Where a member is told of. */
export function memberHref(kind: MemberKind, id: string): Route {
  if (kind === 'person') return address('/admin/people', { person: id });
  return kind === 'device'
    ? address('/admin/devices', { device: id })
    : address('/admin/groups', { group: id });
}

/** Where a group is taken out of what names it. */
export function hrefOfUse({ kind, id }: GroupUse): Route {
  return kind === 'setting' && id.startsWith('Passwordless.')
    ? address('/admin/passwordless')
    : address('/admin/policy');
}
