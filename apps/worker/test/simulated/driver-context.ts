import { systemClock } from '@gauntlet/shared/platform/system-clock';
import type { DriverContext } from '../../src/application/ports.ts';

export const clusterId = '0190c0de-0000-7000-8000-000000000002';
export const never = new AbortController().signal;

export function aContext(options: unknown, stateDir: string): DriverContext {
  return {
    clusterId,
    clusterName: 'lab',
    options,
    clock: systemClock,
    stateDir,
    log: { info() {}, warn() {}, error() {} },
    secret: () => undefined,
  };
}

export const twoHosts = {
  hosts: [{ name: 'h1' }, { name: 'h2' }],
  vms: [{ name: 'vm', disks: [{ controller: 'scsi', format: 'dynamic', count: 4 }] }],
  timeScale: 1000,
};

export function aMove(source: string, target: string, vmId = 'vm') {
  return { attemptId: `a-${source}-${target}`, vmId, source, target, timeoutMs: 1e6 };
}
