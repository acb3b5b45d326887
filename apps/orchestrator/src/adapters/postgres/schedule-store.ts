import type { CampaignState } from '@gauntlet/shared/domain/campaign';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import type { Selectable } from 'kysely';
import type {
  Firing,
  ScheduleRecord,
  ScheduleStore,
} from '../../application/schedules/schedule-record.ts';
import type { Db, ScheduleTable } from './database.ts';
import { decodeIdCursor, toPage } from './paging.ts';
import { instantOf, instantOrNull } from './times.ts';

export function createScheduleStore(db: Db): ScheduleStore {
  const select = () => db.selectFrom('schedule').selectAll();
  return {
    async insert(schedule) {
      const { id, createdAt } = schedule;
      const row = { id, created_at: toIso(createdAt), ...toRow(schedule) };
      await db.insertInto('schedule').values(row).execute();
    },
    async find(id) {
      const row = await select().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : toRecord(row);
    },
    async lock(id) {
      const row = await select().where('id', '=', id).forUpdate().executeTakeFirst();
      return row === undefined ? undefined : toRecord(row);
    },
    async listAll() {
      return (await select().orderBy('id').execute()).map(toRecord);
    },
    async list({ limit, cursor }) {
      let query = select()
        .orderBy('id')
        .limit(limit + 1);
      if (cursor !== undefined) query = query.where('id', '>', decodeIdCursor(cursor));
      return toPage(await query.execute(), limit, { item: toRecord, key: (row) => row.id });
    },
    async update(id, change) {
      const before = await select().where('id', '=', id).executeTakeFirst();
      if (before === undefined) return;
      const row = toRow({ ...toRecord(before), ...change });
      await db.updateTable('schedule').set(row).where('id', '=', id).execute();
    },
    async delete(id) {
      const deleted = await db.deleteFrom('schedule').where('id', '=', id).executeTakeFirst();
      return deleted.numDeletedRows > 0;
    },
    async findNewestCampaign(id) {
      const query = db.selectFrom('campaign').select(['id', 'state', 'created_at']);
      const newest = query.where('schedule_id', '=', id).orderBy('id', 'desc').limit(1);
      const row = await newest.executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        id: row.id,
        state: row.state as CampaignState,
        createdAt: instantOf(row.created_at),
      };
    },
  };
}

function toRecord(row: Selectable<ScheduleTable>): ScheduleRecord {
  return {
    id: row.id,
    name: row.name,
    cron: row.cron,
    timeZone: row.time_zone,
    durationMinutes: row.duration_minutes,
    overlap: row.overlap as ScheduleRecord['overlap'],
    catchUp: row.catch_up as ScheduleRecord['catchUp'],
    paused: row.paused,
    campaign: row.campaign as ScheduleRecord['campaign'],
    createdAt: instantOf(row.created_at),
    nextAt: instantOrNull(row.next_at),
    lastFiring: row.last_firing as Firing | null,
  };
}

function toRow(schedule: ScheduleRecord) {
  const isoOrNull = (at: Instant | null) => (at === null ? null : toIso(at));
  return {
    name: schedule.name,
    cron: schedule.cron,
    time_zone: schedule.timeZone,
    duration_minutes: schedule.durationMinutes,
    overlap: schedule.overlap,
    catch_up: schedule.catchUp,
    paused: schedule.paused,
    campaign: JSON.stringify(schedule.campaign),
    next_at: isoOrNull(schedule.nextAt),
    last_firing: schedule.lastFiring === null ? null : JSON.stringify(schedule.lastFiring),
  };
}
