import { isIPv4 } from 'node:net';

/**
 * Without keys anybody who can connect may stop a cluster, so the service then listens on loopback
 * only. Call before listening.
 *
 * @throws Error that says what to do
 */
export function assertListenAddress({ host, hasKeys }: { host: string; hasKeys: boolean }): void {
  if (hasKeys || isLoopback(host)) return;
  throw new Error(
    `HOST is ${host}, but there are no API keys: anybody who can reach that address could start and ` +
      'stop migrations. Make a key (npm run keys -- --name me --role admin), put it into ' +
      'GAUNTLET_API_KEYS, or set HOST=127.0.0.1',
  );
}

/** True for names and addresses of this machine that no other machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name === '::1') return true;
  const v4 = name.startsWith('::ffff:') ? name.slice('::ffff:'.length) : name;
  return isIPv4(v4) && v4.startsWith('127.');
}

/** `host:port`, `[v6]:port` or either without a port; undefined when it is none of these. */
export function hostNameOf(hostHeader: string): string | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:/@\s]+)(?::\d{1,5})?$/.exec(hostHeader);
  return match?.[1];
}
