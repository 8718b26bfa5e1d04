import { describe, expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';
import { addressGroup } from '@trii/infra';

const behind = clientAddress(['10.0.0.0/8', '2001:db8::/32', '127.0.0.1']);

describe('whose address a request comes from', () => {
  test.each([
    ['nobody is trusted: the peer', [], '10.0.0.1', '192.0.2.7', '10.0.0.1'],
    ['one trusted proxy: what it appended', ['10.0.0.1'], '10.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['what the caller wrote before that is not believed', ['10.0.0.1'], '10.0.0.1', '203.0.113.9, 192.0.2.7', '192.0.2.7'],
    ['two trusted proxies: past both', ['10.0.0.0/8'], '10.0.0.1', '192.0.2.7, 10.9.9.9', '192.0.2.7'],
    ['a peer that is no proxy says nothing of anybody else', ['10.0.0.1'], '192.0.2.7', '203.0.113.9', '192.0.2.7'],
    ['rubbish ends the list at the last address that was one', ['10.0.0.1'], '10.0.0.1', "192.0.2.7, ' OR 1=1", '10.0.0.1'],
    ['a port is not an address', ['10.0.0.1'], '10.0.0.1', '192.0.2.7:443', '10.0.0.1'],
    ['no list: the proxy itself', ['10.0.0.1'], '10.0.0.1', null, '10.0.0.1'],
    ['an IPv4 proxy seen through IPv6', ['10.0.0.1'], '::ffff:10.0.0.1', '::ffff:192.0.2.7', '192.0.2.7'],
    ['IPv6 behind IPv6', ['2001:db8::/32'], '2001:db8::1', '2001:db9::2', '2001:db9::2'],
    ['a peer that is unknown', ['10.0.0.1'], null, '192.0.2.7', null],
  ] as const)('%s', (...[_what, trusted, peer, forwarded, client]) => {
    expect(clientAddress(trusted)(peer, forwarded)).toBe(client);
  });

  test('a list of a thousand proxies of ours is not read to its end', () => {
    expect(behind('127.0.0.1', `192.0.2.7, ${Array<string>(1_000).fill('10.1.1.1').join(', ')}`)).toBe('10.1.1.1');
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['2001:0db8:0000:0000::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
  [null, 'unknown'],
])('limits count %s by %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});
