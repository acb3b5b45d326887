import type { VerdictView } from '@gauntlet/shared/contracts/verdict';
import { isFinding, type Outcome } from '@gauntlet/shared/domain/outcome';
import { StatisticsInputError } from '@gauntlet/statistics/input';
import type { Log, Stores } from '../ports.ts';
import type { CampaignRecord } from '../records.ts';
import { isDrawn } from './campaign-history.ts';
import { gatherCase, viewCase } from './campaign-verdict.ts';
import { ruleDefault } from './rule-default.ts';

const firstTwo = { baseline: 0, candidate: 1 };

/**
 * The verdict for the stop rule, or for telling people where there is none, in the transaction that
 * settled a batch. Between findings the evidence of interleaved arms stands still, so without one
 * (and without futility to watch for) the usual batch costs no read; otherwise a few rows, however
 * many attempts there were.
 */
export async function decidingVerdict(
  { stores, log }: { readonly stores: Stores; readonly log: Log },
  campaign: CampaignRecord,
  news: ReadonlySet<Outcome>,
): Promise<VerdictView | null> {
  const asked = campaign.config.stop.verdict;
  const rule = asked ?? ruleDefault;
  // One arm alone decides nothing unless a rule holds it against a registered plan.
  if (asked === null && campaign.config.arms.length < 2) return null;
  const found = [...news].some(isFinding);
  const onlyFindingsCount = rule.futilityRate === null && rule.serialPlanId === null;
  if (!found && onlyFindingsCount && isDrawn(campaign.plan, firstTwo)) return null;
  const given = await gatherCase(stores, campaign);
  try {
    return viewCase(given);
  } catch (err) {
    // What was found must be settled even if it cannot be judged: that would be our bug.
    if (!(err instanceof StatisticsInputError)) throw err;
    log.error({ err, campaignId: campaign.id }, 'a verdict cannot be judged');
    return null;
  }
}
