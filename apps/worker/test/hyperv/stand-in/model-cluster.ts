import { buildDump } from '@gauntlet/shared/testing/dump-builder';
import type { DeskReply, DeskRequest } from './desk.ts';
import { createModelLog, type ModelLog } from './model-log.ts';
import { bootRecords, completionRecord, failureRecord, fatalErrorRecord } from './model-records.ts';

export interface ModelVm {
  readonly id: string;
  readonly name: string;
  host: string;
  state: 'running' | 'off';
  heartbeat: 'ok' | 'lost' | 'no-contact';
  move: {
    readonly target: string;
    readonly endsAtMs: number;
    readonly fails: string | null;
  } | null;
  /** As the cluster's resource has it: 2 under way, 4 cancelled, 5 failed. */
  migrationState: number;
  failureHresult: string | null;
  readonly guestLog: ModelLog;
  dump: Uint8Array | null;
  dumpWrittenMs: number;
  backAtMs: number | null;
  crashCode: number | null;
}

export interface ModelHost {
  readonly name: string;
  state: 'up' | 'down';
  readonly logs: Map<string, ModelLog>;
}

export interface ModelOptions {
  readonly moveMs?: number;
  /** A guest that crashed comes back after so long; null: it stays on its blue screen. */
  readonly rebootMs?: number | null;
  /** Every so many migrations end in a guest's 0xD1; 0: never. */
  readonly crashEvery?: number;
  /** False: hosts like 2008 R2's, that write no event 18590. */
  readonly tellsCrashes?: boolean;
  readonly vmCount?: number;
}

export const workerLog = 'Microsoft-Windows-Hyper-V-Worker-Admin';
const vmmsLog = 'Microsoft-Windows-Hyper-V-VMMS-Admin';
const availabilityLog = 'Microsoft-Windows-Hyper-V-High-Availability-Admin';

/** The instruction of the seeds' crash, inside storvsc.sys. */
const crashParameters = [0n, 2n, 0n, 0xfffff8800104b2b8n] as const;

export type ModelCluster = ReturnType<typeof createModelCluster>;

/** Just enough of a failover cluster to answer the module's operations, in real time. */
export function createModelCluster(options: ModelOptions = {}) {
  const { moveMs = 40, rebootMs = 60, crashEvery = 0, tellsCrashes = true, vmCount = 2 } = options;
  const hosts: ModelHost[] = ['hv1', 'hv2', 'hv3'].map((name) => ({
    name,
    state: 'up',
    logs: new Map(
      [workerLog, vmmsLog, availabilityLog, 'System'].map((log) => [log, createModelLog()]),
    ),
  }));
  const vms: ModelVm[] = Array.from({ length: vmCount }, (_, index) => createVm(index));
  let moves = 0;
  let nextFailure: string | null = null;

  function logOf(host: string, log: string): ModelLog {
    const found = hosts.find((one) => one.name === host)?.logs.get(log);
    if (found === undefined) throw new Error(`no log ${log} on ${host}`);
    return found;
  }

  function advance(nowMs: number): void {
    for (const vm of vms) {
      if (vm.move !== null && nowMs >= vm.move.endsAtMs) finishMove(vm, vm.move);
      if (vm.backAtMs !== null && nowMs >= vm.backAtMs) boot(vm);
    }
  }

  function finishMove(vm: ModelVm, { target, fails }: NonNullable<ModelVm['move']>): void {
    const source = vm.host;
    vm.move = null;
    if (fails !== null) {
      vm.migrationState = 5;
      vm.failureHresult = fails;
      logOf(source, availabilityLog).append((id) =>
        failureRecord(id, vm, { host: source, code: fails }),
      );
      return;
    }
    vm.host = target;
    vm.migrationState = 0;
    vm.failureHresult = null;
    logOf(target, vmmsLog).append((id) =>
      completionRecord(id, vm, { host: target, blackout: '0,5' }),
    );
    moves += 1;
    if (crashEvery > 0 && moves % crashEvery === 0) crash(vm.id, 0xd1);
  }

  /** The guest stops with this code: told by its host, then silent until it is reset. */
  function crash(vmId: string, code: number): void {
    const vm = find(vmId);
    vm.heartbeat = 'lost';
    vm.crashCode = code;
    vm.dump = buildDump({
      code,
      parameters: crashParameters,
      systemTime: BigInt(Date.now()) * 10_000n + 116_444_736_000_000_000n,
      drivers: [{ name: 'storvsc.sys', base: 0xfffff88001040000n, size: 0x12000, timestamp: 1 }],
    });
    vm.dumpWrittenMs = Date.now();
    if (tellsCrashes) {
      const parameters = crashParameters.map((value) => `0x${value.toString(16)}`);
      logOf(vm.host, workerLog).append((id) => fatalErrorRecord(id, vm, { code, parameters }));
    }
    if (rebootMs !== null) vm.backAtMs = Date.now() + rebootMs;
  }

  function boot(vm: ModelVm): void {
    vm.backAtMs = null;
    vm.heartbeat = 'ok';
    vm.state = 'running';
    if (vm.crashCode !== null) {
      for (const record of bootRecords(vm.name, vm.crashCode)) vm.guestLog.append(record);
    }
    vm.crashCode = null;
  }

  function find(vmId: string): ModelVm {
    const vm = vms.find((one) => one.id === vmId);
    if (vm === undefined) throw new Error(`no VM ${vmId}`);
    return vm;
  }

  function startMove(args: Record<string, unknown>): DeskReply {
    const vm = vms.find((one) => one.id === args['vmId']);
    if (vm === undefined) {
      return refused('InvalidParameter,Microsoft.HyperV.PowerShell.Commands.GetVM', null, 'no VM');
    }
    if (vm.move !== null) return refused(null, '0x800700AA', 'another migration is running');
    const fails = nextFailure;
    nextFailure = null;
    vm.move = { target: String(args['target']), endsAtMs: Date.now() + moveMs, fails };
    vm.migrationState = 2;
    return { ok: true, data: { started: true } };
  }

  function cancel(vmId: unknown): DeskReply {
    const vm = vms.find((one) => one.id === vmId);
    if (vm?.move == null) return { ok: true, data: { cancelled: false } };
    vm.move = null;
    vm.migrationState = 4;
    return { ok: true, data: { cancelled: true } };
  }

  function power(op: string, vmId: unknown): DeskReply {
    const vm = find(String(vmId));
    if (op === 'vm.turnOff') {
      vm.state = 'off';
      vm.heartbeat = 'no-contact';
      vm.backAtMs = null;
    } else if (op === 'vm.nmi') crash(vm.id, 0x80);
    else boot(vm);
    return { ok: true, data: { done: true } };
  }

  function answer({ op, args }: DeskRequest): DeskReply {
    advance(Date.now());
    const reader = readers[op];
    if (reader !== undefined) return { ok: true, data: reader(args) };
    switch (op) {
      case 'migration.start':
        return startMove(args);
      case 'migration.cancel':
        return cancel(args['vmId']);
      case 'vm.turnOff':
      case 'vm.start':
      case 'vm.reset':
      case 'vm.nmi':
        return power(op, args['vmId']);
      case 'credential.set':
        return { ok: true, data: { stored: true } };
      default:
        return refused('Gauntlet.UnknownOperation', null, `no operation ${op}`);
    }
  }

  const readers: Record<string, (args: Readonly<Record<string, unknown>>) => unknown> = {
    'hosts.list': () => ({
      hosts: hosts.map(({ name, state }) => ({ name, state })),
      parallelMax: 1,
    }),
    'host.read': () => ({
      osBuild: '6.1.7601.17514',
      cpuVendor: 'GenuineIntel',
      files: [
        { name: 'hvix64.exe', version: '6.1.7601.17514' },
        { name: 'storvsp.sys', version: '6.1.7601.17514' },
      ],
      hotfixes: ['KB976902'],
      migrationsMax: 1,
      memoryMiB: 65_536,
      memoryFreeMiB: 40_000,
      utc: new Date().toISOString(),
    }),
    'host.heartbeats': ({ host }) => ({
      vms: vms
        .filter((vm) => vm.host === host)
        .map(({ id, state, heartbeat }) => ({ id: id.toUpperCase(), state, heartbeat })),
    }),
    'vms.list': ({ skip, countMax }) => {
      const page = vms.slice(Number(skip), Number(skip) + Number(countMax));
      const rows = page.map(({ id, name, host, state }) => ({ id, name, host, state }));
      return { vms: rows, more: Number(skip) + page.length < vms.length };
    },
    'vms.locate': ({ vmIds }) => ({
      vms: (vmIds as string[]).map((id) => whereabouts(id, vms, hosts)),
    }),
    'vm.read': () => ({
      vcpus: 2,
      memoryMiB: 4096,
      processorCompatibility: true,
      integrationServices: '6.1.7601.17514',
      guestOs: 'Windows Server 2008 R2 Standard',
      tags: ['sql'],
      disks: [
        { controller: 'ide', format: 'fixed', sizeMaxMiB: 40_960, fileSizeMiB: 40_960 },
        { controller: 'scsi', format: 'dynamic', sizeMaxMiB: 102_400, fileSizeMiB: 2048 },
      ],
    }),
    'guest.read': () => ({
      files: [{ name: 'storvsc.sys', version: '6.1.7601.17514' }],
      lastBootUtc: '2026-11-24T00:00:00.000Z',
      osCaption: 'Windows Server 2008 R2 Standard',
      autoReboot: true,
      crashDumpEnabled: 2,
    }),
    'events.mark': ({ host, logs }) => ({
      marks: (logs as string[]).map((log) => ({
        log,
        exists: true,
        ...logOf(String(host), log).ends(),
      })),
    }),
    'events.read': ({ host, log, ...query }) => logOf(String(host), String(log)).read(query),
    'guest.events': ({ vmId, ...query }) =>
      find(String(vmId)).guestLog.read({ ...query, ids: [1001, 41, 6008], afterRecordId: '0' }),
    'dump.list': ({ vmId }) => {
      const vm = vms.find((one) => one.id === vmId);
      const hasDump = vm?.dump != null && vm.heartbeat === 'ok';
      const writtenUtc = new Date(vm?.dumpWrittenMs ?? 0).toISOString();
      const path = 'C:\\Windows\\Minidump\\112426-1-01.dmp';
      return { dumps: hasDump ? [{ path, sizeBytes: vm.dump?.length ?? 0, writtenUtc }] : [] };
    },
    'dump.read': ({ vmId }) => {
      const bytes = Buffer.from(find(String(vmId)).dump ?? []);
      return { base64: bytes.toString('base64'), sizeBytes: bytes.length };
    },
    'settings.read': () => ({ checkHeartbeat: 1, failoverThreshold: 5 }),
  };

  return {
    hosts,
    vms,
    answer,
    crash,
    logOf,
    get moves() {
      return moves;
    },
    /** The next migration fails with this HRESULT. */
    failNext(hresult: string) {
      nextFailure = hresult;
    },
    /** The guest comes back by itself, with what it writes then. */
    bootVm: (vmId: string) => boot(find(vmId)),
    /** The host stops, and its VMs with it; `up` brings it back with a record of why. */
    hostDown(name: string) {
      const host = hosts.find((one) => one.name === name);
      if (host !== undefined) host.state = 'down';
    },
    hostUp(name: string, code: number) {
      const host = hosts.find((one) => one.name === name);
      if (host === undefined) return;
      host.state = 'up';
      for (const record of bootRecords(name, code)) logOf(name, 'System').append(record);
    },
  };
}

function whereabouts(id: string, vms: readonly ModelVm[], hosts: readonly ModelHost[]) {
  const vm = vms.find((one) => one.id === id);
  const isUp = hosts.some(({ name, state }) => name === vm?.host && state === 'up');
  const unread = { groupState: 'unknown', queued: false, migrationProgress: null };
  if (vm === undefined) {
    return {
      ...unread,
      id,
      found: false,
      name: null,
      host: null,
      state: 'unknown',
      migrationState: null,
      failureHresult: null,
    };
  }
  return {
    id: id.toUpperCase(),
    found: true,
    name: vm.name,
    host: vm.host,
    state: isUp ? vm.state : 'unknown',
    groupState: vm.move === null ? (isUp ? 'online' : 'failed') : 'pending',
    queued: false,
    migrationState: vm.migrationState,
    migrationProgress: vm.move === null ? 0 : 50,
    failureHresult: vm.failureHresult,
  };
}

function createVm(index: number): ModelVm {
  return {
    id: `d9e0eb0a-5b37-508e-9173-${index.toString(16).padStart(12, '0')}`,
    name: `sql-${index + 1}`,
    host: index % 2 === 0 ? 'hv1' : 'hv2',
    state: 'running',
    heartbeat: 'ok',
    move: null,
    migrationState: 0,
    failureHresult: null,
    guestLog: createModelLog(),
    dump: null,
    dumpWrittenMs: 0,
    backAtMs: null,
    crashCode: null,
  };
}

function refused(fqid: string | null, hresult: string | null, message: string): DeskReply {
  return { ok: false, error: { fqid, category: null, type: null, hresult, message } };
}
