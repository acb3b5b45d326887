import type { EvidenceView } from '@gauntlet/shared/contracts/attempts';
import type { BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import { formatStopCode } from '@gauntlet/shared/domain/bugcheck';
import { findStopCode, nameOfStopCode } from '@gauntlet/shared/domain/stop-codes';
import { toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { confidenceSequence } from '@gauntlet/statistics/confidence-sequence';
import type { BucketPlace, BucketRecord, NewBugcheck } from './ports.ts';

/** Of the interval of a bucket's rate. */
const alpha = 0.05;

export function toBugcheckView(bugcheck: NewBugcheck, evidence: EvidenceView[]): BugcheckView {
  const { facts } = bugcheck;
  const stop = facts.code === null ? undefined : findStopCode(facts.code);
  return {
    id: bugcheck.id,
    attemptId: bugcheck.attemptId,
    campaignId: bugcheck.campaignId,
    subject: facts.subject,
    vm: bugcheck.vmName,
    host: facts.host,
    code: facts.code === null ? null : formatStopCode(facts.code),
    name: facts.code === null ? null : nameOfStopCode(facts.code),
    parameters: facts.parameters,
    parameterMeanings: [...(stop?.parameters ?? [])],
    codeClass: stop?.class ?? null,
    module: facts.module,
    function: facts.function,
    offset: facts.offset,
    reason: facts.reason,
    occurredAt: toIso(toInstant(facts.occurredAt)),
    phase: facts.phase,
    msSinceSwitchover: facts.msSinceSwitchover,
    channels: facts.channels,
    bucketId: bugcheck.bucketId,
    knownIssue: bugcheck.knownIssue,
    evidence,
  };
}

/** @param places of this bucket; its rate is over the arms in which it was seen */
export function toBucketView(
  bucket: BucketRecord,
  places: readonly BucketPlace[],
  purity: number | null,
): BucketView {
  const n = places.reduce((sum, place) => sum + place.exposures, 0);
  const k = Math.min(
    n,
    places.reduce((sum, place) => sum + place.bugchecks, 0),
  );
  return {
    ...bucket,
    purity,
    rate: {
      exposures: n,
      estimate: n === 0 ? null : k / n,
      anytime: confidenceSequence({ k, n, alpha }),
    },
    firstAt: toIso(bucket.firstAt),
    lastAt: toIso(bucket.lastAt),
  };
}
