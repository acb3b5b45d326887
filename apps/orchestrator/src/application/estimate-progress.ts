import { type OutcomeCounts } from '@gauntlet/shared/contracts/campaigns';
import { isBugcheck, isExposure, type Outcome, outcomes } from '@gauntlet/shared/domain/outcome';
import { addMs, type Instant, toInstant } from '@gauntlet/shared/kernel/instant';
import type { CampaignRecord, TallyRow } from './records.ts';
import { ranMs } from './running-time.ts';

const hourMs = 3_600_000;

export function countOutcomes(tallies: readonly TallyRow[]): OutcomeCounts {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as OutcomeCounts;
  for (const row of tallies) counts[row.outcome] += row.attempts;
  return counts;
}

export function sumAttempts(
  tallies: readonly TallyRow[],
  isMeant: (outcome: Outcome, counted: boolean) => boolean,
): number {
  return tallies.reduce(
    (sum, row) => (isMeant(row.outcome, row.counted) ? sum + row.attempts : sum),
    0,
  );
}

export interface ArmTally {
  readonly exposures: number;
  readonly bugchecks: number;
  readonly fingerprintMismatches: number;
}

/** Only what is counted reaches a rate; an exposure with a foreign fingerprint is shown apart. */
export function tallyArm(tallies: readonly TallyRow[]): ArmTally {
  return {
    exposures: sumAttempts(tallies, (_outcome, counted) => counted),
    bugchecks: sumAttempts(tallies, (outcome, counted) => counted && isBugcheck(outcome)),
    fingerprintMismatches: sumAttempts(
      tallies,
      (outcome, counted) => !counted && isExposure(outcome),
    ),
  };
}

export interface Pace {
  readonly settled: number;
  readonly perHour: number | null;
  readonly etaAt: Instant | null;
}

export interface PaceSight {
  readonly at: Instant;
  readonly bugchecksOfLargestBucket: number;
  /** When it will have been running for so much longer; null: never. */
  readonly whenRanFor: (ms: number) => Instant | null;
}

/**
 * How fast it goes while it runs, and when the first of its stop rules should hold by the pace so
 * far. Only a person knows when a paused campaign goes on.
 */
export function estimatePace(
  campaign: CampaignRecord,
  tallies: readonly TallyRow[],
  { at, bugchecksOfLargestBucket, whenRanFor }: PaceSight,
): Pace {
  const settled = sumAttempts(tallies, () => true);
  const ran = settled - sumAttempts(tallies, (outcome) => outcome === 'cancelled');
  const elapsedMs = ranMs(campaign, at);
  const perHour = ran === 0 || elapsedMs <= 0 ? null : (ran / elapsedMs) * hourMs;
  const { state, endsAt } = campaign;
  if (state !== 'running' && state !== 'waiting-for-window')
    return { settled, perHour, etaAt: null };
  const msLeft = [
    msUntilAttempts(campaign, ran, perHour),
    msUntilDuration(campaign, elapsedMs),
    msUntilBugchecks(campaign, { ran, perHour, bugchecksOfLargestBucket }),
  ].filter((ms) => ms !== null);
  const byRules = msLeft.length === 0 ? null : whenRanFor(Math.min(etaMsMax, ...msLeft));
  const ends = [byRules, endsAt].filter((end) => end !== null);
  const latest = addMs(at, etaMsMax);
  return {
    settled,
    perHour,
    etaAt: ends.length === 0 ? null : toInstant(Math.min(latest, ...ends)),
  };
}

/** Further ahead no date is worth writing down. */
const etaMsMax = 100 * 366 * 24 * hourMs;

function msUntilAttempts(campaign: CampaignRecord, ran: number, perHour: number | null) {
  const { attemptsMax } = campaign.config.stop;
  if (attemptsMax === null || perHour === null) return null;
  return (Math.max(0, attemptsMax - ran) / perHour) * hourMs;
}

function msUntilDuration({ config }: CampaignRecord, elapsedMs: number) {
  const { durationMsMax } = config.stop;
  return durationMsMax === null ? null : Math.max(0, durationMsMax - elapsedMs);
}

function msUntilBugchecks(
  { config }: CampaignRecord,
  seen: { ran: number; perHour: number | null; bugchecksOfLargestBucket: number },
) {
  const { bugchecksMin } = config.stop;
  const found = seen.bugchecksOfLargestBucket;
  if (bugchecksMin === null || seen.perHour === null || found === 0) return null;
  const attemptsEach = seen.ran / found;
  return ((Math.max(0, bugchecksMin - found) * attemptsEach) / seen.perHour) * hourMs;
}
