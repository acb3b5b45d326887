import type { SeriesView } from '@gauntlet/shared/contracts/analysis';
import { toIso } from '@gauntlet/shared/kernel/instant';
import { evidenceSeries, rateSeries } from '@gauntlet/statistics/series';
import { tallyArm } from '../estimate-progress.ts';
import type { Stores } from '../ports.ts';
import type { CampaignRecord } from '../records.ts';
import { type Case, claimOf, findSignature, gatherCase } from './campaign-verdict.ts';

const pointsMax = 500;
const listedMax = 500;

/** The charts of a campaign, from its findings alone: the attempts are not touched. */
export async function readSeries(
  stores: Stores,
  campaign: CampaignRecord,
  bucketId: string | undefined,
): Promise<SeriesView> {
  const signature =
    bucketId === undefined ? undefined : await findSignature(stores, campaign, bucketId);
  const given = await gatherCase(stores, campaign, { signature });
  const latest = await stores.analysis.listLatestFindings(campaign.id, listedMax);
  return {
    campaignId: campaign.id,
    alpha: given.rule.alpha,
    bucketId: given.signature?.bucketId ?? null,
    arms: campaign.config.arms.map((arm, index) => ({
      name: arm.name,
      points: bandOf(given, index),
    })),
    evidence: evidenceOf(given),
    bugchecks: latest.map((finding) => ({
      exposures: finding.exposures.reduce((total, one) => total + one, 0),
      arm: campaign.config.arms[finding.arm]?.name ?? String(finding.arm),
      attemptId: finding.attemptId,
      bucketId: finding.bucketId,
      at: toIso(finding.settledAt),
    })),
  };
}

function bandOf({ findings, tallies, rule }: Case, arm: number): SeriesView['arms'][0]['points'] {
  const own = findings.filter((finding) => finding.arm === arm);
  const bugchecksAt = own.map((finding) => finding.exposures[arm] ?? 0);
  const points = rateSeries({
    bugchecksAt,
    // A batch may settle between the reads: a finding can be newer than the tallies.
    n: Math.max(
      bugchecksAt.at(-1) ?? 0,
      tallyArm(tallies.filter((row) => row.arm === arm)).exposures,
    ),
    alpha: rule.alpha,
    pointsMax,
  });
  return points.map(({ n, k, lower, upper }) => ({
    exposures: n,
    bugchecks: k,
    estimate: n === 0 ? null : k / n,
    lower,
    upper,
  }));
}

function evidenceOf(given: Case): SeriesView['evidence'] {
  const { design, history, rule } = given;
  if (design === 'single-arm') return null;
  const points = evidenceSeries({ design, history, claim: claimOf(rule), pointsMax });
  return {
    logDecision: -Math.log(rule.alpha),
    points: points.map(({ n, logE }) => ({ exposures: n, logEValue: logE })),
  };
}
