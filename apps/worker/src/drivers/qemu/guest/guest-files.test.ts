import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packCpio } from './cpio.ts';
import { collectModules } from './kernel-modules.ts';
import { readSymbols, symbolAt } from './symbols.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-modules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an archive has aligned members, a device node and an end', () => {
  const archive = packCpio([
    { kind: 'folder', path: 'dev' },
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'file', path: 'init', bytes: Buffer.from('12345'), executable: true },
  ]);
  const text = archive.toString('latin1');
  expect(archive.length % 512).toBe(0);
  const headers = [...text.matchAll(/070701/g)].map((match) => match.index);
  expect(headers).toHaveLength(4);
  for (const at of headers) expect(at % 4).toBe(0);
  const console = text.slice(headers[1], (headers[1] ?? 0) + 110);
  expect(console.slice(14, 22)).toBe('00002180'); // character device, 0600
  expect(console.slice(78, 94)).toBe('0000000500000001');
  expect(text).toContain('TRAILER!!!');
});

test('modules come after what they depend on, however deep, and once', () => {
  const put = (file: string, depends: string) => {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), `ELF\0license=GPL\0depends=${depends}\0name=x\0`);
  };
  put('drivers/virtio/virtio.ko', '');
  put('drivers/virtio/virtio_ring.ko', 'virtio');
  put('drivers/virtio/virtio-pci.ko', 'virtio,virtio_ring,builtin_one');
  put('net/loop-a.ko', 'loop_b');
  put('net/loop-b.ko', 'loop_a');
  const names = (wanted: string[]) => collectModules(folder, wanted).map(({ file }) => file);
  expect(names(['virtio_pci', 'virtio'])).toEqual(['virtio.ko', 'virtio_ring.ko', 'virtio-pci.ko']);
  expect(names(['not_there'])).toEqual([]);
  expect(names(['loop_a']).length).toBeGreaterThan(0); // a circle ends
});

test('what is no ELF file has no symbols, and a gap is nobody', () => {
  expect(readSymbols(Buffer.from('#!/bin/sh'))).toEqual([]);
  const table = [{ name: 'f', start: 16, size: 4 }];
  expect(symbolAt(table, 19)?.name).toBe('f');
  expect(symbolAt(table, 20)).toBeNull();
});
