/**
 * The network that an address is counted as: an IPv4 address by itself, an IPv6 address by its /64, because whoever has
 * one has all 2^64 of them (RFC 6177 gives a site at least that much). Anything else is counted as it stands.
 */
export function networkOf(address: string): string {
  const first = groupsOfV6(address)
    ?.slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''));
  return first === undefined ? address : `${first.join(':')}::/64`;
}

/** The groups of an IPv6 address, written out; null for anything else. */
function groupsOfV6(address: string): readonly string[] | null {
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return null;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail === undefined) return groups;
  const rest = tail === '' ? [] : tail.split(':');
  return [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest];
}

/** The bits of an address in digits of 0 and 1: 32 of IPv4, 128 of IPv6; null for anything else. */
function bitsOf(address: string): string | null {
  const v4 = numberOfV4(address);
  if (v4 !== null) return v4.toString(2).padStart(32, '0');
  const groups = groupsOfV6(address);
  if (groups?.length !== 8 || groups.some((group) => !/^[0-9a-f]{1,4}$/.test(group))) return null;
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

/** Whether an address is in a network that is written as CIDR (RFC 4632, RFC 4291 2.3). False for what is neither. */
export function isInPrefix(address: string, prefix: string): boolean {
  const [network = '', length = '', ...more] = prefix.split('/');
  const [inside, outside] = [bitsOf(address), bitsOf(network)];
  if (inside === null || outside === null || inside.length !== outside.length) return false;
  const bits = Number(length);
  if (more.length > 0 || !/^\d{1,3}$/.test(length) || bits > inside.length) return false;
  return inside.slice(0, bits) === outside.slice(0, bits);
}

/** Whole ranges that no address of the public internet is in (IANA special-purpose registries, RFC 6890), by their bits. */
const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

function numberOfV4(address: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return parts.reduce((value, part) => value * 256 + part, 0);
}

/**
 * Whether an IP address is one of the public internet. Of IPv6 only global unicast is (2000::/3), and of that neither what
 * wraps an IPv4 address (6to4, Teredo) nor documentation. Anything that is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  const v4 = numberOfV4(address);
  if (v4 !== null)
    return !SPECIAL_V4.some(([network, bits]) => {
      const size = 2 ** (32 - bits);
      return Math.floor(v4 / size) === Math.floor((numberOfV4(network) ?? 0) / size);
    });
  if (!/^[0-9a-f:]+$/i.test(address)) return false;
  const [first, second] = networkOf(address).split(':');
  const [high, low] = [Number.parseInt(first || '0', 16), Number.parseInt(second || '0', 16)];
  if (high < 0x2000 || high > 0x3fff || high === 0x2002) return false;
  return !(high === 0x2001 && (low < 0x0200 || low === 0x0db8)) && !(high === 0x3fff && low < 0x1000);
}
