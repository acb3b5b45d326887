import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { judgeAll, type Pair } from './judge-all.ts';
import { type Finding, toFinding } from './judge-finding.ts';
import { lockCluster } from './lock-cluster.ts';
import type { Parts } from './parts.ts';
import type { Stores } from './ports.ts';
import { recordBugchecks } from './record-bugchecks.ts';
import { storeEvidence } from './store-evidence.ts';

const reasonCharsMax = 4_000;

/**
 * Shows a bugcheck, its bucket and its evidence while the worker still brings the VM back, which
 * may take minutes. The attempt stays open, its VM taken, and counts in no tally: all that is the
 * settlement's. May come any number of times, and later than that. Throws when the database cannot
 * be reached; then nothing was recorded.
 */
export async function recordBugcheckAhead(parts: Parts, report: AttemptReport): Promise<void> {
  const finding = toFinding(report);
  await storeEvidence(parts, [finding]);
  const at = parts.clock.now();
  const campaignId = await parts.transact(async (stores) => {
    const pair = await findPair(stores, finding);
    if (pair === null) return null;
    const { settlements, fingerprints } = judgeAll(parts, [pair], at);
    await stores.attempts.saveFingerprints(fingerprints);
    await recordBugchecks(stores, settlements, parts.ids);
    for (const settlement of settlements) await stores.attempts.noteAhead(settlement);
    const lastBugcheckId = settlements[0]?.bugcheckId;
    if (lastBugcheckId) await stores.campaigns.update(pair.campaign.id, { lastBugcheckId });
    return pair.campaign.id;
  });
  if (campaignId !== null) parts.notices.campaignChanged(campaignId);
}

/** Null when there is nothing to record, or not any more. */
async function findPair(stores: Stores, finding: Finding): Promise<Pair | null> {
  if ((finding.report?.bugcheck ?? null) === null) return null;
  const locked = await lockCluster(stores, finding.clusterId);
  const attempt = locked?.inFlight.find(({ id }) => id === finding.attemptId);
  const campaign = locked?.campaigns.find(({ id }) => id === attempt?.campaignId);
  if (attempt === undefined || campaign === undefined || attempt.bugcheckId !== null) return null;
  return { attempt, finding, campaign };
}

/**
 * Puts what was told ahead in the place of a finding that knows less: the worker fell silent while
 * it brought the VM back, or its final report made no sense. Where the VM is now, the finding knows.
 */
export async function recallToldAhead(stores: Stores, pairs: readonly Pair[]): Promise<Pair[]> {
  const knowsLess = ({ attempt, finding: { report } }: Pair) =>
    attempt.bugcheckId !== null && (report?.bugcheck ?? null) === null;
  const asked = pairs.filter(knowsLess).map(({ attempt }) => attempt.id);
  const told = await stores.attempts.readAhead(asked);
  return pairs.map((pair) => {
    const report = told.get(pair.attempt.id);
    if (report === undefined || !knowsLess(pair)) return pair;
    const { outcome, reason, locatedOn } = toFinding(report);
    const { finding } = pair;
    const both = [reason, finding.reason].filter((one) => one !== null).join('; then: ');
    return {
      ...pair,
      finding: {
        ...finding,
        outcome,
        report,
        reason: both.slice(0, reasonCharsMax),
        locatedOn: finding.locatedOn ?? locatedOn,
      },
    };
  });
}
