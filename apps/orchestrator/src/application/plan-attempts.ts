import type { Action } from '@gauntlet/shared/domain/attempt';
import type { PlacementPolicy } from '@gauntlet/shared/domain/campaign';
import { assert } from '@gauntlet/shared/kernel/assert';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { AllocateVm } from './analysis/adaptive-allocation.ts';
import { chooseSubject, type PlannedArm } from './choose-subject.ts';
import { chooseTarget, type Move } from './choose-target.ts';
import type { PlacementRecord, PlanCursor, PlannedVm } from './records.ts';

export interface PlanningInput {
  readonly seed: number;
  readonly action: Action;
  readonly policy: PlacementPolicy;
  readonly arms: readonly PlannedArm[];
  /** Hosts the policy may use, in inventory order. */
  readonly hosts: readonly string[];
  readonly cursor: PlanCursor;
  readonly attemptsMax: number | null;
  readonly limits: {
    readonly concurrency: number;
    readonly outboundPerHost: number;
    readonly inboundPerHost: number;
  };
  /** Hosts that are up, each with its own cap on migrations it takes part in (null: none). */
  readonly hostsUp: ReadonlyMap<string, number | null>;
  readonly placements: ReadonlyMap<string, PlacementRecord>;
  /** Every unsettled attempt on the cluster, of whichever campaign. */
  readonly inFlight: readonly {
    readonly vmId: string;
    readonly source: string;
    readonly target: string;
  }[];
  /** Unsettled attempts of this campaign. */
  readonly campaignInFlight: number;
  readonly at: Instant;
  /** Draws the VM of an ordinal under adaptive allocation; null when VMs are used evenly. */
  readonly allocateVm?: AllocateVm | null;
}

export interface PlannedAttempt {
  readonly ordinal: number;
  readonly arm: number;
  readonly probability: number;
  readonly vm: PlannedVm;
  readonly source: string;
  readonly target: string;
}

export interface Planning {
  readonly attempts: readonly PlannedAttempt[];
  readonly cursor: PlanCursor;
  /** Why nothing could be planned although there is work; null when something is or was planned. */
  readonly blockedBecause: string | null;
}

/**
 * The next attempts that may start right now. Pure: who moves (arm, VM) is a function of seed and
 * ordinal alone, where to is a function of these, of where the VM stands and of which hosts are up,
 * and a VM's attempts keep their order. So the attempts of a campaign are the same for any number of
 * workers; only how they overlap in time differs.
 */
export function planAttempts(input: PlanningInput): Planning {
  const scan = startScan(input);
  const room = input.limits.concurrency - input.campaignInFlight;
  const end = scanEnd(input);
  for (let ordinal = input.cursor.next; ordinal < end; ordinal += 1) {
    if (scan.attempts.length >= room) break;
    if (beyondAttemptsMax(input, scan, ordinal)) break;
    if (!scan.done.has(ordinal)) considerOrdinal(input, scan, ordinal);
  }
  return finishScan(input, scan, room);
}

interface Scan {
  readonly attempts: PlannedAttempt[];
  readonly done: Set<number>;
  readonly busyVms: Set<string>;
  readonly outbound: Map<string, number>;
  readonly inbound: Map<string, number>;
  skipped: number;
  blockedBecause: string | null;
}

function startScan(input: PlanningInput): Scan {
  const scan: Scan = {
    attempts: [],
    done: new Set(input.cursor.ahead),
    busyVms: new Set(),
    outbound: new Map(),
    inbound: new Map(),
    skipped: input.cursor.skipped,
    blockedBecause: null,
  };
  for (const flight of input.inFlight) occupy(scan, flight.vmId, flight.source, flight.target);
  return scan;
}

function occupy(scan: Scan, vmId: string, source: string, target: string): void {
  scan.busyVms.add(vmId);
  if (source === target) return; // a power cycle moves nothing
  scan.outbound.set(source, (scan.outbound.get(source) ?? 0) + 1);
  scan.inbound.set(target, (scan.inbound.get(target) ?? 0) + 1);
}

const windowMax = 4096;

/** How far ahead of the oldest unplanned ordinal the scan may look. Bounds `cursor.ahead`. */
export function scanEnd(input: Pick<PlanningInput, 'arms' | 'limits' | 'cursor'>): number {
  const vmCount = input.arms.reduce((sum, arm) => sum + arm.vms.length, 0);
  const window = Math.min(windowMax, 4 * (input.limits.concurrency + vmCount));
  return input.cursor.next + window;
}

function beyondAttemptsMax(input: PlanningInput, scan: Scan, ordinal: number): boolean {
  return input.attemptsMax !== null && ordinal >= input.attemptsMax + scan.skipped;
}

function considerOrdinal(input: PlanningInput, scan: Scan, ordinal: number): void {
  const { arm, probability, vm } = chooseSubject(
    input.seed,
    ordinal,
    input.arms,
    input.allocateVm ?? null,
  );
  if (scan.busyVms.has(vm.id)) {
    scan.blockedBecause ??= `${vm.name} is still in an earlier attempt`;
    return;
  }
  const placement = input.placements.get(vm.id);
  if (placement === undefined || !placement.usable || placement.host === null) {
    scan.done.add(ordinal);
    scan.skipped += 1;
    scan.blockedBecause ??= `${vm.name} is out of service`;
    return;
  }
  const source = placement.host;
  const target =
    input.action === 'power-cycle' ? source : targetOf(input, { ordinal, vm, placement });
  const obstacle = findObstacle(input, scan, { source, target, placement });
  if (obstacle !== null) {
    scan.busyVms.add(vm.id); // keeps this VM's later ordinals behind this one
    scan.blockedBecause ??= obstacle;
    return;
  }
  scan.done.add(ordinal);
  occupy(scan, vm.id, source, target);
  scan.attempts.push({ ordinal, arm, probability, vm, source, target });
}

/**
 * By the policy; among the hosts that are up when the policy's is not. One host that stays down for
 * the night must not stop the others: VMs that wait for it would soon hold every ordinal in sight.
 */
function targetOf(input: PlanningInput, move: Move): string {
  const target = chooseTarget(input, move);
  if (input.hostsUp.has(target)) return target;
  const hosts = input.hosts.filter((host) => input.hostsUp.has(host));
  const isStranded = hosts.every((host) => host === move.placement.host);
  return isStranded ? target : chooseTarget({ ...input, hosts }, move);
}

function findObstacle(
  input: PlanningInput,
  scan: Scan,
  move: { source: string; target: string; placement: PlacementRecord },
): string | null {
  const { source, target, placement } = move;
  if (placement.readyAt > input.at) return `${placement.vmName} is cooling down`;
  if (!input.hostsUp.has(source)) return `host ${source} is not up`;
  if (!input.hostsUp.has(target)) return `host ${target} is not up`;
  if (source === target) return null;
  if ((scan.outbound.get(source) ?? 0) >= input.limits.outboundPerHost)
    return `host ${source} is at its outbound limit`;
  if ((scan.inbound.get(target) ?? 0) >= input.limits.inboundPerHost)
    return `host ${target} is at its inbound limit`;
  for (const host of [source, target]) {
    const cap = input.hostsUp.get(host) ?? null;
    const load = (scan.outbound.get(host) ?? 0) + (scan.inbound.get(host) ?? 0);
    if (cap !== null && load >= cap) return `host ${host} is at its own migration limit of ${cap}`;
  }
  return null;
}

function finishScan(input: PlanningInput, scan: Scan, room: number): Planning {
  let next = input.cursor.next;
  while (scan.done.delete(next)) next += 1;
  const ahead = [...scan.done].sort((a, b) => a - b);
  assert(ahead.length <= windowMax, 'the plan cursor grew beyond its window');
  const cursor: PlanCursor = {
    next,
    ahead,
    planned: input.cursor.planned + scan.attempts.length,
    skipped: scan.skipped,
  };
  const idle = input.campaignInFlight === 0 && scan.attempts.length === 0 && room > 0;
  return { attempts: scan.attempts, cursor, blockedBecause: idle ? scan.blockedBecause : null };
}
