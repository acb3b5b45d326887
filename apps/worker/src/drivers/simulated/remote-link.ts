import { randomUUID } from 'node:crypto';
import { FingerprintPayload } from '@gauntlet/shared/contracts/attempt-report';
import { AppError } from '@gauntlet/shared/contracts/errors';
import {
  BugcheckEntryPayload,
  DifferencesPayload,
  MigrationEndPayload,
  ProbePayload,
  SimulatedClusterView,
} from '@gauntlet/shared/contracts/simulator';
import { InventoryPayload, VmLocationPayload } from '@gauntlet/shared/contracts/worker-messages';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import type { BugcheckEntry } from '@gauntlet/simulated-cluster/cluster';
import type { MigrationEnd, MigrationOrder } from '@gauntlet/simulated-cluster/migrate';
import { createScaledClock } from '@gauntlet/simulated-cluster/scaled-clock';
import Type, { type Static, type TSchema } from 'typebox';
import type { DriverContext } from '../../application/ports.ts';
import type { ClusterLink } from './cluster-link.ts';
import { follow } from './follow-watch.ts';
import type { ParsedOptions } from './parse-simulated-options.ts';
import { createSimulatorClient, type SimulatorClient } from './simulator-client.ts';
import { createWatchProgress, type WatchProgress } from './watch-progress.ts';

/** Real ms for what the simulator knows at once. */
const answerMsMax = 30_000;
/** Real ms for what takes its time in the cluster: a copy, a boot; at most a day of true seconds. */
const taskMsMax = 86_400_000;

/** A cluster in a simulator that other workers use too. */
export async function createRemoteLink(
  context: DriverContext,
  { wish, timeScale }: ParsedOptions,
  url: string,
): Promise<ClusterLink> {
  const client = createSimulatorClient(url);
  const cluster = `/clusters/${encodeURIComponent(context.clusterId)}`;
  const { url: _own, ...body } = wish;
  const request = { method: 'PUT', path: cluster, body, silenceMsMax: answerMsMax } as const;
  try {
    const { value } = await client.call(request, SimulatedClusterView);
    const startAt = toInstant(value.now);
    // Never ahead: what the simulator is to do meanwhile must have had its real time.
    const pace = { scale: timeScale, startAt, leadMsMax: 0 };
    const clock = createScaledClock(context.clock, pace);
    const end = () => {
      clock[Symbol.dispose]();
      client[Symbol.dispose]();
    };
    return { ...createCalls(client, cluster, clock), [Symbol.asyncDispose]: async () => end() };
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

interface Question {
  readonly call: string;
  readonly body: { readonly vmId?: string; readonly [name: string]: unknown };
  readonly silenceMsMax?: number;
}

type Ask = <Schema extends TSchema>(
  question: Question,
  schema: Schema,
  signal?: AbortSignal,
) => Promise<Static<Schema>>;

function createAsk(client: SimulatorClient, cluster: string, progress: WatchProgress): Ask {
  return async ({ call, body, silenceMsMax = answerMsMax }, schema, signal) => {
    const request = { method: 'POST', path: `${cluster}/${call}`, body, silenceMsMax } as const;
    const { value, eventCount } = await client.call(request, schema, signal);
    // What happened before the answer is told before it, though it came another way.
    if (body.vmId !== undefined) await progress.caughtUp(body.vmId, eventCount);
    return value;
  };
}

function createCalls(
  client: SimulatorClient,
  cluster: string,
  clock: Clock,
): Omit<ClusterLink, typeof Symbol.asyncDispose> {
  const progress = createWatchProgress();
  const ask = createAsk(client, cluster, progress);

  return {
    clock,
    migrate: (order, signal) => migrate(ask, order, signal),
    watch: async (vmId, listener, signal) => {
      const request = { method: 'POST', path: `${cluster}/watch`, body: { vmId } } as const;
      const stream = await client.open({ ...request, silenceMsMax: 0 }, signal);
      await follow(stream, { vmId, progress, listener, clock, signal });
    },
    inventory: async (signal) => {
      const seen = await ask({ call: 'inventory', body: {} }, InventoryPayload, signal);
      return { ...seen, takenAt: toInstant(seen.takenAt) };
    },
    fingerprint: (vmId, hosts, signal) =>
      ask({ call: 'fingerprint', body: { vmId, hosts } }, FingerprintPayload, signal),
    locate: (vmId, signal) => ask({ call: 'locate', body: { vmId } }, VmLocationPayload, signal),
    powerCycle: ({ attemptId, vmId, host }, signal) => {
      const body = { attemptId, vmId, host };
      const question = { call: 'power-cycle', body, silenceMsMax: taskMsMax };
      return toEnd(ask(question, MigrationEndPayload, signal));
    },
    probe: (vmId, signal) => ask({ call: 'probe', body: { vmId } }, ProbePayload, signal),
    findBugcheck: async (vmId, since, signal) => {
      const body = { vmId, since };
      const { entry } = await ask({ call: 'find-bugcheck', body }, BugcheckEntryPayload, signal);
      return entry === null ? null : toEntry(entry);
    },
    recover: (vmId, signal) => {
      const question = { call: 'recover', body: { vmId }, silenceMsMax: taskMsMax };
      return ask(question, VmLocationPayload, signal);
    },
    putBack: async (placements, signal) => {
      const question = { call: 'put-back', body: { placements }, silenceMsMax: taskMsMax };
      return (await ask(question, DifferencesPayload, signal)).differences;
    },
    crash: async (vmId) => {
      await ask({ call: 'crash', body: { vmId } }, Type.Object({}));
    },
  };
}

async function migrate(
  ask: Ask,
  order: MigrationOrder,
  signal: AbortSignal,
): Promise<MigrationEnd> {
  if (signal.aborted) throw new AppError('migration.aborted', 'aborted before it began');
  const callId = randomUUID();
  // A cancel that does not get through is made up for by the copy's own deadline.
  const onAbort = () => {
    ask({ call: 'cancel', body: { callId } }, Type.Object({})).catch(() => {});
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const { attemptId, vmId, source, target, timeoutMs } = order;
  const body = { callId, attemptId, vmId, source, target, timeoutMs };
  try {
    return await toEnd(
      ask({ call: 'migrate', body, silenceMsMax: taskMsMax }, MigrationEndPayload),
    );
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** When the way to the simulator breaks, the cluster goes on: nobody knows how it ends. */
async function toEnd(asked: Promise<Static<typeof MigrationEndPayload>>): Promise<MigrationEnd> {
  try {
    const end = await asked;
    if (end.kind !== 'completed') return end;
    return { ...end, switchedOverAt: toInstant(end.switchedOverAt) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'driver.unavailable') throw error;
    const { message } = error;
    return { kind: 'unknown', failure: { class: 'unknown', code: null, message } };
  }
}

function toEntry(entry: NonNullable<Static<typeof BugcheckEntryPayload>['entry']>): BugcheckEntry {
  const at = toInstant(entry.at);
  return entry.kind === 'bugcheck' ? { ...entry, at } : { ...entry, at };
}
