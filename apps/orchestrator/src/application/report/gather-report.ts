import type { BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type {
  ReportBucketView,
  ReportView,
  ReportVmView,
} from '@gauntlet/shared/contracts/reports';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import { readSeries } from '../analysis/read-series.ts';
import { countOutcomes } from '../estimate-progress.ts';
import type { Parts } from '../parts.ts';
import { getBucket, listBugchecks } from '../read-bugchecks.ts';
import type { CampaignRecord } from '../records.ts';
import { ranMs } from '../running-time.ts';
import { readCampaignView } from '../to-campaign-view.ts';
import { inventoryChanges } from './inventory-changes.ts';
import { limitsOf } from './limits.ts';
import type { FoundBucket, SettledSpan, VmRow } from './ports.ts';
import { toReportEvents, trippedGuards } from './report-events.ts';

const bucketsMax = 50;
const bugchecksPerBucketMax = 20;
const eventsMax = 500;
const fingerprintsMax = 2_000;
const vmRowsMax = 20_000;
const vmsMax = 500;

/** Everything the page shows, in a number of reads that does not depend on the attempts. */
export async function gatherReport(
  parts: Parts,
  campaign: CampaignRecord,
  { at, version }: { at: Instant; version: string },
): Promise<ReportView> {
  const { stores } = parts;
  const [cluster, view, series, span, marks] = await Promise.all([
    stores.clusters.find(campaign.clusterId),
    readCampaignView(parts, campaign, at),
    readSeries(stores, campaign, undefined),
    stores.reports.readSpan(campaign.id),
    stores.lanes.listMarksSince([campaign.id], campaign.createdAt, eventsMax + 1),
  ]);
  const binMs = chooseBin(span);
  const [timeline, fingerprints, vmRows, found] = await Promise.all([
    stores.reports.readTimeline(campaign.id, binMs),
    stores.reports.readFingerprints(campaign.id, fingerprintsMax),
    stores.reports.readVms(campaign.id, at, vmRowsMax),
    stores.reports.readBuckets(campaign.id),
  ]);
  const buckets = await readBuckets(parts, view, found);
  const vms = toVms(view, vmRows);
  const { id, name, driver } = cluster ?? { id: campaign.clusterId, name: 'gone', driver: 'gone' };
  return {
    version,
    generatedAt: toIso(at),
    cluster: { id, name, driver },
    campaign: view,
    sentence: view.verdict?.sentence ?? '',
    limits: limitsOf({
      campaign: view,
      ranMs: ranMs(campaign, at),
      failedInARow: campaign.failedInARow,
      bugchecksOfLargestBucket: buckets[0]?.bugchecks ?? 0,
      tripped: trippedGuards(marks),
    }),
    series,
    timeline: {
      binMs,
      bins: timeline.map((bin) => ({ ...bin, startAt: toIso(bin.startAt) })),
    },
    buckets,
    events: toReportEvents(marks.slice(0, eventsMax)),
    eventsCut: marks.length > eventsMax,
    inventoryChanges: inventoryChanges(fingerprints),
    vms: vms.slice(0, vmsMax),
    vmsCut: vms.length > vmsMax || vmRows.length === vmRowsMax,
    attemptsRolledUp: span.rolledUp,
    restart: campaign.config,
  };
}

const minuteMs = 60_000;
const binsMs = [1, 5, 15, 60, 360, 1_440, 10_080].map((minutes) => minutes * minuteMs);
const binsMax = 120;

/** The finest bins of which the whole span needs few; rolled-up attempts know their hour only. */
function chooseBin({ firstAt, lastAt, rolledUp }: SettledSpan): number {
  const spanMs = firstAt === null || lastAt === null ? 0 : lastAt - firstAt;
  const usable = rolledUp > 0 ? binsMs.filter((ms) => ms >= 60 * minuteMs) : binsMs;
  return usable.find((ms) => spanMs / ms <= binsMax) ?? 43_200 * minuteMs;
}

async function readBuckets(
  parts: Parts,
  { id: campaignId, config }: CampaignView,
  found: readonly FoundBucket[],
): Promise<ReportBucketView[]> {
  const byBucket = [...Map.groupBy(found, (row) => row.bucketId)]
    .map(([bucketId, rows]) => ({ bucketId, rows, bugchecks: sumOf(rows) }))
    .toSorted((a, b) => b.bugchecks - a.bugchecks);
  return Promise.all(
    byBucket.slice(0, bucketsMax).map(async ({ bucketId, rows, bugchecks }) => ({
      bucket: await getBucket(parts, bucketId),
      bugchecks,
      perArm: config.arms.map((arm, index) => ({
        arm: arm.name,
        bugchecks: sumOf(rows.filter((row) => row.arm === index)),
      })),
      latest: await latestOf(parts, { campaignId, bucketId }),
    })),
  );
}

function sumOf(rows: readonly FoundBucket[]): number {
  return rows.reduce((sum, row) => sum + row.bugchecks, 0);
}

async function latestOf(
  parts: Parts,
  filter: { campaignId: string; bucketId: string },
): Promise<BugcheckView[]> {
  return (await listBugchecks(parts, filter, { limit: bugchecksPerBucketMax })).items;
}

/** VMs with findings first, then by arm and name. */
function toVms({ config }: CampaignView, rows: readonly VmRow[]): ReportVmView[] {
  const groups = Map.groupBy(rows, ({ arm, vm }) => JSON.stringify([arm, vm]));
  const vms = [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const blackouts = own.reduce((sum, row) => sum + row.blackouts, 0);
    const blackoutMs = own.reduce((sum, row) => sum + row.blackoutMsSum, 0);
    const longest = own.map((row) => row.blackoutMsMax).filter((ms) => ms !== null);
    const outcomes = countOutcomes(own.map((row) => ({ ...row, counted: true })));
    return [
      {
        arm: config.arms[first.arm]?.name ?? String(first.arm),
        vm: first.vm,
        outcomes,
        blackoutMsMean: blackouts === 0 ? null : blackoutMs / blackouts,
        blackoutMsMax: longest.length === 0 ? null : Math.max(...longest),
      },
    ];
  });
  return vms.toSorted((a, b) => findingsOf(b) - findingsOf(a));
}

function findingsOf({ outcomes }: ReportVmView): number {
  return (
    outcomes['guest-bugcheck'] +
    outcomes['guest-hang'] +
    outcomes['guest-fault'] +
    outcomes['host-bugcheck']
  );
}
