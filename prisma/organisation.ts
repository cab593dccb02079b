import type { Role } from '#domain/identity';
import { ALL_USERS } from '#domain/policy/settings';
import { emptyDocument, type PolicyDocument, type SourceKind } from '#domain/policy/source';

/** The fictional organisation of the demo tenant. Nobody here has a known secret. */
export const organisation = { name: 'Tidewater Studio', domain: 'tidewater.example' } as const;

export const groups: readonly (readonly [name: string, description: string])[] = [
  ['Everyone', 'All people of Tidewater Studio'],
  ['Hello pilot', 'The first ring of the passwordless roll-out'],
  ['Design', 'Product and graphic design'],
  ['Engineering', 'Boats, software and the workshop'],
  ['Operations', 'Finance, people and the front desk'],
  ['IT', 'Those who run all this'],
];

/** What the organisation itself has set. With the sources below, the whole story of a PIN, and of losing the key, can be played on any machine. */
export const settings = {
  SoftwareKeys: 'choice',
  EnableWebSignIn: 'on',
  'LiveCeremony.state': 'true',
} as const;

/**
 * Policy of the demo tenant: what ranks, what tightens, and a draft to try. `include` names groups. What is published is for
 * PINs: of software keys here, and of Windows.
 */
export const sources: readonly {
  readonly kind: SourceKind;
  readonly published: boolean;
  readonly document: PolicyDocument;
}[] = [
  {
    kind: 'settings_catalog',
    published: true,
    document: {
      ...emptyDocument,
      name: 'Windows Hello baseline',
      description:
        'The same for everybody: a new PIN every year, not one of the last five, and one that can be reset.',
      include: [ALL_USERS],
      values: [
        { scope: 'device', name: 'PINComplexity/History', value: '5' },
        { scope: 'device', name: 'PINComplexity/Expiration', value: '365' },
        { scope: 'device', name: 'EnablePinRecovery', value: 'true' },
      ],
    },
  },
  {
    kind: 'group_policy',
    published: true,
    document: {
      ...emptyDocument,
      name: 'Workstations',
      description: 'From before Intune; it goes before every profile.',
      include: [ALL_USERS],
      values: [{ scope: 'device', name: 'PINComplexity/History', value: '10' }],
    },
  },
  {
    kind: 'device_lock',
    published: true,
    document: {
      ...emptyDocument,
      name: 'Mailbox policy',
      description: 'Exchange ActiveSync; it only tightens.',
      include: [ALL_USERS],
      values: [{ scope: 'device', name: 'PINComplexity/Expiration', value: '180' }],
    },
  },
  {
    kind: 'settings_catalog',
    published: false,
    document: {
      ...emptyDocument,
      name: 'Pilot: keys in hardware only',
      description: 'A draft. Its preview says what it would do, and to whom.',
      include: ['Hello pilot'],
      values: [
        { scope: 'device', name: 'UsePassportForWork', value: 'true' },
        { scope: 'device', name: 'RequireSecurityDevice', value: 'true' },
      ],
    },
  },
];

interface Member {
  readonly name: string;
  readonly title: string;
  readonly groups: readonly string[];
  readonly roles?: readonly Role[];
  readonly breakGlass?: boolean;
}

/** People without history: they are there to be played. */
export const cast: readonly (Member & { readonly alias: string })[] = [
  { alias: 'ada', name: 'Ada Okafor', title: 'Head of IT', groups: ['IT'], roles: ['global_administrator'] },
  {
    alias: 'jonas',
    name: 'Jonas Lind',
    title: 'Identity engineer',
    groups: ['IT', 'Hello pilot'],
    roles: ['authentication_administrator'],
  },
  {
    alias: 'priya',
    name: 'Priya Raman',
    title: 'Security auditor',
    groups: ['IT'],
    roles: ['global_reader'],
  },
  { alias: 'mia', name: 'Mia Berg', title: 'Product designer', groups: ['Design', 'Hello pilot'] },
  { alias: 'tomas', name: 'Tomás Vidal', title: 'Boat builder', groups: ['Engineering'] },
  {
    alias: 'breakglass',
    name: 'Break glass',
    title: 'Emergency access',
    groups: [],
    roles: ['global_administrator'],
    breakGlass: true,
  },
];

/**
 * People with 60 days of sample history. `joinsOnDay` is when they set up Windows Hello, counted from the start of the
 * history; without it they still use a password. `forgetsPinOnDay` is when they reset their PIN.
 */
export const samplePeople: readonly (Member & {
  readonly machine: string;
  readonly joinsOnDay?: number;
  readonly forgetsPinOnDay?: number;
  readonly passkey?: boolean;
})[] = [
  {
    name: 'Noor Haddad',
    title: 'Design lead',
    groups: ['Design', 'Hello pilot'],
    machine: 'STUDIO-01',
    joinsOnDay: 3,
    forgetsPinOnDay: 17,
  },
  {
    name: 'Elias Brandt',
    title: 'Graphic designer',
    groups: ['Design', 'Hello pilot'],
    machine: 'STUDIO-02',
    joinsOnDay: 4,
    passkey: true,
  },
  {
    name: 'Sofia Marin',
    title: 'Design researcher',
    groups: ['Design', 'Hello pilot'],
    machine: 'STUDIO-03',
    joinsOnDay: 6,
  },
  {
    name: 'Kenji Mori',
    title: 'Design engineer',
    groups: ['Design', 'Hello pilot'],
    machine: 'STUDIO-04',
    joinsOnDay: 9,
    forgetsPinOnDay: 25,
  },
  { name: 'Lena Fischer', title: 'Illustrator', groups: ['Design'], machine: 'STUDIO-05', joinsOnDay: 21 },
  {
    name: 'Amara Diallo',
    title: 'Copy editor',
    groups: ['Design'],
    machine: 'STUDIO-06',
    joinsOnDay: 24,
    forgetsPinOnDay: 45,
  },
  {
    name: 'Ravi Menon',
    title: 'Naval architect',
    groups: ['Engineering', 'Hello pilot'],
    machine: 'DOCK-01',
    joinsOnDay: 8,
    forgetsPinOnDay: 46,
    passkey: true,
  },
  {
    name: 'Ingrid Solberg',
    title: 'Software engineer',
    groups: ['Engineering', 'Hello pilot'],
    machine: 'DOCK-02',
    joinsOnDay: 5,
    forgetsPinOnDay: 33,
    passkey: true,
  },
  {
    name: 'Pavel Novak',
    title: 'Software engineer',
    groups: ['Engineering'],
    machine: 'DOCK-03',
    joinsOnDay: 27,
    forgetsPinOnDay: 55,
  },
  { name: 'Chloé Martin', title: 'Electronics', groups: ['Engineering'], machine: 'DOCK-04', joinsOnDay: 31 },
  {
    name: 'Samuel Osei',
    title: 'Workshop lead',
    groups: ['Engineering'],
    machine: 'DOCK-05',
    joinsOnDay: 38,
  },
  { name: 'Hanna Virtanen', title: 'Rigging', groups: ['Engineering'], machine: 'DOCK-06', joinsOnDay: 52 },
  { name: 'Diego Fuentes', title: 'Test skipper', groups: ['Engineering'], machine: 'DOCK-07' },
  { name: 'Yuki Tanaka', title: 'Controller', groups: ['Operations'], machine: 'HARBOUR-01', joinsOnDay: 40 },
  {
    name: 'Oskar Nilsson',
    title: 'People partner',
    groups: ['Operations'],
    machine: 'HARBOUR-02',
    joinsOnDay: 44,
  },
  {
    name: 'Fatima Zahra',
    title: 'Front desk',
    groups: ['Operations'],
    machine: 'HARBOUR-03',
    joinsOnDay: 55,
  },
  { name: 'George Hill', title: 'Procurement', groups: ['Operations'], machine: 'HARBOUR-04' },
  { name: 'Marta Kowalska', title: 'Bookkeeping', groups: ['Operations'], machine: 'HARBOUR-05' },
];

/** `Noor Haddad` is `noor.haddad@tidewater.example`. */
export function upnOf(name: string): string {
  const local = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll(' ', '.');
  return `${local}@${organisation.domain}`;
}
