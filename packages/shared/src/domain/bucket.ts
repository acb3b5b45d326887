export const bucketStatuses = ['new', 'triaged', 'fixed', 'wont-fix'] as const;
export type BucketStatus = (typeof bucketStatuses)[number];
