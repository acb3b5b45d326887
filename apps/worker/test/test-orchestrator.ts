import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import { AttemptReport, AttemptReports } from '@gauntlet/shared/contracts/attempt-report';
import type { ClusterDefinition } from '@gauntlet/shared/contracts/cluster-definition';
import { parse } from '@gauntlet/shared/contracts/parse';
import {
  attemptQueueName,
  controlQueueName,
  reportQueueName,
} from '@gauntlet/shared/contracts/queue-names';
import {
  ControlReply,
  type ControlRequest,
  Heartbeat,
} from '@gauntlet/shared/contracts/worker-messages';
import type { Queues } from '@gauntlet/shared/platform/connect-queues';
import { vi } from 'vitest';

export const aCluster: ClusterDefinition = {
  id: '0190c0de-0000-7000-8000-0000000000aa',
  name: 'demo',
  driver: 'simulated',
  options: {},
  revision: 1,
};

export type TestOrchestrator = ReturnType<typeof createTestOrchestrator>;

/** The other end of the queues: asks, dispatches, and keeps what workers say. */
export function createTestOrchestrator({ queueBackend, coordination }: Queues) {
  const reports: AttemptReport[] = [];
  const replies: ControlReply[] = [];
  const heartbeats: Heartbeat[] = [];
  const stack = new AsyncDisposableStack();
  const attempts = queueBackend.createQueue<AttemptJob>(attemptQueueName(aCluster.id));
  const control = queueBackend.createQueue<ControlRequest>(controlQueueName(aCluster.id));
  stack.defer(() => attempts.close());
  stack.defer(() => control.close());
  const consumer = queueBackend.createWorker(
    reportQueueName,
    async ({ name, data }) => {
      if (name === 'attempts') {
        for (const report of parse(AttemptReports, data, 'reports').reports)
          reports.push(parse(AttemptReport, report, 'report'));
      } else if (name === 'control') replies.push(parse(ControlReply, data, 'reply'));
      else heartbeats.push(parse(Heartbeat, data, 'heartbeat'));
    },
    { concurrency: 16 },
  );
  stack.defer(() => consumer.close());
  const soon = { timeout: 20_000, interval: 10 };

  return {
    reports,
    heartbeats,
    attempts,
    start: (...jobs: AttemptJob[]) =>
      attempts.addBulk(
        jobs.map((data) => ({ name: 'attempt', data, opts: { jobId: data.attemptId } })),
      ),
    allow: () => coordination.renewLeases([aCluster.id], 600_000),
    publish: (...clusters: ClusterDefinition[]) => coordination.publishClusters(clusters),
    async ask(request: ControlRequest): Promise<ControlReply> {
      await control.add('control', request, { jobId: request.requestId });
      return vi.waitFor(() => {
        const reply = replies.find(({ requestId }) => requestId === request.requestId);
        if (reply === undefined) throw new Error('no reply yet');
        return reply;
      }, soon);
    },
    reportOf: (attemptId: string) =>
      vi.waitFor(() => {
        const report = reports.find((other) => other.attemptId === attemptId);
        if (report === undefined) throw new Error('no report yet');
        return report;
      }, soon),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
