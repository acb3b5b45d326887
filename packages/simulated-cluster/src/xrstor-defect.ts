import { drawExponential } from '@gauntlet/shared/kernel/stream';
import { type HostSoftware, hasXrstorDefect } from './host-files.ts';
import type { VmOptions } from './options.ts';

/** STOP 0x20001 HYPERVISOR_ERROR: the parameters vary with the configuration of the computer. */
export const hypervisorError = {
  code: 0x20001,
  parameters: [
    '0x0000000000000011',
    '0x0000000000210720',
    '0x0000000000001005',
    '0xffffe700000010d0',
  ],
  module: null,
  function: null,
  offset: null,
} as const;

/**
 * KB2550569. The hypervisor fails on an XRSTOR when the virtual processor of a VM with processor
 * compatibility is first scheduled. Linux runs into it while it starts; Windows after days to
 * months.
 *
 * @param seed the VM's own seed
 * @param k ordinal of the start of this VM
 * @returns ms of uptime after which the host stops; null: never
 */
export function xrstorStopAfterMs(
  vm: VmOptions,
  host: HostSoftware,
  { seed, k, meanUptimeMs }: { seed: number; k: number; meanUptimeMs: number },
): number | null {
  if (!vm.processorCompatibility || !hasXrstorDefect(host)) return null;
  if (vm.os === 'linux') return 0;
  return drawExponential(seed, 'xrstor.uptime', k, meanUptimeMs);
}
