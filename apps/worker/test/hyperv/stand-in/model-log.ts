export interface ModelRecord {
  readonly id: number;
  readonly xml: string;
}

export interface ModelLog {
  append(make: (recordId: number) => ModelRecord): void;
  ends(): { newestRecordId: string | null; oldestRecordId: string | null };
  read(query: Readonly<Record<string, unknown>>): unknown;
  /** Drops the oldest, as a log that wraps does. */
  wrap(countKept: number): void;
}

/** An event log with record ids that only rise, whatever was dropped. */
export function createModelLog(): ModelLog {
  let records: (ModelRecord & { readonly recordId: number; readonly atMs: number })[] = [];
  let next = 1;

  function ends() {
    const [oldest] = records;
    return {
      newestRecordId: next === 1 ? null : String(next - 1),
      oldestRecordId: oldest === undefined ? null : String(oldest.recordId),
    };
  }

  return {
    ends,
    append(make) {
      records.push({ ...make(next), recordId: next, atMs: Date.now() });
      next += 1;
    },
    wrap(countKept) {
      records = countKept === 0 ? [] : records.slice(-countKept);
    },
    read({ afterRecordId, ids, countMax, sinceUtc }) {
      const since = sinceUtc === undefined ? 0 : Date.parse(sinceUtc as string);
      const found = records.filter(
        (record) =>
          record.recordId > Number(afterRecordId) &&
          (ids as number[]).includes(record.id) &&
          record.atMs >= since,
      );
      const page = found.slice(0, Number(countMax));
      return {
        events: page.map(({ recordId, xml }) => ({ recordId: String(recordId), xml })),
        ...ends(),
        more: page.length < found.length,
      };
    },
  };
}
