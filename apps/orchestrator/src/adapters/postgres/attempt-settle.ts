import { toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { sql } from 'kysely';
import type { Settlement } from '../../application/records.ts';
import type { Db } from './database.ts';

/**
 * Settles a batch in one statement: 100 attempts cost one round trip, which is what lets the
 * embedded database keep up. An attempt that is already settled stays as it is.
 */
export async function settleAttempts(db: Db, settlements: readonly Settlement[]): Promise<void> {
  if (settlements.length === 0) return;
  const rows = JSON.stringify(settlements.map(toRow));
  await sql`
    update attempt set
      state = 'settled',
      outcome = settled.outcome,
      reason = settled.reason,
      started_at = coalesce(settled.started_at, attempt.started_at),
      queued_at = coalesce(attempt.queued_at,
        settled.started_at - settled.queue_ms * interval '1 millisecond'),
      settled_at = settled.settled_at,
      settled_seq = nextval('event_seq'),
      queue_ms = settled.queue_ms,
      copy_ms = settled.copy_ms,
      blackout_ms = settled.blackout_ms,
      settle_ms = settled.settle_ms,
      recovery_ms = settled.recovery_ms,
      worker = coalesce(settled.worker, attempt.worker),
      located_on = settled.located_on,
      bugcheck_id = settled.bugcheck_id,
      fingerprint_hash = settled.fingerprint_hash,
      fingerprint_matches = settled.fingerprint_matches,
      failure = settled.failure,
      fault = settled.fault,
      timeline = settled.timeline,
      told_ahead = null
    from jsonb_to_recordset(${rows}::jsonb) as settled(
      id uuid, outcome text, reason text, started_at timestamptz, settled_at timestamptz,
      queue_ms real, copy_ms real, blackout_ms real, settle_ms real, recovery_ms real,
      worker text, located_on text, bugcheck_id uuid, fingerprint_hash text,
      fingerprint_matches boolean, failure jsonb, fault jsonb, timeline jsonb)
    where attempt.id = settled.id and attempt.state <> 'settled'`.execute(db);
}

function toRow(settlement: Settlement) {
  const { report } = settlement;
  return {
    id: settlement.attempt.id,
    outcome: settlement.outcome,
    reason: settlement.reason,
    started_at: report === null ? null : toIso(toInstant(report.startedAt)),
    settled_at: toIso(settlement.settledAt),
    queue_ms: report?.phases.queueMs ?? null,
    copy_ms: report?.phases.copyMs ?? null,
    blackout_ms: report?.phases.blackoutMs ?? null,
    settle_ms: report?.phases.settleMs ?? null,
    recovery_ms: report?.phases.recoveryMs ?? null,
    worker: report?.workerId ?? null,
    located_on: settlement.locatedOn,
    bugcheck_id: settlement.bugcheckId,
    fingerprint_hash: settlement.fingerprintHash,
    fingerprint_matches: settlement.fingerprintMatches,
    failure: report?.failure ?? null,
    fault: report?.fault ?? null,
    timeline: report?.timeline ?? null,
  };
}
