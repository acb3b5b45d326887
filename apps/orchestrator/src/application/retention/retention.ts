import type {
  RetentionChange,
  RetentionPreview,
  RetentionRun,
  RetentionView,
} from '@gauntlet/shared/contracts/retention';
import { addMs, type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import type { Parts } from '../parts.ts';

const dayMs = 86_400_000;
const batchRows = 2_000;
/** A million attempts a run; the rest waits for the next one. */
const batchesMax = 500;
const campaignsMax = 1_000;
const shownMax = 100;
/** Between batches, so that settling never waits long. */
const pauseMs = 10;
/** A file that no attempt refers to may belong to one whose report is still on its way. */
const orphanAgeMs = 7 * dayMs;
const foldersMax = 256;

export async function readRetention({ stores, retention }: Parts): Promise<RetentionView> {
  return (await stores.retention.readSettings()) ?? retention.defaults;
}

export async function changeRetention(
  parts: Parts,
  change: RetentionChange,
): Promise<RetentionView> {
  const before = await readRetention(parts);
  const { attemptsDays = before.attemptsDays, evidenceDays = before.evidenceDays } = change;
  const settings = { attemptsDays, evidenceDays };
  await parts.stores.retention.saveSettings(settings);
  parts.log.info(settings, 'retention changed');
  return settings;
}

/** What a run would do now. */
export async function previewRetention(parts: Parts): Promise<RetentionPreview> {
  const { clock, stores } = parts;
  const at = clock.now();
  const settings = await readRetention(parts);
  const attemptsBefore = daysBefore(at, settings.attemptsDays);
  const evidenceBefore = daysBefore(at, settings.evidenceDays);
  const campaigns =
    attemptsBefore === null ? [] : await stores.retention.countAttempts(attemptsBefore);
  const evidence =
    evidenceBefore === null ? nothing : await stores.retention.countEvidence(evidenceBefore);
  return {
    at: toIso(at),
    settings,
    attempts: {
      before: isoOrNull(attemptsBefore),
      toRollUp: campaigns.reduce((sum, campaign) => sum + campaign.attempts, 0),
      campaigns: campaigns.slice(0, shownMax),
    },
    evidence: { before: isoOrNull(evidenceBefore), ...evidence },
  };
}

const nothing = {
  toDrop: 0,
  bytesToDrop: 0,
  pinnedByTriagedBuckets: 0,
  pinnedByOpenCampaigns: 0,
};

/**
 * Evidence first, then the attempts that it kept, then the files nobody refers to any more. Every
 * batch commits by itself, so a run may be cut off anywhere and the next one goes on from there.
 */
export async function runRetention(parts: Parts, signal?: AbortSignal): Promise<RetentionRun> {
  const at = parts.clock.now();
  const { attemptsDays, evidenceDays } = await readRetention(parts);
  const { retention } = parts.stores;
  const evidenceBefore = daysBefore(at, evidenceDays);
  const evidenceDropped =
    evidenceBefore === null
      ? 0
      : await inBatches(parts, signal, () => retention.dropEvidence(evidenceBefore, batchRows));
  const attemptsRolledUp = await rollUpAll(parts, daysBefore(at, attemptsDays), signal);
  const filesDeleted = evidenceBefore === null ? 0 : await deleteOrphans(parts, at, signal);
  const run = { attemptsRolledUp, evidenceDropped, filesDeleted };
  if (attemptsRolledUp + evidenceDropped + filesDeleted > 0)
    parts.log.info(run, 'old attempts rolled up and old evidence dropped');
  return run;
}

async function rollUpAll(
  parts: Parts,
  before: Instant | null,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (before === null) return 0;
  const { retention } = parts.stores;
  let total = 0;
  for (const id of await retention.listCampaigns(before, campaignsMax)) {
    total += await inBatches(parts, signal, () => retention.rollUp(id, before, batchRows));
  }
  return total;
}

async function inBatches(
  { clock }: Parts,
  signal: AbortSignal | undefined,
  work: () => Promise<number>,
): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < batchesMax; batch += 1) {
    signal?.throwIfAborted();
    const done = await work();
    total += done;
    if (done < batchRows) break;
    await clock.sleep(pauseMs, signal);
  }
  return total;
}

/** A content that came again meanwhile is referred to again, and its file is young again. */
async function deleteOrphans(
  { stores, files }: Parts,
  at: Instant,
  signal: AbortSignal | undefined,
): Promise<number> {
  const before = addMs(at, -orphanAgeMs);
  let deleted = 0;
  for (let folder = 0; folder < foldersMax; folder += 1) {
    signal?.throwIfAborted();
    const old = await files.listOlder(folder.toString(16).padStart(2, '0'), before);
    if (old.length === 0) continue;
    const referenced = await stores.retention.listReferenced(old);
    for (const sha256 of old) {
      if (referenced.has(sha256)) continue;
      await files.delete(sha256);
      deleted += 1;
    }
  }
  return deleted;
}

function daysBefore(at: Instant, days: number | null): Instant | null {
  return days === null ? null : addMs(at, -days * dayMs);
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
