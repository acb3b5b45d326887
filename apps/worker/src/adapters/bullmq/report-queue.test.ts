import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { toUnbegunReport } from '../../application/to-report.ts';
import { anAttemptJob } from '../../testing/attempt-job.ts';
import { createReportQueue, type ReportQueueParts } from './report-queue.ts';

type Added = {
  name: string;
  data: { reports: AttemptReport[] };
  opts: { jobId: string };
};

/** A queue of the kind's shape that can be lost, and that chokes on jobs with a given id. */
function createLossyQueue() {
  const state = { isLost: false, refused: '', stored: [] as Added[], bulks: 0 };
  const accept = (job: Added) => {
    if (state.isLost) throw new Error('connection lost');
    if (job.opts.jobId === state.refused) throw new Error('value too large');
    state.stored.push(job);
  };
  const queue = {
    addBulk: async (jobs: Added[]) => {
      state.bulks += 1;
      if (state.isLost || jobs.some(({ opts }) => opts.jobId === state.refused)) {
        throw new Error('connection lost');
      }
      jobs.forEach(accept);
    },
    add: async (name: string, data: Added['data'], opts: Added['opts']) =>
      accept({ name, data, opts }),
  } as unknown as ReportQueueParts['queue'];
  return { queue, state };
}

function setUp(inHands = 0) {
  const clock = createFakeClock();
  const { queue, state } = createLossyQueue();
  const errors: object[] = [];
  const log = { info() {}, warn() {}, error: (data: object) => void errors.push(data) };
  return {
    clock,
    state,
    errors,
    reports: createReportQueue({ queue, clock, log, inHands: () => inHands }),
  };
}

function aReport(ordinal: number): AttemptReport {
  const attemptId = `0190c0de-0000-7000-8000-${String(ordinal).padStart(12, '0')}`;
  const span = { workerId: 'w', startedAt: toInstant(1), finishedAt: toInstant(2) };
  return toUnbegunReport(anAttemptJob({ attemptId }), span, { outcome: 'cancelled', reason: 'x' });
}

test('reports that end together go in one message, under the first attempts id', async () => {
  const { reports, state } = setUp();
  const sent = [0, 1, 2].map(aReport);
  await Promise.all(sent.map((report) => reports.sendReport(report)));
  expect(state.bulks).toBe(1);
  expect(state.stored.map(({ data }) => data.reports)).toEqual([sent]);
  expect(state.stored[0]?.opts.jobId).toBe(sent[0]?.attemptId);
});

test('a report with evidence goes alone, and many go by the hundred', async () => {
  const { reports, state } = setUp();
  const evidence = [
    {
      kind: 'console' as const,
      name: 'serial.log',
      contentType: 'text/plain',
      sha256: 'a'.repeat(64),
      sizeBytes: 3,
      inline: 'YWJj',
    },
  ];
  const sent = Array.from({ length: 152 }, (_, index) => aReport(index));
  const all = sent.map((report, index) => (index === 7 ? { ...report, evidence } : report));
  await Promise.all(all.map((report) => reports.sendReport(report)));
  expect(state.bulks).toBe(1);
  expect(state.stored.map(({ data }) => data.reports.length)).toEqual([1, 100, 51]);
  expect(state.stored[0]?.data.reports[0]?.attemptId).toBe(sent[7]?.attemptId);
});

test('among many attempts in hands a report waits a moment for others, a lone one for nobody', async () => {
  const crowd = setUp(20);
  const first = crowd.reports.sendReport(aReport(1));
  await crowd.clock.advance(2);
  const second = crowd.reports.sendReport(aReport(2));
  expect(crowd.state.bulks).toBe(0);
  await crowd.clock.advance(3);
  await Promise.all([first, second]);
  expect(crowd.state.bulks).toBe(1);
  const lone = setUp(2);
  await lone.reports.sendReport(aReport(1));
  expect(lone.state.bulks).toBe(1);
});

test('a report waits as long as the backend is lost, and is stored once it is back', async () => {
  const { reports, state, clock } = setUp();
  state.isLost = true;
  let isStored = false;
  const sent = reports.sendReport(aReport(1)).then(() => {
    isStored = true;
  });
  await clock.advance(3_600_000);
  expect(isStored).toBe(false);
  state.isLost = false;
  await clock.advance(2_000);
  await sent;
  expect(state.stored).toHaveLength(1);
});

test('one report the backend refuses holds no other up', async () => {
  const { reports, state, clock } = setUp();
  state.refused = aReport(1).attemptId;
  const refused = reports.sendReport(aReport(1));
  await reports.sendReport(aReport(2));
  expect(state.stored.map(({ opts }) => opts.jobId)).toEqual([aReport(2).attemptId]);
  state.refused = '';
  await clock.advance(2_000);
  await refused;
  expect(state.stored).toHaveLength(2);
});

test('a report that breaks its contract is sent as a rig fault that says so', async () => {
  const { reports, state, errors } = setUp();
  await reports.sendReport({ ...aReport(1), reason: 'x'.repeat(5_000) });
  expect(state.stored[0]?.data.reports[0]).toMatchObject({
    attemptId: aReport(1).attemptId,
    outcome: 'rig-fault',
  });
  expect(errors).toHaveLength(1);
});

test('a worker that ends names the reports it could not send', async () => {
  const { reports, state, errors, clock } = setUp();
  state.isLost = true;
  const sent = reports.sendReport(aReport(1)).catch((error: unknown) => String(error));
  await clock.advance(10);
  await reports[Symbol.asyncDispose]();
  expect(await sent).toContain('the worker ended');
  expect(errors).toEqual([{ attemptIds: [aReport(1).attemptId] }]);
});
