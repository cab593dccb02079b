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
 * The commonest of the others, by the names in the FIDO Metadata Service and in the community's list of passkey providers
 * (passkeydeveloper/passkey-authenticator-aaguids), as of 2026. Rules may name any other by its number.
 */
const others: Readonly<Record<string, string>> = {
  'bada5566-a7aa-401f-bd96-45619a55120d': '1Password',
  'fbfc3007-154e-4ecc-8c0b-6e020557d7bd': 'Apple Passwords',
  'd548826e-79b4-db40-a3d8-11116f7e8349': 'Bitwarden',
  'adce0002-35bc-c60a-648b-0b25f1f05503': 'Chrome on Mac',
  '531126d6-e717-415c-9320-3d9aa6981239': 'Dashlane',
  '771b48fd-d3d4-4f74-9232-fc157ab0507a': 'Edge on Mac',
  'f3809540-7f14-49c1-a8b3-8f813b225541': 'Enpass',
  'b6ede29c-3772-412c-8a78-539c1f4c62d2': 'Feitian BioPass FIDO2 Plus Authenticator',
  '42df17de-06ba-4177-a2bb-6701be1380d6': 'Feitian BioPass FIDO2 Plus Authenticator',
  'ee041bce-25e5-4cdb-8f86-897fd6418464': 'Feitian ePass FIDO2-NFC Authenticator',
  'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4': 'Google Password Manager',
  '42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3': 'Google Titan Security Key v2',
  'dd4ec289-e01d-41c9-bb89-70fa845d4bf2': 'iCloud Keychain (Managed)',
  'eaecdef2-1c31-5634-8639-f1cbd9c00a08': 'KeePassDX',
  'fdb141b2-5d84-443e-8a35-4698c205a502': 'KeePassXC',
  '0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6': 'Keeper',
  'b78a0a55-6ef8-d246-a042-ba0f6d55050c': 'LastPass',
  'de1e552d-db1d-4423-a619-566b625cdc84': 'Microsoft Authenticator for Android',
  '90a3ccdf-635c-4729-a248-9b709135078f': 'Microsoft Authenticator for iOS',
  'd3452668-01fd-4c12-926c-83a4204853aa': 'Microsoft Password Manager',
  '2cd2f727-f6ca-44da-8f48-5c2e5da000a2': 'Nitrokey 3 AM',
  'b84e4048-15dc-4dd0-8640-f4f60813c8af': 'NordPass',
  '50726f74-6f6e-5061-7373-50726f746f6e': 'Proton Pass',
  '53414d53-554e-4700-0000-000000000000': 'Samsung Pass',
  'b7d3f68e-88a6-471e-9ecf-2df26d041ede': 'Security Key NFC by Yubico',
  'a4e9fc6d-4cbe-4758-b8ba-37598bb5bbaa': 'Security Key NFC by Yubico',
  'e77e3c64-05e3-428b-8824-0cbeb04b829d': 'Security Key NFC by Yubico',
  '47ab2fb4-66ac-4184-9ae1-86be814012d5': 'Security Key NFC by Yubico - Enterprise Edition',
  'ed042a3a-4b22-4455-bb69-a267b652ae7e': 'Security Key NFC by Yubico - Enterprise Edition',
  '0bb43545-fd2c-4185-87dd-feb0b2916ace': 'Security Key NFC by Yubico - Enterprise Edition',
  '8876631b-d4a0-427f-5773-0ec71c9e0279': 'Solo Secp256R1 FIDO2 CTAP2 Authenticator',
  'eabb46cc-e241-80bf-ae9e-96fa6d2975cf': 'TOKEN2 PIN Plus Security Key Series',
  '73bb0cd4-e502-49b8-9c6f-b59445bf720b': 'YubiKey 5 FIPS Series',
  '57f7de54-c807-4eab-b1c6-1c9be7984e92': 'YubiKey 5 FIPS Series',
  'fcc0118f-cd45-435b-8da1-9782b2da0715': 'YubiKey 5 FIPS Series with NFC',
  'c1f9a0bc-1dd2-404a-b27f-8e29047a43fd': 'YubiKey 5 FIPS Series with NFC',
  '19083c3d-8383-4b18-bc03-8f1c9ab2fd1b': 'YubiKey 5 Series',
  'cb69481e-8ff7-4039-93ec-0a2729a154a8': 'YubiKey 5 Series',
  'ee882879-721c-4913-9775-3dfcce97072a': 'YubiKey 5 Series',
  'ff4dac45-ede8-4ec2-aced-cf66103f4335': 'YubiKey 5 Series',
  'c5ef55ff-ad9a-4b9f-b580-adebafe026d0': 'YubiKey 5 Series with Lightning',
  'a02167b9-ae71-4ac7-9a07-06432ebb6f1c': 'YubiKey 5 Series with Lightning',
  '24673149-6c86-42e7-98d9-433fb5b73296': 'YubiKey 5 Series with Lightning',
  'fa2b99dc-9e39-4257-8f92-4a30d23c4118': 'YubiKey 5 Series with NFC',
  '2fc0579f-8113-47ea-b116-bb5a8db9202a': 'YubiKey 5 Series with NFC',
  'd7781e5d-e353-46aa-afe2-3ca49f13332a': 'YubiKey 5 Series with NFC',
  'a25342c0-3cdc-4414-8e46-f4807fca511c': 'YubiKey 5 Series with NFC',
  'd8522d9f-575b-4866-88a9-ba99fa02f35b': 'YubiKey Bio Series - FIDO Edition',
  'dd86a2da-86a0-4cbe-b462-4bd31f57bc6f': 'YubiKey Bio Series - FIDO Edition',
  '7409272d-1ff9-4e10-9fc9-ac0019c124fd': 'YubiKey Bio Series - FIDO Edition',
};

/** Every model that has a name here, by AAGUID, in the order of their names. */
export const namedModels: readonly { readonly aaguid: string; readonly name: string }[] = [
  ...Object.entries(windowsHello).map(([aaguid, { name }]) => ({ aaguid, name })),
  ...Object.entries(others).map(([aaguid, name]) => ({ aaguid, name })),
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
  return windowsHello[aaguid]?.name ?? others[aaguid] ?? aaguid;
}

/** The model for a key's card: as a fact where hardware is proven, else as what the key says of itself; null without one. */
export function modelWords(key: { readonly aaguid: string; readonly proven: boolean }): string | null {
  if (key.aaguid === NO_AAGUID) return null;
  const label = aaguidLabel(key.aaguid);
  return key.proven ? label : `Says it is ${label}; nothing proves it`;
}
