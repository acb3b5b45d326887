import { AppError } from '@gauntlet/shared/contracts/errors';
import { toGuid } from '@gauntlet/shared/evidence/windows-event';
import type { VmLocation } from '../../application/ports.ts';
import type { Desk } from './desk.ts';
import type { VmWhereabouts } from './operations.ts';

/** GUIDs that fit one request line. */
const idsMax = 64;

export interface Locator {
  /** @throws AppError `driver.vm-unknown`, `driver.unavailable` */
  find(vmId: string, signal?: AbortSignal): Promise<VmWhereabouts>;
}

/**
 * Asks where VMs are. Questions that come while one is on its way leave together as the next one:
 * a poll of fifty migrations costs one operation, not fifty.
 *
 * @param allowed VMs that may be seen, by lower-case name or id; null: all
 */
export function createLocator(desk: Desk, allowed: ReadonlySet<string> | null): Locator {
  let waiting = new Map<string, PromiseWithResolvers<VmWhereabouts>>();
  let isAsking = false;

  async function askAll(): Promise<void> {
    isAsking = true;
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, idsMax);
      waiting = new Map([...waiting].slice(idsMax));
      await askBatch(batch);
    }
    isAsking = false;
  }

  async function askBatch(
    batch: readonly (readonly [string, PromiseWithResolvers<VmWhereabouts>])[],
  ): Promise<void> {
    try {
      const { vms } = await desk.ask('vms.locate', { vmIds: batch.map(([vmId]) => vmId) });
      const byId = new Map(vms.map((row) => [toGuid(row.id) ?? row.id, row]));
      for (const [vmId, answer] of batch) {
        const row = byId.get(vmId);
        if (row?.found && isAllowed(row.name, vmId, allowed)) answer.resolve(row);
        else answer.reject(unknownVm(vmId));
      }
    } catch (error) {
      for (const [, answer] of batch) answer.reject(error);
    }
  }

  return {
    async find(vmId, signal) {
      signal?.throwIfAborted();
      const id = toGuid(vmId);
      if (id === null) throw unknownVm(vmId);
      const answer = waiting.get(id) ?? Promise.withResolvers<VmWhereabouts>();
      waiting.set(id, answer);
      // Gathered until the present question is answered, or the end of this turn.
      if (!isAsking) queueMicrotask(() => void (isAsking ? undefined : askAll()));
      return signal === undefined ? answer.promise : raced(answer.promise, signal);
    },
  };
}

export function isAllowed(
  name: string | null,
  vmId: string,
  allowed: ReadonlySet<string> | null,
): boolean {
  return (
    allowed === null || allowed.has(vmId) || (name !== null && allowed.has(name.toLowerCase()))
  );
}

/** What the cluster itself is still doing to a VM; its last failure stays set for ever. */
export function isMigrating({ groupState, queued, migrationState }: VmWhereabouts): boolean {
  const isUnderWay = migrationState !== null && migrationState >= 1 && migrationState <= 3;
  return groupState === 'pending' || queued || isUnderWay;
}

export function toLocation(vmId: string, row: VmWhereabouts): VmLocation {
  return { vmId, host: row.host, state: row.state, migrating: isMigrating(row) };
}

function unknownVm(vmId: string): AppError {
  return new AppError('driver.vm-unknown', `the cluster has no VM ${vmId.slice(0, 100)}`, {
    details: { vmId },
  });
}

/** The answer, or the signal's reason as soon as it aborts. */
export function raced<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
}
