import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import {
  attemptQueueName,
  controlQueueName,
  reportQueueName,
} from '@gauntlet/shared/contracts/queue-names';
import type {
  ControlReply,
  ControlRequest,
  Heartbeat,
  InventoryPayload,
} from '@gauntlet/shared/contracts/worker-messages';
import type { JobQueue, QueueBackend } from '@gauntlet/shared/platform/queue-backend';
import { systemClock } from '@gauntlet/shared/platform/system-clock';

/** What a worker in these tests does: the queue's ends are real, the cluster is a map. */
export interface ScriptedWorker extends AsyncDisposable {
  /** Where each VM truly is, by id. */
  readonly hosts: Map<string, string>;
  /** Every attempt that was run, in order. */
  readonly ran: AttemptJob[];
  /** No more heartbeats: for the orchestrator it is dead, whatever it still does. */
  fallSilent(): void;
}

export type Finder = (
  job: AttemptJob,
  clean: AttemptReport,
) => AttemptReport | Promise<AttemptReport>;

export interface Script {
  readonly backend: QueueBackend;
  readonly clusterId: string;
  readonly inventory: InventoryPayload;
  /** 0: it answers questions and runs no attempt. 16 unless told otherwise. */
  readonly concurrency?: number;
  /** Changes the clean report into another finding. */
  readonly find?: Finder;
  /** What it says it saw of the controls; without it, it cannot run any. */
  readonly controls?: () => NonNullable<ControlReply['controls']> | null;
}

export function startScriptedWorker(script: Script): ScriptedWorker {
  const { backend, clusterId } = script;
  const reports = backend.createQueue(reportQueueName);
  const hosts = new Map(script.inventory.vms.map((vm) => [vm.id, vm.host ?? '']));
  const ran: AttemptJob[] = [];
  const attempts = backend.createWorker<AttemptJob>(
    attemptQueueName(clusterId),
    async (job) => {
      ran.push(job.data);
      const clean = cleanReport(job.data);
      const report = (await script.find?.(job.data, clean)) ?? clean;
      hosts.set(job.data.vm.id, report.locatedOn ?? job.data.target);
      await sendReport(reports, report);
    },
    {
      concurrency: Math.max(1, script.concurrency ?? 16),
      name: 'scripted',
      autorun: script.concurrency !== 0,
    },
  );
  const control = backend.createWorker<ControlRequest>(
    controlQueueName(clusterId),
    async (job) => {
      const reply =
        job.data.op === 'controls'
          ? answerControls(job.data, script.controls?.() ?? null)
          : answer(job.data, script.inventory, hosts);
      await reports.add('control', reply, { jobId: `reply-${job.data.requestId}` });
    },
    { concurrency: 1 },
  );
  const stopping = new AbortController();
  const beating = beat(reports, stopping.signal);
  return {
    hosts,
    ran,
    fallSilent: () => stopping.abort(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await beating;
      await Promise.all([attempts.close(), control.close()]);
      await reports.close();
    },
  };
}

/** As a real worker does: a cluster without heartbeats trips a guard. */
async function beat(reports: JobQueue, signal: AbortSignal): Promise<void> {
  const startedAt = systemClock.now();
  while (!signal.aborted) {
    const heartbeat: Heartbeat = {
      v: 1,
      kind: 'heartbeat',
      workerId: 'scripted',
      hostName: 'test',
      version: '0',
      drivers: ['simulated', 'hyperv', 'qemu'],
      startedAt,
      sentAt: systemClock.now(),
      running: [],
    };
    await reports.add('heartbeat', heartbeat).catch(() => {});
    await systemClock.sleep(1_000, signal).catch(() => {});
  }
}

/** What a worker tells of a bugcheck before it brings the VM back. */
export async function sendAhead(reports: JobQueue, report: AttemptReport): Promise<void> {
  await sendReport(reports, { ...report, recovering: true }, `${report.attemptId}-ahead`);
}

/** A message with one report. @param jobId of another message with the same report */
export async function sendReport(
  reports: JobQueue,
  report: AttemptReport,
  jobId = report.attemptId,
): Promise<void> {
  await reports.add('attempts', { v: 1, kind: 'attempts', reports: [report] }, { jobId });
}

export function cleanReport(job: AttemptJob): AttemptReport {
  return {
    v: 1,
    attemptId: job.attemptId,
    campaignId: job.campaignId,
    clusterId: job.clusterId,
    workerId: 'scripted',
    startedAt: job.queuedAt,
    finishedAt: job.queuedAt + 1,
    outcome: 'clean',
    reason: null,
    phases: { queueMs: 0, copyMs: 1, blackoutMs: 1, settleMs: 0, recoveryMs: null },
    locatedOn: job.target,
    failure: null,
    bugcheck: null,
    fault: null,
    fingerprint: null,
    evidence: [],
    timeline: [],
  };
}

function answerControls(
  { requestId, clusterId }: ControlRequest,
  controls: NonNullable<ControlReply['controls']> | null,
): ControlReply {
  const base = { v: 1, kind: 'control', requestId, clusterId, workerId: 'scripted' } as const;
  const error = controls === null ? 'driver scripted crashes no guest on command' : null;
  const empty = { inventory: null, locations: null, differences: null };
  return { ...base, ...empty, ok: error === null, error, controls };
}

type Question = Exclude<ControlRequest, { op: 'controls' }>;

function answer(request: Question, inventory: InventoryPayload, hosts: Map<string, string>) {
  const { requestId, clusterId } = request;
  const base = { v: 1, kind: 'control', requestId, clusterId, workerId: 'scripted', ok: true };
  const empty = { error: null, inventory: null, locations: null, differences: null };
  switch (request.op) {
    case 'inventory': {
      const vms = inventory.vms.map((vm) => ({ ...vm, host: hosts.get(vm.id) ?? null }));
      return { ...base, ...empty, inventory: { ...inventory, takenAt: Date.now(), vms } };
    }
    case 'locate':
      return {
        ...base,
        ...empty,
        locations: request.vmIds.map((vmId) => {
          return { vmId, host: hosts.get(vmId) ?? null, state: 'running', migrating: false };
        }),
      };
    case 'put-back':
      for (const { vmId, host } of request.placements) hosts.set(vmId, host);
      return { ...base, ...empty, differences: [] };
  }
}

/** `hosts` hosts without caps and `vms` running VMs, spread over them. */
export function anInventory(hosts: number, vms: number): InventoryPayload {
  const hostNames = Array.from({ length: hosts }, (_, index) => `host-${index + 1}`);
  return {
    takenAt: 0,
    hosts: hostNames.map((name) => ({
      name,
      state: 'up',
      osBuild: '7601',
      cpuVendor: 'GenuineIntel',
      hypervisorFiles: [],
      hotfixes: [],
      migrationsMax: null,
    })),
    vms: Array.from({ length: vms }, (_, index) => ({
      id: `vm-${index + 1}`,
      name: `guest ${index + 1}`,
      host: hostNames[index % hosts] ?? null,
      state: 'running',
      guestOs: null,
      vcpus: 1,
      memoryMiB: 512,
      processorCompatibility: null,
      integrationServices: null,
      guestFiles: [],
      disks: [],
      tags: index % 2 === 0 ? ['even'] : [],
      load: null,
    })),
  };
}
