import type { CampaignEtaView } from '@gauntlet/shared/contracts/analysis';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { exposuresToVerdict } from '@gauntlet/statistics/eta';
import { etaSentence } from '@gauntlet/statistics/sentences/plan';
import { serialProgress } from '@gauntlet/statistics/serial-plan';
import { sumAttempts } from '../estimate-progress.ts';
import type { Stores } from '../ports.ts';
import type { CampaignRecord } from '../records.ts';
import { ranMs } from '../running-time.ts';
import { calculatePlan, toMigrations } from './calculate-plan.ts';
import { type Case, gatherCase } from './campaign-verdict.ts';
import { toStages } from './serial-history.ts';

const hourMs = 3_600_000;
const probability = 0.95;

/** Where a campaign stands, and what it takes to the next bugcheck and to the verdict. */
export async function readEta(
  stores: Stores,
  campaign: CampaignRecord,
  { at, hoursPerNight }: { at: Instant; hoursPerNight: number | null },
): Promise<CampaignEtaView> {
  const given = await gatherCase(stores, campaign);
  const counted = sumAttempts(given.tallies, (_outcome, isCounted) => isCounted);
  const settled = sumAttempts(given.tallies, () => true);
  const { attemptsMax } = campaign.config.stop;
  const left = attemptsMax === null ? null : Math.max(0, attemptsMax - settled);
  const perHour = paceOf(campaign, counted, at);
  const bugchecks = given.findings.length;
  const next = calculatePlan({
    probability,
    ...(counted === 0 ? {} : { bugchecks: Math.min(bugchecks, counted), migrations: counted }),
    ...(left === null || left === 0 ? {} : { budget: left }),
    ...(counted === 0 && (left === null || left === 0) ? { budget: budgetUnknown } : {}),
    ...(perHour === null ? {} : { migrationsPerHour: perHour }),
    ...(hoursPerNight === null ? {} : { hoursPerNight }),
  });
  const exposuresLeft = toVerdictOf(given);
  const facts = {
    campaignId: campaign.id,
    exposures: counted,
    bugchecks,
    exposuresPerHour: perHour,
    hoursPerNight,
    toNextBugcheck: next,
    toVerdict:
      exposuresLeft === null ? null : toMigrations(exposuresLeft, { perHour, hoursPerNight }),
    attemptsLeft: left,
  };
  return { ...facts, sentence: etaSentence(facts) };
}

/** Before the first attempt, and without an end: what the original story spent. */
const budgetUnknown = 12_000;

/** Per hour in which it ran: nights are multiplied by the hours they have. */
function paceOf(campaign: CampaignRecord, counted: number, at: Instant) {
  if (counted === 0) return null;
  const elapsedMs = ranMs(campaign, at);
  return elapsedMs <= 0 ? null : Math.min(1e9, (counted / elapsedMs) * hourMs);
}

/** Exposures still to run until the verdict; null when none is sought. */
function toVerdictOf({ design, history, rule, plan, arms, campaign }: Case): number | null {
  switch (design) {
    case 'single-arm':
      return null;
    case 'registered-plan': {
      if (plan === null) return null;
      const { state, stage } = serialProgress(history, toStages(plan));
      if (state === 'completed') return 0;
      return stage === null ? Infinity : stage.migrations - history.n1;
    }
    case 'interleaved':
    case 'sequence': {
      const p0 = campaign.config.arms[arms.baseline]?.probability ?? 0.5;
      const p1 = campaign.config.arms[arms.candidate ?? 1]?.probability ?? 0.5;
      return exposuresToVerdict(history, { design, alpha: rule.alpha, r: p1 / (p0 + p1) });
    }
    default:
      return design satisfies never;
  }
}
