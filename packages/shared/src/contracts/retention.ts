import Type, { type Static } from 'typebox';
import { Name, nullable, Timestamp, Uuid } from './primitives.ts';

const Days = nullable(Type.Integer({ minimum: 1, maximum: 36_500 }));
const Count = Type.Integer();

export const RetentionView = Type.Object({
  /** Attempts older than this are kept as hourly tallies; null: as they are, for ever. */
  attemptsDays: Days,
  /** Evidence older than this goes unless something pins it; null: never. */
  evidenceDays: Days,
});
export type RetentionView = Static<typeof RetentionView>;

export const RetentionChange = Type.Object(
  { attemptsDays: Type.Optional(Days), evidenceDays: Type.Optional(Days) },
  { additionalProperties: false, minProperties: 1 },
);
export type RetentionChange = Static<typeof RetentionChange>;

/** What a run would do now. Nothing is touched by asking. */
export const RetentionPreview = Type.Object({
  at: Timestamp,
  settings: RetentionView,
  attempts: Type.Object({
    /** Those settled before it; null: none, by the settings. */
    before: nullable(Timestamp),
    toRollUp: Count,
    /** Most attempts first; at most 100. */
    campaigns: Type.Array(Type.Object({ id: Uuid, name: Name, attempts: Count })),
  }),
  evidence: Type.Object({
    before: nullable(Timestamp),
    toDrop: Count,
    bytesToDrop: Type.Integer(),
    /** Old enough, and kept. */
    pinnedByTriagedBuckets: Count,
    pinnedByOpenCampaigns: Count,
  }),
});
export type RetentionPreview = Static<typeof RetentionPreview>;

export const RetentionRun = Type.Object({
  attemptsRolledUp: Count,
  evidenceDropped: Count,
  filesDeleted: Count,
});
export type RetentionRun = Static<typeof RetentionRun>;
