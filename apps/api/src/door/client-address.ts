import { BlockList, isIP } from 'node:net';

/** Says whose address a request comes from: the peer's, or behind a proxy of ours what that proxy says. */
export type ClientAddress = (peer: string | null, forwardedFor: string | null) => string | null;

/** More hops than anybody has; the rest of a longer list is not looked at. */
const HOPS_MAX = 20;

/**
 * `trusted`: addresses and ranges of the proxies that may be believed. Each proxy appends the address it was called from, so the list is read
 * from its end up to the first that is no proxy of ours; what stands before that was written by the caller.
 */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  const proxies = blockListOf(trusted);
  const isProxy = (address: string): boolean => proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return (peer, forwardedFor) => {
    const from = plainAddress(peer ?? '');
    if (from === undefined || forwardedFor === null || !isProxy(from)) return from ?? null;
    let client = from;
    for (const hop of forwardedFor.split(',').slice(-HOPS_MAX).toReversed()) {
      const address = plainAddress(hop.trim());
      if (address === undefined) return client;
      client = address;
      if (!isProxy(address)) return client;
    }
    return client;
  };
}

/** An address without a port; an IPv4 address that came in an IPv6 one as itself. Undefined for what is none. */
function plainAddress(text: string): string | undefined {
  const mapped = /^::ffff:(?<v4>\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.groups?.['v4'] ?? text;
  return isIP(mapped) === 0 ? undefined : mapped;
}

function blockListOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
