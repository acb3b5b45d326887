import { relayNotices, sweepDeliveries } from './application/notify/relay-outbox.ts';
import type { Parts } from './application/parts.ts';
import { runRetention } from './application/retention/retention.ts';
import type { Loop } from './loops.ts';

const relayEveryMs = 1_000;
const sweepEveryMs = 15_000;
const retentionEveryMs = 3_600_000;

/** What runs beside the engine and never holds it up. */
export function chores(parts: Parts, signal: AbortSignal): Loop[] {
  return [
    { name: 'notices', everyMs: relayEveryMs, work: () => relayNotices(parts) },
    {
      name: 'retention',
      everyMs: retentionEveryMs,
      work: async () => {
        await runRetention(parts, signal);
      },
    },
    { name: 'deliveries', everyMs: sweepEveryMs, work: () => sweepDeliveries(parts) },
  ];
}
