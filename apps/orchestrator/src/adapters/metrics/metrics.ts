import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Meters } from '../../application/ports.ts';

export interface MetricsEdge {
  readonly contentType: string;
  text(): Promise<string>;
}

/** What is read at the moment somebody asks; each may fail and then keeps its last value. */
export interface MetricSources {
  readonly inFlight: () => Promise<number>;
  readonly queueDepth: () => Promise<number>;
  readonly workersAlive: () => number;
}

const secondBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const sizeBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export function createMetrics(sources: MetricSources): { meters: Meters; edge: MetricsEdge } {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  collectDefaultMetrics({ register: registry });
  const settled = new Counter({
    name: 'gauntlet_attempts_settled_total',
    help: 'Attempts settled since this process started, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers });
  const batchSize = histogram('gauntlet_settle_batch_size', 'Attempts per batch.', sizeBuckets);
  const settleSeconds = histogram('gauntlet_settle_seconds', 'Time per batch.', secondBuckets);
  const dispatchSeconds = histogram(
    'gauntlet_dispatch_seconds',
    'Time to plan, store and enqueue.',
    secondBuckets,
  );
  createGauges(sources, registers);
  return {
    meters: {
      settled: (outcome, attempts) => settled.inc({ outcome }, attempts),
      batchSettled: (attempts, durationMs) => {
        batchSize.observe(attempts);
        settleSeconds.observe(durationMs / 1_000);
      },
      dispatched: (_attempts, durationMs) => dispatchSeconds.observe(durationMs / 1_000),
    },
    edge: { contentType: registry.contentType, text: () => registry.metrics() },
  };
}

function createGauges(sources: MetricSources, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => Promise<number> | number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        try {
          this.set(await read());
        } catch {
          // The last value stands; readiness tells what is lost.
        }
      },
    });
  gauge('gauntlet_attempts_in_flight', 'Attempts planned and not settled.', sources.inFlight);
  gauge('gauntlet_queue_depth', 'Attempts that wait for a worker.', sources.queueDepth);
  gauge('gauntlet_workers_alive', 'Workers heard of lately.', sources.workersAlive);
}
