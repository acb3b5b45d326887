import type { BucketMerge, BucketSplit, BucketView } from '@gauntlet/shared/contracts/bugchecks';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Parts } from './parts.ts';
import type { BucketRecord, Stores } from './ports.ts';
import { getBucket } from './read-bugchecks.ts';

/**
 * Puts one bucket's bugchecks into another, for ever: whatever is found under its key from now on
 * goes there too.
 *
 * @throws AppError `resource.unknown`, `state.conflict`, `request.impossible`
 */
export async function mergeBucket(
  parts: Parts,
  id: string,
  { into }: BucketMerge,
): Promise<BucketView> {
  if (id === into)
    throw new AppError('request.impossible', 'A bucket cannot be merged into itself.');
  await parts.transact(async (stores) => {
    await stores.bugchecks.lockBuckets([id, into]);
    const from = await findUnmerged(stores, id);
    const target = await findUnmerged(stores, into);
    if (subjectOf(from) !== subjectOf(target)) {
      throw new AppError('request.impossible', 'A host and a guest never stop for one cause.');
    }
    await stores.bugchecks.mergeBucket(id, into);
  });
  return getBucket(parts, into);
}

/**
 * Takes some bugchecks out of a bucket into a new one. What is found later under the old key still
 * goes to the old bucket: a new bucket has no key of its own.
 *
 * @throws AppError `resource.unknown`, `state.conflict`, `request.impossible`
 */
export async function splitBucket(
  parts: Parts,
  id: string,
  { bugcheckIds, title }: BucketSplit,
): Promise<BucketView> {
  const newId = parts.ids.next();
  await parts.transact(async (stores) => {
    await stores.bugchecks.lockBuckets([id]);
    const from = await findUnmerged(stores, id);
    const wanted = [...new Set(bugcheckIds)];
    if (wanted.length >= from.bugchecks) {
      throw new AppError('request.impossible', 'A split leaves at least one bugcheck behind.');
    }
    const bucket = {
      ...from,
      id: newId,
      key: `${subjectOf(from)}|by-hand|${newId}|?`,
      title: title ?? `${from.title} (split off)`,
    };
    const moved = await stores.bugchecks.splitBucket(id, bucket, wanted);
    if (moved !== wanted.length) {
      const missing = wanted.length - moved;
      throw new AppError(
        'request.impossible',
        `${missing} of the bugchecks are not in this bucket.`,
      );
    }
  });
  return getBucket(parts, newId);
}

async function findUnmerged(stores: Stores, id: string): Promise<BucketRecord> {
  const bucket = await stores.bugchecks.findBucket(id);
  if (bucket === undefined) throw new AppError('resource.unknown', `there is no bucket ${id}`);
  if (bucket.mergedInto === null) return bucket;
  throw new AppError('state.conflict', `bucket ${id} was merged into ${bucket.mergedInto}`);
}

function subjectOf({ key }: BucketRecord): string {
  return key.split('|')[0] ?? '';
}
