import Type, { type Static } from 'typebox';
import { NewCampaign } from './campaigns.ts';
import { literals, Name, nullable, Timestamp, Uuid } from './primitives.ts';

const strict = { additionalProperties: false };
const Cron = Type.String({ minLength: 1, maxLength: 200 });
const TimeZone = Type.String({ minLength: 1, maxLength: 100 });
const DurationMinutes = Type.Integer({ minimum: 1, maximum: 366 * 24 * 60 });

/** While the campaign of the firing before is not over. */
export const overlaps = ['skip', 'queue'] as const;
/** Of firings that nobody heard, because the service was down: all of them are one. */
export const catchUps = ['once', 'skip'] as const;

export const NewSchedule = Type.Object(
  {
    name: Name,
    cron: Cron,
    /** IANA, as `Europe/Berlin`. */
    timeZone: TimeZone,
    /** The campaign ends after so long at the latest; null: by its own stop rules alone. */
    durationMinutes: Type.Optional(nullable(DurationMinutes)),
    overlap: Type.Optional(literals(overlaps)),
    catchUp: Type.Optional(literals(catchUps)),
    paused: Type.Optional(Type.Boolean()),
    /** The template of every campaign it starts. */
    campaign: NewCampaign,
  },
  strict,
);
export type NewSchedule = Static<typeof NewSchedule>;

export const ScheduleChange = Type.Partial(NewSchedule, strict);
export type ScheduleChange = Static<typeof ScheduleChange>;

export const firingOutcomes = ['starting', 'started', 'skipped', 'queued', 'failed'] as const;

export const FiringView = Type.Object({
  /** When it had to fire. */
  dueAt: Timestamp,
  /** When that was acted on. */
  at: Timestamp,
  outcome: literals(firingOutcomes),
  campaignId: nullable(Uuid),
  /** Firings before this one that nobody heard. */
  missed: Type.Integer(),
  /** Why, when it was skipped, queued, late or failed. */
  detail: nullable(Type.String()),
});
export type FiringView = Static<typeof FiringView>;

export const ScheduleView = Type.Object({
  id: Uuid,
  name: Name,
  cron: Cron,
  timeZone: TimeZone,
  durationMinutes: nullable(DurationMinutes),
  overlap: literals(overlaps),
  catchUp: literals(catchUps),
  paused: Type.Boolean(),
  campaign: NewCampaign,
  createdAt: Timestamp,
  /** null while it is paused, and when it never fires again. */
  nextAt: nullable(Timestamp),
  lastFiring: nullable(FiringView),
});
export type ScheduleView = Static<typeof ScheduleView>;

/** `GET /schedules/{id}/next`: fewer than asked for when it ends. */
export const NextFirings = Type.Object({ items: Type.Array(Timestamp) });
export type NextFirings = Static<typeof NextFirings>;
