import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { type Finding, toFinding } from './application/judge-finding.ts';
import type { Parts } from './application/parts.ts';
import { recordBugcheckAhead } from './application/record-bugcheck-ahead.ts';
import { settleAttempts } from './application/settle-attempt.ts';

/**
 * Settles a batch; a report that the tables refuse must not hold up the others. It is settled alone,
 * and if it is refused again, as indeterminate. Any other failure (the database is lost) rejects.
 */
export async function settleReports(
  parts: Parts,
  reports: readonly AttemptReport[],
): Promise<void> {
  try {
    await settleAttempts(parts, reports.map(toFinding));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    for (const report of reports) await settleAlone(parts, report);
  }
}

async function settleAlone(parts: Parts, report: AttemptReport): Promise<void> {
  try {
    await settleAttempts(parts, [toFinding(report)]);
  } catch (err) {
    if (!isRefusal(err)) throw err;
    const { attemptId } = report;
    parts.log.error({ err, attemptId }, 'a report cannot be stored: settled as indeterminate');
    await settleMalformed(parts, attemptId, `its report could not be stored: ${String(err)}`);
  }
}

/** One that the tables refuse is left out; the final report says the same and is settled somehow. */
export async function recordAhead(parts: Parts, report: AttemptReport): Promise<void> {
  try {
    await recordBugcheckAhead(parts, report);
  } catch (err) {
    if (!isRefusal(err)) throw err;
    const { attemptId } = report;
    parts.log.error({ err, attemptId }, 'a bugcheck told ahead cannot be stored: left out');
  }
}

/** Ends an attempt whose report makes no sense; where its VM is will be asked of the cluster. */
export async function settleMalformed(
  parts: Parts,
  attemptId: string,
  reason: string,
): Promise<void> {
  const [open] = await parts.stores.attempts.findOpen([attemptId]);
  if (open === undefined) return;
  const finding: Finding = {
    attemptId,
    clusterId: open.clusterId,
    outcome: 'indeterminate',
    reason: reason.slice(0, 4_000),
    report: null,
    locatedOn: null,
    runs: true,
  };
  await settleAttempts(parts, [finding]);
}

/** SQLSTATE classes of data that can never be stored: data exception, constraint, limit. */
function isRefusal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && /^(22|23|54)[0-9A-Z]{3}$/.test(error.code);
}
