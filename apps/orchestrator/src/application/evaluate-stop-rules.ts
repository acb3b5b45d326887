import type { VerdictView } from '@gauntlet/shared/contracts/verdict';
import { unreachable } from '@gauntlet/shared/kernel/assert';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import type { CampaignRecord } from './records.ts';
import { ranMs } from './running-time.ts';

export interface StopSight {
  readonly campaign: CampaignRecord;
  readonly at: Instant;
  /** Unsettled attempts of the campaign; null where nobody counted them. */
  readonly inFlight: number | null;
  /** Bugchecks in the campaign's largest bucket; null where nobody counted them. */
  readonly bugchecksOfLargestBucket: number | null;
  /** What the campaign has shown; null where nobody judged it. */
  readonly verdict: Pick<VerdictView, 'state' | 'sentence'> | null;
}

/** Why the campaign has to end; null when this rule does not ask for it. */
type StopRule = (sight: StopSight) => string | null;

const stopRules: Readonly<Record<string, StopRule>> = {
  attemptsMax({ campaign, inFlight }) {
    const limit = campaign.config.stop.attemptsMax;
    if (limit === null || inFlight !== 0 || campaign.cursor.planned < limit) return null;
    return `attemptsMax: all ${limit} attempts are settled`;
  },
  durationMsMax({ campaign, at }) {
    const limit = campaign.config.stop.durationMsMax;
    if (limit === null || ranMs(campaign, at) < limit) return null;
    return `durationMsMax: it ran for ${limit} ms`;
  },
  endsAt({ campaign: { endsAt }, at }) {
    if (endsAt === null || at < endsAt) return null;
    return `its schedule's durationMinutes are over since ${toIso(endsAt)}`;
  },
  bugchecksMin({ campaign, bugchecksOfLargestBucket }) {
    const limit = campaign.config.stop.bugchecksMin;
    if (limit === null || bugchecksOfLargestBucket === null) return null;
    if (bugchecksOfLargestBucket < limit) return null;
    return `bugchecksMin: ${bugchecksOfLargestBucket} bugchecks of one bucket were reproduced`;
  },
  verdict({ campaign, verdict }) {
    if (campaign.config.stop.verdict === null || verdict === null) return null;
    return isDecided(verdict.state) ? `verdict: ${verdict.state}. ${verdict.sentence}` : null;
  },
};

/** True when going on would not change the conclusion. */
export function isDecided(state: VerdictView['state']): boolean {
  switch (state) {
    case 'confirmed':
    case 'confirmed-strong':
    case 'refuted':
    case 'futile':
      return true;
    case 'inconclusive':
    case 'reproduced':
    case 'baseline-ready':
      return false;
    default:
      return unreachable(state);
  }
}

/** The reason of the first stop rule that holds. */
export function evaluateStopRules(sight: StopSight): string | null {
  for (const rule of Object.values(stopRules)) {
    const reason = rule(sight);
    if (reason !== null) return reason;
  }
  return null;
}
