import { expect, test } from 'vitest';
import { completeOptions, parseOptions } from './options.ts';

const tcg = { accelerator: 'tcg', cores: 4 } as const;

function ramOf(guest: object, accelerator: 'tcg' | 'kvm' = 'tcg'): number | undefined {
  const options = parseOptions({ guests: [{ name: 'g', ...guest }] });
  return completeOptions(options, { accelerator, cores: 4 }).guests[0]?.ramKiB;
}

test('under TCG the RAM size that loses pages is avoided unless it is asked for', () => {
  expect(ramOf({})).toBe(98_312);
  expect(ramOf({ ramKiB: 131_072 })).toBe(131_080);
  expect(ramOf({ ramKiB: 98_312 })).toBe(98_312);
  expect(ramOf({ ramKiB: 98_304, exposeToLostPages: true })).toBe(98_304);
  expect(ramOf({ ramKiB: 98_304, sharedRam: true })).toBe(98_304);
  expect(ramOf({ ramKiB: 98_304 }, 'kvm')).toBe(98_304);
});

test('migrations in flight never exceed the cores, whatever is asked', () => {
  const of = (options: object) => completeOptions(parseOptions(options), tcg).migrationsMax;
  expect(of({})).toBe(4);
  expect(of({ migrationsMax: 200 })).toBe(4);
  expect(of({ migrationsMax: 1 })).toBe(1);
});

test('every fault of the options is named at once', () => {
  const wrong = { hosts: 1, accelerator: 'hax', guests: [{ ramKiB: 5, disks: { count: 99 } }] };
  expect(() => parseOptions(wrong)).toThrow(/\/hosts.*\/guests\/0/s);
  expect(() => parseOptions({ passwort: 'x' })).toThrow(/options of the qemu driver/);
  expect(() => parseOptions([])).toThrow(/options of the qemu driver/);
});

test('groups must have names of their own', () => {
  const twice = parseOptions({ guests: [{ name: 'g' }, { name: 'g' }] });
  expect(() => completeOptions(twice, tcg)).toThrow(/names must differ/);
});
