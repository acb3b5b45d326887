import { type MigrationResult, migrationErrorClasses } from '@gauntlet/shared/domain/migration';
import { addMs } from '@gauntlet/shared/kernel/instant';
import type { MigrationEnd } from '@gauntlet/simulated-cluster/migrate';
import type {
  DriverCapability,
  DriverFactory,
  GuestEvent,
  HypervisorDriver,
} from '../../application/ports.ts';
import type { ClusterLink, LinkListener } from './cluster-link.ts';
import { toEvidence } from './evidence.ts';
import { createLocalLink } from './local-link.ts';
import { parseSimulatedOptions } from './parse-simulated-options.ts';
import { createRemoteLink } from './remote-link.ts';

const capabilities: ReadonlySet<DriverCapability> = new Set([
  'live-migration',
  'power-cycle',
  'guest-probe',
  'put-back',
] as const);

/**
 * The worker's clock and a shared simulator's differ by the time of a request, which at this scale
 * is long in simulated time: a crash so much before `since` still belongs to it.
 */
const clockSlackRealMs = 500;

/** A driver that also lets its rig be used: tests and the positive control crash guests. */
export interface SimulatedDriver extends HypervisorDriver {
  crash(vmId: string): Promise<void>;
}

export const createSimulatedDriver: DriverFactory = (context) => openSimulatedDriver(context);

/** @throws AppError `driver.options`, `driver.unavailable` */
export async function openSimulatedDriver(
  context: Parameters<DriverFactory>[0],
): Promise<SimulatedDriver> {
  const parsed = parseSimulatedOptions(context.options);
  const link =
    parsed.url === null
      ? await createLocalLink(context, parsed)
      : await createRemoteLink(context, parsed, parsed.url);
  return createDriver(link, parsed.url === null ? 0 : clockSlackRealMs * parsed.timeScale);
}

/** @param slackMs simulated ms by which the clocks of link and cluster may differ */
function createDriver(link: ClusterLink, slackMs: number): SimulatedDriver {
  return {
    name: 'simulated',
    capabilities,
    clock: link.clock,
    inventory: (signal) => link.inventory(signal),
    fingerprint: (vmId, hosts, signal) => link.fingerprint(vmId, hosts, signal),
    locate: (vmId, signal) => link.locate(vmId, signal),
    migrate: async (request, signal) => toResult(await link.migrate(request, signal)),
    powerCycle: async (request, signal) => toResult(await link.powerCycle(request, signal)),
    probe: (vmId, signal) => link.probe(vmId, signal),
    watch: (vmId, onEvent, signal) =>
      link.watch(vmId, (event) => onEvent(toGuestEvent(event)), signal),
    collectEvidence: async ({ vmId, since }, signal) =>
      toEvidence(await link.findBugcheck(vmId, addMs(since, -slackMs), signal), vmId),
    recover: (vmId, signal) => link.recover(vmId, signal),
    putBack: (placements, signal) => link.putBack(placements, signal),
    crash: (vmId) => link.crash(vmId),
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}

function toResult(end: MigrationEnd): MigrationResult {
  if (end.kind === 'completed') return end;
  const errorClass = migrationErrorClasses.find((known) => known === end.failure.class);
  return { kind: end.kind, failure: { ...end.failure, class: errorClass ?? 'unknown' } };
}

/** The event channel carries code and parameters only; module and function are the dump's. */
function toGuestEvent(event: Parameters<LinkListener>[0]): GuestEvent {
  if (event.kind !== 'bugcheck') return event;
  const { code, parameters, ...seen } = event;
  const bare = { module: null, function: null, offset: null, reason: null };
  return { ...seen, stop: { code, parameters, ...bare } };
}
