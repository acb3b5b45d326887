import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { DriverLog } from '../../application/ports.ts';
import type { ClusterHosts } from './cluster-hosts.ts';
import type { Desk } from './desk.ts';
import type { Locator } from './locator.ts';
import type { HypervSettings } from './options.ts';

export interface PumpParts {
  readonly desk: Desk;
  readonly hosts: ClusterHosts;
  readonly locator: Locator;
  readonly settings: HypervSettings;
  readonly clock: Clock;
  readonly log: DriverLog;
}

/** The newest records of a host's logs. */
export interface LogMarks {
  readonly worker: bigint;
  readonly system: bigint;
}
