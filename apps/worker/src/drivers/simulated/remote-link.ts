import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { FingerprintPayload } from '@gauntlet/shared/contracts/attempt-report';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { parse } from '@gauntlet/shared/contracts/parse';
import {
  BugcheckEntryPayload,
  DifferencesPayload,
  MigrationEndPayload,
  ProbePayload,
  SimulatedClusterView,
  WatchLine,
} from '@gauntlet/shared/contracts/simulator';
import { InventoryPayload, VmLocationPayload } from '@gauntlet/shared/contracts/worker-messages';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import type { BugcheckEntry } from '@gauntlet/simulated-cluster/cluster';
import type { ClusterEvent } from '@gauntlet/simulated-cluster/events';
import type { MigrationEnd, MigrationOrder } from '@gauntlet/simulated-cluster/migrate';
import { createScaledClock } from '@gauntlet/simulated-cluster/scaled-clock';
import Type, { type Static, type TSchema } from 'typebox';
import type { DriverContext } from '../../application/ports.ts';
import type { ClusterLink, LinkListener } from './cluster-link.ts';
import type { ParsedOptions } from './parse-simulated-options.ts';
import { createSimulatorClient, type SimulatorClient } from './simulator-client.ts';

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
    const { now } = await client.call(request, SimulatedClusterView);
    const startAt = toInstant(now);
    const clock = createScaledClock(context.clock, { scale: timeScale, startAt });
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

function createCalls(
  client: SimulatorClient,
  cluster: string,
  clock: Clock,
): Omit<ClusterLink, typeof Symbol.asyncDispose> {
  const toRequest = (call: string, body: object, silenceMsMax: number) =>
    ({ method: 'POST', path: `${cluster}/${call}`, body, silenceMsMax }) as const;
  const ask = <Schema extends TSchema>(
    call: string,
    body: object,
    schema: Schema,
    signal?: AbortSignal,
  ): Promise<Static<Schema>> => client.call(toRequest(call, body, answerMsMax), schema, signal);

  async function migrate(order: MigrationOrder, signal: AbortSignal): Promise<MigrationEnd> {
    if (signal.aborted) throw new AppError('migration.aborted', 'aborted before it began');
    const callId = randomUUID();
    // A cancel that does not get through is made up for by the copy's own deadline.
    const onAbort = () => {
      ask('cancel', { callId }, Type.Object({})).catch(() => {});
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const { attemptId, vmId, source, target, timeoutMs } = order;
      const body = { callId, attemptId, vmId, source, target, timeoutMs };
      return await runTask(client, toRequest('migrate', body, taskMsMax));
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  return {
    clock,
    migrate,
    inventory: async (signal) => {
      const seen = await ask('inventory', {}, InventoryPayload, signal);
      return { ...seen, takenAt: toInstant(seen.takenAt) };
    },
    fingerprint: (vmId, hosts, signal) =>
      ask('fingerprint', { vmId, hosts }, FingerprintPayload, signal),
    locate: (vmId, signal) => ask('locate', { vmId }, VmLocationPayload, signal),
    powerCycle: ({ attemptId, vmId, host }, signal) =>
      runTask(client, toRequest('power-cycle', { attemptId, vmId, host }, taskMsMax), signal),
    probe: (vmId, signal) => ask('probe', { vmId }, ProbePayload, signal),
    watch: async (vmId, listener, signal) => {
      const stream = await client.open(toRequest('watch', { vmId }, 0), signal);
      await follow(stream, { listener, clock, signal });
    },
    findBugcheck: async (vmId, since, signal) => {
      const body = { vmId, since };
      const { entry } = await ask('find-bugcheck', body, BugcheckEntryPayload, signal);
      return entry === null ? null : toEntry(entry);
    },
    recover: (vmId, signal) =>
      client.call(toRequest('recover', { vmId }, taskMsMax), VmLocationPayload, signal),
    putBack: async (placements, signal) => {
      const body = toRequest('put-back', { placements }, taskMsMax);
      return (await client.call(body, DifferencesPayload, signal)).differences;
    },
    crash: async (vmId) => {
      await ask('crash', { vmId }, Type.Object({}));
    },
  };
}

/** When the way to the simulator breaks, the cluster goes on: nobody knows how it ends. */
async function runTask(
  client: SimulatorClient,
  request: Parameters<SimulatorClient['call']>[0],
  signal?: AbortSignal,
): Promise<MigrationEnd> {
  try {
    const end = await client.call(request, MigrationEndPayload, signal);
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

interface Following {
  readonly listener: LinkListener;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves when the watch is armed; passes events on until the signal aborts. */
function follow(stream: Readable, { listener, clock, signal }: Following): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let detail = 'the simulator ended the watch';
  const lines = createInterface({ input: stream });
  lines.on('line', (line) => {
    if (signal.aborted || stream.destroyed) return;
    const event = readLine(line);
    if (event === 'armed') return resolve();
    if (event !== null) return listener(event);
    detail = 'the simulator sent a line we cannot read';
    stream.destroy();
  });
  // Hanging up fails both as well; what it means is said when the stream has closed.
  lines.on('error', () => {});
  stream.on('error', () => {});
  stream.on('close', () => {
    if (signal.aborted) return reject(signal.reason);
    reject(new AppError('driver.unavailable', detail));
    listener({ kind: 'rig', at: clock.now(), detail });
  });
  return promise;
}

function readLine(text: string): ClusterEvent | 'armed' | null {
  try {
    const line = parse(WatchLine, JSON.parse(text), 'line of a watch');
    return line.kind === 'armed' ? 'armed' : { ...line, at: toInstant(line.at) };
  } catch {
    return null;
  }
}
