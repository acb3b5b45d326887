import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';

/** The report of a guest that went down with the storvsc bugcheck in this attempt. */
export function storvscBugcheck(job: AttemptJob, clean: AttemptReport): AttemptReport {
  return {
    ...clean,
    outcome: 'guest-bugcheck',
    reason: 'the guest went down with 0x000000D1',
    bugcheck: {
      subject: 'guest',
      host: job.target,
      code: 0xd1,
      parameters: ['0x0', '0x2', '0x0', '0x0'],
      module: 'storvsc',
      function: 'StorChannelVmbusCallback',
      offset: 0x2b8,
      reason: null,
      occurredAt: job.queuedAt,
      phase: 'settle',
      msSinceSwitchover: 12,
      channels: ['hyperv-worker-18590'],
    },
  };
}
