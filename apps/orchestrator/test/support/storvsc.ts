import { createHash } from 'node:crypto';
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

export const consoleText = 'a crash';
export const consoleSha256 = createHash('sha256').update(consoleText).digest('hex');

/** The same with what the guest's console said as evidence. */
export function bugcheckWithConsole(
  job: AttemptJob,
  clean: AttemptReport,
  text = consoleText,
): AttemptReport {
  const bytes = Buffer.from(text);
  return {
    ...storvscBugcheck(job, clean),
    evidence: [
      {
        kind: 'console',
        name: 'console.txt',
        contentType: 'text/plain',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sizeBytes: bytes.length,
        inline: bytes.toString('base64'),
      },
    ],
  };
}
