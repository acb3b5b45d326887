import { literals, nullable } from '@gauntlet/shared/contracts/primitives';
import {
  diskControllers,
  diskFormats,
  hostStates,
  vmStates,
} from '@gauntlet/shared/domain/inventory';
import Type, { type Static, type TSchema } from 'typebox';

const Text = Type.String({ maxLength: 4096 });
const OptionalText = nullable(Text);
const OptionalNumber = nullable(Type.Number());
/** Record ids have 64 bits: they travel as decimal strings. */
const RecordId = Type.String({ pattern: '^\\d{1,20}$' });
const Files = Type.Array(Type.Object({ name: Text, version: Text }), { maxItems: 256 });
const Done = Type.Object({ done: Type.Boolean() });

export const groupStates = [
  'online',
  'offline',
  'failed',
  'partial',
  'pending',
  'unknown',
] as const;
export const heartbeats = ['ok', 'no-contact', 'lost', 'error', 'disabled', 'unknown'] as const;

export const VmWhereabouts = Type.Object({
  id: Text,
  found: Type.Boolean(),
  name: OptionalText,
  host: OptionalText,
  state: literals(vmStates),
  /** The group of a clustered VM; `unknown` for a VM without one. */
  groupState: literals(groupStates),
  /** The group waits for its turn to move. */
  queued: Type.Boolean(),
  /** The resource's MigrationState: 1 to 3 under way, 5 failed (sticky), null when unread. */
  migrationState: OptionalNumber,
  migrationProgress: OptionalNumber,
  /** The resource's MigrationFailureReason, `0x...`. */
  failureHresult: OptionalText,
});
export type VmWhereabouts = Static<typeof VmWhereabouts>;

const VmHeartbeat = Type.Object({
  id: Text,
  state: literals(vmStates),
  heartbeat: literals(heartbeats),
});
export type VmHeartbeat = Static<typeof VmHeartbeat>;

const EventPage = Type.Object({
  events: Type.Array(Type.Object({ recordId: RecordId, xml: Type.String() }), { maxItems: 500 }),
  /** null for an empty log. */
  oldestRecordId: nullable(RecordId),
  newestRecordId: nullable(RecordId),
  more: Type.Boolean(),
});
export type EventPage = Static<typeof EventPage>;

const HostRead = Type.Object({
  osBuild: OptionalText,
  cpuVendor: OptionalText,
  files: Files,
  hotfixes: Type.Array(Text, { maxItems: 4096 }),
  migrationsMax: OptionalNumber,
  memoryMiB: OptionalNumber,
  memoryFreeMiB: OptionalNumber,
  utc: OptionalText,
});
export type HostRead = Static<typeof HostRead>;

const VmRead = Type.Object({
  vcpus: Type.Integer(),
  memoryMiB: Type.Number(),
  processorCompatibility: nullable(Type.Boolean()),
  integrationServices: OptionalText,
  guestOs: OptionalText,
  tags: Type.Array(Text, { maxItems: 256 }),
  disks: Type.Array(
    Type.Object({
      controller: literals(diskControllers),
      format: literals(diskFormats),
      sizeMaxMiB: Type.Number(),
      fileSizeMiB: OptionalNumber,
    }),
    { maxItems: 1024 },
  ),
});
export type VmRead = Static<typeof VmRead>;

const GuestRead = Type.Object({
  files: Files,
  lastBootUtc: OptionalText,
  osCaption: OptionalText,
  autoReboot: nullable(Type.Boolean()),
  crashDumpEnabled: OptionalNumber,
});
export type GuestRead = Static<typeof GuestRead>;

export const DoctorFinding = Type.Object({
  what: Text,
  state: literals(['ok', 'warning', 'bad', 'unknown']),
  found: Text,
  todo: Text,
});
export type DoctorFinding = Static<typeof DoctorFinding>;

interface Operation {
  readonly reply: TSchema;
  /** True when it only reads, so that a lost answer may be asked for once more. */
  readonly reads: boolean;
  readonly lane: 'control' | 'observation';
}

/**
 * Every operation the module knows, and nothing else can be asked of it. The module has the same
 * table; a test holds the two together.
 */
export const operations = {
  ping: reads(
    Type.Object({
      psVersion: Text,
      edition: Text,
      osBuild: OptionalText,
      hostName: Text,
      utc: Text,
      language: Text,
      modules: Type.Array(Type.Object({ name: Text, version: Text })),
    }),
  ),
  'hosts.list': reads(
    Type.Object({
      hosts: Type.Array(Type.Object({ name: Text, state: literals(hostStates) }), {
        maxItems: 1024,
      }),
      /** The cluster's own limit of migrations at once per host; null when it has none. */
      parallelMax: OptionalNumber,
    }),
  ),
  'host.read': reads(HostRead),
  'host.heartbeats': reads(Type.Object({ vms: Type.Array(VmHeartbeat, { maxItems: 4096 }) })),
  'vms.list': reads(
    Type.Object({
      vms: Type.Array(
        Type.Object({
          id: Text,
          name: Text,
          host: OptionalText,
          state: literals(vmStates),
        }),
        { maxItems: 1000 },
      ),
      more: Type.Boolean(),
    }),
  ),
  'vms.locate': reads(Type.Object({ vms: Type.Array(VmWhereabouts, { maxItems: 256 }) })),
  'vm.read': reads(VmRead),
  'migration.start': writes(Type.Object({ started: Type.Boolean() })),
  'migration.cancel': writes(Type.Object({ cancelled: Type.Boolean() })),
  'vm.turnOff': writes(Done),
  'vm.start': writes(Done),
  'vm.reset': writes(Done),
  'vm.nmi': writes(Done),
  'events.mark': reads(
    Type.Object({
      marks: Type.Array(
        Type.Object({
          log: Text,
          exists: Type.Boolean(),
          newestRecordId: nullable(RecordId),
          oldestRecordId: nullable(RecordId),
        }),
        { maxItems: 32 },
      ),
    }),
  ),
  'events.read': reads(EventPage),
  'guest.read': reads(GuestRead),
  'guest.events': reads(EventPage),
  'dump.list': reads(
    Type.Object({
      dumps: Type.Array(Type.Object({ path: Text, sizeBytes: Type.Number(), writtenUtc: Text }), {
        maxItems: 256,
      }),
    }),
  ),
  'dump.read': reads(Type.Object({ base64: Type.String(), sizeBytes: Type.Number() })),
  'settings.read': reads(
    Type.Object({ checkHeartbeat: OptionalNumber, failoverThreshold: OptionalNumber }),
  ),
  'cmdlets.probe': reads(
    Type.Object({
      commands: Type.Array(
        Type.Object({
          name: Text,
          found: Type.Boolean(),
          missing: Type.Array(Text),
          module: OptionalText,
          version: OptionalText,
        }),
      ),
    }),
  ),
  'doctor.host': reads(Type.Object({ findings: Type.Array(DoctorFinding, { maxItems: 64 }) })),
  'credential.set': writes(Type.Object({ stored: Type.Boolean() })),
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
export type ReplyOf<Name extends OperationName> = Static<(typeof operations)[Name]['reply']>;

/** What each operation is told beside `where`. */
export interface OperationArgs {
  readonly ping: { readonly nonce: number };
  readonly 'hosts.list': Record<string, never>;
  readonly 'host.read': { readonly host: string };
  readonly 'host.heartbeats': { readonly host: string };
  readonly 'vms.list': { readonly skip: number; readonly countMax: number };
  readonly 'vms.locate': { readonly vmIds: readonly string[] };
  readonly 'vm.read': { readonly vmId: string; readonly host: string };
  readonly 'migration.start': {
    readonly vmId: string;
    readonly source: string;
    readonly target: string;
  };
  readonly 'migration.cancel': { readonly vmId: string; readonly source: string };
  readonly 'vm.turnOff': VmOnHost;
  readonly 'vm.start': VmOnHost;
  readonly 'vm.reset': VmOnHost;
  readonly 'vm.nmi': VmOnHost;
  readonly 'events.mark': { readonly host: string; readonly logs: readonly string[] };
  readonly 'events.read': {
    readonly host: string;
    readonly log: string;
    /** `0`: from the start of the log. */
    readonly afterRecordId: string;
    /** Left out, whatever their age. */
    readonly sinceUtc?: string;
    readonly ids: readonly number[];
    readonly countMax: number;
  };
  readonly 'guest.read': GuestOnHost;
  readonly 'guest.events': GuestOnHost & { readonly sinceUtc: string; readonly countMax: number };
  readonly 'dump.list': Partial<GuestOnHost> & { readonly host: string; readonly of: DumpOwner };
  readonly 'dump.read': Partial<GuestOnHost> & {
    readonly host: string;
    readonly of: DumpOwner;
    readonly path: string;
    readonly countMax: number;
  };
  readonly 'settings.read': { readonly vmId: string };
  readonly 'cmdlets.probe': {
    readonly commands: readonly { readonly name: string; readonly parameters: readonly string[] }[];
  };
  readonly 'doctor.host': { readonly host: string };
  readonly 'credential.set': {
    readonly user: string | null;
    readonly password: string | null;
    readonly secretName: string | null;
  };
}

interface VmOnHost {
  readonly vmId: string;
  readonly host: string;
}
interface GuestOnHost extends VmOnHost {
  readonly access: 'direct' | 'remote';
  readonly guestName: string;
}
type DumpOwner = 'host' | 'guest';

function reads<Reply extends TSchema>(reply: Reply) {
  return { reply, reads: true, lane: 'observation' } as const;
}

function writes<Reply extends TSchema>(reply: Reply) {
  return { reply, reads: false, lane: 'control' } as const;
}
