import { parse } from '@gauntlet/shared/contracts/parse';
import {
  CancelCall,
  FindBugcheckCall,
  FingerprintCall,
  LedgerQuery,
  MigrateCall,
  PowerCycleCall,
  PutBackCall,
  VmCall,
} from '@gauntlet/shared/contracts/simulator';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import type { SimulatedCluster } from '@gauntlet/simulated-cluster/cluster';
import { ClusterError } from '@gauntlet/simulated-cluster/world';

export type Call = (cluster: SimulatedCluster, body: unknown) => unknown;

const earlyMax = 1_000;

/**
 * The calls of a cluster by name. A caller that goes away changes nothing: a migration, a power
 * cycle or a recovery once begun runs to its end, as in a real cluster. Only `cancel` ends one.
 */
export function createCalls(): Readonly<Record<string, Call>> {
  const running = new Map<string, AbortController>();
  /** Cancelled before they came: requests of one caller may overtake each other. */
  const early = new Set<string>();

  async function migrate(cluster: SimulatedCluster, body: unknown) {
    const { callId, ...order } = parse(MigrateCall, body, 'migrate');
    if (early.delete(callId)) throw new ClusterError('aborted', 'aborted before it began');
    const controller = new AbortController();
    running.set(callId, controller);
    try {
      return await cluster.migrate(order, controller.signal);
    } finally {
      running.delete(callId);
    }
  }

  function cancel(_cluster: SimulatedCluster, body: unknown) {
    const { callId } = parse(CancelCall, body, 'cancel');
    const controller = running.get(callId);
    controller?.abort();
    if (controller === undefined) {
      if (early.size >= earlyMax) early.clear();
      early.add(callId);
    }
    return {};
  }

  return { ...plainCalls, migrate, cancel };
}

const plainCalls: Readonly<Record<string, Call>> = {
  inventory: (cluster) => cluster.inventory(),
  fingerprint: (cluster, body) => {
    const { vmId, hosts } = parse(FingerprintCall, body, 'fingerprint');
    return cluster.fingerprint(vmId, hosts);
  },
  locate: (cluster, body) => cluster.locate(vmIdOf(body)),
  probe: (cluster, body) => cluster.probe(vmIdOf(body)),
  recover: (cluster, body) => cluster.recover(vmIdOf(body)),
  crash: (cluster, body) => {
    cluster.crash(vmIdOf(body));
    return {};
  },
  'power-cycle': (cluster, body) => cluster.powerCycle(parse(PowerCycleCall, body, 'power-cycle')),
  'find-bugcheck': (cluster, body) => {
    const { vmId, since } = parse(FindBugcheckCall, body, 'find-bugcheck');
    return { entry: cluster.findBugcheck(vmId, toInstant(since)) };
  },
  'put-back': async (cluster, body) => {
    const { placements } = parse(PutBackCall, body, 'put-back');
    return { differences: await cluster.putBack(placements) };
  },
};

const pageMax = 10_000;

/** A page of the ledger behind a cursor, oldest first. */
export function readLedger({ ledger }: SimulatedCluster, query: unknown) {
  const { after = '0', limit = '1000' } = parse(LedgerQuery, query, 'ledger');
  const countMax = Math.min(Math.max(1, Number(limit)), pageMax);
  return {
    entries: ledger.read(Number(after), countMax),
    lastSeq: ledger.lastSeq,
    dropped: ledger.dropped,
    totals: ledger.totals(),
  };
}

export function vmIdOf(body: unknown): string {
  return parse(VmCall, body, 'body').vmId;
}

/** The one VM a call is about, or null. */
export function subjectOf(body: unknown): string | null {
  const isAboutVm = typeof body === 'object' && body !== null && 'vmId' in body;
  return isAboutVm && typeof body.vmId === 'string' ? body.vmId : null;
}
