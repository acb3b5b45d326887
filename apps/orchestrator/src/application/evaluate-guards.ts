import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import { assert } from '@gauntlet/shared/kernel/assert';
import { sumAttempts } from './estimate-progress.ts';
import type { Acknowledged, GuardTrip, TallyRow } from './records.ts';
import { type Source, take } from './source.ts';

/** What the guards may look at: a snapshot, each part of which may be missing. */
export interface GuardSight {
  readonly config: CampaignConfig;
  readonly acknowledged: Acknowledged;
  readonly tallies: Source<readonly TallyRow[]>;
  /** Migrations that failed one after the other, up to now. */
  readonly failedInARow: number;
  /** VMs of the campaign that are out of service. */
  readonly unhealthyVms: Source<readonly string[]>;
  /** VMs of the campaign altogether, >= 1. */
  readonly vmCount: number;
  /** Hosts of the campaign altogether, and those that are not up. */
  readonly hostCount: number;
  readonly hostsDown: Source<readonly string[]>;
  /** VMs of other people that ran before and do not run now. */
  readonly outsideVmsDown: Source<readonly string[]>;
  /** VMs of attempts that are not on the campaign's list. */
  readonly foreignVms: readonly string[];
  readonly evidenceFreeMiB: Source<number>;
  /** Since any worker of the cluster was heard of, ms. */
  readonly workerSilentMs: Source<number>;
}

interface Guard {
  readonly measure: (sight: GuardSight) => number;
  readonly limit: (sight: GuardSight) => number;
  /** The trip in words, when `value` is beyond `limit`. */
  readonly say: (sight: GuardSight, value: number, limit: number) => string;
  /** True: it trips below its limit, not above. */
  readonly isFloor?: boolean;
  /** True: a person who resumes accepts the value, and it trips again only beyond that. */
  readonly canAccept?: boolean;
}

/** Below this many attempts a share says nothing: the very first failure would be 100 %. */
const shareAttemptsMin = 20;

/** What failed and what ran since a person last resumed. */
function sinceAcknowledged({ tallies, acknowledged }: GuardSight) {
  const rows = take(tallies);
  const failed = sumAttempts(rows, (outcome) => outcome === 'migration-failed');
  const ran = sumAttempts(rows, (outcome) => outcome !== 'cancelled');
  return { failed: failed - acknowledged.failed, ran: ran - acknowledged.ran };
}

const guards: Readonly<Record<string, Guard>> = {
  migrationFailedShareMax: {
    measure(sight) {
      const { failed, ran } = sinceAcknowledged(sight);
      return ran < shareAttemptsMin ? 0 : failed / ran;
    },
    limit: ({ config }) => config.guards.migrationFailedShareMax,
    say(sight, _value, limit) {
      const { failed, ran } = sinceAcknowledged(sight);
      return `${failed} of ${ran} migrations failed (at most ${toPercent(limit)} may)`;
    },
  },
  consecutiveMigrationFailedMax: {
    measure: ({ failedInARow }) => failedInARow,
    // The limit itself trips: "at most ten in a row" ends with the tenth.
    limit: ({ config }) => config.guards.consecutiveMigrationFailedMax - 1,
    say: (_sight, value, limit) =>
      `${value} migrations failed one after the other (limit ${limit + 1})`,
  },
  unhealthyVmsMax: {
    measure: ({ unhealthyVms }) => take(unhealthyVms).length,
    // With none left there is nothing to go on with, whatever the limit.
    limit: ({ config, vmCount }) => Math.min(config.guards.unhealthyVmsMax, vmCount - 1),
    say: ({ unhealthyVms }, value, limit) =>
      `${value} VMs are out of service (limit ${limit}): ${toNames(unhealthyVms)}`,
    canAccept: true,
  },
  hostsDownMax: {
    measure: ({ hostsDown }) => take(hostsDown).length,
    // A cluster that lost its majority is about to lose itself, whatever the limit.
    limit: ({ config, hostCount }) =>
      Math.min(config.guards.hostsDownMax, Math.floor(hostCount / 2)),
    say: ({ hostsDown, hostCount }, value, limit) =>
      `${value} of ${hostCount} hosts are not up (limit ${limit}): ${toNames(hostsDown)}`,
    canAccept: true,
  },
  outsideVmsUnhealthyMax: {
    measure: ({ outsideVmsDown }) => take(outsideVmsDown).length,
    limit: ({ config }) => config.guards.outsideVmsUnhealthyMax,
    say: ({ outsideVmsDown }, value, limit) =>
      `${value} VMs outside the campaign ran before and do not now (limit ${limit}): ${toNames(outsideVmsDown)}`,
    canAccept: true,
  },
  outsideVmsTouchedMax: {
    measure: ({ foreignVms }) => foreignVms.length,
    limit: () => 0,
    say: ({ foreignVms }) => `attempts touched VMs outside the campaign: ${foreignVms.join(', ')}`,
  },
  evidenceFreeMiBMin: {
    measure: ({ evidenceFreeMiB }) => take(evidenceFreeMiB),
    limit: ({ config }) => config.guards.evidenceFreeMiBMin,
    say: (_sight, value, limit) =>
      `${value} MiB are free where evidence is kept (at least ${limit} must be)`,
    isFloor: true,
  },
  workerSilentMsMax: {
    measure: ({ workerSilentMs }) => take(workerSilentMs),
    limit: ({ config }) => config.guards.workerSilentMsMax,
    say: (_sight, value, limit) =>
      `no worker of the cluster was heard of for ${Math.round(value)} ms (limit ${limit})`,
  },
};

export type GuardName = keyof typeof guards;

/** The first guard that trips. One that throws has tripped: a broken check protects nobody. */
export function evaluateGuards(sight: GuardSight): GuardTrip | null {
  for (const [name, guard] of Object.entries(guards)) {
    const trip = evaluateClosed(name, guard, sight);
    if (trip !== null) return trip;
  }
  return null;
}

function evaluateClosed(name: string, guard: Guard, sight: GuardSight): GuardTrip | null {
  try {
    const [value, limit] = [guard.measure(sight), guard.limit(sight)];
    assert(Number.isFinite(value) && value >= 0, `its value is ${value}`);
    const beyond = guard.isFloor === true ? value < limit : value > limit;
    const accepted = guard.canAccept === true ? sight.acknowledged.values[name] : undefined;
    if (!beyond || (accepted !== undefined && value <= accepted)) return null;
    return { guard: name, value, limit, because: guard.say(sight, value, limit) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const because = `the guard ${name} could not be evaluated: ${why}`;
    return { guard: name, value: null, limit: null, because };
  }
}

/**
 * What a person accepted holds for as long as it lasts: once a value has become better, it may not
 * become as bad again unnoticed. The same object when nothing changes.
 */
export function withdrawAccepted(sight: GuardSight): Acknowledged {
  const { acknowledged } = sight;
  const values = Object.entries(acknowledged.values).map(([name, accepted]) => {
    const now = readOrNull(guards[name], sight);
    return [name, now === null ? accepted : Math.min(accepted, now)] as const;
  });
  const changed = values.some(([name, value]) => value !== acknowledged.values[name]);
  return changed ? { ...acknowledged, values: Object.fromEntries(values) } : acknowledged;
}

function readOrNull(guard: Guard | undefined, sight: GuardSight): number | null {
  try {
    return guard?.measure(sight) ?? null;
  } catch {
    return null;
  }
}

function toNames(source: Source<readonly string[]>): string {
  return take(source).slice(0, 8).join(', ');
}

function toPercent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
