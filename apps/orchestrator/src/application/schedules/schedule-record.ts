import type {
  catchUps,
  firingOutcomes,
  NewSchedule,
  overlaps,
} from '@gauntlet/shared/contracts/schedules';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { CampaignRecord } from '../records.ts';
import type { Page, PageRequest } from '../use-cases.ts';

export interface ScheduleRecord {
  readonly id: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly durationMinutes: number | null;
  readonly overlap: (typeof overlaps)[number];
  readonly catchUp: (typeof catchUps)[number];
  readonly paused: boolean;
  readonly campaign: NewSchedule['campaign'];
  readonly createdAt: Instant;
  /** The first firing that was not acted on yet. */
  readonly nextAt: Instant | null;
  readonly lastFiring: Firing | null;
}

export interface Firing {
  readonly dueAt: Instant;
  readonly at: Instant;
  readonly outcome: (typeof firingOutcomes)[number];
  readonly campaignId: string | null;
  readonly missed: number;
  readonly detail: string | null;
}

export interface ScheduleStore {
  insert(schedule: ScheduleRecord): Promise<void>;
  find(id: string): Promise<ScheduleRecord | undefined>;
  /** Like `find`, and holds everybody else who fires or changes it back. */
  lock(id: string): Promise<ScheduleRecord | undefined>;
  listAll(): Promise<ScheduleRecord[]>;
  list(page: PageRequest): Promise<Page<ScheduleRecord>>;
  update(id: string, change: Partial<Omit<ScheduleRecord, 'id' | 'createdAt'>>): Promise<void>;
  delete(id: string): Promise<boolean>;
  /** The newest campaign it started. */
  findNewestCampaign(
    id: string,
  ): Promise<Pick<CampaignRecord, 'id' | 'state' | 'createdAt'> | undefined>;
}

/** Rings when a schedule is due; whether it is, the table decides. */
export interface ScheduleBell {
  set(schedule: Pick<ScheduleRecord, 'id' | 'cron' | 'timeZone'>): Promise<void>;
  remove(id: string): Promise<void>;
}
