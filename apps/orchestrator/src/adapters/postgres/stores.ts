import type { Stores, Transact } from '../../application/ports.ts';
import { createAnalysisStore } from './analysis-store.ts';
import { createAttemptStore } from './attempt-store.ts';
import { createBugcheckStore } from './bugcheck-store.ts';
import { createCampaignStore } from './campaign-store.ts';
import { createClusterStore } from './cluster-store.ts';
import type { Db } from './database.ts';
import { createEventStore } from './event-store.ts';
import { createLaneStore } from './lane-store.ts';
import { createNotificationStore } from './notification-store.ts';
import { createPlacementStore } from './placement-store.ts';
import { createReportStore } from './report-store.ts';
import { createRetentionStore } from './retention-store.ts';
import { createScheduleStore } from './schedule-store.ts';

/** The stores over one connection or transaction. */
export function createStores(db: Db): Stores {
  return {
    clusters: createClusterStore(db),
    placements: createPlacementStore(db),
    schedules: createScheduleStore(db),
    campaigns: createCampaignStore(db),
    attempts: createAttemptStore(db),
    bugchecks: createBugcheckStore(db),
    events: createEventStore(db),
    lanes: createLaneStore(db),
    analysis: createAnalysisStore(db),
    reports: createReportStore(db),
    retention: createRetentionStore(db),
    notifications: createNotificationStore(db),
  };
}

export function createTransact(db: Db): Transact {
  return (work) => db.transaction().execute((transaction) => work(createStores(transaction)));
}
