import Type, { type Static } from 'typebox';
import { actions, attemptStates } from '../domain/attempt.ts';
import { evidenceKinds } from '../domain/evidence.ts';
import { outcomes } from '../domain/outcome.ts';
import { FingerprintPayload } from './attempt-report.ts';
import { PageQuery } from './lists.ts';
import { literals, Name, nullable, Sha256, Timestamp, Uuid } from './primitives.ts';

const Milliseconds = nullable(Type.Number());

export const AttemptView = Type.Object({
  id: Uuid,
  campaignId: Uuid,
  ordinal: Type.Integer(),
  arm: Name,
  action: literals(actions),
  vm: Name,
  vmId: Name,
  source: Name,
  target: Name,
  state: literals(attemptStates),
  outcome: nullable(literals(outcomes)),
  reason: nullable(Type.String()),
  plannedAt: Timestamp,
  queuedAt: nullable(Timestamp),
  startedAt: nullable(Timestamp),
  settledAt: nullable(Timestamp),
  phases: Type.Object({
    queueMs: Milliseconds,
    copyMs: Milliseconds,
    blackoutMs: Milliseconds,
    settleMs: Milliseconds,
    recoveryMs: Milliseconds,
  }),
  worker: nullable(Name),
  bugcheckId: nullable(Uuid),
  /** Probability with which the arm was drawn, and under adaptive allocation the VM in it. */
  probability: Type.Number(),
  /** False when the hosts or the guest were not what the arm declares; null until settled. */
  fingerprintMatches: nullable(Type.Boolean()),
});
export type AttemptView = Static<typeof AttemptView>;

export const EvidenceView = Type.Object({
  kind: literals(evidenceKinds),
  name: Name,
  contentType: Type.String(),
  sha256: Sha256,
  sizeBytes: Type.Integer(),
  /** Where to fetch it; null when it stayed with the worker that collected it. */
  href: nullable(Type.String()),
});
export type EvidenceView = Static<typeof EvidenceView>;

export const AttemptDetailView = Type.Object({
  ...AttemptView.properties,
  failure: nullable(
    Type.Object({ class: Type.String(), code: nullable(Type.String()), message: Type.String() }),
  ),
  fault: nullable(Type.Object({ probe: Type.String(), detail: Type.String() })),
  fingerprint: nullable(FingerprintPayload),
  timeline: Type.Array(
    Type.Object({ at: Timestamp, event: Type.String(), detail: nullable(Type.String()) }),
  ),
  evidence: Type.Array(EvidenceView),
});
export type AttemptDetailView = Static<typeof AttemptDetailView>;

export const attemptOrders = ['oldest', 'newest'] as const;

/** `GET /campaigns/{id}/attempts.csv`: every attempt that matches, no pages. */
export const AttemptFilter = Type.Object(
  {
    outcome: Type.Optional(literals(outcomes)),
    vm: Type.Optional(Name),
    host: Type.Optional(Name),
    arm: Type.Optional(Name),
  },
  { additionalProperties: false },
);
export type AttemptFilter = Static<typeof AttemptFilter>;

export const AttemptQuery = Type.Object(
  {
    ...PageQuery,
    outcome: Type.Optional(literals(outcomes)),
    vm: Type.Optional(Name),
    host: Type.Optional(Name),
    arm: Type.Optional(Name),
    /** By ordinal; `oldest` first when left out. A cursor belongs to its order. */
    order: Type.Optional(literals(attemptOrders)),
  },
  { additionalProperties: false },
);
export type AttemptQuery = Static<typeof AttemptQuery>;
