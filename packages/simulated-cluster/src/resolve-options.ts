import type { SimulatedDisk } from './disk.ts';
import {
  type ClusterOptions,
  defaultDefects,
  defaultTiming,
  type FailedMigrationFault,
  type FaultOptions,
  findContradictions,
  type HostDownFault,
  type HostOptions,
  hostDefaults,
  noFaults,
  type OtherBugcheckFault,
  type VmOptions,
  vmDefaults,
} from './options.ts';
import { demoCluster, demoTimeScale } from './presets.ts';

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface DiskWish extends Omit<SimulatedDisk, 'sizeMaxMiB'> {
  readonly sizeMaxMiB?: number | undefined;
  readonly count?: number | undefined;
}

/** A cluster as people describe it: everything but names may be left out. */
export interface ClusterWish {
  readonly preset?: 'demo' | undefined;
  readonly seed?: number | undefined;
  readonly timeScale?: number | undefined;
  readonly hosts?: readonly ({ readonly name: string } & Loose<HostOptions>)[] | undefined;
  readonly vms?:
    | readonly ({ readonly name: string; readonly disks?: readonly DiskWish[] | undefined } & Loose<
        Omit<VmOptions, 'disks'>
      >)[]
    | undefined;
  readonly hotfixes?: readonly string[] | Readonly<Record<string, readonly string[]>> | undefined;
  readonly faults?: FaultWish | undefined;
  readonly timing?: Loose<ClusterOptions['timing']> | undefined;
  readonly defects?: Loose<ClusterOptions['defects']> | undefined;
  readonly ledgerMax?: number | undefined;
}

export interface FaultWish
  extends Loose<Omit<FaultOptions, 'failedMigrations' | 'hostDown' | 'otherBugchecks'>> {
  readonly failedMigrations?:
    | readonly (Pick<FailedMigrationFault, 'share' | 'class'> & Loose<FailedMigrationFault>)[]
    | undefined;
  readonly hostDown?: readonly ({ readonly host: string } & Loose<HostDownFault>)[] | undefined;
  readonly otherBugchecks?:
    | readonly (Pick<OtherBugcheckFault, 'share' | 'code'> & Loose<OtherBugcheckFault>)[]
    | undefined;
}

export interface ResolvedCluster {
  readonly options: ClusterOptions;
  /** Simulated ms per real ms. */
  readonly timeScale: number;
  /** Why the cluster cannot be, a sentence each. */
  readonly contradictions: readonly string[];
}

/** Fills in what a wish leaves out. A wish without hosts and VMs gets those of the demo. */
export function resolveCluster(wish: ClusterWish): ResolvedCluster {
  const demo = demoCluster(wish.seed);
  const memoryMiB = roomFor(wish);
  const wished = wish.hosts?.map((host) => toHost(host, memoryMiB)) ?? demo.hosts;
  const hosts = withHotfixes(wished, wish.hotfixes);
  const vms = wish.vms?.map((vm, i) => toVm(vm, hosts[i % hosts.length]?.name ?? '')) ?? demo.vms;
  const options: ClusterOptions = {
    seed: demo.seed,
    hosts,
    vms,
    faults: toFaults(wish.faults ?? {}),
    timing: { ...defaultTiming, ...defined(wish.timing ?? {}) },
    defects: { ...defaultDefects, ...defined(wish.defects ?? {}) },
    ledgerMax: wish.ledgerMax ?? demo.ledgerMax,
  };
  const isDemo = wish.preset === 'demo' || (wish.hosts === undefined && wish.vms === undefined);
  return {
    options,
    timeScale: wish.timeScale ?? (isDemo ? demoTimeScale : 1),
    contradictions: [...findContradictions(options), ...strangers(hosts, wish.hotfixes)],
  };
}

/** Without the keys whose value is undefined, so that they do not hide a default. */
function defined<T extends object>(loose: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(loose).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function toHost(
  wish: { readonly name: string } & Loose<HostOptions>,
  memoryMiB: number,
): HostOptions {
  return { ...hostDefaults, memoryMiB, ...defined(wish) };
}

/** A host's memory where none is wished for: all but one of the hosts hold the VMs twice. */
function roomFor({ hosts = [], vms = [] }: ClusterWish): number {
  const allMiB = vms.reduce((sum, vm) => sum + (vm.memoryMiB ?? vmDefaults.memoryMiB), 0);
  const eachMiB = (2 * allMiB) / Math.max(1, hosts.length - 1);
  return Math.max(hostDefaults.memoryMiB, 2 ** Math.ceil(Math.log2(Math.max(1, eachMiB))));
}

function withHotfixes(
  hosts: readonly HostOptions[],
  hotfixes: ClusterWish['hotfixes'],
): readonly HostOptions[] {
  if (hotfixes === undefined) return hosts;
  return hosts.map((host) => ({
    ...host,
    hotfixes: [...new Set([...host.hotfixes, ...hotfixesFor(host.name, hotfixes)])],
  }));
}

function hotfixesFor(
  name: string,
  hotfixes: NonNullable<ClusterWish['hotfixes']>,
): readonly string[] {
  if (isList(hotfixes)) return hotfixes;
  return Object.hasOwn(hotfixes, name) ? (hotfixes[name] ?? []) : [];
}

function isList(hotfixes: NonNullable<ClusterWish['hotfixes']>): hotfixes is readonly string[] {
  return Array.isArray(hotfixes);
}

function strangers(hosts: readonly HostOptions[], hotfixes: ClusterWish['hotfixes']): string[] {
  if (hotfixes === undefined || isList(hotfixes)) return [];
  const names = new Set(hosts.map((host) => host.name));
  return Object.keys(hotfixes)
    .filter((name) => !names.has(name))
    .map((name) => `hotfixes names host "${name}", which the cluster has not`);
}

function toVm(wish: NonNullable<ClusterWish['vms']>[number], home: string): VmOptions {
  const { disks = [], ...rest } = defined(wish);
  const isLinux = wish.os === 'linux';
  return {
    ...vmDefaults,
    id: wish.name,
    host: home,
    guestOs: isLinux ? 'Red Hat Enterprise Linux 6' : 'Windows Server 2008 R2 Standard',
    ...rest,
    disks: disks.flatMap(toDisks),
  };
}

function toDisks({ controller, format, sizeMaxMiB = 102_400, count = 1 }: DiskWish) {
  return Array.from({ length: count }, () => ({ controller, format, sizeMaxMiB }));
}

function toFaults(wish: FaultWish): FaultOptions {
  return {
    ...noFaults,
    ...defined(wish),
    failedMigrations: (wish.failedMigrations ?? []).map((fault) => ({
      code: '0x80004005',
      message: `injected failure of class ${fault.class}`,
      vms: [],
      ...defined(fault),
    })),
    hostDown: (wish.hostDown ?? []).map((fault) => ({
      afterMs: null,
      afterMigrations: null,
      lastsMs: defaultTiming.hostRebootMs,
      ...defined(fault),
    })),
    otherBugchecks: (wish.otherBugchecks ?? []).map((fault) => ({
      parameters: [],
      module: null,
      function: null,
      ...defined(fault),
    })),
  };
}
