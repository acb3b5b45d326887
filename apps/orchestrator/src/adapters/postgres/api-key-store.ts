import { type ApiKeyStore, roles } from '../../application/use-cases.ts';
import type { Db } from './database.ts';

export function createApiKeyStore(db: Db): ApiKeyStore {
  return {
    async roleOf(keyHash) {
      const query = db.selectFrom('api_key').select('role').where('hash', '=', keyHash);
      const row = await query.executeTakeFirst();
      return roles.find((role) => role === row?.role);
    },
    async isEmpty() {
      const row = await db.selectFrom('api_key').select('hash').limit(1).executeTakeFirst();
      return row === undefined;
    },
  };
}
