import type { PreflightCheck } from '@gauntlet/shared/contracts/campaigns';
import { refuseFaults } from './check-campaign.ts';
import type { Parts } from './parts.ts';
import { type PreflightSight, preflight } from './preflight.ts';
import { askSource } from './source.ts';

const askMsMax = 5_000;

/** What stands in the way of the first attempt, by what the cluster and the disk say now. */
export async function checkPreflight(
  { clock, files }: Pick<Parts, 'clock' | 'files'>,
  sight: Omit<PreflightSight, 'evidenceFreeMiB'>,
): Promise<PreflightCheck[]> {
  const evidenceFreeMiB = await askSource(clock, askMsMax, () => files.freeMiB());
  return preflight({ ...sight, evidenceFreeMiB });
}

/** @throws AppError `request.impossible` naming every check that failed */
export function refuseFailed(name: string, checks: readonly PreflightCheck[]): void {
  const failed = checks.filter((check) => !check.ok);
  const faults = failed.map(({ check, detail }) => ({
    pointer: '',
    detail: `${check}: ${detail}`,
  }));
  refuseFaults(`campaign ${name} must not start`, faults);
}
