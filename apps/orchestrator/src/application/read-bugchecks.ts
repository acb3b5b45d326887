import type { BucketChange, BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Parts } from './parts.ts';
import type { NewBugcheck } from './ports.ts';
import { toEvidenceViews } from './to-attempt-view.ts';
import { toBucketView, toBugcheckView } from './to-bugcheck-view.ts';
import type { EvidenceContent, Page, PageRequest } from './use-cases.ts';

export async function listBugchecks(
  parts: Parts,
  filter: { campaignId?: string | undefined; bucketId?: string | undefined },
  request: PageRequest,
): Promise<Page<BugcheckView>> {
  const page = await parts.stores.bugchecks.list(filter, request);
  return { ...page, items: await withEvidence(parts, page.items) };
}

/** @throws AppError `resource.unknown` */
export async function getBugcheck(parts: Parts, id: string): Promise<BugcheckView> {
  const bugcheck = await parts.stores.bugchecks.find(id);
  const [view] = bugcheck === undefined ? [] : await withEvidence(parts, [bugcheck]);
  if (view === undefined) throw new AppError('resource.unknown', `there is no bugcheck ${id}`);
  return view;
}

async function withEvidence(
  { stores, files }: Parts,
  bugchecks: readonly NewBugcheck[],
): Promise<BugcheckView[]> {
  const ids = bugchecks.map((bugcheck) => bugcheck.attemptId);
  const evidence = Map.groupBy(await stores.bugchecks.readEvidence(ids), (one) => one.attemptId);
  return Promise.all(
    bugchecks.map(async (bugcheck) => {
      const own = evidence.get(bugcheck.attemptId) ?? [];
      return toBugcheckView(bugcheck, await toEvidenceViews(own, files));
    }),
  );
}

export async function listBuckets({ stores }: Parts, request: PageRequest) {
  const page = await stores.bugchecks.listBuckets(request);
  const places = await stores.bugchecks.readPlaces(page.items.map(({ id }) => id));
  const purity = await stores.bugchecks.readPurity(page.items.map(({ id }) => id));
  const placesOf = Map.groupBy(places, (place) => place.bucketId);
  return {
    ...page,
    items: page.items.map((bucket) =>
      toBucketView(bucket, placesOf.get(bucket.id) ?? [], purity.get(bucket.id) ?? null),
    ),
  };
}

const placesMax = 20;

/** @throws AppError `resource.unknown` */
export async function getBucket({ stores }: Parts, id: string): Promise<BucketView> {
  const bucket = await stores.bugchecks.findBucket(id);
  if (bucket === undefined) throw new AppError('resource.unknown', `there is no bucket ${id}`);
  const [places, purity, vms] = await Promise.all([
    stores.bugchecks.readPlaces([id]),
    stores.bugchecks.readPurity([id]),
    stores.bugchecks.readVms(id, placesMax),
  ]);
  const campaigns = places.slice(0, placesMax).map((place) => ({
    id: place.campaignId,
    name: place.campaignName,
    arm: place.arm,
    bugchecks: place.bugchecks,
  }));
  const view = toBucketView(bucket, places, purity.get(id) ?? null);
  return { ...view, seenIn: { campaigns, vms } };
}

/** @throws AppError `resource.unknown` */
export async function changeBucket(
  parts: Parts,
  id: string,
  change: BucketChange,
): Promise<BucketView> {
  await getBucket(parts, id);
  await parts.stores.bugchecks.updateBucket(id, change);
  return getBucket(parts, id);
}

/** @throws AppError `resource.unknown` when nobody named it or its bytes stayed with their worker */
export async function readEvidence(
  { stores, files }: Parts,
  sha256: string,
): Promise<EvidenceContent> {
  const evidence = await stores.bugchecks.findEvidence(sha256);
  const bytes = evidence === undefined ? undefined : await files.read(sha256);
  if (evidence === undefined || bytes === undefined)
    throw new AppError('resource.unknown', `there is no evidence ${sha256} here`);
  const { contentType, name } = evidence;
  return { contentType, name, sizeBytes: bytes.byteLength, bytes };
}
