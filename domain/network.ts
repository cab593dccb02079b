/**
 * The network that an address is counted as: an IPv4 address by itself, an IPv6 address by its /64, because whoever has
 * one has all 2^64 of them (RFC 6177 gives a site at least that much). Anything else is counted as it stands.
 */
export function networkOf(address: string): string {
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const whole =
    tail === undefined
      ? groups
      : [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest];
  const first = whole.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${first.join(':')}::/64`;
}
