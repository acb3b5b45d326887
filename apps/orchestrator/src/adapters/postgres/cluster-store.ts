import type { DriverName, Inventory } from '@gauntlet/shared/domain/inventory';
import { toIso } from '@gauntlet/shared/kernel/instant';
import type { Selectable } from 'kysely';
import type { ClusterStore } from '../../application/ports.ts';
import type { ClusterHead, ClusterRecord } from '../../application/records.ts';
import type { ClusterTable, Db } from './database.ts';
import { decodeIdCursor, toPage } from './paging.ts';
import { instantOf, instantOrNull } from './times.ts';

type Row = Omit<Selectable<ClusterTable>, 'inventory' | 'inventory_taken_at'>;

const headColumns = ['id', 'name', 'driver', 'revision', 'created_at', 'stopped_at'] as const;
const columns = [...headColumns, 'options'] as const;

export function createClusterStore(db: Db): ClusterStore {
  const select = () => db.selectFrom('cluster').select(columns);
  return {
    async insert(cluster) {
      await db.insertInto('cluster').values(toInsert(cluster)).execute();
    },
    async find(id) {
      return mapped(await select().where('id', '=', id).executeTakeFirst());
    },
    async findByName(name) {
      return mapped(await select().where('name', '=', name).executeTakeFirst());
    },
    async lock(id) {
      const query = db.selectFrom('cluster').select(headColumns).where('id', '=', id);
      const row = await query.forUpdate().executeTakeFirst();
      return row === undefined ? undefined : toHead(row);
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
      await db.updateTable('cluster').set(toUpdate(change)).where('id', '=', id).execute();
    },
    async delete(id) {
      await db.deleteFrom('cluster').where('id', '=', id).execute();
    },
    async saveInventory(id, inventory) {
      await db
        .updateTable('cluster')
        .set({
          inventory: JSON.stringify(inventory),
          inventory_taken_at: toIso(inventory.takenAt),
        })
        .where('id', '=', id)
        .execute();
    },
    async readInventory(id) {
      const query = db.selectFrom('cluster').select('inventory').where('id', '=', id);
      const row = await query.executeTakeFirst();
      return (row?.inventory as Inventory | null | undefined) ?? undefined;
    },
  };
}

function mapped(row: Row | undefined): ClusterRecord | undefined {
  return row === undefined ? undefined : toRecord(row);
}

function toRecord(row: Row): ClusterRecord {
  return { ...toHead(row), options: row.options };
}

function toHead(row: Omit<Row, 'options'>): ClusterHead {
  return {
    id: row.id,
    name: row.name,
    driver: row.driver as DriverName,
    revision: row.revision,
    createdAt: instantOf(row.created_at),
    stoppedAt: instantOrNull(row.stopped_at),
  };
}

function toInsert(cluster: ClusterRecord) {
  return {
    id: cluster.id,
    name: cluster.name,
    driver: cluster.driver,
    options: JSON.stringify(cluster.options),
    revision: cluster.revision,
    created_at: toIso(cluster.createdAt),
    stopped_at: cluster.stoppedAt === null ? null : toIso(cluster.stoppedAt),
  };
}

function toUpdate(change: Parameters<ClusterStore['update']>[1]) {
  return {
    ...(change.name !== undefined && { name: change.name }),
    ...(change.options !== undefined && { options: JSON.stringify(change.options) }),
    ...(change.revision !== undefined && { revision: change.revision }),
    ...(change.stoppedAt !== undefined && {
      stopped_at: change.stoppedAt === null ? null : toIso(change.stoppedAt),
    }),
  };
}
