import Type, { type Static } from 'typebox';
import { attemptPhases } from '../domain/bugcheck.ts';
import {
  diskControllers,
  diskFormats,
  driverNames,
  hostStates,
  vmStates,
} from '../domain/inventory.ts';
import { FileVersionList } from './attempt-report.ts';
import { literals, Name, nullable, Uuid } from './primitives.ts';

const Text = Type.String({ maxLength: 4096 });

export const HostPayload = Type.Object({
  name: Name,
  state: literals(hostStates),
  osBuild: nullable(Name),
  cpuVendor: nullable(Name),
  hypervisorFiles: FileVersionList,
  hotfixes: Type.Array(Name, { maxItems: 4096 }),
  migrationsMax: nullable(Type.Integer({ minimum: 0 })),
  memoryMiB: Type.Optional(nullable(Type.Number({ minimum: 0 }))),
  memoryFreeMiB: Type.Optional(nullable(Type.Number({ minimum: 0 }))),
});

export const VmPayload = Type.Object({
  id: Name,
  name: Name,
  host: nullable(Name),
  state: literals(vmStates),
  guestOs: nullable(Name),
  vcpus: Type.Integer({ minimum: 0 }),
  memoryMiB: Type.Number({ minimum: 0 }),
  processorCompatibility: nullable(Type.Boolean()),
  integrationServices: nullable(Name),
  guestFiles: FileVersionList,
  disks: Type.Array(
    Type.Object({
      controller: literals(diskControllers),
      format: literals(diskFormats),
      sizeMaxMiB: Type.Number({ minimum: 0 }),
      fileSizeMiB: nullable(Type.Number({ minimum: 0 })),
    }),
    { maxItems: 1024 },
  ),
  tags: Type.Array(Name, { maxItems: 256 }),
  load: nullable(Name),
});

export const InventoryPayload = Type.Object({
  takenAt: Type.Integer(),
  hosts: Type.Array(HostPayload, { maxItems: 1024 }),
  vms: Type.Array(VmPayload, { maxItems: 16384 }),
});
export type InventoryPayload = Static<typeof InventoryPayload>;

/** What the orchestrator asks of any worker of a cluster beside attempts; see ControlReply. */
const request = { v: Type.Literal(1), requestId: Uuid, clusterId: Uuid };
export const ControlRequest = Type.Union([
  Type.Object({ ...request, op: Type.Literal('inventory') }),
  Type.Object({
    ...request,
    op: Type.Literal('locate'),
    vmIds: Type.Array(Name, { minItems: 1, maxItems: 1024 }),
  }),
  Type.Object({
    ...request,
    op: Type.Literal('put-back'),
    placements: Type.Array(Type.Object({ vmId: Name, host: Name }), { maxItems: 16384 }),
  }),
  Type.Object({ ...request, op: Type.Literal('controls'), vmId: Name }),
]);
export type ControlRequest = Static<typeof ControlRequest>;

export const VmLocationPayload = Type.Object({
  vmId: Name,
  host: nullable(Name),
  state: literals(vmStates),
  /** True while the cluster itself still moves it: nothing may be settled or planned on it. */
  migrating: Type.Boolean(),
});
export type VmLocationPayload = Static<typeof VmLocationPayload>;

export const positiveControls = ['seen', 'missed'] as const;
export const negativeControls = ['quiet', 'noisy'] as const;

export const ControlReply = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('control'),
  requestId: Uuid,
  clusterId: Uuid,
  workerId: Name,
  ok: Type.Boolean(),
  /** Why not, when `ok` is false. */
  error: nullable(Text),
  inventory: nullable(InventoryPayload),
  locations: nullable(Type.Array(VmLocationPayload, { maxItems: 1024 })),
  /** `controls`: what was seen of a guest that was left alone, crashed and hung. */
  controls: Type.Optional(
    nullable(
      Type.Object({
        positive: literals(positiveControls),
        negative: literals(negativeControls),
        problems: Type.Array(Text, { maxItems: 64 }),
      }),
    ),
  ),
  /** `put-back`: what could not be restored, a sentence each. */
  differences: nullable(Type.Array(Text, { maxItems: 16384 })),
});
export type ControlReply = Static<typeof ControlReply>;

/** Once a second from every worker: that it lives, and what it has in hands. */
export const Heartbeat = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('heartbeat'),
  workerId: Name,
  hostName: Name,
  version: Name,
  drivers: Type.Array(literals(driverNames)),
  startedAt: Type.Integer(),
  sentAt: Type.Integer(),
  running: Type.Array(
    Type.Object({
      attemptId: Uuid,
      clusterId: Uuid,
      phase: literals(attemptPhases),
      startedAt: Type.Integer(),
    }),
    { maxItems: 1024 },
  ),
});
export type Heartbeat = Static<typeof Heartbeat>;
