import { describe, expect, test } from 'vitest';
import { classifyFailure, type FailureSigns } from './classify-failure.ts';
import { normalizeHresult } from './error-table.ts';

/** Ids and texts as public reports and Microsoft's articles have them; each with its class. */
const samples: readonly (readonly [string, FailureSigns, string])[] = [
  ['another migration runs', { hresult: '0x800700AA', message: '' }, 'busy'],
  ['wrong state, as a decimal', { hresult: '5023', message: '' }, 'busy'],
  [
    'the limit of migrations in the text of an event',
    {
      message: '',
      events: [{ id: 21501, text: 'the migration limit of 2 was reached, please wait' }],
    },
    'busy',
  ],
  ['connection timed out', { hresult: '0x8007274C', message: '' }, 'transient-network'],
  [
    'a code inside an event',
    {
      hresult: '0x80004005',
      message: '',
      events: [{ id: 21502, text: 'Failed to connect: (0x8007274C)' }],
    },
    'transient-network',
  ],
  ['no memory', { failureReason: '0x8007000e', message: '' }, 'resources'],
  ['not a possible owner', { hresult: '0x00001398', message: '' }, 'permanent-config'],
  ['a switch is missing', { message: '', events: [{ id: 21125, text: '' }] }, 'permanent-config'],
  [
    'another processor',
    {
      message:
        "The virtual machine is using processor-specific features not supported on physical computer 'hv2'.",
    },
    'permanent-config',
  ],
  ['no delegation', { hresult: '0x8009030E', message: '' }, 'permanent-auth'],
  ['access denied', { hresult: '-2147024891', message: '' }, 'permanent-auth'],
  [
    'Get-VM on a VM that is not there',
    {
      fqid: 'InvalidParameter,Microsoft.HyperV.PowerShell.Commands.GetVM',
      message: 'Hyper-V was unable to find a virtual machine with name "x".',
    },
    'gone',
  ],
  [
    'a missing cmdlet is never a missing VM',
    { fqid: 'CommandNotFoundException', message: "The term 'Move-VM' is not recognized" },
    'tooling',
  ],
  [
    'a missing parameter',
    {
      fqid: 'NamedParameterNotFound,Microsoft.FailoverClusters.PowerShell.MoveClusterVmRole',
      message: '',
    },
    'tooling',
  ],
  ['no v2 namespace', { hresult: '0x8004100E', message: '' }, 'unsupported'],
  ['a backup', { message: 'The virtual machine is currently backing up.' }, 'vm-locked'],
  ['anything else', { hresult: '0x80004005', message: 'Unspecified error' }, 'unknown'],
  ['a foreign language', { message: 'Fehler beim Verschieben der Rolle.' }, 'unknown'],
];

test.each(samples)('%s', (_what, signs, errorClass) => {
  expect(classifyFailure(signs).class).toBe(errorClass);
});

describe('the order of signs', () => {
  test('an id speaks before a code, a code before words', () => {
    const signs = { hresult: '0x80070005', message: 'please wait' };
    expect(classifyFailure({ ...signs, fqid: 'CommandNotFoundException' }).class).toBe('tooling');
    expect(classifyFailure(signs).class).toBe('permanent-auth');
  });

  test('the cluster may overrule the table', () => {
    const signs = { hresult: '0x800700AA', message: '' };
    expect(classifyFailure(signs, { '0x800700AA': 'resources' }).class).toBe('resources');
    const own = { fqid: 'Odd,Id', message: '' };
    expect(classifyFailure(own, { 'Odd,Id': 'vm-locked' })).toMatchObject({ class: 'vm-locked' });
  });
});

test('a failure says its code and its words, bounded', () => {
  const failure = classifyFailure({ hresult: '0x80070005', message: 'x'.repeat(10_000) });
  expect(failure.code).toBe('0x80070005');
  expect(failure.message).toHaveLength(4000);
  expect(classifyFailure({ message: ' ' }).message).toBe('no reason was given');
});

test('codes have one form', () => {
  expect(normalizeHresult('5023')).toBe('0x8007139F');
  expect(normalizeHresult('0x000013AB')).toBe('0x800713AB');
  expect(normalizeHresult('-2147024891')).toBe('0x80070005');
  expect(normalizeHresult('0')).toBeNull();
  expect(normalizeHresult('none')).toBeNull();
});
