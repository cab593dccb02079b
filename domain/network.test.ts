import { describe, expect, test } from 'vitest';
import { isInPrefix, networkOf } from './network.ts';

describe('an address is counted', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['unknown', 'unknown'],
    ['', ''],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['2001:DB8::7', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000::7', '2001:db8:0:0::/64'],
    ['2001:db8:1::', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1', 'fe80:0:0:0::/64'],
    ['<script>:', '<script>:'],
  ])('%s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test('together with every other of its /64, and apart from its neighbour', () => {
    expect(networkOf('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(networkOf('2001:db8:1:2::'));
    expect(networkOf('2001:db8:1:3::')).not.toBe(networkOf('2001:db8:1:2::'));
  });

  test('as itself when it is a network already', () => {
    expect(networkOf('2001:db8:1:2::/64')).toBe('2001:db8:1:2::/64');
  });
});

describe('a network in CIDR', () => {
  test.each([
    ['192.168.100.7', '192.168.100.0/24'],
    ['192.168.100.7', '192.168.100.7/32'],
    ['10.255.0.1', '10.0.0.0/8'],
    ['203.0.113.9', '0.0.0.0/0'],
    ['21da:d3:0:7::1', '21DA:D3::/48'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['::1', '::/0'],
  ])('has %s in %s', (address, prefix) => expect(isInPrefix(address, prefix)).toBe(true));

  test.each([
    ['192.168.101.7', '192.168.100.0/24'],
    ['11.0.0.1', '10.0.0.0/8'],
    ['21da:d4::1', '21DA:D3::/48'],
    ['192.168.100.7', '::/0'],
    ['::1', '0.0.0.0/0'],
    ['192.168.100.7', '192.168.100.0'],
    ['192.168.100.7', '192.168.100.0/33'],
    ['192.168.100.7', '192.168.100.0/-1'],
    ['192.168.100.7', '192.168.100.0/24/8'],
    ['192.168.100.7', '192.168.100.0/'],
    ['192.168.100.7', '192.168.300.0/8'],
    ['unknown', '0.0.0.0/0'],
    ['1:2:3:4:5:6:7', '::/0'],
    ['1:2:3:4:5:6:7:8:9', '::/0'],
    ['12345::1', '::/0'],
  ])('has not %s in %s', (address, prefix) => expect(isInPrefix(address, prefix)).toBe(false));
});
