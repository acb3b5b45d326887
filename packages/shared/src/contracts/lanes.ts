import Type, { type Static } from 'typebox';
import { attemptStates } from '../domain/attempt.ts';
import { attemptPhases } from '../domain/bugcheck.ts';
import { hostStates } from '../domain/inventory.ts';
import { outcomes } from '../domain/outcome.ts';
import { literals, Name, nullable, Timestamp, Uuid } from './primitives.ts';

/** One migration as a bar between two host lanes. */
export const LaneAttempt = Type.Object({
  attemptId: Uuid,
  campaignId: Uuid,
  ordinal: Type.Integer(),
  arm: Name,
  vm: Name,
  source: Name,
  target: Name,
  state: literals(attemptStates),
  /** As the worker's last heartbeat said; null before it starts and after it settled. */
  phase: nullable(literals(attemptPhases)),
  outcome: nullable(literals(outcomes)),
  queuedAt: nullable(Timestamp),
  startedAt: nullable(Timestamp),
  settledAt: nullable(Timestamp),
  copyMs: nullable(Type.Number()),
  blackoutMs: nullable(Type.Number()),
  settleMs: nullable(Type.Number()),
});
export type LaneAttempt = Static<typeof LaneAttempt>;

/** `GET /clusters/{id}/lanes`: what moves now, and what moved in the last minutes. */
export const LanesView = Type.Object({
  takenAt: Timestamp,
  /** Since when the kill switch holds; null when attempts may start. */
  stoppedAt: nullable(Timestamp),
  hosts: Type.Array(
    Type.Object({
      name: Name,
      state: literals(hostStates),
      /** The host's own cap on migrations it takes part in at once; null when it has none. */
      migrationsMax: nullable(Type.Integer()),
      vms: Type.Integer(),
    }),
  ),
  /** The campaigns' caps that apply now, the tightest of them; null without an active campaign. */
  caps: nullable(
    Type.Object({
      concurrency: Type.Integer(),
      outboundPerHost: Type.Integer(),
      inboundPerHost: Type.Integer(),
    }),
  ),
  inFlight: Type.Array(LaneAttempt),
  /** Settled within the last five minutes, newest first, at most 300. */
  recent: Type.Array(LaneAttempt),
  /** Guard trips and changes of state of the cluster's campaigns in the same span. */
  marks: Type.Array(
    Type.Object({
      at: Timestamp,
      kind: literals(['guard', 'state']),
      campaignId: Uuid,
      text: Type.String(),
    }),
  ),
});
export type LanesView = Static<typeof LanesView>;
