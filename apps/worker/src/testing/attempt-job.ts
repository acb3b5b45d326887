import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';

/** A job for the scripted driver's VM: from `a` to `b`, ten seconds to settle. */
export function anAttemptJob(given: Partial<AttemptJob> = {}): AttemptJob {
  return {
    v: 1,
    attemptId: '0190c0de-0000-7000-8000-000000000001',
    campaignId: '0190c0de-0000-7000-8000-00000000000c',
    clusterId: '0190c0de-0000-7000-8000-0000000000aa',
    clusterRevision: 1,
    ordinal: 0,
    arm: 'baseline',
    action: 'live-migration',
    vm: { id: 'vm-1', name: 'SQL 1' },
    source: 'a',
    target: 'b',
    load: 'sql',
    settleMs: 10_000,
    timeoutMs: 60_000,
    onBugcheck: 'recover-vm',
    queuedAt: 1_699_999_999_000,
    ...given,
  };
}
