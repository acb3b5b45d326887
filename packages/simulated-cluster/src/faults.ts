import { drawUnit } from '@gauntlet/shared/kernel/stream';
import type { FailedMigrationFault, FaultOptions, OtherBugcheckFault } from './options.ts';

/** What the injected faults do to one migration. */
export interface MigrationFaults {
  readonly failure: FailedMigrationFault | null;
  /** Factor on the time of the copy, >= 1. */
  readonly slowness: number;
  readonly otherBugcheck: OtherBugcheckFault | null;
  readonly hangs: boolean;
  /** Simulated ms without a heartbeat after switch-over; 0: none lost. */
  readonly heartbeatLostMs: number;
}

/**
 * Pure in (seed, k): which faults strike the k-th migration of the VM with this seed. Each fault
 * has a stream of its own, so that adding one moves no other.
 */
export function drawFaults(
  faults: FaultOptions,
  vmId: string,
  { seed, k }: { seed: number; k: number },
): MigrationFaults {
  const strikes = (stream: string, share: number) =>
    share > 0 && drawUnit(seed, `fault.${stream}`, k) < share;
  const isSlow = strikes('slow', faults.slowMigrations.share);
  const isLost = strikes('heartbeat', faults.lostHeartbeats.share);
  return {
    failure:
      faults.failedMigrations.find(
        (fault, i) =>
          (fault.vms.length === 0 || fault.vms.includes(vmId)) &&
          strikes(`failed.${i}`, fault.share),
      ) ?? null,
    slowness: isSlow ? faults.slowMigrations.factor : 1,
    otherBugcheck:
      faults.otherBugchecks.find((fault, i) => strikes(`bugcheck.${i}`, fault.share)) ?? null,
    hangs: strikes('hang', faults.hungGuests.share),
    heartbeatLostMs: isLost ? faults.lostHeartbeats.lastsMs : 0,
  };
}
