import { matchKnownIssue } from '@gauntlet/shared/domain/known-issues';
import { bucketKeyOf, bucketTitleOf } from '@gauntlet/shared/domain/signature';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import type { Stores } from './ports.ts';
import type { Settlement } from './records.ts';

/**
 * Writes the bugchecks, buckets, evidence and events that a batch of settlements brings; those told
 * ahead are there already. Resolves with the bucket of each attempt that has one.
 */
export async function recordBugchecks(
  stores: Stores,
  settlements: readonly Settlement[],
  ids: { next(): string },
): Promise<ReadonlyMap<string, string>> {
  const isTold = ({ attempt }: Settlement) => attempt.bugcheckId !== null;
  const bucketIds = await readToldBuckets(stores, settlements.filter(isTold));
  const news = settlements.filter((settlement) => !isTold(settlement));
  for (const settlement of news) {
    const bucketId = await recordBugcheck(stores, settlement, ids);
    if (bucketId !== null) bucketIds.set(settlement.attempt.id, bucketId);
  }
  await stores.bugchecks.insertEvidence(
    news.flatMap(({ attempt, report }) =>
      (report?.evidence ?? []).map(({ kind, name, contentType, sha256, sizeBytes }) => ({
        attemptId: attempt.id,
        kind,
        name,
        contentType,
        sha256,
        sizeBytes,
      })),
    ),
  );
  return bucketIds;
}

/** By attempt, as people may have moved the bugchecks since. */
async function readToldBuckets(
  stores: Stores,
  told: readonly Settlement[],
): Promise<Map<string, string>> {
  const bugcheckIds = told.flatMap(({ attempt }) => attempt.bugcheckId ?? []);
  const byBugcheck = await stores.bugchecks.readBucketIds(bugcheckIds);
  return new Map(
    told.flatMap(({ attempt }): [string, string][] => {
      const bucketId = byBugcheck.get(attempt.bugcheckId ?? '');
      return bucketId === undefined ? [] : [[attempt.id, bucketId]];
    }),
  );
}

async function recordBugcheck(
  stores: Stores,
  settlement: Settlement,
  ids: { next(): string },
): Promise<string | null> {
  const { attempt, report, bugcheckId, counted, settledAt } = settlement;
  const facts = report?.bugcheck ?? null;
  if (facts === null || bugcheckId === null) return null;
  const issue = matchKnownIssue(facts, facts.subject, report?.fingerprint ?? null);
  const knownIssue = issue?.id ?? null;
  const occurredAt = toInstant(facts.occurredAt);
  const title = bucketTitleOf(facts, facts.subject);
  const { campaignId, arm, vmName } = attempt;
  const signature = bucketKeyOf(facts, facts.subject);
  const bucketId = await stores.bugchecks.countInBucket({
    id: ids.next(),
    key: signature,
    title,
    knownIssue,
    firstAt: occurredAt,
    lastAt: occurredAt,
  });
  await stores.bugchecks.countInCampaign({ campaignId, arm, bucketId });
  await stores.bugchecks.insert({
    id: bugcheckId,
    attemptId: attempt.id,
    campaignId,
    bucketId,
    arm,
    counted,
    vmName,
    knownIssue,
    signature,
    facts,
  });
  await stores.events.append(campaignId, {
    kind: 'bugcheck',
    at: settledAt,
    data: {
      bugcheckId,
      attemptId: attempt.id,
      ordinal: attempt.ordinal,
      arm,
      bucketId,
      title,
      vm: vmName,
      knownIssue,
    },
  });
  return bucketId;
}
