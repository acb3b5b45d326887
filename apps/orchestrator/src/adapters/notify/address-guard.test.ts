import { describe, expect, it } from 'vitest';
import { createAddressGuard } from './address-guard.ts';

describe('the guard of addresses', () => {
  const guard = createAddressGuard([]);

  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ])('refuses %s, however it is written', (address) => {
    expect(guard.isAllowed('example.com', address)).toBe(false);
    expect(guard.refuseHost(address.includes(':') ? `[${address}]` : address)).toContain(
      'no public',
    );
  });

  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'lets %s through',
    (address) => {
      expect(guard.isAllowed('example.com', address)).toBe(true);
    },
  );

  it('reads numbers as the URL parser writes them', () => {
    for (const url of ['http://2130706433/', 'http://0x7f.1/', 'http://127.1/', 'http://[::1]/']) {
      expect(guard.refuseHost(new URL(url).hostname)).not.toBeNull();
    }
  });

  it('opens what the configuration names: a network, an address, a host, and nothing else', () => {
    const opened = createAddressGuard(['10.1.0.0/16', '127.0.0.1', 'Hooks.Corp.Example']);
    expect(opened.isAllowed('x', '10.1.2.3')).toBe(true);
    expect(opened.isAllowed('x', '10.2.2.3')).toBe(false);
    expect(opened.refuseHost('127.0.0.1')).toBeNull();
    expect(opened.refuseHost('127.0.0.2')).not.toBeNull();
    expect(opened.isAllowed('hooks.corp.example.', '192.168.7.7')).toBe(true);
  });

  it('fails a lookup of a name that leads to loopback only', async () => {
    const found = await new Promise<string>((resolve) => {
      guard.lookup('localhost', {}, (error) => resolve(error?.message ?? 'resolved'));
    });
    expect(found).toContain('no public address');
  });
});
