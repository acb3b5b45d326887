import type { MigrationErrorClass } from '@gauntlet/shared/domain/migration';

/**
 * What failures mean, by code. HRESULTs and Win32 codes from Microsoft's "Troubleshoot live
 * migration issues" (KB4558514) and from os-win; ids from public error reports. Ids of failover
 * cluster cmdlets were found nowhere. The cluster's option `errorClasses` adds to it or overrules.
 */
export const classesByHresult: Readonly<Record<string, MigrationErrorClass>> = {
  '0x800700AA': 'busy', // another migration is running
  '0x8007139F': 'busy', // 5023: not in the right state for it
  '0x8007274C': 'transient-network', // connection timed out
  '0x80072746': 'transient-network', // connection reset
  '0x800706BA': 'transient-network', // RPC server unavailable
  '0x800713AB': 'transient-network', // 5035: no such cluster network
  '0x8007274D': 'transient-network', // refused; again and again: no listener on TCP 6600
  '0x800705AA': 'resources', // insufficient system resources
  '0x8007000E': 'resources', // out of memory
  '0x8007271D': 'permanent-config', // access to a socket forbidden
  '0x80071398': 'permanent-config', // 5016: not a possible owner
  '0xC03A0014': 'permanent-config', // a virtual disk (an ISO) is out of reach
  '0x80070005': 'permanent-auth', // access denied
  '0x8009030E': 'permanent-auth', // no credentials: delegation is missing
  '0x8009030D': 'permanent-auth', // credentials not recognised
  '0x80090322': 'permanent-auth', // wrong principal name
  '0x80070569': 'permanent-auth', // logon type not granted
  '0x80070534': 'permanent-auth', // no mapping of names to ids
  '0x80071395': 'gone', // 5013: no such group
  '0x8007138F': 'gone', // 5007: no such resource
  '0x8007138A': 'gone', // 5002
  '0x800713B2': 'gone', // 5042: no such node
  '0x800713B3': 'gone', // 5043
  '0x800713D6': 'gone', // 5078
  '0x800713D8': 'gone', // 5080
  '0x8004100E': 'unsupported', // no such WMI namespace: use the adapter wmi-v1
};

/** FullyQualifiedErrorId, or what it begins with: never localised. */
export const classesById: readonly (readonly [RegExp, MigrationErrorClass])[] = [
  [/^CommandNotFoundException\b/, 'tooling'],
  [
    /^(NamedParameterNotFound|AmbiguousParameterSet|ParameterArgument\w+|ParameterBinding\w+),?/,
    'tooling',
  ],
  [/^InvalidParameter,Microsoft\.HyperV\.PowerShell\.Commands\.GetVM\b/, 'gone'],
  [/^ObjectNotFound,Microsoft\.HyperV\./, 'gone'],
];

/** Events of a failed migration, by id, in the High-Availability log. */
export const classesByEvent: Readonly<Record<number, MigrationErrorClass>> = {
  21125: 'permanent-config', // virtual switch missing
  21145: 'permanent-config',
  21158: 'permanent-config',
  21159: 'permanent-config',
};

/** Words of events 21500 to 21503, last of all: they are translated on other systems. */
export const classesByText: readonly (readonly [RegExp, MigrationErrorClass])[] = [
  [/migration limit .*was reached|please wait/i, 'busy'],
  [/processor-specific features not supported|hardware .* not compatible/i, 'permanent-config'],
  [/backing up|being backed up|checkpoint|merge is in progress|locked/i, 'vm-locked'],
];

/** Win32 codes of the cluster service, as they come without the prefix of an HRESULT. */
const win32Prefix = 0x80070000;

/** `5023`, `0x000013AB` and `0x8007139F` in one form: an HRESULT, upper-case. */
export function normalizeHresult(text: string): string | null {
  const trimmed = text.trim();
  const value = /^0x[0-9a-f]{1,8}$/i.test(trimmed)
    ? Number.parseInt(trimmed, 16)
    : /^-?\d{1,10}$/.test(trimmed)
      ? Number(trimmed) >>> 0
      : null;
  if (value === null || value === 0) return null;
  const full = value <= 0xffff ? win32Prefix + value : value;
  return `0x${full.toString(16).toUpperCase().padStart(8, '0')}`;
}
