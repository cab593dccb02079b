import type { DeploymentModel, TrustType } from './deployment/matrix.ts';
import type { JoinType } from './device.ts';
import type { ResetKind } from './pin-reset.ts';

/**
 * Where Windows itself offers which PIN reset, by how a device is joined and by its trust. Source: "PIN reset" (Windows
 * Hello for Business, Microsoft Learn). Here a browser resets both ways everywhere; this is what people meet at a PC.
 */
export const resetPlaces = {
  settings: 'In Settings, signed in',
  lock_screen: 'At the lock screen',
} as const;
export type ResetPlace = keyof typeof resetPlaces;
export const resetPlaceNames = Object.keys(resetPlaces) as ResetPlace[];

export const joins = {
  entra_joined: 'Microsoft Entra joined',
  hybrid_joined: 'Microsoft Entra hybrid joined',
  domain_joined: 'Active Directory domain joined',
} as const;
export type Join = keyof typeof joins;

/** What the device has to reach for it. */
const needs = {
  internet: 'Needs the internet.',
  domain_controller: 'Needs the corporate network: a domain controller has to answer.',
  federation: 'Needs the federation service (AD FS) to answer.',
} as const;

interface Reach {
  readonly kind: ResetKind;
  readonly join: Join;
  readonly places: readonly ResetPlace[];
  readonly trusts: readonly TrustType[];
  readonly needs: keyof typeof needs;
}

const EVERY_TRUST: readonly TrustType[] = ['none', 'cloud_kerberos', 'key', 'certificate'];

/** What there is; what has no row is not offered. */
export const resetReach: readonly Reach[] = [
  {
    kind: 'destructive',
    join: 'entra_joined',
    places: resetPlaceNames,
    trusts: EVERY_TRUST,
    needs: 'internet',
  },
  {
    kind: 'destructive',
    join: 'hybrid_joined',
    places: ['settings'],
    trusts: ['cloud_kerberos', 'key', 'certificate'],
    needs: 'domain_controller',
  },
  // With key trust a new key signs in only when it was synchronised, so that the lock screen would not take it.
  {
    kind: 'destructive',
    join: 'hybrid_joined',
    places: ['lock_screen'],
    trusts: ['cloud_kerberos', 'certificate'],
    needs: 'domain_controller',
  },
  {
    kind: 'destructive',
    join: 'domain_joined',
    places: resetPlaceNames,
    trusts: ['key', 'certificate'],
    needs: 'federation',
  },
  {
    kind: 'non_destructive',
    join: 'entra_joined',
    places: resetPlaceNames,
    trusts: EVERY_TRUST,
    needs: 'internet',
  },
  {
    kind: 'non_destructive',
    join: 'hybrid_joined',
    places: resetPlaceNames,
    trusts: ['cloud_kerberos', 'key', 'certificate'],
    needs: 'internet',
  },
];

/** What a reset needs there, in a sentence; null where Windows does not offer it. */
export function reachOf(kind: ResetKind, join: Join, trust: TrustType, place: ResetPlace): string | null {
  const found = resetReach.find(
    (row) =>
      row.kind === kind && row.join === join && row.trusts.includes(trust) && row.places.includes(place),
  );
  return found === undefined ? null : needs[found.needs];
}

/** The joins that the PCs of a deployment have. A registered device is a person's own: the source does not speak of it. */
export function joinsOf(model: DeploymentModel, joinType: JoinType): readonly Join[] {
  if (joinType === 'registered') return [];
  const all: Readonly<Record<DeploymentModel, readonly Join[]>> = {
    cloud_only: ['entra_joined'],
    hybrid: ['entra_joined', 'hybrid_joined'],
    on_premises: ['domain_joined'],
  };
  return all[model];
}

/** Where a reset that works here is not offered by Windows, in sentences for the person; none where nothing bites. */
export function windowsLimits(model: DeploymentModel, trust: TrustType, joinType: JoinType): string[] {
  return joinsOf(model, joinType).flatMap((join) =>
    resetPlaceNames.flatMap((place) =>
      (['destructive', 'non_destructive'] as const).flatMap((kind) =>
        reachOf(kind, join, trust, place) === null ? [`${limitWords[kind]} ${placeWords(join, place)}`] : [],
      ),
    ),
  );
}

const limitWords: Readonly<Record<ResetKind, string>> = {
  destructive: 'Windows makes no new key',
  non_destructive: 'Windows cannot keep the key',
};

function placeWords(join: Join, place: ResetPlace): string {
  const where = place === 'settings' ? 'in Settings' : 'at the lock screen';
  return `${where} of a PC that is ${joins[join]}.`;
}
