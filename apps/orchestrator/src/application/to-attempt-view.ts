import { FingerprintPayload, TimelineEntry } from '@gauntlet/shared/contracts/attempt-report';
import type {
  AttemptDetailView,
  AttemptView,
  EvidenceView,
} from '@gauntlet/shared/contracts/attempts';
import { parse } from '@gauntlet/shared/contracts/parse';
import { literals, Name } from '@gauntlet/shared/contracts/primitives';
import { migrationErrorClasses } from '@gauntlet/shared/domain/migration';
import { type Instant, toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import Type from 'typebox';
import type { EvidenceFiles, ListedAttempt, StoredAttempt, StoredEvidence } from './ports.ts';

export function toAttemptView(attempt: ListedAttempt, armNames: readonly string[]): AttemptView {
  return {
    id: attempt.id,
    campaignId: attempt.campaignId,
    ordinal: attempt.ordinal,
    arm: armNames[attempt.arm] ?? String(attempt.arm),
    action: attempt.action,
    vm: attempt.vmName,
    vmId: attempt.vmId,
    source: attempt.source,
    target: attempt.target,
    state: attempt.state,
    outcome: attempt.outcome,
    reason: attempt.reason,
    plannedAt: toIso(attempt.plannedAt),
    queuedAt: isoOrNull(attempt.queuedAt),
    startedAt: isoOrNull(attempt.startedAt),
    settledAt: isoOrNull(attempt.settledAt),
    phases: attempt.phases,
    worker: attempt.worker,
    bugcheckId: attempt.bugcheckId,
    probability: attempt.probability,
    fingerprintMatches: attempt.fingerprintMatches,
  };
}

const Failure = Type.Object({
  class: literals(migrationErrorClasses),
  code: Type.Union([Type.String(), Type.Null()]),
  message: Type.String(),
});
const GuestFault = Type.Object({ probe: Name, detail: Type.String() });
const Timeline = Type.Array(TimelineEntry);

export interface AttemptDetails {
  readonly armNames: readonly string[];
  readonly fingerprint: unknown;
  readonly evidence: EvidenceView[];
}

export function toAttemptDetailView(
  attempt: StoredAttempt,
  { armNames, fingerprint, evidence }: AttemptDetails,
): AttemptDetailView {
  const timeline = parseOrNull(Timeline, attempt.timeline, 'timeline') ?? [];
  return {
    ...toAttemptView(attempt, armNames),
    failure: parseOrNull(Failure, attempt.failure, 'failure'),
    fault: parseOrNull(GuestFault, attempt.fault, 'fault'),
    fingerprint: parseOrNull(FingerprintPayload, fingerprint, 'fingerprint'),
    timeline: timeline.map(({ at, event, detail }) => ({
      at: toIso(toInstant(at)),
      event,
      detail,
    })),
    evidence,
  };
}

/** Where each piece can be fetched; null where it stayed with its worker. */
export function toEvidenceViews(
  evidence: readonly StoredEvidence[],
  files: EvidenceFiles,
): Promise<EvidenceView[]> {
  return Promise.all(
    evidence.map(async ({ kind, name, contentType, sha256, sizeBytes }) => ({
      kind,
      name,
      contentType,
      sha256,
      sizeBytes,
      href: (await files.has(sha256)) ? `/api/v1/evidence/${sha256}` : null,
    })),
  );
}

function parseOrNull<Schema extends Type.TSchema>(schema: Schema, value: unknown, what: string) {
  return value === null || value === undefined ? null : parse(schema, value, what);
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
