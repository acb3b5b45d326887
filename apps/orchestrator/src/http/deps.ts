import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { IdSource } from '@gauntlet/shared/platform/ids';
import type { Logger } from '@gauntlet/shared/platform/logger';
import type {
  ApiKeyStore,
  ChangeFeed,
  IdempotencyStore,
  UseCases,
} from '../application/use-cases.ts';

export interface ServerDeps {
  readonly useCases: UseCases;
  readonly changeFeed: ChangeFeed;
  readonly idempotency: IdempotencyStore;
  readonly apiKeys: ApiKeyStore;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly log: Logger;
  readonly clock: Clock;
  /** Where request ids come from; the system's UUIDv7 unless told otherwise. */
  readonly ids?: IdSource;
  /** The built dashboard; without it `/` says what this is. */
  readonly dashboardDir?: string;
}
