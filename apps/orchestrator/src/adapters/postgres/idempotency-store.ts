import type { Clock } from '@gauntlet/shared/kernel/clock';
import { addMs, toIso } from '@gauntlet/shared/kernel/instant';
import { sql } from 'kysely';
import type { IdempotencyStore } from '../../application/use-cases.ts';
import type { Db } from './database.ts';

export interface IdempotencyShelf extends IdempotencyStore {
  /** Forgets answers older than a day. */
  purge(): Promise<void>;
}

const keptMs = 24 * 3_600_000;

export function createIdempotencyStore(db: Db, clock: Clock): IdempotencyShelf {
  const oldest = () => toIso(addMs(clock.now(), -keptMs));
  return {
    async find(key) {
      const query = db.selectFrom('idempotency').selectAll().where('key', '=', key);
      const row = await query.where(sql<boolean>`created_at >= ${oldest()}`).executeTakeFirst();
      if (row === undefined) return undefined;
      const { request_hash: requestHash, status, headers, body } = row;
      return { requestHash, status, headers, body };
    },
    async save(key, { requestHash, status, headers, body }) {
      const values = {
        request_hash: requestHash,
        status,
        headers: JSON.stringify(headers),
        body,
        created_at: toIso(clock.now()),
      };
      // An answer of more than a day ago gives way; a younger one stands.
      await db
        .insertInto('idempotency')
        .values({ key, ...values })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet(values)
            .where(sql<boolean>`idempotency.created_at < ${oldest()}`),
        )
        .execute();
    },
    async purge() {
      await db.deleteFrom('idempotency').where(sql<boolean>`created_at < ${oldest()}`).execute();
    },
  };
}
