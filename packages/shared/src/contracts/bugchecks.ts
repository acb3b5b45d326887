import Type, { type Static } from 'typebox';
import { bucketStatuses } from '../domain/bucket.ts';
import { attemptPhases, bugcheckSubjects } from '../domain/bugcheck.ts';
import { EvidenceView } from './attempts.ts';
import { literals, Name, nullable, Timestamp, Uuid } from './primitives.ts';

const HexCode = Type.String({ pattern: '^0x[0-9A-F]{8}$' });

export const BugcheckView = Type.Object({
  id: Uuid,
  attemptId: Uuid,
  campaignId: Uuid,
  subject: literals(bugcheckSubjects),
  vm: Name,
  host: nullable(Name),
  code: nullable(HexCode),
  name: nullable(Type.String()),
  parameters: Type.Array(Type.String()),
  /** What each parameter stands for, in order; empty where that is not documented. */
  parameterMeanings: Type.Array(Type.String()),
  /** The kind of trouble the code usually stands for: a label only. */
  codeClass: nullable(Type.String()),
  module: nullable(Name),
  function: nullable(Name),
  offset: nullable(Type.Integer()),
  reason: nullable(Type.String()),
  occurredAt: Timestamp,
  phase: literals(attemptPhases),
  msSinceSwitchover: nullable(Type.Number()),
  channels: Type.Array(Name),
  bucketId: Uuid,
  knownIssue: nullable(Type.String()),
  evidence: Type.Array(EvidenceView),
});
export type BugcheckView = Static<typeof BugcheckView>;

export const BucketView = Type.Object({
  id: Uuid,
  key: Type.String(),
  title: Type.String(),
  status: literals(bucketStatuses),
  note: nullable(Type.String()),
  knownIssue: nullable(Type.String()),
  bugchecks: Type.Integer(),
  firstAt: Timestamp,
  lastAt: Timestamp,
  /**
   * The largest share of its bugchecks that have one signature: 1 until people merge buckets. null
   * while it has none.
   */
  purity: nullable(Type.Number()),
  /** Where its bugchecks went by hand; null for a bucket of its own. */
  mergedInto: nullable(Uuid),
  /** Over all campaigns in which it was seen; the anytime interval at alpha = 0.05. */
  rate: Type.Object({
    exposures: Type.Integer(),
    estimate: nullable(Type.Number()),
    anytime: Type.Object({ lower: Type.Number(), upper: Type.Number() }),
  }),
  /** Where it was seen, most bugchecks first, at most 20 each; only when one bucket is asked for. */
  seenIn: Type.Optional(
    Type.Object({
      campaigns: Type.Array(
        Type.Object({ id: Uuid, name: Name, arm: Name, bugchecks: Type.Integer() }),
      ),
      vms: Type.Array(Type.Object({ name: Name, bugchecks: Type.Integer() })),
    }),
  ),
});
export type BucketView = Static<typeof BucketView>;

export const BucketChange = Type.Object(
  {
    status: Type.Optional(literals(bucketStatuses)),
    note: Type.Optional(nullable(Type.String({ maxLength: 10_000 }))),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type BucketChange = Static<typeof BucketChange>;

export const BucketMerge = Type.Object({ into: Uuid }, { additionalProperties: false });
export type BucketMerge = Static<typeof BucketMerge>;

export const BucketSplit = Type.Object(
  {
    bugcheckIds: Type.Array(Uuid, { minItems: 1, maxItems: 1000 }),
    title: Type.Optional(Name),
  },
  { additionalProperties: false },
);
export type BucketSplit = Static<typeof BucketSplit>;
