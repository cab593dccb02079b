/**
 * TCG TPM Vendor ID Registry 1.07: who may stand in a TPM's certificate (attribute 2.23.133.2.1). The ID of the FIDO
 * conformance tools, FFFFF1D0, is no maker's and is left out. IBM made no chip for a long time: today its ID is that of the
 * software TPM (libtpms), so that it counts only under an anchor that somebody added for it.
 */
const vendors: Readonly<Record<string, string>> = {
  '414D4400': 'AMD',
  '414E5400': 'Ant Group',
  '41544D4C': 'Atmel',
  '4252434D': 'Broadcom',
  '4353434F': 'Cisco',
  '464C5953': 'Flyslice Technologies',
  '524F4343': 'Fuzhou Rockchip',
  '474F4F47': 'Google',
  '48504900': 'HPI',
  '48504500': 'HPE',
  '48495349': 'Huawei',
  '49465800': 'Infineon',
  '494E5443': 'Intel',
  '4C454E00': 'Lenovo',
  '4D534654': 'Microsoft',
  '4E534D20': 'National Semiconductor',
  '4E545A00': 'Nationz',
  '4E534700': 'NSING',
  '4E544300': 'Nuvoton',
  '51434F4D': 'Qualcomm',
  '534D534E': 'Samsung',
  '53454345': 'SecEdge',
  '534E5300': 'Sinosun',
  '534D5343': 'SMSC',
  '53544D20': 'STMicroelectronics',
  '54584E00': 'Texas Instruments',
  '57454300': 'Winbond',
  '5345414C': 'Wisekey',
};

const softwareVendors: Readonly<Record<string, string>> = { '49424D00': 'IBM (software TPM)' };

export interface Manufacturer {
  readonly name: string;
  /** It has no chip of its own: only an anchor that was added for it makes it count. */
  readonly software: boolean;
}

/** The maker of an attribute such as `id:53544D20`, in either case; null for one that is not registered. */
export function tpmManufacturer(attribute: string): Manufacturer | null {
  const id = /^id:([0-9A-Fa-f]{8})$/.exec(attribute)?.[1]?.toUpperCase();
  if (id === undefined) return null;
  const name = vendors[id];
  if (name !== undefined) return { name, software: false };
  const software = softwareVendors[id];
  return software === undefined ? null : { name: software, software: true };
}

export const tpmVendorIds: readonly string[] = Object.keys(vendors);
