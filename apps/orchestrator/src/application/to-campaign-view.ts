import type { ArmView, CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { type Instant, toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { confidenceSequence } from '@gauntlet/statistics/confidence-sequence';
import { clopperPearson } from '@gauntlet/statistics/rate';
import { readVerdict } from './analysis/campaign-verdict.ts';
import { noticingOf } from './analysis/noticing.ts';
import { countOutcomes, estimatePace, tallyArm } from './estimate-progress.ts';
import { whenRanFor } from './keep-windows.ts';
import type { Parts } from './parts.ts';
import type { Stores } from './ports.ts';
import type { CampaignRecord, TallyRow } from './records.ts';

/** Of every interval shown with a campaign. */
const alpha = 0.05;

/**
 * A campaign as its readers see it, from its row, its tallies (one row per arm and outcome) and its
 * buckets: the same few reads whatever the number of attempts.
 */
export async function readCampaignView(
  parts: Pick<Parts, 'stores' | 'calendar' | 'state'>,
  campaign: CampaignRecord,
  at: Instant,
): Promise<CampaignView> {
  const { stores } = parts;
  const [tallies, buckets, lastBugcheck] = await Promise.all([
    stores.campaigns.readTallies(campaign.id),
    stores.campaigns.readBuckets(campaign.id, 1),
    readLastBugcheck(stores, campaign.lastBugcheckId),
  ]);
  const pace = estimatePace(campaign, tallies, {
    at,
    bugchecksOfLargestBucket: buckets[0]?.bugchecks ?? 0,
    whenRanFor: (ms) => whenRanFor(parts, campaign, { at, ms }),
  });
  return {
    id: campaign.id,
    name: campaign.name,
    state: campaign.state,
    blockedBecause: campaign.blockedBecause,
    createdAt: toIso(campaign.createdAt),
    startedAt: isoOrNull(campaign.startedAt),
    endedAt: isoOrNull(campaign.endedAt),
    endReason: campaign.endReason,
    config: campaign.config,
    progress: {
      attemptsPlanned: campaign.cursor.planned,
      attemptsSettled: pace.settled,
      // The cursor and the tallies are written by different transactions; never show a negative.
      inFlight: Math.max(0, campaign.cursor.planned - pace.settled),
      perHour: pace.perHour,
      etaAt: isoOrNull(pace.etaAt),
      outcomes: countOutcomes(tallies),
    },
    arms: campaign.config.arms.map((arm, index) => toArmView(arm.name, index, tallies)),
    verdict: await readVerdict(stores, campaign, tallies),
    lastBugcheck,
    ...toSafetyView(campaign),
  };
}

function toSafetyView(campaign: CampaignRecord) {
  const { safety, scheduleId } = campaign;
  const { trip, putBack, controls, preflight = [] } = safety;
  return {
    controls:
      controls === undefined
        ? null
        : { ...controls, problems: [...controls.problems], at: toIso(controls.at) },
    positiveControl: noticingOf(campaign),
    guardTrip: trip == null ? null : { ...trip, at: toIso(trip.at) },
    preflight: [...preflight],
    putBack:
      putBack === undefined
        ? null
        : { ...putBack, differences: [...putBack.differences], at: toIso(putBack.at) },
    scheduleId,
  };
}

function toArmView(name: string, index: number, tallies: readonly TallyRow[]): ArmView {
  const own = tallies.filter((row) => row.arm === index);
  const { exposures, bugchecks, fingerprintMismatches } = tallyArm(own);
  const sample = { k: bugchecks, n: exposures, alpha };
  return {
    name,
    exposures,
    bugchecks,
    fingerprintMismatches,
    outcomes: countOutcomes(own),
    rate: {
      estimate: exposures === 0 ? null : bugchecks / exposures,
      exact: clopperPearson(sample),
      anytime: confidenceSequence(sample),
    },
  };
}

async function readLastBugcheck(
  { bugchecks }: Stores,
  id: string | null,
): Promise<CampaignView['lastBugcheck']> {
  if (id === null) return null;
  const bugcheck = await bugchecks.find(id);
  if (bugcheck === undefined) return null;
  const bucket = await bugchecks.findBucket(bugcheck.bucketId);
  return {
    id,
    occurredAt: toIso(toInstant(bugcheck.facts.occurredAt)),
    bucketId: bugcheck.bucketId,
    title: bucket?.title ?? '',
  };
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
