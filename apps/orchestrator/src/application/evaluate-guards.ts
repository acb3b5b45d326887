import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import type { Outcome } from '@gauntlet/shared/domain/outcome';
import { sumAttempts } from './estimate-progress.ts';
import type { TallyRow } from './records.ts';

/** What a guard may look at; taken in the transaction that settles. */
export interface GuardSight {
  readonly config: CampaignConfig;
  readonly tallies: readonly TallyRow[];
  /** Migrations that failed one after the other, up to now. */
  readonly failedInARow: number;
  /** VMs of the campaign that are out of service. */
  readonly unhealthyVms: readonly string[];
  /** VMs of the campaign altogether, >= 1. */
  readonly vmCount: number;
  /** Outcomes of the batch that has just been settled. */
  readonly news: ReadonlySet<Outcome>;
}

export interface GuardTrip {
  readonly guard: string;
  readonly value: number;
  readonly limit: number;
  /** A sentence for the person who must decide. */
  readonly because: string;
}

type Guard = (sight: GuardSight) => GuardTrip | null;

/** Below this many attempts a share says nothing: the very first failure would be 100 %. */
const shareAttemptsMin = 20;

const guards: Readonly<Record<string, Guard>> = {
  migrationFailedShareMax({ config, tallies, news }) {
    // Only news can trip it: a person who resumed knows of the failures so far.
    if (!news.has('migration-failed')) return null;
    const failed = sumAttempts(tallies, (outcome) => outcome === 'migration-failed');
    const ran = sumAttempts(tallies, (outcome) => outcome !== 'cancelled');
    const limit = config.guards.migrationFailedShareMax;
    const value = ran === 0 ? 0 : failed / ran;
    if (ran < shareAttemptsMin || value <= limit) return null;
    const because = `${failed} of ${ran} migrations failed (at most ${toPercent(limit)} may)`;
    return { guard: 'migrationFailedShareMax', value, limit, because };
  },
  consecutiveMigrationFailedMax({ config, failedInARow }) {
    const limit = config.guards.consecutiveMigrationFailedMax;
    if (failedInARow < limit) return null;
    const because = `${failedInARow} migrations failed one after the other (limit ${limit})`;
    return { guard: 'consecutiveMigrationFailedMax', value: failedInARow, limit, because };
  },
  unhealthyVmsMax({ config, unhealthyVms, vmCount }) {
    // With none left there is nothing to go on with, whatever the limit.
    const limit = Math.min(config.guards.unhealthyVmsMax, vmCount - 1);
    const value = unhealthyVms.length;
    if (value <= limit) return null;
    const named = unhealthyVms.slice(0, 8).join(', ');
    const because = `${value} VMs are out of service (limit ${limit}): ${named}`;
    return { guard: 'unhealthyVmsMax', value, limit, because };
  },
};

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
    return guard(sight);
  } catch (error) {
    const because = `the guard ${name} could not be evaluated: ${String(error)}`;
    return { guard: name, value: Number.NaN, limit: Number.NaN, because };
  }
}

function toPercent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
