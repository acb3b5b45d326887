import { AppError } from '@gauntlet/shared/contracts/errors';
import { parse } from '@gauntlet/shared/contracts/parse';
import { SimulatedOptions } from '@gauntlet/shared/contracts/simulated-options';
import type { SimulatedClusterView } from '@gauntlet/shared/contracts/simulator';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { createCluster, type SimulatedCluster } from '@gauntlet/simulated-cluster/cluster';
import { resolveCluster } from '@gauntlet/simulated-cluster/resolve-options';
import { createScaledClock, type ScaledClock } from '@gauntlet/simulated-cluster/scaled-clock';

export interface ServedCluster {
  readonly name: string;
  readonly cluster: SimulatedCluster;
  readonly clock: ScaledClock;
  timeScale: number;
  /** What it was last described as: the same again changes nothing. */
  described: string;
}

export interface Clusters extends Disposable {
  /** Makes the cluster, or changes the one of this name and keeps its state. */
  describe(name: string, options: unknown): ServedCluster;
  /** @throws AppError `resource.unknown` */
  get(name: string): ServedCluster;
  remove(name: string): void;
  list(): readonly ServedCluster[];
}

const clustersMax = 256;

export function createClusters(base: Clock): Clusters {
  const served = new Map<string, ServedCluster>();

  function describe(name: string, body: unknown): ServedCluster {
    const wish = parse(SimulatedOptions, body, 'options of the simulated cluster');
    const { options, timeScale, contradictions } = resolveCluster(wish);
    if (contradictions.length > 0) {
      const errors = contradictions.map((detail) => ({ pointer: '', detail }));
      throw new AppError('driver.options', contradictions.join('; '), { details: { errors } });
    }
    const described = JSON.stringify(wish);
    const known = served.get(name);
    if (known?.described === described) return known;
    if (known !== undefined) {
      known.cluster.reconfigure(options);
      known.clock.setScale(timeScale);
      return Object.assign(known, { timeScale, described });
    }
    if (served.size >= clustersMax) {
      throw new AppError('state.conflict', `the simulator has ${clustersMax} clusters: remove one`);
    }
    const clock = createScaledClock(base, { scale: timeScale });
    const made = { name, cluster: createCluster(options, clock), clock, timeScale, described };
    served.set(name, made);
    return made;
  }

  function get(name: string): ServedCluster {
    const known = served.get(name);
    if (known !== undefined) return known;
    throw new AppError('resource.unknown', `the simulator has no cluster ${name}: PUT it first`);
  }

  function remove(name: string): void {
    const { cluster, clock } = get(name);
    served.delete(name);
    cluster[Symbol.dispose]();
    clock[Symbol.dispose]();
  }

  return {
    describe,
    get,
    remove,
    list: () => [...served.values()],
    [Symbol.dispose]: () => {
      for (const name of served.keys()) remove(name);
    },
  };
}

export function toView({ name, clock, timeScale }: ServedCluster): SimulatedClusterView {
  return { name, now: clock.now(), timeScale };
}
