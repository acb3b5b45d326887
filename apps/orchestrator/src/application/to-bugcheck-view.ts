import type { EvidenceView } from '@gauntlet/shared/contracts/attempts';
import type { BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import { formatStopCode } from '@gauntlet/shared/domain/bugcheck';
import { nameOfStopCode } from '@gauntlet/shared/domain/stop-codes';
import { toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import type { BucketRecord, NewBugcheck } from './ports.ts';

export function toBugcheckView(bugcheck: NewBugcheck, evidence: EvidenceView[]): BugcheckView {
  const { facts } = bugcheck;
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

export function toBucketView(bucket: BucketRecord): BucketView {
  return {
    ...bucket,
    firstAt: toIso(bucket.firstAt),
    lastAt: toIso(bucket.lastAt),
  };
}
