import type { Instant } from '@gauntlet/shared/kernel/instant';

export interface SimulatedStop {
  readonly code: number;
  readonly parameters: readonly string[];
  readonly module: string | null;
  readonly function: string | null;
  readonly offset: number | null;
}

/** What truly happened in the cluster, whoever asked for it and whoever heard of it. */
export type LedgerFact =
  | {
      readonly kind: 'migration';
      readonly attemptId: string;
      readonly vmId: string;
      readonly source: string;
      readonly target: string;
      readonly beganAt: Instant;
      readonly switchedOverAt: Instant | null;
      readonly result: 'completed' | 'failed';
      readonly failureClass: string | null;
      /** The ordinal of this VM's migrations: where its draws came from. */
      readonly k: number;
    }
  /** Asked for what the cluster must never do; it refused. */
  | {
      readonly kind: 'refused';
      readonly attemptId: string;
      readonly vmId: string;
      readonly reason: RefusalReason;
    }
  | {
      readonly kind: 'bugcheck';
      /** The attempt whose migration or power cycle led to it; null: none did. */
      readonly attemptId: string | null;
      readonly vmId: string;
      readonly host: string;
      readonly stop: SimulatedStop;
      /** Ordinal of the SCSI disk whose callback it was, or null. */
      readonly disk: number | null;
    }
  | {
      readonly kind: 'host-crash';
      readonly attemptId: string | null;
      readonly host: string;
      readonly stop: SimulatedStop | null;
      readonly vmIds: readonly string[];
    }
  | { readonly kind: 'hang'; readonly attemptId: string; readonly vmId: string }
  | {
      readonly kind: 'fault';
      readonly attemptId: string;
      readonly vmId: string;
      readonly probe: string;
      readonly detail: string;
    }
  | {
      readonly kind: 'power-cycle';
      readonly attemptId: string;
      readonly vmId: string;
      readonly host: string;
      readonly result: 'completed' | 'failed';
    }
  | { readonly kind: 'failover'; readonly vmId: string; readonly host: string }
  | { readonly kind: 'recover'; readonly vmId: string; readonly host: string }
  | {
      readonly kind: 'put-back';
      readonly vmId: string;
      readonly from: string;
      readonly host: string;
    };

export type RefusalReason =
  | 'vm-in-migration'
  | 'host-cap'
  | 'not-on-source'
  | 'vm-not-running'
  | 'target-down'
  | 'same-host';

export type LedgerEntry = LedgerFact & { readonly seq: number; readonly at: Instant };

export type LedgerKind = LedgerFact['kind'];
export type LedgerTotals = Readonly<Partial<Record<LedgerKind | 'migration-completed', number>>>;

export interface Ledger {
  append(at: Instant, fact: LedgerFact): LedgerEntry;
  /** Entries with a `seq` above `after`, oldest first, at most `countMax`. */
  read(after: number, countMax: number): readonly LedgerEntry[];
  /** The newest entry that fits, looking back over all that is kept. */
  findLast(fits: (entry: LedgerEntry) => boolean): LedgerEntry | undefined;
  totals(): LedgerTotals;
  /** `seq` of the newest entry; 0 when there is none. */
  readonly lastSeq: number;
  /** Entries that are no longer kept. */
  readonly dropped: number;
}

/**
 * Append-only and bounded: entries beyond `entriesMax` are dropped from the old end in eighths, so
 * that appending stays cheap; totals count for ever.
 */
export function createLedger(
  entriesMax: number,
  start: { readonly seq: number; readonly totals: LedgerTotals } = { seq: 0, totals: {} },
): Ledger {
  const entries: LedgerEntry[] = [];
  const totals = new Map<string, number>(Object.entries(start.totals));
  let lastSeq = start.seq;

  function append(at: Instant, fact: LedgerFact): LedgerEntry {
    lastSeq += 1;
    const entry = { seq: lastSeq, at, ...fact };
    entries.push(entry);
    if (entries.length > entriesMax + Math.ceil(entriesMax / 8)) {
      entries.splice(0, entries.length - entriesMax);
    }
    count(fact.kind);
    if (fact.kind === 'migration' && fact.result === 'completed') count('migration-completed');
    return entry;
  }

  function count(kind: string): void {
    totals.set(kind, (totals.get(kind) ?? 0) + 1);
  }

  function read(after: number, countMax: number): readonly LedgerEntry[] {
    // Sequence numbers have no gaps, so the place of one is a subtraction.
    const first = entries[0]?.seq ?? 1;
    const from = Math.max(0, after + 1 - first);
    return entries.slice(from, from + countMax);
  }

  return {
    append,
    read,
    findLast: (fits) => entries.findLast(fits),
    totals: () => Object.fromEntries(totals),
    get lastSeq() {
      return lastSeq;
    },
    get dropped() {
      return lastSeq - start.seq - entries.length;
    },
  };
}
