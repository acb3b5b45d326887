import { type Migration, Migrator } from 'kysely/migration';
import * as house from '../../../migrations/0001-house.ts';
import * as statistics from '../../../migrations/0003-statistics.ts';
import * as buckets from '../../../migrations/0004-buckets.ts';
import * as overnight from '../../../migrations/0005-overnight.ts';
import * as schedules from '../../../migrations/0006-schedules.ts';
import * as retention from '../../../migrations/0007-retention.ts';
import * as notifications from '../../../migrations/0008-notifications.ts';
import * as runningTime from '../../../migrations/0010-running-time.ts';
import * as toldAhead from '../../../migrations/0011-told-ahead.ts';
import type { Db } from './database.ts';

/** Forward only, in this order. A migration that has landed is never edited. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-house': house,
  '0003-statistics': statistics,
  '0004-buckets': buckets,
  '0005-overnight': overnight,
  '0006-schedules': schedules,
  '0007-retention': retention,
  '0008-notifications': notifications,
  '0010-running-time': runningTime,
  '0011-told-ahead': toldAhead,
};

/** Brings the schema up to date. Safe to call from several processes at once. */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({
    db,
    // Numbers are given out before the work is done: a higher one may have landed first.
    allowUnorderedMigrations: true,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
