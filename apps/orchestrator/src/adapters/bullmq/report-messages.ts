import {
  AttemptReport,
  AttemptReports,
  attemptIdOf,
  isToldAhead,
} from '@gauntlet/shared/contracts/attempt-report';
import { ParseError, parse } from '@gauntlet/shared/contracts/parse';
import { ControlReply, Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import type { Logger } from '@gauntlet/shared/platform/logger';
import { toStorable } from '../storable.ts';

export interface ReportHandlers {
  /** Settles all of them in one transaction; rejects when the tables cannot be written. */
  settle(reports: readonly AttemptReport[]): Promise<void>;
  /** Shows the bugcheck of an attempt whose VM is still being brought back. */
  recordAhead(report: AttemptReport): Promise<void>;
  /** A report that makes no sense still ends its attempt. */
  settleMalformed(attemptId: string, reason: string): Promise<void>;
  onReply(reply: ControlReply): void;
  onHeartbeat(heartbeat: Heartbeat): void;
}

export interface MessageReaderParts {
  readonly handlers: Omit<ReportHandlers, 'settle'>;
  /** Hands a report over to be settled with others; resolves once it is. */
  readonly push: (report: AttemptReport) => Promise<void>;
  readonly log: Logger;
}

/**
 * Reads one message of a worker and does what it asks. Malformed messages are logged and left out;
 * rejects only when its work could not be done now, so that the queue keeps it.
 */
export function createMessageReader({ handlers, push, log }: MessageReaderParts) {
  async function settle(raw: unknown): Promise<void> {
    try {
      await push(parse(AttemptReport, raw, 'attempt report'));
    } catch (err) {
      if (!(err instanceof ParseError)) throw err;
      const attemptId = attemptIdOf(raw);
      log.error({ err, attemptId }, 'a worker sent a malformed report');
      if (attemptId !== null)
        await handlers.settleMalformed(attemptId, `its report was malformed: ${err.message}`);
    }
  }

  async function take(raw: unknown): Promise<void> {
    if (!isToldAhead(raw)) return settle(raw);
    // Malformed, it is left out: the final report is still to come, and that settles the attempt.
    await handlers.recordAhead(parse(AttemptReport, raw, 'report told ahead'));
  }

  return async (raw: unknown, jobId: string | undefined): Promise<void> => {
    const data = toStorable(raw);
    const kind = kindOf(data);
    try {
      if (kind === 'heartbeat') handlers.onHeartbeat(parse(Heartbeat, data, 'heartbeat'));
      else if (kind === 'control') handlers.onReply(parse(ControlReply, data, 'control reply'));
      else await Promise.all(parse(AttemptReports, data, 'attempt reports').reports.map(take));
    } catch (err) {
      if (!(err instanceof ParseError)) throw err;
      log.error({ err, jobId }, 'a worker sent something malformed: ignored');
    }
  };
}

function kindOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'kind' in data ? data.kind : undefined;
}
