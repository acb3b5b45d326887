import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StopError } from './bugcheck.ts';
import { bucketKeyOf, bucketTitleOf, normalizeReason } from './signature.ts';

const storvsc: StopError = {
  code: 0xd1,
  parameters: ['0x0', '0x0', '0x0', '0x0'],
  module: 'storvsc',
  function: 'StorChannelVmbusCallback',
  offset: 0x2b8,
  reason: null,
};
const bare: StopError = { ...storvsc, module: null, function: null, offset: null };

test('both published offsets of the storvsc crash are one bucket', () => {
  const key = bucketKeyOf(storvsc, 'guest');
  expect(key).toBe('guest|0x000000D1|storvsc|StorChannelVmbusCallback');
  expect(bucketKeyOf({ ...storvsc, offset: 0x2b5 }, 'guest')).toBe(key);
  const typed = {
    ...storvsc,
    module: 'STORVSC.SYS',
    function: 'storvsc!StorChannelVmbusCallback+0x2b5',
  };
  expect(bucketKeyOf(typed, 'guest')).toBe(key);
});

test('parameters never part a bucket', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 4 }),
      (words) => {
        const parameters = words.map((word) => `0x${word.toString(16)}`);
        expect(bucketKeyOf({ ...storvsc, parameters }, 'guest')).toBe(
          bucketKeyOf(storvsc, 'guest'),
        );
      },
    ),
  );
});

test('a 0xD1 without proof of storvsc is a bucket of its own', () => {
  expect(bucketKeyOf(bare, 'guest')).toBe('guest|0x000000D1|?|?');
  expect(bucketTitleOf(bare, 'guest')).toBe('0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL, unattributed');
});

test('a variant code meets its code, a host never meets a guest', () => {
  const plain = { ...bare, code: 0x7e };
  expect(bucketKeyOf({ ...bare, code: 0x1000007e }, 'guest')).toBe(bucketKeyOf(plain, 'guest'));
  expect(bucketKeyOf(bare, 'host')).not.toBe(bucketKeyOf(bare, 'guest'));
});

test('every file name of the kernel is one image', () => {
  const keys = ['nt', 'ntoskrnl.exe', 'ntkrnlmp.exe', '\\SystemRoot\\system32\\ntkrpamp.exe'].map(
    (module) => bucketKeyOf({ ...bare, module }, 'guest'),
  );
  expect(new Set(keys).size).toBe(1);
});

test('panics of a Linux guest meet by reason, module and function, not by address', () => {
  const panic = (reason: string): StopError => ({
    ...bare,
    code: null,
    parameters: [],
    reason,
    module: 'lmstor',
    function: 'lmstor_check+0x1c/0x90',
  });
  const first = panic('lost dirty page: pfn 0x1f3a at ffff888003c1d000, pass 12');
  const second = panic('lost dirty page: pfn 0x22 at ffff888003c00000, pass 7');
  expect(bucketKeyOf(first, 'guest')).toBe(bucketKeyOf(second, 'guest'));
  expect(bucketKeyOf(first, 'guest')).toBe(
    'guest|panic:lost dirty page: pfn # at #, pass #|lmstor|lmstor_check',
  );
  expect(bucketTitleOf(first, 'guest')).toContain('in lmstor!lmstor_check');
  expect(bucketKeyOf({ ...first, reason: 'out of memory' }, 'guest')).not.toBe(
    bucketKeyOf(first, 'guest'),
  );
});

test('a word that is hexadecimal by accident stays in a reason', () => {
  expect(normalizeReason('Deadbeef facade  in page 17')).toBe('deadbeef facade in page #');
});

test('a crash without code and reason has a bucket and a title', () => {
  const silent = { ...bare, code: null };
  expect(bucketKeyOf(silent, 'guest')).toBe('guest|no-code|?|?');
  expect(bucketTitleOf(silent, 'guest')).toBe('crash without a code');
});

test('a hostile guest can neither forge the parts of a key nor make it long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (module, name) => {
      const key = bucketKeyOf({ ...storvsc, module, function: name }, 'guest');
      expect(key.split('|')).toHaveLength(4);
      expect(key.length).toBeLessThan(850);
    }),
  );
  const forged = bucketKeyOf({ ...bare, module: 'a|b', function: 'x'.repeat(1e5) }, 'guest');
  expect(forged.startsWith('guest|0x000000D1|a_b|')).toBe(true);
});
