import { toIso } from '@gauntlet/shared/kernel/instant';
import type { PlacementStore } from '../../application/ports.ts';
import type { Db } from './database.ts';
import { instantOf } from './times.ts';

export function createPlacementStore(db: Db): PlacementStore {
  return {
    async list(clusterId) {
      const query = db.selectFrom('placement').selectAll().where('cluster_id', '=', clusterId);
      const rows = await query.execute();
      return rows.map((row) => ({
        vmId: row.vm_id,
        vmName: row.vm_name,
        host: row.host,
        usable: row.usable,
        readyAt: instantOf(row.ready_at),
        departures: row.departures,
      }));
    },
    async save(clusterId, placements) {
      if (placements.length === 0) return;
      await db
        .insertInto('placement')
        .values(
          placements.map((placement) => ({
            cluster_id: clusterId,
            vm_id: placement.vmId,
            vm_name: placement.vmName,
            host: placement.host,
            usable: placement.usable,
            ready_at: toIso(placement.readyAt),
            departures: JSON.stringify(placement.departures),
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(['cluster_id', 'vm_id']).doUpdateSet((excluded) => ({
            vm_name: excluded.ref('excluded.vm_name'),
            host: excluded.ref('excluded.host'),
            usable: excluded.ref('excluded.usable'),
            ready_at: excluded.ref('excluded.ready_at'),
            departures: excluded.ref('excluded.departures'),
          })),
        )
        .execute();
    },
  };
}
