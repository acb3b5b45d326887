import type { Fingerprint, Inventory } from '@gauntlet/shared/domain/inventory';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { BugcheckEntry } from '@gauntlet/simulated-cluster/cluster';
import type { ClusterEvent } from '@gauntlet/simulated-cluster/events';
import type { MigrationEnd, MigrationOrder } from '@gauntlet/simulated-cluster/migrate';
import type { PowerCycleOrder } from '@gauntlet/simulated-cluster/recovery';
import type { GuestEvent, ProbeResult, VmLocation } from '../../application/ports.ts';

/** Events of the cluster, and of the way to it. */
export type LinkListener = (event: ClusterEvent | Extract<GuestEvent, { kind: 'rig' }>) => void;

/**
 * The way to a simulated cluster, in this process or behind HTTP. Every method throws AppError
 * (`driver.vm-unknown`, `driver.host-unknown`, `migration.aborted`, `driver.unavailable`) and ends
 * when its signal aborts.
 */
export interface ClusterLink extends AsyncDisposable {
  readonly clock: Clock;
  inventory(signal: AbortSignal): Promise<Inventory>;
  fingerprint(vmId: string, hosts: readonly string[], signal: AbortSignal): Promise<Fingerprint>;
  locate(vmId: string, signal: AbortSignal): Promise<VmLocation>;
  migrate(order: MigrationOrder, signal: AbortSignal): Promise<MigrationEnd>;
  powerCycle(order: PowerCycleOrder, signal: AbortSignal): Promise<MigrationEnd>;
  probe(vmId: string, signal: AbortSignal): Promise<ProbeResult>;
  watch(vmId: string, listener: LinkListener, signal: AbortSignal): Promise<void>;
  findBugcheck(vmId: string, since: Instant, signal: AbortSignal): Promise<BugcheckEntry | null>;
  recover(vmId: string, signal: AbortSignal): Promise<VmLocation>;
  putBack(
    placements: readonly { readonly vmId: string; readonly host: string }[],
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Crashes the guest by an injected NMI: the rig's own doing, for tests. */
  crash(vmId: string): Promise<void>;
}
