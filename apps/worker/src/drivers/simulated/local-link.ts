import { AppError } from '@gauntlet/shared/contracts/errors';
import { clusterErrorCodes } from '@gauntlet/shared/contracts/simulator';
import { ClusterError } from '@gauntlet/simulated-cluster/world';
import type { DriverContext } from '../../application/ports.ts';
import type { ClusterLink } from './cluster-link.ts';
import { holdCluster } from './hosted-clusters.ts';
import type { ParsedOptions } from './parse-simulated-options.ts';

/** A cluster in this process, kept under the context's state folder. */
export async function createLocalLink(
  context: DriverContext,
  parsed: ParsedOptions,
): Promise<ClusterLink> {
  const hold = await holdCluster(context, parsed);
  const { cluster } = hold;
  return {
    clock: hold.clock,
    inventory: (signal) => ask(signal, () => cluster.inventory()),
    fingerprint: (vmId, hosts, signal) => ask(signal, () => cluster.fingerprint(vmId, hosts)),
    locate: (vmId, signal) => ask(signal, () => cluster.locate(vmId)),
    // An abort is the cluster's business here: the result tells what became of it.
    migrate: (order, signal) => translated(() => cluster.migrate(order, signal)),
    powerCycle: (order, signal) => ask(signal, () => cluster.powerCycle(order)),
    probe: (vmId, signal) => ask(signal, () => cluster.probe(vmId)),
    watch: (vmId, listener, signal) =>
      ask(signal, () => {
        const end = cluster.watch(vmId, listener);
        signal.addEventListener('abort', end, { once: true });
      }),
    findBugcheck: (vmId, since, signal) => ask(signal, () => cluster.findBugcheck(vmId, since)),
    recover: (vmId, signal) => ask(signal, () => cluster.recover(vmId)),
    putBack: (placements, signal) => ask(signal, () => cluster.putBack(placements)),
    crash: (vmId) => translated(() => cluster.crash(vmId)),
    [Symbol.asyncDispose]: () => hold[Symbol.asyncDispose](),
  };
}

/** The caller stops waiting when its signal aborts; the cluster goes on. */
async function ask<T>(signal: AbortSignal, question: () => T | Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const answer = translated(question);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([answer, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function translated<T>(question: () => T | Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw toAppError(error);
  }
}

function toAppError(error: unknown): unknown {
  if (!(error instanceof ClusterError)) return error;
  return new AppError(clusterErrorCodes[error.code], error.message, { cause: error });
}
