import type { Inventory } from '@gauntlet/shared/domain/inventory';
import type { Source } from './source.ts';

/** What the guards of every campaign of one cluster look at, as it was at `atMs` (monotonic). */
export interface Watch {
  readonly atMs: number;
  readonly inventory: Source<Inventory>;
  readonly evidenceFreeMiB: Source<number>;
  readonly workerSilentMs: Source<number>;
}
