import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import { matchKnownFault } from '@gauntlet/shared/domain/known-issues';
import { isExposure, type Outcome } from '@gauntlet/shared/domain/outcome';
import { addMs, type Instant } from '@gauntlet/shared/kernel/instant';
import { matchFingerprint } from './match-fingerprint.ts';
import type { OpenAttempt, PlacementRecord, Settlement } from './records.ts';

/** What is to become of one attempt: a worker's report, or what the orchestrator found out itself. */
export interface Finding {
  readonly attemptId: string;
  readonly clusterId: string;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly report: AttemptReport | null;
  /** Where the cluster says the VM is; null when it could not be asked. */
  readonly locatedOn: string | null;
  /** False when the VM is known not to run. */
  readonly runs: boolean;
}

export function toFinding(report: AttemptReport): Finding {
  const { attemptId, clusterId, outcome, locatedOn } = report;
  return { attemptId, clusterId, outcome, reason: reasonOf(report), report, locatedOn, runs: true };
}

/** A lost exchange has no bucket, so its sentence says which published defect explains it. */
function reasonOf({ reason, fault, fingerprint }: AttemptReport): string | null {
  if (fault === null) return reason;
  const issue = matchKnownFault(fault.probe, fingerprint);
  return issue === null ? reason : `${reason ?? fault.detail} (known issue ${issue.id})`;
}

export interface Circumstances {
  readonly config: CampaignConfig;
  readonly fingerprintHash: string | null;
  readonly bugcheckId: string | null;
  readonly at: Instant;
}

/** The final record of an attempt, and whether it counts for its arm. Pure. */
export function judgeFinding(
  attempt: OpenAttempt,
  finding: Finding,
  { config, fingerprintHash, bugcheckId, at }: Circumstances,
): Settlement {
  const matches = fingerprintMatches(config, attempt, finding);
  return {
    attempt,
    outcome: finding.outcome,
    reason: finding.reason,
    settledAt: at,
    report: finding.report,
    fingerprintHash,
    fingerprintMatches: matches,
    counted: isExposure(finding.outcome) && matches !== false,
    bugcheckId,
    locatedOn: finding.locatedOn,
  };
}

/** An arm that declares nothing matches anything; one that does needs to see it. */
function fingerprintMatches(
  config: CampaignConfig,
  attempt: OpenAttempt,
  { outcome, report }: Finding,
): boolean | null {
  const declared = config.arms[attempt.arm]?.fingerprint ?? null;
  if (declared === null) return true;
  const seen = report?.fingerprint ?? null;
  if (seen !== null) return matchFingerprint(declared, seen);
  return isExposure(outcome) ? false : null;
}

/** Where the VM stands after its attempt, and from when on it may move again. Pure. */
export function placementAfter(
  before: PlacementRecord,
  { attempt, outcome, settledAt }: Settlement,
  { finding, config }: { finding: Finding; config: CampaignConfig },
): PlacementRecord {
  const host = finding.locatedOn ?? hostImplied(attempt, outcome);
  const left = host !== null && host !== attempt.source && before.host === attempt.source;
  const departures = before.departures[attempt.source] ?? 0;
  return {
    ...before,
    host,
    usable: host !== null && finding.runs && !isLeftDead(outcome, config),
    readyAt: addMs(settledAt, config.limits.cooldownMs),
    departures: left
      ? { ...before.departures, [attempt.source]: departures + 1 }
      : before.departures,
  };
}

/** What the outcome itself says of the place; null where it says nothing. */
function hostImplied({ source, target }: OpenAttempt, outcome: Outcome): string | null {
  if (outcome === 'clean') return target;
  if (outcome === 'migration-failed' || outcome === 'cancelled') return source;
  return null;
}

function isLeftDead(outcome: Outcome, { onBugcheck }: CampaignConfig): boolean {
  if (onBugcheck !== 'leave-vm') return false;
  return outcome === 'guest-bugcheck' || outcome === 'guest-hang' || outcome === 'host-bugcheck';
}
