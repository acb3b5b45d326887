import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Where notifications may go although it is not the public internet. */
export interface AddressGuard {
  /** Why this host, as written in a URL, is refused before it is resolved; null when it is not. */
  refuseHost(hostname: string): string | null;
  isAllowed(hostname: string, address: string): boolean;
  /** For sockets: resolves, and fails unless every address to be connected to is allowed. */
  readonly lookup: LookupFunction;
}

/** Loopback, link-local, private, shared, documentation, multicast and translated addresses. */
const refusedRanges = [
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
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

/** Thrown by a lookup: no try will change it. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
}

/** @param allowed networks (`10.1.0.0/16`), addresses and host names from the configuration */
export function createAddressGuard(allowed: readonly string[]): AddressGuard {
  const refused = new BlockList();
  for (const [network, bits] of refusedRanges) addTo(refused, `${network}/${bits}`);
  const opened = new BlockList();
  const names = new Set<string>();
  for (const entry of allowed) if (!addTo(opened, entry)) names.add(entry.toLowerCase());

  function isAllowed(hostname: string, address: string): boolean {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (names.has(bare(hostname)) || opened.check(address, family)) return true;
    return isIP(address) !== 0 && !refused.check(address, family);
  }

  return {
    isAllowed,
    refuseHost(hostname) {
      const host = bare(hostname);
      if (isIP(host) === 0 || isAllowed(host, host)) return null;
      return `${host} is no public address; GAUNTLET_NOTIFY_ALLOW can allow it`;
    },
    lookup(hostname, options, callback) {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0);
        const usable = addresses.filter(({ address }) => isAllowed(hostname, address));
        const [first] = usable;
        if (first === undefined) {
          const said = `${hostname} has no public address; GAUNTLET_NOTIFY_ALLOW can allow it`;
          return callback(new RefusedAddress(said), '', 0);
        }
        if (options.all === true) return callback(null, usable);
        return callback(null, first.address, first.family);
      });
    },
  };
}

/** A URL writes IPv6 addresses in brackets, and names as it likes. */
function bare(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** False when the entry is no address or network. */
function addTo(list: BlockList, entry: string): boolean {
  const [address = '', bits] = entry.split('/');
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const length = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits);
  list.addSubnet(address, length, family);
  return true;
}
