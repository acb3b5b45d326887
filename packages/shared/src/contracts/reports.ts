import Type, { type Static } from 'typebox';
import { outcomes } from '../domain/outcome.ts';
import { SeriesView } from './analysis.ts';
import { BucketView, BugcheckView } from './bugchecks.ts';
import { CampaignConfig, CampaignView, OutcomeCounts } from './campaigns.ts';
import { literals, Name, nullable, Timestamp, Uuid } from './primitives.ts';

export const reportFormats = ['html', 'json', 'csv', 'ndjson', 'junit'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export const ReportQuery = Type.Object(
  {
    format: Type.Optional(literals(reportFormats)),
    /** Of the times in the HTML: an IANA name; UTC unless told otherwise. */
    timeZone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    /** Begins the CSV with a byte order mark, without which old spreadsheets take it for Latin-1. */
    bom: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type ReportQuery = Static<typeof ReportQuery>;

const Count = Type.Integer();

/** A stop rule or guard with its limit, and where the campaign stands. */
export const LimitView = Type.Object({
  name: Type.String(),
  kind: literals(['stop-rule', 'guard']),
  /** null: not set. */
  limit: nullable(Type.Union([Type.Number(), Type.String()])),
  /** null: not known. */
  value: nullable(Type.Union([Type.Number(), Type.String()])),
  reached: Type.Boolean(),
});
export type LimitView = Static<typeof LimitView>;

export const ReportBucketView = Type.Object({
  bucket: BucketView,
  bugchecks: Count,
  /** By arm, in the order of the campaign's arms. */
  perArm: Type.Array(Type.Object({ arm: Name, bugchecks: Count })),
  /** The newest, with their evidence; at most 20. */
  latest: Type.Array(BugcheckView),
});
export type ReportBucketView = Static<typeof ReportBucketView>;

export const ReportEventView = Type.Object({
  at: Timestamp,
  kind: literals(['guard', 'state']),
  text: Type.String(),
});
export type ReportEventView = Static<typeof ReportEventView>;

/** A fact of the inventory that was another one at the end than at the start. */
export const InventoryChangeView = Type.Object({
  /** `host hv-1`. */
  subject: Type.String(),
  fact: Type.String(),
  /** null: it was not there. */
  before: nullable(Type.String()),
  after: nullable(Type.String()),
  changedAt: Timestamp,
});
export type InventoryChangeView = Static<typeof InventoryChangeView>;

export const ReportVmView = Type.Object({
  arm: Name,
  vm: Name,
  outcomes: OutcomeCounts,
  blackoutMsMean: nullable(Type.Number()),
  blackoutMsMax: nullable(Type.Number()),
});
export type ReportVmView = Static<typeof ReportVmView>;

/** `report?format=json`: everything the page shows. Its size does not grow with the attempts. */
export const ReportView = Type.Object({
  version: Type.String(),
  generatedAt: Timestamp,
  cluster: Type.Object({ id: Uuid, name: Name, driver: Name }),
  campaign: CampaignView,
  sentence: Type.String(),
  limits: Type.Array(LimitView),
  series: SeriesView,
  timeline: Type.Object({
    binMs: Count,
    bins: Type.Array(
      Type.Object({ startAt: Timestamp, outcome: literals(outcomes), attempts: Count }),
    ),
  }),
  buckets: Type.Array(ReportBucketView),
  events: Type.Array(ReportEventView),
  /** True when there are more events than these. */
  eventsCut: Type.Boolean(),
  inventoryChanges: Type.Array(InventoryChangeView),
  vms: Type.Array(ReportVmView),
  /** True when there are more VMs than these. */
  vmsCut: Type.Boolean(),
  /** Attempts that retention keeps as hourly tallies only: counted everywhere, listed nowhere. */
  attemptsRolledUp: Count,
  /** The body that starts the same campaign again. */
  restart: CampaignConfig,
});
export type ReportView = Static<typeof ReportView>;
