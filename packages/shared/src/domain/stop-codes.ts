import { formatStopCode } from './bugcheck.ts';

/**
 * What kind of trouble a STOP code usually stands for in a live-migration campaign. It is a label
 * for reports only: it never decides an outcome or a known issue.
 */
export const stopCodeClasses = [
  'driver',
  'corruption',
  'storage-path',
  'timing',
  'hypervisor',
  'control',
] as const;
export type StopCodeClass = (typeof stopCodeClasses)[number];

export interface StopCode {
  readonly code: number;
  readonly name: string;
  readonly class: StopCodeClass;
  /** Meanings of the parameters in order; empty where they are reserved or undocumented. */
  readonly parameters: readonly string[];
}

/** Source: the bug check code reference of the Windows driver documentation. */
export const stopCodes: readonly StopCode[] = [
  stop(0x0a, 'IRQL_NOT_LESS_OR_EQUAL', 'driver', [
    'address referenced',
    'IRQL',
    'access: bit 0 write, bit 3 execute',
    'instruction that referenced it',
  ]),
  stop(0x19, 'BAD_POOL_HEADER', 'corruption', ['kind of corruption']),
  stop(0x1a, 'MEMORY_MANAGEMENT', 'corruption', ['kind of corruption']),
  stop(0x1e, 'KMODE_EXCEPTION_NOT_HANDLED', 'driver', [
    'exception code',
    'address of the exception',
    'exception parameter 0',
    'exception parameter 1',
  ]),
  stop(0x3b, 'SYSTEM_SERVICE_EXCEPTION', 'driver', [
    'exception code',
    'instruction',
    'context record',
  ]),
  stop(0x50, 'PAGE_FAULT_IN_NONPAGED_AREA', 'corruption', [
    'address referenced',
    'access: 0 read, else write (x64 since 1507: 2 write, 0x10 execute)',
    'instruction that referenced it',
    'kind of page fault',
  ]),
  stop(0x5c, 'HAL_INITIALIZATION_FAILED', 'hypervisor'),
  stop(0x77, 'KERNEL_STACK_INPAGE_ERROR', 'storage-path', [
    'special case, or status',
    'I/O status',
  ]),
  stop(0x7a, 'KERNEL_DATA_INPAGE_ERROR', 'storage-path', [
    'lock type or page table entry',
    'I/O status',
    'depends on the first',
    'virtual address that could not be paged in',
  ]),
  stop(0x7e, 'SYSTEM_THREAD_EXCEPTION_NOT_HANDLED', 'driver', [
    'exception code',
    'address of the exception',
    'exception record',
    'context record',
  ]),
  stop(0x7f, 'UNEXPECTED_KERNEL_MODE_TRAP', 'hypervisor', ['trap number (8: double fault)']),
  stop(0x80, 'NMI_HARDWARE_FAILURE', 'control'),
  stop(0x8e, 'KERNEL_MODE_EXCEPTION_NOT_HANDLED', 'driver', [
    'exception code',
    'address of the exception',
    'trap frame',
  ]),
  stop(0x9f, 'DRIVER_POWER_STATE_FAILURE', 'storage-path', ['kind of violation']),
  stop(0xc2, 'BAD_POOL_CALLER', 'corruption', ['kind of violation']),
  stop(0xd1, 'DRIVER_IRQL_NOT_LESS_OR_EQUAL', 'driver', [
    'address referenced',
    'IRQL',
    'access: 0 read, 1 write, 2 or 8 execute',
    'instruction that referenced it',
  ]),
  stop(0xea, 'THREAD_STUCK_IN_DEVICE_DRIVER', 'driver', ['stuck thread']),
  stop(0xef, 'CRITICAL_PROCESS_DIED', 'storage-path', ['object', '0 process, 1 thread']),
  stop(0xf4, 'CRITICAL_OBJECT_TERMINATION', 'storage-path', [
    '3 process, 6 thread',
    'object',
    'name of its image',
    'message',
  ]),
  stop(0xfc, 'ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY', 'corruption', [
    'address executed',
    'page table entry',
  ]),
  stop(0x101, 'CLOCK_WATCHDOG_TIMEOUT', 'timing', [
    'time-out in clock ticks',
    'reserved',
    'processor control block',
    'index of the silent processor',
  ]),
  stop(0x109, 'CRITICAL_STRUCTURE_CORRUPTION', 'corruption', [
    'reserved',
    'reserved',
    'reserved',
    'kind of the corrupted region',
  ]),
  stop(0x124, 'WHEA_UNCORRECTABLE_ERROR', 'hypervisor', [
    'error source',
    'error record',
    'status, high half',
    'status, low half',
  ]),
  stop(0x133, 'DPC_WATCHDOG_VIOLATION', 'timing', [
    '0 one DPC or ISR, 1 cumulative',
    'ticks',
    'limit in ticks',
  ]),
  stop(0x139, 'KERNEL_SECURITY_CHECK_FAILURE', 'corruption', [
    'kind (2 stack cookie, 3 list entry)',
    'trap frame',
    'exception record',
  ]),
  stop(0x154, 'UNEXPECTED_STORE_EXCEPTION', 'storage-path'),
  stop(0x161, 'LIVE_SYSTEM_DUMP', 'control'),
  stop(0x20001, 'HYPERVISOR_ERROR', 'hypervisor'),
];

const byCode = new Map(stopCodes.map((entry) => [entry.code, entry]));

/** Set in codes such as 0x1000007E; the meaning is that of the code without it. */
const variantBit = 0x10000000;

/** The code without its variant bit: what names and signatures are made from. */
export function baseStopCode(code: number): number {
  return (code & ~variantBit) >>> 0;
}

export function findStopCode(code: number): StopCode | undefined {
  return byCode.get(baseStopCode(code));
}

/** `DRIVER_IRQL_NOT_LESS_OR_EQUAL`, or `unknown (0x...)`: a name is never guessed. */
export function nameOfStopCode(code: number): string {
  return findStopCode(code)?.name ?? `unknown (${formatStopCode(code)})`;
}

/** 0x161 is written by a system that keeps running: a live dump, no crash. */
export function isLiveDump(code: number): boolean {
  return baseStopCode(code) === 0x161;
}

function stop(
  code: number,
  name: string,
  stopClass: StopCodeClass,
  parameters: readonly string[] = [],
): StopCode {
  return { code, name, class: stopClass, parameters };
}
