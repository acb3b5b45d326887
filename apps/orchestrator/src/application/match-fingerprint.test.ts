import type { ArmFingerprint } from '@gauntlet/shared/contracts/campaigns';
import type { Fingerprint } from '@gauntlet/shared/domain/inventory';
import { expect, test } from 'vitest';
import { matchFingerprint } from './match-fingerprint.ts';

const seen: Fingerprint = {
  hosts: [
    {
      name: 'a',
      files: [{ name: 'Hvix64.exe', version: '6.1.7601.21726' }],
      hotfixes: ['KB2636573', 'KB1'],
    },
    {
      name: 'b',
      files: [{ name: 'hvix64.exe', version: '6.1.7601.21726' }],
      hotfixes: ['kb2636573'],
    },
  ],
  guestFiles: [{ name: 'storvsc.sys', version: '6.1' }],
  settings: { processorCompatibility: 'false' },
};

const cases: [string, ArmFingerprint, boolean][] = [
  ['nothing declared', {}, true],
  ['a hotfix that both hosts have', { hotfixes: ['KB2636573'] }, true],
  ['a hotfix that one host lacks', { hotfixes: ['KB1'] }, false],
  ['a hotfix that must be absent', { hotfixesAbsent: ['KB1'] }, false],
  ['the version of a host file', { hostFiles: { 'HVIX64.EXE': '6.1.7601.21726' } }, true],
  ['another version of a host file', { hostFiles: { 'hvix64.exe': '6.1.7601.17514' } }, false],
  ['a guest file', { guestFiles: { 'storvsc.sys': '6.1' } }, true],
  ['a guest file nobody read', { guestFiles: { 'vmbus.sys': '6.1' } }, false],
  ['a setting', { settings: { processorCompatibility: 'false' } }, true],
  ['a setting of every object', { settings: { toString: 'x' } }, false],
];

test.each(cases)('an arm that declares %s', (_what, declared, matches) => {
  expect(matchFingerprint(declared, seen)).toBe(matches);
});
