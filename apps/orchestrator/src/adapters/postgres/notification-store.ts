import type {
  ChannelChange,
  DeliveryKind,
  DeliveryState,
  DigestTime,
  Notice,
  NoticeKind,
} from '@gauntlet/shared/contracts/notifications';
import { toIso } from '@gauntlet/shared/kernel/instant';
import { type Selectable, sql } from 'kysely';
import type {
  ChannelRecord,
  DeliveryRecord,
  NotificationStore,
  OutboxEntry,
} from '../../application/notify/ports.ts';
import type { ChannelTable, Db, DeliveryTable } from './database.ts';
import { digestReads } from './digest-reads.ts';
import { decodeIdCursor, toPage } from './paging.ts';
import { instantOf, instantOrNull } from './times.ts';

const channelsMax = 1_000;

export function createNotificationStore(db: Db): NotificationStore {
  return { ...channelAccess(db), ...outboxAccess(db), ...deliveryAccess(db), ...digestReads(db) };
}

type ChannelAccess = Pick<
  NotificationStore,
  | 'insertChannel'
  | 'findChannel'
  | 'listChannels'
  | 'listEnabled'
  | 'updateChannel'
  | 'deleteChannel'
  | 'noteDigest'
>;

function channelAccess(db: Db): ChannelAccess {
  return {
    async insertChannel(channel) {
      await db
        .insertInto('notification_channel')
        .values({
          id: channel.id,
          name: channel.name,
          kind: channel.kind,
          url: channel.url,
          secret_ref: channel.secretRef,
          recipients: channel.to === null ? null : [...channel.to],
          notices: [...channel.notices],
          digest: channel.digest === null ? null : JSON.stringify(channel.digest),
          enabled: channel.enabled,
          created_at: toIso(channel.createdAt),
        })
        .execute();
    },
    async findChannel(id) {
      const query = db.selectFrom('notification_channel').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : toChannel(row);
    },
    async listChannels({ limit, cursor }) {
      let query = db
        .selectFrom('notification_channel')
        .selectAll()
        .orderBy('id')
        .limit(limit + 1);
      if (cursor !== undefined) query = query.where('id', '>', decodeIdCursor(cursor));
      return toPage(await query.execute(), limit, { item: toChannel, key: (row) => row.id });
    },
    async listEnabled() {
      const query = db.selectFrom('notification_channel').selectAll().where('enabled', '=', true);
      return (await query.orderBy('id').limit(channelsMax).execute()).map(toChannel);
    },
    async updateChannel(id, change) {
      const columns = toColumns(change);
      await db.updateTable('notification_channel').set(columns).where('id', '=', id).execute();
    },
    async deleteChannel(id) {
      await db.deleteFrom('notification_channel').where('id', '=', id).execute();
    },
    async noteDigest(id, day, at) {
      await db
        .updateTable('notification_channel')
        .set({ digest_day: day, digest_made_at: toIso(at) })
        .where('id', '=', id)
        .execute();
    },
  };
}

function toColumns({ name, url, secretRef, to, notices, digest, enabled }: ChannelChange) {
  return {
    ...(name !== undefined && { name }),
    ...(url !== undefined && { url }),
    ...(secretRef !== undefined && { secret_ref: secretRef }),
    ...(to !== undefined && { recipients: to }),
    ...(notices !== undefined && { notices }),
    ...(digest !== undefined && { digest: digest === null ? null : JSON.stringify(digest) }),
    ...(enabled !== undefined && { enabled }),
  };
}

function outboxAccess(db: Db): Pick<NotificationStore, 'takeOutbox' | 'isFirstOfBucket'> {
  return {
    async takeOutbox(limit) {
      const { rows } = await sql<{
        event_seq: string | number;
        campaign_id: string;
        kind: string;
        at: { getTime(): number };
        data: Record<string, unknown>;
      }>`
        delete from outbox where event_seq in (
          select event_seq from outbox order by event_seq limit ${limit} for update skip locked
        ) returning event_seq, campaign_id, kind, at, data`.execute(db);
      const entries = rows.map((row) => ({
        seq: Number(row.event_seq),
        campaignId: row.campaign_id,
        kind: row.kind as OutboxEntry['kind'],
        at: instantOf(row.at),
        data: row.data,
      }));
      return entries.toSorted((a, b) => a.seq - b.seq);
    },
    async isFirstOfBucket(bucketId, bugcheckId) {
      // Ids are UUIDv7 of one process: their order is the order in which they were settled.
      const query = db.selectFrom('bugcheck').select('id').where('bucket_id', '=', bucketId);
      const first = await query.orderBy('id').limit(1).executeTakeFirst();
      return first?.id === bugcheckId;
    },
  };
}

type DeliveryAccess = Pick<
  NotificationStore,
  | 'insertDeliveries'
  | 'findDelivery'
  | 'listDeliveries'
  | 'listPending'
  | 'noteTry'
  | 'deleteSettled'
>;

function deliveryAccess(db: Db): DeliveryAccess {
  return {
    async insertDeliveries(deliveries) {
      if (deliveries.length === 0) return;
      await db
        .insertInto('delivery')
        .values(
          deliveries.map((delivery) => ({
            id: delivery.id,
            channel_id: delivery.channelId,
            event_id: delivery.eventId,
            kind: delivery.kind,
            notice: JSON.stringify(delivery.notice),
            state: delivery.state,
            tries: delivery.tries,
            created_at: toIso(delivery.createdAt),
          })),
        )
        .onConflict((conflict) => conflict.columns(['channel_id', 'event_id']).doNothing())
        .execute();
    },
    async findDelivery(id) {
      const query = db.selectFrom('delivery').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : toDelivery(row);
    },
    async listDeliveries(channelId, { state }, { limit, cursor }) {
      let query = db
        .selectFrom('delivery')
        .selectAll()
        .where('channel_id', '=', channelId)
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (state !== undefined) query = query.where('state', '=', state);
      if (cursor !== undefined) query = query.where('id', '<', decodeIdCursor(cursor));
      return toPage(await query.execute(), limit, { item: toDelivery, key: (row) => row.id });
    },
    async listPending(limit, afterId) {
      let query = db.selectFrom('delivery').select('id').where('state', '=', 'pending');
      if (afterId !== null) query = query.where('id', '>', afterId);
      return (await query.orderBy('id').limit(limit).execute()).map((row) => row.id);
    },
    async noteTry(id, { state, at, statusCode, error }) {
      await db
        .updateTable('delivery')
        .set({
          state,
          tries: sql`tries + 1`,
          last_tried_at: toIso(at),
          status_code: statusCode,
          error,
        })
        .where('id', '=', id)
        .execute();
    },
    async deleteSettled(before, limit) {
      const { rows } = await sql<{ id: string }>`
        delete from delivery where id in (
          select id from delivery where state <> 'pending' and created_at < ${toIso(before)}
          order by id limit ${limit}
        ) returning id`.execute(db);
      return rows.length;
    },
  };
}

function toChannel(row: Selectable<ChannelTable>): ChannelRecord {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as ChannelRecord['kind'],
    url: row.url,
    secretRef: row.secret_ref,
    to: row.recipients,
    notices: row.notices as NoticeKind[],
    digest: row.digest as DigestTime | null,
    enabled: row.enabled,
    createdAt: instantOf(row.created_at),
    digestDay: row.digest_day,
    digestMadeAt: instantOrNull(row.digest_made_at),
  };
}

function toDelivery(row: Selectable<DeliveryTable>): DeliveryRecord {
  return {
    id: row.id,
    channelId: row.channel_id,
    eventId: row.event_id,
    kind: row.kind as DeliveryKind,
    notice: row.notice as Notice,
    state: row.state as DeliveryState,
    tries: row.tries,
    createdAt: instantOf(row.created_at),
    lastTriedAt: instantOrNull(row.last_tried_at),
    statusCode: row.status_code,
    error: row.error,
  };
}
