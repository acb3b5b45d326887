import Type, { type Static } from 'typebox';
import { attemptPhases, bugcheckSubjects } from '../domain/bugcheck.ts';
import { evidenceKinds } from '../domain/evidence.ts';
import { migrationErrorClasses } from '../domain/migration.ts';
import { outcomes } from '../domain/outcome.ts';
import { matches } from './parse.ts';
import { literals, Name, nullable, Sha256, Uuid } from './primitives.ts';

const Milliseconds = nullable(Type.Number({ minimum: 0 }));
/** ms since the epoch. */
const At = Type.Integer();
const Text = Type.String({ maxLength: 4096 });

export const FileVersionList = Type.Array(Type.Object({ name: Name, version: Name }), {
  maxItems: 256,
});

export const FingerprintPayload = Type.Object({
  hosts: Type.Array(
    Type.Object({
      name: Name,
      files: FileVersionList,
      hotfixes: Type.Array(Name, { maxItems: 1024 }),
    }),
    { maxItems: 8 },
  ),
  guestFiles: FileVersionList,
  settings: Type.Record(Type.String(), Text),
});
export type FingerprintPayload = Static<typeof FingerprintPayload>;

export const BugcheckPayload = Type.Object({
  subject: literals(bugcheckSubjects),
  host: nullable(Name),
  code: nullable(Type.Integer({ minimum: 0, maximum: 0xffffffff })),
  parameters: Type.Array(Type.String({ pattern: '^0x[0-9A-Fa-f]{1,16}$' }), { maxItems: 4 }),
  module: nullable(Name),
  function: nullable(Name),
  offset: nullable(Type.Integer()),
  reason: nullable(Text),
  occurredAt: At,
  phase: literals(attemptPhases),
  msSinceSwitchover: nullable(Type.Number()),
  channels: Type.Array(Name, { maxItems: 32 }),
});
export type BugcheckPayload = Static<typeof BugcheckPayload>;

/** Evidence up to this size travels in the report; more stays in the worker's evidence folder. */
export const inlineEvidenceBytesMax = 64 * 1024;

export const EvidencePayload = Type.Object({
  kind: literals(evidenceKinds),
  name: Name,
  contentType: Name,
  sha256: Sha256,
  sizeBytes: Type.Integer({ minimum: 0 }),
  /** base64; null when it is larger than `inlineEvidenceBytesMax`. */
  inline: nullable(Type.String({ maxLength: 90_000 })),
});
export type EvidencePayload = Static<typeof EvidencePayload>;

export const TimelineEntry = Type.Object({ at: At, event: Name, detail: nullable(Text) });
export type TimelineEntry = Static<typeof TimelineEntry>;

/** What a worker found. */
export const AttemptReport = Type.Object({
  v: Type.Literal(1),
  attemptId: Uuid,
  campaignId: Uuid,
  clusterId: Uuid,
  workerId: Name,
  startedAt: At,
  finishedAt: At,
  outcome: literals(outcomes),
  /** One sentence for people: why this outcome; null when clean. */
  reason: nullable(Text),
  phases: Type.Object({
    queueMs: Milliseconds,
    copyMs: Milliseconds,
    blackoutMs: Milliseconds,
    settleMs: Milliseconds,
    recoveryMs: Milliseconds,
  }),
  /** Where the VM is after all, as the cluster said; null when it could not be asked. */
  locatedOn: nullable(Name),
  failure: nullable(
    Type.Object({
      class: literals(migrationErrorClasses),
      code: nullable(Text),
      message: Text,
    }),
  ),
  bugcheck: nullable(BugcheckPayload),
  /** The probe that failed (`page-checker`, `xchg`) for `guest-fault`; null otherwise. */
  fault: nullable(Type.Object({ probe: Name, detail: Text })),
  fingerprint: nullable(FingerprintPayload),
  evidence: Type.Array(EvidencePayload, { maxItems: 32 }),
  timeline: Type.Array(TimelineEntry, { maxItems: 64 }),
  /**
   * Told ahead of its end: the VM is still being brought back to life, and the same finding follows
   * in the attempt's final report. Settles nothing.
   */
  recovering: Type.Optional(Type.Literal(true)),
});
export type AttemptReport = Static<typeof AttemptReport>;

/** Reports without evidence that travel together at most; one with evidence travels alone. */
export const reportsPerMessageMax = 100;

/**
 * One message on the reports queue. Each report in it is parsed by itself: one that is malformed
 * holds no other up. Its job's id is the first attempt's id, so that a message stands there once.
 */
export const AttemptReports = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('attempts'),
  reports: Type.Array(Type.Unknown(), { minItems: 1, maxItems: reportsPerMessageMax }),
});
export type AttemptReports = Static<typeof AttemptReports>;

const Owned = Type.Object({ attemptId: Uuid });

/** Whose report it is, however malformed the rest; null when nobody can say. */
export function attemptIdOf(report: unknown): string | null {
  return matches(Owned, report) ? report.attemptId : null;
}

const Recovering = Type.Object({ recovering: Type.Literal(true) });

/** True for a report told ahead of the attempt's end, however malformed the rest. */
export function isToldAhead(report: unknown): boolean {
  return matches(Recovering, report);
}

/** The attempts that a message on the reports queue tells of; none when it is of another kind. */
export function attemptIdsIn(message: unknown): string[] {
  if (!matches(AttemptReports, message)) return [];
  return message.reports.flatMap((report) => attemptIdOf(report) ?? []);
}
