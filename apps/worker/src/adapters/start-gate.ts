import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { within } from '../application/limits.ts';
import type { DriverLog, StartGate } from '../application/ports.ts';

/** Nobody who was not asked in the last 100 ms has allowed anything: stopping takes effect in 1 s. */
const answerMsMax = 100;
const waitMsMax = 500;

interface Answer {
  readonly askedAtMs: number;
  readonly isHeld: Promise<boolean>;
}

/**
 * The lease of each cluster. Fails closed: no answer within 500 ms is a no. A yes serves every
 * start of the next 100 ms, so that a fast cluster does not ask a thousand times a second.
 */
export function createStartGate({
  coordination,
  clock,
  log,
}: {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly log: DriverLog;
}): StartGate {
  const answers = new Map<string, Answer>();

  async function ask(clusterId: string): Promise<boolean> {
    const limit = { clock, signal: new AbortController().signal, ms: waitMsMax, abortMs: 1 };
    const answered = await within(limit, () => coordination.holdsLease(clusterId));
    if (answered.kind === 'done' && answered.value) return true;
    answers.delete(clusterId);
    if (answered.kind !== 'done') {
      const err = answered.kind === 'failed' ? answered.error : undefined;
      log.warn({ clusterId, err }, 'lease could not be read: nothing is started');
    }
    return false;
  }

  return {
    mayStart(clusterId) {
      const known = answers.get(clusterId);
      const nowMs = clock.monotonicMs();
      if (known !== undefined && nowMs - known.askedAtMs < answerMsMax) return known.isHeld;
      const isHeld = ask(clusterId);
      answers.set(clusterId, { askedAtMs: nowMs, isHeld });
      return isHeld;
    },
  };
}
