import { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { parse } from '@gauntlet/shared/contracts/parse';
import { assert } from '@gauntlet/shared/kernel/assert';
import { createFakeClock, type FakeClock } from '@gauntlet/shared/testing/fake-clock';
import type { AttemptPorts } from '../application/attempt-scope.ts';
import { attemptLimits } from '../application/limits.ts';
import type { AttemptJob } from '../application/ports.ts';
import { runAttempt } from '../application/run-attempt.ts';
import { anAttemptJob } from './attempt-job.ts';
import { createScriptedDriver, type Script } from './scripted-driver.ts';

const quiet = { info() {}, warn() {}, error() {} };

export interface Given {
  readonly script?: (clock: FakeClock) => Script;
  readonly job?: Partial<AttemptJob>;
  readonly ports?: Partial<AttemptPorts>;
  /** Aborts the attempt at this time of the clock. */
  readonly abortAtMs?: number;
}

/** One attempt on a scripted cluster, on a clock that runs as fast as it can. */
export async function runScripted({ script, job, ports, abortAtMs }: Given = {}) {
  const clock = createFakeClock();
  const driver = createScriptedDriver(clock, script?.(clock));
  const phases: string[] = [];
  const controller = new AbortController();
  const ended = runAttempt(
    anAttemptJob(job),
    {
      driver,
      clock,
      gate: { mayStart: async () => true },
      evidence: { put: async () => 'f'.repeat(64) },
      workerId: 'worker-1',
      log: quiet,
      limits: attemptLimits,
      onPhase: (phase) => phases.push(phase),
      onBugcheck: (report) => parse(AttemptReport, report, 'report told ahead'),
      ...ports,
    },
    controller.signal,
  );
  if (abortAtMs !== undefined) {
    await clock.advance(abortAtMs);
    controller.abort(new Error('stop'));
  }
  const report = await drive(clock, ended);
  return { report: parse(AttemptReport, report, 'report'), driver, clock, phases };
}

/** Lets the clock run until the attempt has ended, in steps, two hours at most. */
async function drive(clock: FakeClock, ended: Promise<AttemptReport>): Promise<AttemptReport> {
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  for (let second = 0; second < 7_200 && !isOver; second += 1) await clock.advance(1_000);
  assert(isOver, 'the attempt has no end');
  return ended;
}
