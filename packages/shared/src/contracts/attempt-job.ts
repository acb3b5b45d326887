import Type, { type Static } from 'typebox';
import { actions } from '../domain/attempt.ts';
import { literals, Name, Uuid } from './primitives.ts';

/** What the orchestrator asks of a worker: one attempt, exactly once. The job's id is `attemptId`. */
export const AttemptJob = Type.Object(
  {
    v: Type.Literal(1),
    attemptId: Uuid,
    campaignId: Uuid,
    clusterId: Uuid,
    /** The cluster's definition the plan was made on; a worker with an older one reads it anew. */
    clusterRevision: Type.Integer({ minimum: 1 }),
    ordinal: Type.Integer({ minimum: 0 }),
    arm: Name,
    action: literals(actions),
    vm: Type.Object({ id: Name, name: Name }),
    source: Name,
    /** Same as `source` for a power cycle. */
    target: Name,
    load: Name,
    settleMs: Type.Integer({ minimum: 0 }),
    timeoutMs: Type.Integer({ minimum: 1 }),
    onBugcheck: literals(['recover-vm', 'leave-vm']),
    /** Instant of dispatch by the orchestrator's clock, ms since the epoch. */
    queuedAt: Type.Integer(),
  },
  { additionalProperties: false },
);
export type AttemptJob = Static<typeof AttemptJob>;
